"""Signed tokens: bound to everything they say, and every flipped bit is refused (A10, A11)."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.tokens import (
    BUTTON_BYTES,
    LINK_LETTERS,
    Link,
    Press,
    Stale,
    read_button,
    read_link,
    sign_button,
    sign_link,
)

KEY, OTHER_KEY = b"k" * 32, b"l" * 32
AT = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
LATER = AT + timedelta(hours=24)
_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_."

_purposes = st.text("abcdefghijklmnopqrstuvwxyz.", min_size=1, max_size=16).filter(
    lambda word: not word.endswith(".")
)
_readers = st.builds(
    lambda kind, number: f"{kind}:{number}",
    st.sampled_from(["person", "account"]),
    st.integers(1, 2**63),
)
_presses = st.builds(
    Press, _purposes, st.integers(0, 2**64 - 1), st.integers(0, 65535), st.integers(0, 65535)
)
_ends = st.integers(1, 70 * 365 * 86400).map(lambda seconds: AT + timedelta(seconds=seconds))


@given(_readers, _presses, _ends)
def test_a_button_says_what_was_signed_and_fits(reader: str, press: Press, end: datetime) -> None:
    token = sign_button(KEY, reader, press, end)
    assert len(token.encode()) <= BUTTON_BYTES
    assert read_button(KEY, reader, token, AT) == press


@given(_readers, _presses, _ends, st.data())
def test_every_flipped_bit_of_a_button_is_refused(
    reader: str, press: Press, end: datetime, data: st.DataObject
) -> None:
    token = sign_button(KEY, reader, press, end).encode()
    place = data.draw(st.integers(0, len(token) * 8 - 1))
    changed = bytearray(token)
    changed[place // 8] ^= 1 << (place % 8)
    assert read_button(KEY, reader, changed.decode("latin-1"), AT) is Stale.FORGED


@given(_readers, _presses, _ends, st.data())
def test_every_other_letter_of_a_button_is_refused(
    reader: str, press: Press, end: datetime, data: st.DataObject
) -> None:
    token = sign_button(KEY, reader, press, end)
    place = data.draw(st.integers(0, len(token) - 1))
    letter = data.draw(st.sampled_from(_ALPHABET).filter(lambda one: one != token[place]))
    changed = token[:place] + letter + token[place + 1 :]
    assert read_button(KEY, reader, changed, AT) is Stale.FORGED


@given(_readers, _readers, _presses, _ends)
def test_a_button_is_its_readers_alone(
    reader: str, other: str, press: Press, end: datetime
) -> None:
    token = sign_button(KEY, reader, press, end)
    if other != reader:
        assert read_button(KEY, other, token, AT) is Stale.FORGED
    assert read_button(OTHER_KEY, reader, token, AT) is Stale.FORGED


@given(_readers, _presses, _presses, _ends, _ends)
def test_what_differs_is_signed_differently(
    reader: str, one: Press, two: Press, end: datetime, other_end: datetime
) -> None:
    """Purpose, object, version, argument and expiry are all bound."""
    first, second = sign_button(KEY, reader, one, end), sign_button(KEY, reader, two, other_end)
    same = (one, int(end.timestamp())) == (two, int(other_end.timestamp()))
    assert (first[-12:] == second[-12:]) == same


def test_a_button_ends_at_its_end() -> None:
    token = sign_button(KEY, "person:7", Press("claim.ok", 1042, 3), LATER)
    assert read_button(KEY, "person:7", token, LATER - timedelta(seconds=1)) != Stale.EXPIRED
    assert read_button(KEY, "person:7", token, LATER) is Stale.EXPIRED


def test_the_next_object_is_not_there_for_the_taking() -> None:
    """QUALITY A10: approve:1042 made into approve:1043."""
    token = sign_button(KEY, "person:7", Press("claim.ok", 1042), LATER)
    next_one = sign_button(OTHER_KEY, "person:7", Press("claim.ok", 1043), LATER)
    assert read_button(KEY, "person:7", next_one[:-12] + token[-12:], AT) is Stale.FORGED
    assert read_button(KEY, "person:7", token.replace("claim.ok", "claim.no"), AT) is Stale.FORGED
    moved = token.replace("claim.ok.", "claim.o.k")
    assert read_button(KEY, "person:7", moved, AT) is Stale.FORGED


def test_a_purpose_that_would_not_fit_is_refused_when_it_is_signed() -> None:
    with pytest.raises(ValueError, match="too long"):
        sign_button(KEY, "person:7", Press("p" * 40), LATER)


@pytest.mark.parametrize(
    "token",
    ["", ".", "a.", ".AAAA", "a.b.c", "x" * 5000, "a." + "A" * 34, "\0", "é.AAAA", "a.===="],
)
def test_what_is_no_token_is_refused(token: str) -> None:
    assert read_button(KEY, "person:7", token, AT) is Stale.FORGED
    assert read_link(KEY, token, AT) is Stale.FORGED


@given(st.text(max_size=80))
def test_nothing_makes_the_readers_raise(text: str) -> None:
    assert isinstance(read_button(KEY, "person:7", text, AT), Stale)
    assert isinstance(read_link(KEY, text, AT), Stale)


# ------------------------------------------------------------------ links

_links = st.builds(
    Link,
    st.sampled_from("abcdefghijklmnopqrstuvwxyz"),
    st.integers(0, 2**64 - 1),
    st.integers(0, 65535),
)


@given(_links, _ends)
def test_a_link_says_what_was_signed_and_fits(link: Link, end: datetime) -> None:
    payload = sign_link(KEY, link, end)
    assert len(payload) <= LINK_LETTERS
    assert re.fullmatch(r"[A-Za-z0-9_-]+", payload)
    assert read_link(KEY, payload, AT) == link
    assert read_link(OTHER_KEY, payload, AT) is Stale.FORGED


@given(_links, _ends, st.data())
def test_every_other_letter_of_a_link_is_refused(
    link: Link, end: datetime, data: st.DataObject
) -> None:
    payload = sign_link(KEY, link, end)
    place = data.draw(st.integers(0, len(payload) - 1))
    letter = data.draw(st.sampled_from(_ALPHABET[:-1]).filter(lambda one: one != payload[place]))
    changed = payload[:place] + letter + payload[place + 1 :]
    assert read_link(KEY, changed, AT) is Stale.FORGED


def test_a_link_ends_at_its_end() -> None:
    payload = sign_link(KEY, Link("i", 5, 1), LATER)
    assert read_link(KEY, payload, LATER - timedelta(seconds=1)) == Link("i", 5, 1)
    assert read_link(KEY, payload, LATER) is Stale.EXPIRED


def test_a_link_is_no_button_and_a_button_no_link() -> None:
    payload = sign_link(KEY, Link("i", 5, 1), LATER)
    token = sign_button(KEY, "link", Press("i", 5, 1), LATER)
    assert read_button(KEY, "link", f"i.{payload[1:]}", AT) is Stale.FORGED
    assert read_link(KEY, f"i{token.partition('.')[2]}", AT) is Stale.FORGED


def test_ninety_six_and_seventy_two_bits() -> None:
    """SPEC section 3: at least 64 bits for a button, at least 96 for a link."""
    payload = sign_link(KEY, Link("i", 0, 0), LATER)
    token = sign_button(KEY, "person:7", Press("p"), LATER)
    assert len(payload) - 1 == (8 + 2 + 4 + 12) * 8 // 6 + 1
    assert len(token) - 2 == (8 + 2 + 2 + 4 + 9) * 8 // 6 + 1
