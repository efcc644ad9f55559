"""No update raises, whatever stands in it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from aiogram.types import Update
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from bot.channels.telegram.reading import read
from bot.clean import cleaned
from tests.bot.odd_json import corpus
from tests.bot.telegram.raw import GROUP, PRIVATE, message, update

NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
_FIELDS = sorted(
    (
        *("text", "caption", "photo", "document", "location", "contact", "venue", "date"),
        *("chat", "from", "sender_chat", "via_bot", "forward_origin", "message_id", "edit_date"),
        *("migrate_to_chat_id", "migrate_from_chat_id", "dice", "sticker", "new_chat_members"),
    )
)


def _survives(raw: Any) -> None:
    body = json.dumps(raw).encode("utf-8", "surrogatepass")
    try:
        found = Update.model_validate_json(body)
    except ValidationError:
        return
    heard = read(found, "OurBot", NOW)
    payload = getattr(heard, "payload", None)
    if payload is not None:
        json.dumps(cleaned(payload), allow_nan=False).encode()


@given(st.dictionaries(st.sampled_from(_FIELDS), _VALUES), st.sampled_from([PRIVATE, GROUP]))
def test_any_message(fields: dict[str, Any], chat: dict[str, Any]) -> None:
    _survives(update(message={**message(chat=chat), **fields}))
    _survives(update(edited_message={**message(chat=chat), **fields}))
    _survives(update(callback_query={"id": "1", "message": {**message(chat=chat), **fields}}))


@given(st.text())
def test_any_text(text: str) -> None:
    _survives(update(message=message(text=text)))
    _survives(update(message=message(text="/" + text, chat=GROUP)))


@pytest.mark.parametrize("date", ["0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", -1e11])
def test_a_time_beyond_all_times(date: Any) -> None:
    _survives(update(message=message(text="x", date=date)))


def test_the_corpus() -> None:
    for number, fields in enumerate(corpus()):
        _survives({"update_id": number, "message": {**message(), **fields}})
        _survives({"update_id": number, **fields})
