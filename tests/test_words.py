"""Every sentence stands in both languages, is used, and takes the same facts."""

from __future__ import annotations

import ast
import re
import string
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from babel.messages.pofile import read_po

from bot.words import FOLDER, LANGUAGES, Words

ROOT = Path(__file__).parent.parent
FILES = sorted({path.name for path in FOLDER.glob("*/*.po")})
_SAYING = ("Say", "Choice", "of")
_NAME = re.compile(r"[a-z_]+(\.[a-z0-9_-]+)+")


def _sentences(language: str, file: str) -> dict[str, tuple[str, ...]]:
    with (FOLDER / language / file).open("rb") as source:
        catalogue = read_po(source, locale=language.replace("-", "_"), abort_invalid=True)
    found = {}
    for message in catalogue:
        if message.id:
            name = message.id if isinstance(message.id, str) else message.id[0]
            said = message.string
            found[name] = (said,) if isinstance(said, str) else tuple(said or ())
    return found


def _fields(text: str) -> set[str]:
    return {field for _, field, _, _ in string.Formatter().parse(text) if field}


@pytest.mark.parametrize("file", FILES)
def test_both_languages_say_the_same_things(file: str) -> None:
    chinese, english = (_sentences(language, file) for language in LANGUAGES)
    assert set(chinese) == set(english)
    for name, forms in chinese.items():
        assert all(forms), f"{name} is empty in Chinese"
        assert all(english[name]), f"{name} is empty in English"
        # a plural form may leave the number out (“one”), nothing else
        assert _fields(forms[0]) - {"count"} == _fields(english[name][-1]) - {"count"}, name


@pytest.mark.parametrize("file", FILES)
def test_no_name_stands_in_two_files(file: str) -> None:
    others = [other for other in FILES if other != file]
    mine = set(_sentences("zh-CN", file))
    for other in others:
        assert not mine & set(_sentences("zh-CN", other)), other


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_tone_is_calm(language: str) -> None:
    for file in FILES:
        for name, forms in _sentences(language, file).items():
            for said in forms:
                assert "!" not in said, name
                assert "！" not in said, name
                assert "您" not in said, name


def test_every_name_in_the_code_is_a_sentence() -> None:
    known = Words(ZoneInfo("Asia/Shanghai")).names("zh-CN")
    for folder in ("handlers", "services", "bot", "scheduler"):
        for path in (ROOT / folder).rglob("*.py"):
            for name in _said(path):
                assert name in known, f"{path.relative_to(ROOT)} says {name}"


def _said(path: Path) -> set[str]:
    """First arguments of Say, Reply.of and Choice that look like names."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        called = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        called = node.func.id if isinstance(node.func, ast.Name) else called
        first = node.args[0]
        said = first.value if isinstance(first, ast.Constant) else None
        if called in _SAYING and isinstance(said, str) and _NAME.fullmatch(said):
            found.add(said)
    return found


def test_a_fact_cannot_reach_into_the_program() -> None:
    words = Words(ZoneInfo("Asia/Shanghai"))
    hostile = "{0.__class__} {name} %s \\n"
    said = words.say("zh-CN", "common.done_by", {"name": hostile})
    assert hostile in said
