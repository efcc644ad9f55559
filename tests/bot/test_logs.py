"""Logs: a line per event whatever people write, and no secret however it is spelled (A32, A33)."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
import unicodedata
from pathlib import Path
from typing import Any
from urllib.parse import quote

PROJECT = Path(__file__).resolve().parents[2]
HOSTILE = [
    "ok\n2026-11-22 INFO admin login",
    'ok\r\n{"event": "admin"}',
    "\x1b[2J\x1b[31mred",
    "\x9b31mC1",
    "line\u2028separator\u2029paragraph\x85next",
    "\u202eeurt\u2066",
    "half \ud83d pair",
    "nul\0del\x7f",
    '"}, {"event": "forged"',
    "很长" * 3000,
]
SECRETS = ['canary/with+odd"letters\\', "canary-密码-密码", "123456:canaryAAAA"]


def _said(script: str, *arguments: str) -> list[dict[str, Any]]:
    """Run a script that logs in a process of its own; answers the lines of its standard error."""
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments],
        cwd=PROJECT,
        capture_output=True,
        check=False,
    )
    text = done.stderr.decode()
    assert done.stdout == b""
    assert text.endswith("\n")
    return [json.loads(line) for line in text.removesuffix("\n").splitlines()]


_HEAD = """
import json, logging, sys, threading, warnings
from bot import logs
import structlog
given = json.loads(sys.argv[1])
logs.set_up(given if isinstance(given, list) and len(given) == 3 else ())
log = structlog.get_logger("test")
"""


def test_one_line_for_every_event() -> None:
    script = _HEAD + (
        "for one in given:\n"
        "    log.info('said', name=one, nested={'a': [one], one: 1, (1, 2): 3})\n"
        "    logging.getLogger('library').warning('%s said', one)\n"
    )
    lines = _said(script, json.dumps(HOSTILE))
    assert len(lines) == 2 * len(HOSTILE)
    assert [line["event"] for line in lines[::2]] == ["said"] * len(HOSTILE)
    assert [line["name"] for line in lines[::2]] == HOSTILE  # escaped, not lost


def test_nothing_a_terminal_would_obey_is_in_a_line() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _HEAD + "log.info('said', names=given)", json.dumps(HOSTILE)],
        cwd=PROJECT,
        capture_output=True,
        check=True,
    )
    text = done.stderr.decode().removesuffix("\n")
    assert {unicodedata.category(letter) for letter in text} & {
        "Cc",
        "Cf",
        "Cs",
        "Zl",
        "Zp",
    } == set()


CALLS = [
    "log.error('lost', url=f'https://api/{one}/send')",
    "log.error('lost', facts={'deep': [one]})",
    "log.error('lost', **{'k' + one: 1})",
    "logging.getLogger('aiohttp').error('https://api/%s', one)",
    "logging.getLogger('httpx').error('POST https://api/%s', quote(one, safe=''))",
    "log.error('lost', said=repr(one), dumped=json.dumps({'a': one}))",
    "log.error('lost', exc_info=RuntimeError(one))",
    "logging.getLogger('x').exception('lost', exc_info=RuntimeError(one))",
    "warnings.warn(one, stacklevel=1)",
    "threading.Thread(target=lambda: int('x' + one)).start()",
]


def test_no_secret_whatever_fails() -> None:
    script = _HEAD + (
        "from urllib.parse import quote\n"
        f"for one in given:\n    for call in {CALLS!r}:\n        exec(call)\n"
        "raise RuntimeError(given[0])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, json.dumps(SECRETS)],
        cwd=PROJECT,
        capture_output=True,
        check=False,
    )
    text = done.stderr.decode()
    assert "canary" not in text
    lines = [json.loads(line) for line in text.splitlines()]
    assert len(lines) == len(CALLS) * len(SECRETS) + 1


def test_the_control_finds_the_secret_where_nothing_hides_it() -> None:
    script = _HEAD + "logs.set_up(())\nlog.error('lost', url=given[2])"
    (line,) = _said(script, json.dumps(SECRETS))
    assert "canary" in line["url"]
    assert quote(SECRETS[0], safe="") != SECRETS[0]


def test_what_nobody_caught_is_one_line_too() -> None:
    script = _HEAD + "def fails(): raise RuntimeError('what somebody wrote')\nfails()"
    (line,) = _said(script, "[]")
    assert (line["event"], line["kind"], line["level"]) == ("died", "RuntimeError", "critical")
    assert line["where"].endswith(" fails")


def test_chatty_libraries_are_heard_from_warnings_on() -> None:
    script = _HEAD + (
        "for name in given:\n"
        "    logging.getLogger(name).info('chat')\n"
        "    logging.getLogger(name).warning('matters')\n"
    )
    noisy = ["alembic", "apscheduler", "uvicorn.access", "uvicorn.error", "httpx"]
    assert [line["event"] for line in _said(script, json.dumps(noisy))] == ["matters"] * 5
    assert logging.raiseExceptions  # the tests themselves have set nothing up
