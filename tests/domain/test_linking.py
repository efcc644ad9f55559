"""Codes that join accounts: made, shown, typed."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from domain.linking import (
    LENGTH,
    LETTERS,
    code_of,
    is_payload,
    payload,
    same_name,
    shown,
    typed,
)

KEY = b"k" * 32


@given(st.integers(1, 2**60))
def test_a_code_is_typed_as_it_is_shown(number: int) -> None:
    code = code_of(KEY, number)
    assert len(code) == LENGTH
    assert set(code) <= set(LETTERS)
    for text in (code, shown(code), code.lower(), f" {code[:3]}-{code[3:]} ", _wide(code)):
        assert typed(text) == code


def _wide(text: str) -> str:
    return "".join(chr(ord(letter) + 0xFEE0) for letter in text)


def test_codes_tell_nothing_of_each_other() -> None:
    codes = [code_of(KEY, number) for number in range(1, 2001)]
    assert len(set(codes)) == 2000
    assert codes[0] != code_of(b"l" * 32, 1)
    for place in range(LENGTH):  # every letter of every place is used
        assert {code[place] for code in codes} == set(LETTERS)


def test_nothing_in_a_code_looks_like_something_else() -> None:
    assert not set("0O1IL2Z5S8B6") & set(LETTERS)
    assert len(LETTERS) ** LENGTH > 2**36


@given(st.text(max_size=40))
def test_any_text_is_a_code_or_none(text: str) -> None:
    found = typed(text)
    assert found is None or set(found) <= set(LETTERS)


def test_a_payload_may_come_with_its_address() -> None:
    assert payload(" https://qingtuan.example/c/lAbC_-9 ") == "lAbC_-9"
    assert is_payload("https://qingtuan.example/c/lAbC")
    assert not is_payload("iAbC")
    assert not is_payload("")


def test_names_are_compared_without_spaces_and_widths() -> None:
    assert same_name("王小明", " 王 小明")
    assert same_name("Ann Lee", "ann LEE")
    assert same_name("Ａｎｎ", "Ann")
    assert not same_name("王小明", "王小朋")
    assert not same_name("王小明", "王小明明")
