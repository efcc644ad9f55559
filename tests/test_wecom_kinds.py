"""docs/wecom-kinds.md is true: its tests exist, and nothing that we know of WeCom is missing."""

from __future__ import annotations

import ast
import functools
import inspect
import re
from pathlib import Path

import pytest

from bot.channels.wecom import contents
from bot.channels.wecom.happening import KNOWN
from tests.bot.wecom.test_kinds import CARDS, SENT
from tests.emulators.wecom.qyapi_cards import KINDS

TESTS = Path(__file__).parent
PAGE = (TESTS.parent / "docs" / "wecom-kinds.md").read_text(encoding="utf-8")
_NAMED = re.compile(r"`([\w/]+\.py)::(\w+)`")
CHANGES = """create_user update_user delete_user create_party update_party delete_party
    update_tag""".split()  # https://developer.work.weixin.qq.com/document/path/90970


@functools.cache
def _tests_in(file: str) -> frozenset[str]:
    tree = ast.parse((TESTS / file).read_text(encoding="utf-8"))
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return frozenset(one.name for one in ast.walk(tree) if isinstance(one, kinds))


def _section(title: str) -> dict[str, str]:
    """The rows of a section: what stands first, and the rest."""
    begun = PAGE.split(f"\n## {title}\n")[1].split("\n## ")[0]
    rows = [line.strip("|").split("|") for line in begun.split("\n") if line.startswith("| ")]
    found = {row[0].strip(): "|".join(row[1:]) for row in rows[1:]}
    assert len(found) == len(rows) - 1, "a kind stands there twice"
    return found


SECTIONS = ("Messages that come in", "Events", "Changes of the address book (change_contact)")
OUT = "What goes out"


@pytest.mark.parametrize(("file", "name"), sorted(set(_NAMED.findall(PAGE))))
def test_every_test_that_is_named_exists(file: str, name: str) -> None:
    assert name.startswith("test_")
    assert name in _tests_in(file)


@pytest.mark.parametrize("title", [*SECTIONS, OUT])
def test_every_kind_names_its_test(title: str) -> None:
    rows = _section(title)
    assert rows
    assert [kind for kind, rest in rows.items() if not _NAMED.search(rest)] == []


def test_every_kind_of_message_that_is_read_stands_there() -> None:
    tree = ast.parse(inspect.getsource(contents.contents))
    read = {
        one.value.value
        for one in ast.walk(tree)
        if isinstance(one, ast.MatchValue) and isinstance(one.value, ast.Constant)
    }
    assert len(read) == 7
    assert set(_section(SECTIONS[0])) == read


def test_every_event_that_is_read_stands_there() -> None:
    assert set(_section(SECTIONS[1])) == KNOWN
    assert set(_section(SECTIONS[2])) == set(CHANGES)


def test_what_stands_there_as_sent_is_what_is_sent() -> None:
    """And what the platform has besides is never sent."""
    rows = _section(OUT)
    never = {kind for kind, rest in rows.items() if rest.strip().startswith("never")}
    assert (SENT - {"template_card"}) | CARDS <= set(rows) - never
    assert never >= KINDS - CARDS
    assert {"news", "mpnews", "voice", "video", "miniprogram_notice"} <= never
