"""The house itself: what is locked, and that a lock names no place to fetch from (QUALITY A49)."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest

PROJECT = Path(__file__).resolve().parent.parent
LOCKS = ("run", "dev")
_PIN = re.compile(r"^([a-z0-9._-]+)(?:\[[a-z,]+\])?==([^\s;]+)", re.MULTILINE)
_NAME = re.compile(r"^[A-Za-z0-9._-]+")


def _lock(name: str) -> str:
    return (PROJECT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")


def _pins(name: str) -> dict[str, str]:
    return dict(_PIN.findall(_lock(name)))


def _project() -> dict[str, Any]:
    return tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_names_no_place_to_fetch_from(name: str) -> None:
    assert not re.search(r"://|--index|--find.links|--trusted-host|@ ", _lock(name))


@pytest.mark.parametrize("name", LOCKS)
def test_every_locked_package_has_a_hash(name: str) -> None:
    blocks = re.split(r"\n(?=[a-z0-9])", _lock(name).split("make lock\n", 1)[1])
    assert len(blocks) > 30
    bare = [block.split()[0] for block in blocks if "--hash=sha256:" not in block]
    assert bare == []


def test_what_the_project_asks_for_is_locked() -> None:
    project = _project()
    asked = {
        "run": project["project"]["dependencies"],
        "dev": project["project"]["dependencies"] + project["dependency-groups"]["dev"],
    }
    for name, wanted in asked.items():
        names = {_NAME.match(line)[0].lower() for line in wanted}  # type: ignore[index]  # our own lines
        assert names - _pins(name).keys() == set()


def test_development_uses_the_versions_that_run() -> None:
    assert _pins("run").items() <= _pins("dev").items()


def test_help_is_what_make_says_by_itself() -> None:
    done = subprocess.run(
        ["make"], cwd=PROJECT, capture_output=True, text=True, check=True, encoding="utf-8"
    )
    for target in ("run", "test", "check", "lint", "bench", "e2e-long", "lock"):
        assert f"make {target} " in done.stdout
