"""The command line as an operator meets it: exit codes, words, silence about secrets, speed."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

PROJECT = Path(__file__).resolve().parents[2]
CANARY = "canary-77aa-value"
HEAVY = (
    "pydantic",
    "sqlalchemy",
    "starlette",
    "uvicorn",
    "structlog",
    "rich",
    "asyncio",
    "aiohttp",
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A working directory with rules and without a configuration."""
    (tmp_path / "rules").mkdir()
    return tmp_path


def _run(folder: Path, *words: str, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "bot", *words],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(PROJECT), **environ},
        capture_output=True,
        encoding="utf-8",
        timeout=30,
        check=False,
    )


def _reading(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_help_lists_the_commands(folder: Path) -> None:
    done = _run(folder, "--help")
    assert done.returncode == 0
    assert "check-config" in done.stdout
    assert "read" in done.stdout


def test_help_imports_nothing_that_it_does_not_use(folder: Path) -> None:
    """What makes it slow is imports; this does not depend on how busy the machine is."""
    words = (
        "import sys; sys.argv = ['qingtuan', '--help']\n"
        "import bot.cli\n"
        "try: bot.cli.main()\n"
        "except SystemExit: print(*sys.modules, file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", words], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    loaded = {name.partition(".")[0] for name in done.stderr.split()}
    assert "typer" in loaded
    assert loaded.isdisjoint(HEAVY)


def test_help_is_quick(folder: Path) -> None:
    """Under 0.3 s (SPEC section 2): the quickest of five, because others use the machine too."""
    _run(folder, "--help")
    taken = []
    for _ in range(5):
        start = time.perf_counter()
        _run(folder, "--help")
        taken.append(time.perf_counter() - start)
    assert min(taken) < 0.3


def test_a_good_configuration_is_described_without_its_secrets(folder: Path) -> None:
    done = _run(
        folder,
        "check-config",
        QINGTUAN_TELEGRAM__TOKEN=f"1:{CANARY}",
        QINGTUAN_REDIS__URL=f"redis://:{CANARY}@cache:6379/0",
    )
    assert done.returncode == 0, done.stderr
    assert "telegram" in done.stdout
    assert CANARY not in done.stdout + done.stderr


def test_checking_writes_nothing(folder: Path) -> None:
    assert _run(folder, "check-config").returncode == 0
    assert [path.name for path in folder.iterdir()] == ["rules"]


def _worked() -> float:
    """Seconds that the processors have spent on our children: others' work does not count."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


@pytest.mark.parametrize("command", ["serve", "migrate", "verify-audit", "check-config"])
def test_a_bad_configuration_ends_within_two_seconds_with_status_2(
    folder: Path, command: str
) -> None:
    start = _worked()
    done = _run(folder, command, QINGTUAN_WEB__PORT=CANARY, QINGTUAN_X__Y="1")
    assert _worked() - start < 2
    assert done.returncode == 2
    assert "web.port" in done.stderr
    assert "QINGTUAN_X__Y" in done.stderr
    assert CANARY not in done.stdout + done.stderr
    assert done.stdout == ""


def test_a_named_file_is_read(folder: Path) -> None:
    file = folder / "mine.toml"
    file.write_text("[web]\nport = 0\n", encoding="utf-8")
    done = _run(folder, "check-config", "--config", str(file))
    assert (done.returncode, "web.port" in done.stderr) == (2, True)


def test_a_sentence_becomes_json_and_nothing_else(folder: Path) -> None:
    sentence = "上周六下午两点到五点半在社区清扫"
    done = _run(folder, "read", sentence, "--for", "log", "--at", "2026-11-22T10:00", "--json")
    reading = _reading(done)
    assert reading["stretches"] == [
        {"date": "2026-11-14", "start": "14:00", "end": "17:30", "minutes": 210}
    ]
    assert set(reading) == {"stretches", "repeat", "what", "place", "capacity", "question"}


def test_a_question_is_not_a_failure(folder: Path) -> None:
    words = ("read", "做了点好事", "--for", "log", "--at", "2026-11-22T10:00")
    reading = _reading(_run(folder, *words, "--json"))
    assert reading["stretches"] == []
    assert reading["question"]
    plain = _run(folder, *words)
    assert plain.returncode == 0
    assert reading["question"] in plain.stdout


def test_the_short_form_can_be_read(folder: Path) -> None:
    done = _run(
        folder, "read", "昨天下午两点到四点扫地", "--for", "log", "--at", "2026-11-22T10:00"
    )
    assert done.returncode == 0
    assert "2026-11-21 14:00-16:00" in done.stdout
    assert "120" in done.stdout


@pytest.mark.parametrize(
    ("at", "environ", "day"),
    [
        ("2026-11-22T01:00", {}, "2026-11-21"),
        ("2026-11-21T17:00Z", {}, "2026-11-21"),  # already the 22nd in Shanghai
        ("2026-11-22T01:00+08:00", {}, "2026-11-21"),
        ("2026-11-21T17:00Z", {"QINGTUAN_APP__TIMEZONE": "Europe/London"}, "2026-11-20"),
    ],
)
def test_the_moment_is_thought_of_in_the_time_zone_of_the_program(
    folder: Path, at: str, environ: dict[str, str], day: str
) -> None:
    words = ("read", "昨天扫地两小时", "--for", "log", "--at", at, "--json")
    assert _reading(_run(folder, *words, **environ))["stretches"][0]["date"] == day


@pytest.mark.parametrize("at", ["yesterday", "2026-13-01T00:00", "", "0001-01-01T00:00Z"])
def test_a_moment_that_cannot_be_read_ends_with_status_2(folder: Path, at: str) -> None:
    done = _run(folder, "read", "昨天扫地两小时", "--for", "log", "--at", at, "--json")
    assert (done.returncode, done.stdout) == (2, "")
    assert "--at" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_broken_configuration_matters_only_when_it_is_named(folder: Path) -> None:
    broken = folder / "config.toml"
    broken.write_text(f'[telegram]\ntoken = "{CANARY}', encoding="utf-8")
    words = ("read", "昨天扫地两小时", "--for", "log", "--at", "2026-11-22T10:00", "--json")
    assert _reading(_run(folder, *words))["question"] is None
    named = _run(folder, *words, "--config", str(broken))
    assert (named.returncode, named.stdout) == (2, "")
    assert CANARY not in named.stderr


def test_a_purpose_that_is_none_ends_with_status_2(folder: Path) -> None:
    done = _run(folder, "read", "昨天扫地两小时", "--for", "fun")
    assert (done.returncode, done.stdout) == (2, "")
