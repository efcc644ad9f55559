"""From a message's name and facts to the exact words and signed buttons of its reader."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from bot.chat import Attachment, Button, Message
from bot.words import Words
from domain.tokens import Press, sign_button
from services.turn import BUTTON_LIFE, House
from storage.outbox import Delivery


def words_of(delivery: Delivery, words: Words, house: House) -> dict[str, Any]:
    """Word a delivery for its reader: the JSON that is kept for every further attempt."""
    say = delivery.say
    language = delivery.language or house.language
    return {
        "text": words.say(language, say["name"], say["facts"]),
        "rows": [
            [_button(choice, delivery, words, house, language) for choice in row]
            for row in say["rows"]
        ],
        "replaces": say["replaces"],
        "asks_location": say["asks_location"],
        "leaves": say.get("leaves", False),
        "plain": delivery.plain,
        "language": language,
    }


def message(delivery: Delivery) -> Message:
    """The worded delivery as a channel takes it."""
    worded = delivery.worded
    return Message(
        id=delivery.id,
        account=delivery.external,
        text=worded["text"],
        rows=tuple(tuple(Button(*button) for button in row) for row in worded["rows"]),
        attachment=_attachment(delivery.say.get("attachment")),
        replaces=worded["replaces"],
        asks_location=worded["asks_location"],
        leaves=worded.get("leaves", False),
        answer=delivery.answer,
        plain=worded.get("plain"),
        language=worded.get("language"),
        mentions=tuple(map(str, delivery.say["facts"].get("mentions", ()))),
    )


def _button(
    choice: Mapping[str, Any], delivery: Delivery, words: Words, house: House, language: str
) -> list[Any]:
    label = words.say(language, choice["label"], choice["facts"])
    if choice["url"]:
        return [label, "", choice["url"]]
    press = Press(choice["purpose"], choice["object"], choice["version"], choice["argument"])
    expires = (
        datetime.fromisoformat(choice["expires"]).astimezone(UTC)
        if choice["expires"]
        else delivery.created_at + BUTTON_LIFE
    )
    person = delivery.person
    reader = f"account:{delivery.account_id}" if person is None else f"person:{person}"
    return [label, sign_button(house.key, reader, press, expires), None]


def _attachment(stored: Mapping[str, str] | None) -> Attachment | None:
    if stored is None:
        return None
    content = base64.b64decode(stored["content"])
    return Attachment(stored["name"], stored["media_type"], content)
