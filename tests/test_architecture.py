"""The budgets and bans that no linter knows: sizes, names, what may not stand where."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LAYERS = ("bot", "domain", "handlers", "scheduler", "services", "storage")
FILE_LINES, FUNCTION_LINES = 300, 40
BANNED_NAMES = (
    "utils",
    "util",
    "helper",
    "helpers",
    "manager",
    "managers",
    "base",
    "common",
    "misc",
)


def _sources() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.py"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    return [ROOT / name for name in listed if (ROOT / name).exists()]


SOURCES = _sources()
PRODUCT = [path for path in SOURCES if path.relative_to(ROOT).parts[0] in LAYERS]


def _functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_there_is_something_to_look_at() -> None:
    assert len(PRODUCT) > 60


@pytest.mark.parametrize("path", SOURCES, ids=_name)
def test_files_and_functions_keep_their_budget(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    if "migrations/versions" not in _name(path):
        says_why = "Long because" in (ast.get_docstring(ast.parse(text)) or "")
        assert text.count("\n") <= FILE_LINES or says_why, "split it by subject"
    for function in _functions(path):
        size = (function.end_lineno or 0) - function.lineno + 1
        says_why = "Long because" in (ast.get_docstring(function) or "")
        assert size <= FUNCTION_LINES or says_why, f"{function.name} has {size} lines"


@pytest.mark.parametrize("path", SOURCES, ids=_name)
def test_names_say_what_is_inside(path: Path) -> None:
    assert path.stem not in BANNED_NAMES
    docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    assert docstring, "a module says in one line what it is for"


def test_the_domain_imports_the_standard_library_only() -> None:
    for path in (ROOT / "domain").rglob("*.py"):
        for name in _imported(path):
            top = name.partition(".")[0]
            assert top == "domain" or top in sys.stdlib_module_names, f"{_name(path)}: {name}"


def _imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def test_nothing_asks_the_clock_by_itself() -> None:
    asking = re.compile(r"datetime\.now\(|time\.time\(|date\.today\(|datetime\.utcnow\(")
    for path in PRODUCT:  # the server and a command line begin somewhere
        if _name(path) != "bot/app.py" and "bot/commands" not in _name(path):
            found = asking.search(path.read_text(encoding="utf-8"))
            assert found is None, f"{_name(path)}: time is an argument"


def test_no_float_in_the_ledger() -> None:
    for name in ("domain/hours.py", "domain/ledger.py", "services/ledger.py", "storage/ledger.py"):
        tree = ast.parse((ROOT / name).read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            assert not (isinstance(node, ast.Constant) and isinstance(node.value, float)), name
            assert not (isinstance(node, ast.Name) and node.id == "float"), name
            assert not (isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div)), name


def test_sqlite_transactions_take_the_write_lock_at_once() -> None:
    """A deferred BEGIN loses read-then-write races whatever the busy timeout."""
    for path in PRODUCT:
        begun = set(re.findall(r'"(BEGIN[A-Z ]*)"', path.read_text(encoding="utf-8")))
        # plain: PostgreSQL, and the connection to SQLite that only reads
        assert begun <= {"BEGIN IMMEDIATE"} or path.parent.name == "storage", _name(path)
    assert 'if read_only else "BEGIN IMMEDIATE"' in (ROOT / "storage/sqlite.py").read_text()


def test_every_handler_module_is_wired() -> None:
    from bot.app import _happened, routes
    from handlers import room

    happening = {*_happened().values(), room.heard}
    wired = {handler.__module__.split(".")[1] for handler in happening} | {
        handler.__module__.split(".")[1]
        for group in routes()[0]
        for handler in (
            *(command.handler for command in group.commands),
            *(handler for handler, _ in group.presses.values()),
            *(handler for handler, _ in group.steps.values()),
        )
    }
    written = {path.stem for path in (ROOT / "handlers").iterdir() if path.stem[0] != "_"}
    assert written - wired == {"unknown"}, "a handler that nobody can reach"


def test_secrets_and_personal_words_stay_out_of_the_log_calls() -> None:
    """A log line names kinds, places and ids: never text that people wrote."""
    speaking = re.compile(r"\blog\.\w+\([^)]*\b(text|payload|phone|facts|worded)=")
    found = [_name(path) for path in PRODUCT if speaking.search(path.read_text(encoding="utf-8"))]
    assert found == []
