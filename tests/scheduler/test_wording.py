"""Wording: the reader's language, buttons signed for the reader alone, files as they were."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.chat import Attachment, Choice, Say
from bot.words import Missing
from domain.tokens import Press, Stale, read_button
from scheduler.wording import message, words_of
from services.turn import House, plain
from storage.outbox import Delivery
from storage.vault import Vault
from tests.engine import ZONE, sentence, words

AT = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
HOUSE = House(Vault([(1, bytes(32))]), b"k" * 32, ZONE, "zh-CN", frozenset(), "", "one")


def _delivery(say: Say, **more: Any) -> Delivery:
    known = {
        "id": 5,
        "account_id": 9,
        "channel": "web",
        "external": "ann",
        "person": 7,
        "language": None,
        "say": json.loads(json.dumps(plain(say))),  # as it comes out of the store
        "answer": True,
        "attempts": 0,
        "fence": 1,
        "created_at": AT,
    }
    return Delivery(**{**known, **more})


def _worded(say: Say, **more: Any) -> Any:
    delivery = _delivery(say, **more)
    delivery.worded = json.loads(json.dumps(words_of(delivery, words(), HOUSE)))
    return message(delivery)


def test_the_readers_language_else_the_houses() -> None:
    assert _worded(Say("common.done")).text == sentence("common.done")
    english = words().say("en", "common.done", {})
    assert _worded(Say("common.done"), language="en").text == english


@pytest.mark.parametrize("plain_", [None, True, False])
def test_a_further_attempt_looks_like_the_first(plain_: bool | None) -> None:
    """Whatever its reader has said meanwhile: what may have arrived is known again."""
    delivery = _delivery(Say("common.done"), plain=plain_)
    delivery.worded = words_of(delivery, words(), HOUSE)
    delivery.plain = not plain_
    assert message(delivery).plain is plain_


def test_a_message_says_its_language_however_late_it_goes() -> None:
    delivery = _delivery(Say("common.done"), language="en")
    delivery.worded = words_of(delivery, words(), HOUSE)
    delivery.language = "zh-CN"
    assert message(delivery).language == "en"
    del delivery.worded["language"]  # as an earlier release kept it
    assert message(delivery).language is None


def _token(choice: Choice, **more: Any) -> str:
    made = _worded(Say("common.done", rows=((choice,),)), **more)
    return str(made.rows[0][0].token)


@pytest.mark.parametrize(
    ("person", "reader"), [(7, "person:7"), (None, "account:9")], ids=["person", "stranger"]
)
def test_a_button_is_signed_for_its_reader(person: int | None, reader: str) -> None:
    choice = Choice("dialog.confirm", "claim.ok", object=1042, version=3, argument=2)
    token = _token(choice, person=person)
    assert read_button(HOUSE.key, reader, token, AT) == Press("claim.ok", 1042, 3, 2)
    assert read_button(HOUSE.key, "person:8", token, AT) is Stale.FORGED


@pytest.mark.parametrize(
    ("expires", "life"),
    [(None, timedelta(hours=24)), (AT + timedelta(minutes=7), timedelta(minutes=7))],
)
def test_a_button_ends_with_its_object_or_after_a_day(
    expires: datetime | None, life: timedelta
) -> None:
    token = _token(Choice("dialog.confirm", "claim.ok", expires=expires))
    second = timedelta(seconds=1)
    assert read_button(HOUSE.key, "person:7", token, AT + life - second) != Stale.EXPIRED
    assert read_button(HOUSE.key, "person:7", token, AT + life) is Stale.EXPIRED


def test_a_link_is_not_signed() -> None:
    made = _worded(Say("common.done", rows=((Choice("dialog.confirm", url="https://x/"),),)))
    assert (made.rows[0][0].token, made.rows[0][0].url) == ("", "https://x/")


def test_rows_stay_rows() -> None:
    one, two = Choice("dialog.confirm", "a.b"), Choice("dialog.cancel", "c.d")
    made = _worded(Say("common.done", rows=((one, two), (two,))))
    assert [[button.label for button in row] for row in made.rows] == [
        [sentence("dialog.confirm"), sentence("dialog.cancel")],
        [sentence("dialog.cancel")],
    ]


def test_a_file_comes_as_it_was() -> None:
    file = Attachment("名单.xlsx", "application/x", bytes(range(256)))
    made = _worded(Say("common.done", attachment=file, replaces="3", asks_location=True))
    assert made.attachment == file
    assert (made.id, made.account, made.replaces, made.asks_location) == (5, "ann", "3", True)


def test_what_has_no_words_is_said_to_have_none() -> None:
    with pytest.raises(Missing):
        _worded(Say("no.such.sentence"))
    with pytest.raises(Missing):
        _worded(Say("common.done", rows=((Choice("no.such.label", "a.b"),),)))


def test_the_words_are_json_and_hold_no_bytes() -> None:
    file = Attachment("x", "y/z", b"\0" * 1000)
    delivery = _delivery(Say("common.done", attachment=file))
    kept = json.dumps(words_of(delivery, words(), HOUSE))
    assert base64.b64encode(b"\0" * 12).decode() not in kept
