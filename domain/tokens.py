"""Signed tokens: buttons bound to their reader, links that are handed round (SPEC section 3)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import struct
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

BUTTON_BYTES = 64  # Telegram's limit of callback_data
LINK_LETTERS = 64  # Telegram's limit of a start parameter
_BUTTON_MAC = 9  # bytes: 72 bits
_LINK_MAC = 12  # bytes: 96 bits
_BUTTON = struct.Struct(">QHHI")  # object, version, argument, expiry in seconds
_LINK = struct.Struct(">QHI")  # object, version, expiry in seconds


class Stale(StrEnum):
    """Why a token is of no use."""

    FORGED = "forged"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Press:
    """What a button means: a purpose, its object and the version that its reader saw."""

    purpose: str
    object: int = 0
    version: int = 0
    argument: int = 0


@dataclass(frozen=True, slots=True)
class Link:
    """What a handed-round link means. `kind` is one lower-case letter."""

    kind: str
    object: int
    version: int


def sign_button(key: bytes, reader: str, press: Press, expires: datetime) -> str:
    """Make the token of a button for one reader (`person:7` or `account:9`).

    At most 64 bytes, 72 bits of HMAC-SHA-256. ValueError if the purpose is too long.
    """
    body = _BUTTON.pack(press.object, press.version & 0xFFFF, press.argument, _seconds(expires))
    token = f"{press.purpose}.{_text(body + _mac(key, reader, press.purpose, body)[:_BUTTON_MAC])}"
    if len(token.encode()) > BUTTON_BYTES:
        raise ValueError(f"the purpose {press.purpose!r} is too long for a button")
    return token


def read_button(key: bytes, reader: str, token: str, at: datetime) -> Press | Stale:
    """Answer what the button means, if it was made for this reader and is still good."""
    purpose, _, text = token.rpartition(".")
    raw = _bytes(text)
    if raw is None or len(raw) != _BUTTON.size + _BUTTON_MAC:
        return Stale.FORGED
    body, mac = raw[: _BUTTON.size], raw[_BUTTON.size :]
    if not hmac.compare_digest(mac, _mac(key, reader, purpose, body)[:_BUTTON_MAC]):
        return Stale.FORGED
    object_id, version, argument, expires = _BUTTON.unpack(body)
    if expires <= at.timestamp():
        return Stale.EXPIRED
    return Press(purpose, object_id, version, argument)


def sign_link(key: bytes, link: Link, expires: datetime) -> str:
    """Make a link payload: at most 64 characters of [A-Za-z0-9_-], 96 bits of HMAC-SHA-256."""
    body = _LINK.pack(link.object, link.version & 0xFFFF, _seconds(expires))
    return link.kind + _text(body + _mac(key, "link", link.kind, body)[:_LINK_MAC])


def read_link(key: bytes, payload: str, at: datetime) -> Link | Stale:
    """Answer what the link means, if it is ours and still good. Its uses are counted elsewhere."""
    kind, raw = payload[:1], _bytes(payload[1:])
    if raw is None or len(raw) != _LINK.size + _LINK_MAC:
        return Stale.FORGED
    body, mac = raw[: _LINK.size], raw[_LINK.size :]
    if not hmac.compare_digest(mac, _mac(key, "link", kind, body)[:_LINK_MAC]):
        return Stale.FORGED
    object_id, version, expires = _LINK.unpack(body)
    return Stale.EXPIRED if expires <= at.timestamp() else Link(kind, object_id, version)


def _mac(key: bytes, reader: str, purpose: str, body: bytes) -> bytes:
    # lengths first, so that no two different pairs of words give the same bytes
    words = f"{len(reader)}:{reader}{len(purpose)}:{purpose}".encode("utf-8", "replace")
    return hmac.new(key, words + body, hashlib.sha256).digest()


def _seconds(moment: datetime) -> int:
    return min(int(moment.astimezone(UTC).timestamp()), 0xFFFFFFFF)


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _bytes(text: str) -> bytes | None:
    if not text.isascii() or len(text) > BUTTON_BYTES:
        return None
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    return raw if _text(raw) == text else None  # one spelling only
