"""What a message holds: a command, words, a file, a place or a contact. Pure."""

from __future__ import annotations

import math
import re
from typing import Any

from aiogram.types import Document, Message

from bot.chat import Kind

FILE_BYTES = 5 * 1024 * 1024  # that are fetched; as many as the playground takes
_COMMAND = re.compile(r"/([^\s@/]{1,64})(?:@(\w{1,64}))?(?:\s+(.*))?", re.DOTALL)
_NAME = re.compile(r"[A-Za-z0-9_]{1,32}")
_ANY_MEDIA = "application/octet-stream"
_NAME_LETTERS = 255

Contents = tuple[Kind, dict[str, Any]]


class Nameless:
    """It is said to a bot by its name, and we do not know our own yet: ask again later."""


def contents(message: Message, username: str | None) -> Contents | Nameless | None:
    """The kind and the payload of a message; None where it is not for us to answer."""
    if message.text is not None:
        return said(message.text, username, private=message.chat.type == "private")
    if message.photo:
        largest = max(message.photo, key=lambda size: size.width * size.height)
        caption = message.caption or ""
        return Kind.PHOTO, {"media": largest.file_id, "name": "photo.jpg", "text": caption}
    if message.document is not None and message.animation is None:
        return Kind.FILE, _file(message.document, message.caption or "")
    if message.location is not None:
        return _location(message)
    if message.contact is not None:
        user = message.from_user
        own = user is not None and message.contact.user_id == user.id
        return Kind.CONTACT, {"phone": message.contact.phone_number, "own": own}
    return _something_else(message)


def said(text: str, username: str | None, *, private: bool) -> Contents | Nameless | None:
    """Words, or a command: one with the name of a bot behind it is for that bot."""
    found = _COMMAND.fullmatch(text)
    if found is None:
        return Kind.TEXT, {"text": text}
    name, named, rest = found.groups()
    if named and not private:  # in private it can only be for us
        if username is None:
            return Nameless()
        if named.casefold() != username.casefold():
            return None
    if _NAME.fullmatch(name):
        return Kind.COMMAND, {"name": name.lower(), "text": (rest or "").strip()}
    return Kind.TEXT, {"text": f"/{name} {rest}" if rest else f"/{name}"}  # /时长


def _file(document: Document, caption: str) -> dict[str, Any]:
    name = (document.file_name or "").replace("\\", "/").rsplit("/", 1)[-1].strip()
    payload: dict[str, Any] = {
        "media": document.file_id,
        "name": name[:_NAME_LETTERS] or "file",
        "media_type": document.mime_type or _ANY_MEDIA,
        "text": caption,
    }
    if document.file_size is not None and document.file_size > FILE_BYTES:
        payload["too_big"] = True
    return payload


def _location(message: Message) -> Contents | None:
    """A place; one that was picked from a list or wanders is marked, for people to judge."""
    place = message.location
    if place is None or not (_within(place.latitude, 90) and _within(place.longitude, 180)):
        return None
    payload: dict[str, Any] = {"latitude": place.latitude, "longitude": place.longitude}
    payload["forwarded"] = message.forward_origin is not None
    payload["venue"] = message.venue is not None
    payload["live"] = place.live_period is not None
    return Kind.LOCATION, payload


def _within(degrees: float, most: int) -> bool:
    return math.isfinite(degrees) and -most <= degrees <= most


def _something_else(message: Message) -> Contents | None:
    """A voice, a sticker: in private we say what we do understand; what the app notes is nobody's.

    The words below a video are words.
    """
    spoken = (
        *(message.voice, message.sticker, message.video, message.video_note, message.audio),
        *(message.animation, message.dice, message.story, message.game, message.checklist),
    )
    if message.chat.type != "private" or not any(one is not None for one in spoken):
        return None
    return Kind.TEXT, {"text": message.caption or ""}
