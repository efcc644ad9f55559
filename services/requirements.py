"""Loads the rule files of a folder, all or none."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from domain.requirements import RuleProblem, Rules, together
from domain.rule_files import parse


def load(folder: Path) -> Rules:
    """Read every `*.toml` of the folder in the order of their names.

    RuleProblem names the file and the key; also for a folder that is not there.
    """
    if not folder.is_dir():
        raise RuleProblem(str(folder), "rules.dir", "there is no such folder")
    return together((path.name, parse(_opened(path), path.name)) for path in _files(folder))


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("*.toml") if path.is_file())


def _opened(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise RuleProblem(path.name, "file", f"cannot be read: {type(error).__name__}") from error
    except tomllib.TOMLDecodeError as error:
        raise RuleProblem(path.name, "file", f"is not TOML: {error}") from error
