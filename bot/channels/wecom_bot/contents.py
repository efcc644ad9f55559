"""What a message to the bot holds: words, a command, an image or a file. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.channels.wecom_bot.frames import Json, inner, string
from bot.chat import Kind

_COMMAND = re.compile(r"/([A-Za-z0-9_]{1,32})(?:\s+(.*))?", re.DOTALL)
_CALLED = re.compile(r"@[^\s@]{1,64}(?:\s+|$)")  # the mention that brings a message to the bot
_CALLED_LAST = re.compile(r"\s@[^\s@]{1,64}\s*$")

Spoken = Mapping[str, str]  # what people call a command, and its name


@dataclass(frozen=True, slots=True)
class Held:
    """Where a file lies, and the key that opens it (base64, one for each address)."""

    url: str
    key: str


@dataclass(frozen=True, slots=True)
class Contents:
    """The kind and the payload of a message, with the file that belongs to it."""

    kind: Kind
    payload: dict[str, Any]
    file: Held | None = None


def contents(body: Json, spoken: Spoken) -> Contents:
    """What somebody said. In private everything is answered, also what we do not understand."""
    single = body.get("chattype") != "group"
    kind = string(body.get("msgtype"))
    match kind:
        case "text" | "voice":  # a voice comes with its words
            return _words(string(inner(body, kind).get("content")), spoken, single)
        case "mixed":
            return _mixed(inner(body, "mixed"), spoken, single)
        case "image" if single:
            return _image(inner(body, "image"), "")
        case "file" if single:
            return _file(inner(body, "file"))
    return _words("", spoken, single)


def _words(text: str, spoken: Spoken, single: bool) -> Contents:
    return said(text) if single else called(text, spoken)


def said(text: str) -> Contents:
    """Words, or a command."""
    found = _COMMAND.fullmatch(text.strip())
    if found is None:
        return Contents(Kind.TEXT, {"text": text})
    payload = {"name": found[1].lower(), "text": (found[2] or "").strip()}
    return Contents(Kind.COMMAND, payload)


def called(text: str, spoken: Spoken) -> Contents:
    """What is said to the bot in a group, without the mention: always a command.

    What is none gets the name of none: whoever calls us is shown the way into the private chat.
    """
    text = text.strip()
    first = _CALLED.match(text)
    text = text[first.end() :] if first else _without_last(text)
    found = said(text.strip())
    if found.kind is Kind.COMMAND:
        return found
    word, _, rest = found.payload["text"].partition(" ")
    name = spoken.get(word.lstrip("／/").casefold(), "")
    return Contents(Kind.COMMAND, {"name": name, "text": rest.strip() if name else ""})


def _without_last(text: str) -> str:
    last = _CALLED_LAST.search(text[-80:])
    return text if last is None else text[: len(text) - len(last[0])]


def _mixed(mixed: Json, spoken: Spoken, single: bool) -> Contents:
    """Words and images in one message: in private the first image with the words below it."""
    items = mixed.get("msg_item")
    found = [one for one in items if isinstance(one, dict)] if isinstance(items, list) else []
    texts = [string(inner(one, "text").get("content")) for one in found]
    text = "\n".join(one for one in texts if one)
    images = [inner(one, "image") for one in found if one.get("msgtype") == "image"]
    if single and images:
        return _image(images[0], text)
    return _words(text, spoken, single)


def _image(image: Json, text: str) -> Contents:
    payload = {"media": "", "name": "photo.jpg", "text": text}
    return Contents(Kind.PHOTO, payload, _held(image))


def _file(file: Json) -> Contents:
    """A file; its name comes with its bytes."""
    payload = {"media": "", "name": "file", "media_type": "application/octet-stream", "text": ""}
    return Contents(Kind.FILE, payload, _held(file))


def _held(found: Json) -> Held:
    return Held(string(found.get("url")), string(found.get("aeskey")))
