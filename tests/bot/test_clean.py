"""What people send, made safe for both databases (A09): both keep the same, nothing raises."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.clean import DEPTH, TEXT_LETTERS, clean_text, cleaned
from tests.bot.odd_json import corpus
from tests.engine import rows, running

_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters())
    | st.text(st.characters(categories=["Cs", "Cc"])),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters()), inner),
    max_leaves=12,
)


def _depth(value: Any) -> int:
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return 1 + max(map(_depth, inside), default=0) if isinstance(value, (dict, list)) else 0


def _leaves(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [leaf for item in value.items() for part in item for leaf in _leaves(part)]
    if isinstance(value, list):
        return [leaf for item in value for leaf in _leaves(item)]
    return [value]


@settings(max_examples=50)
@given(st.dictionaries(st.text(st.characters()), _VALUES, max_size=4))
def test_what_is_kept_is_the_same_after_any_store(payload: dict[str, Any]) -> None:
    made = cleaned(payload)
    assert json.loads(json.dumps(made, ensure_ascii=False, allow_nan=False).encode()) == made
    assert _depth(made) <= DEPTH
    for leaf in _leaves(made):
        if isinstance(leaf, str):
            assert "\0" not in leaf
            leaf.encode()
        if isinstance(leaf, int):
            assert -(2**53) < leaf < 2**53
        if isinstance(leaf, float):
            assert math.isfinite(leaf)


@settings(max_examples=50)
@given(st.dictionaries(st.text(st.characters()), _VALUES, max_size=4))
def test_what_is_clean_stays_as_it_is(payload: dict[str, Any]) -> None:
    made = cleaned(payload)
    assert cleaned(made) == made


@given(st.text(st.characters()))
def test_letters_that_show_something_stay(text: str) -> None:
    shown = "".join(
        letter for letter in text if letter != "\0" and not 0xD800 <= ord(letter) < 0xE000
    )
    assert clean_text(text).replace("\ufffd", "") == shown.replace("\ufffd", "")


def test_a_text_is_cut() -> None:
    assert cleaned({"text": "好" * 10_000}) == {"text": "好" * TEXT_LETTERS}


@pytest.mark.slow
async def test_every_odd_body_means_the_same_on_both_databases(
    sqlite_url: str, postgres_url: str
) -> None:
    """A09: what a channel may hand over after json.loads; 0 errors, the same rows."""
    kept = []
    for url in (sqlite_url, postgres_url):
        async with running(url) as engine:
            for number, payload in enumerate(corpus()):
                account = f"p{number % 20}"
                text = payload.pop("text", "/ask")
                event = engine.event(account, text, f"k{number}", **payload)
                assert await engine.intake.accept(event)
            await engine.settle()
            vault = engine.house.vault
            kept.append(
                [
                    (row["key"], row["state"], vault.open_json("inbox.payload", row["payload"]))
                    for row in rows(url, "inbox")
                ]
            )
    assert kept[0] == kept[1]
    assert len(kept[0]) >= 500
    assert {state for _, state, _ in kept[0]} == {"done"}
