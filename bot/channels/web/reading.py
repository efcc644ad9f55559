"""From the bytes that a page sends to an event, or the name of what is wrong with them."""

from __future__ import annotations

import base64
import binascii
import json
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NoReturn

from bot.chat import Event, Kind
from bot.clean import clean_text

CHANNEL = "web"
CONTENT_BYTES = 5 * 1024 * 1024  # of a photo or a file
DEPTH = 8  # of nested lists and objects; what the page sends has two
_ACCOUNT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_KEY = re.compile(r"[A-Za-z0-9._:-]{1,80}")
_CONTROL = re.compile("[\x01-\x08\x0b\x0c\x0e-\x1f\x7f]")
_MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9.+-]{0,63}/[a-z0-9][a-z0-9.+-]{0,99}")
_ANY_MEDIA = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class Unreadable:
    """What cannot be read: `body` as a whole, or the name of a field."""

    what: str
    too_large: bool = False


class _Wrong(ValueError):
    """A field that cannot be used; its name is the first argument, whether it is too large next."""


def read_account(text: object) -> str | None:
    """The web account that a request names, or None if there can be none of that name."""
    return text if isinstance(text, str) and _ACCOUNT.fullmatch(text) else None


def read_event(body: bytes, at: datetime, *, with_content: bool) -> Event | Unreadable:
    """Read an event of the page; only what its kind needs is taken over.

    `with_content` is for the door of files: photo and file with their bytes; the other door takes
    the other kinds. The key is bound to its account, so that no page takes another's.
    """
    try:
        said = _json(body)
        account, key = read_account(said.get("account")), said.get("key")
        if account is None:
            return Unreadable("account")
        if not isinstance(key, str) or not _KEY.fullmatch(key):
            return Unreadable("key")
        kind = said.get("kind")
        reader = (_UPLOADS if with_content else _SMALL).get(kind) if isinstance(kind, str) else None
        if reader is None:
            return Unreadable("kind")
        payload = reader(_mapping(said.get("payload"), "payload"))
    except _Wrong as wrong:
        return Unreadable(*wrong.args)
    return Event(CHANNEL, account, f"{account}:{key}", Kind(str(kind)), payload, at)


def _json(body: bytes) -> Mapping[str, Any]:
    try:
        found = json.loads(body.decode("utf-8"), parse_constant=_no_such_number)
    except (ValueError, RecursionError):  # not UTF-8, not JSON, NaN, 5,000 digits, 30,000 brackets
        raise _Wrong("body") from None
    if _is_deeper(found, DEPTH):
        raise _Wrong("body")
    return _mapping(found, "body")


def _no_such_number(word: str) -> NoReturn:
    raise ValueError(word)


def _is_deeper(value: Any, left: int) -> bool:
    if not isinstance(value, (dict, list)):
        return False
    if left == 0:
        return True
    inside = value.values() if isinstance(value, dict) else value
    return any(_is_deeper(item, left - 1) for item in inside)


def _mapping(value: object, what: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise _Wrong(what)
    return value


def _text(payload: Mapping[str, Any], field: str, most: int, *, least: int = 1) -> str:
    """A text without what shows nothing and harms: NUL, half characters, control characters."""
    value = payload.get(field, "")
    if not isinstance(value, str):
        raise _Wrong(field)
    text = _CONTROL.sub("", clean_text(value))
    if not least <= len(text) <= most:
        raise _Wrong(field)
    return text


def _said(payload: Mapping[str, Any]) -> dict[str, Any]:
    text = _text(payload, "text", 65_536)
    if not text.strip():
        raise _Wrong("text")
    return {"text": text}


def _command(payload: Mapping[str, Any]) -> dict[str, Any]:
    return {"name": _text(payload, "name", 32), "text": _text(payload, "text", 65_536, least=0)}


def _button(payload: Mapping[str, Any]) -> dict[str, Any]:
    token, label = _text(payload, "token", 128), _text(payload, "label", 120, least=0)
    # The label is for the reader's own history only. The page shows a press as a message of one's
    # own, so its answer stands below and not in the place of what was pressed.
    return {"token": token, "label": label}


def _location(payload: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "latitude": _degrees(payload, "latitude", 90),
        "longitude": _degrees(payload, "longitude", 180),
        "forwarded": payload.get("forwarded") is True,
    }


def _degrees(payload: Mapping[str, Any], field: str, most: int) -> float:
    value = payload.get(field)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise _Wrong(field)
    if not -most <= value <= most or not math.isfinite(value):
        raise _Wrong(field)
    return float(value)


def _file(payload: Mapping[str, Any]) -> dict[str, Any]:
    name = _text(payload, "name", 255).replace("\\", "/").rsplit("/", 1)[-1].strip()
    if not name:
        raise _Wrong("name")
    media_type = payload.get("media_type")
    known = isinstance(media_type, str) and _MEDIA_TYPE.fullmatch(media_type)
    content = payload.get("content")
    if not isinstance(content, str) or not content:
        raise _Wrong("content")
    try:
        size = len(base64.b64decode(content, validate=True))
    except (binascii.Error, ValueError):
        raise _Wrong("content") from None
    if size > CONTENT_BYTES:
        raise _Wrong("content", True)
    return {
        "media": name,
        "name": name,
        "media_type": media_type if known else _ANY_MEDIA,
        "content": content,
        "text": _text(payload, "text", 4096, least=0),
    }


_Reader = Callable[[Mapping[str, Any]], dict[str, Any]]
_SMALL: dict[str, _Reader] = {
    "text": _said,
    "command": _command,
    "button": _button,
    "location": _location,
}
_UPLOADS: dict[str, _Reader] = {"photo": _file, "file": _file}
