"""What a message holds: words, a command, a photo, a file or a place. Pure."""

from __future__ import annotations

import math
import re
from typing import Any

from bot.channels.wecom.envelope import Node
from bot.chat import Kind
from domain.coordinates import wgs84
from domain.layout import Reads

_COMMAND = re.compile(r"/([A-Za-z0-9_]{1,32})(?:\s+(.*))?", re.DOTALL)

Contents = tuple[Kind, dict[str, Any]]


def contents(kind: str, fields: Node) -> Contents | None:
    """The kind and the payload of a message; None for what is none of those documented."""
    media = fields.one("MediaId")
    match kind:
        case "text":
            return said(fields.one("Content"))
        case "image":
            return Kind.PHOTO, {"media": media, "name": "photo.jpg", "text": ""}
        case "voice" | "video":  # in private we say what we do understand
            return Kind.TEXT, {"text": "", "media": media}
        case "link":
            return Kind.TEXT, {"text": "", "url": fields.one("Url"), "title": fields.one("Title")}
        case "file":  # documented for none of our apps, and readable all the same
            return Kind.FILE, {"media": media, "name": _name(fields.one("FileName")), "text": ""}
        case "location":
            info = fields.one("Location_X"), fields.one("Location_Y")
            return place(*info, picked=False, reads=reads(fields))
    return None


def reads(fields: Node) -> Reads:
    """Where a place was sent from: WeCom says so of its own program, and nothing of WeChat's."""
    return Reads.CLIENT if fields.one("AppType").lower() == "wxwork" else Reads.PLUGIN


def said(text: str) -> Contents:
    """Words, or a command."""
    found = _COMMAND.fullmatch(text)
    if found is None:
        return Kind.TEXT, {"text": text}
    return Kind.COMMAND, {"name": found[1].lower(), "text": (found[2] or "").strip()}


def place(latitude: str, longitude: str, *, picked: bool, reads: Reads) -> Contents | None:
    """A place on a Chinese map, as one on the globe; None if it is none."""
    try:
        found = float(latitude), float(longitude)
    except ValueError:
        return None
    if not all(math.isfinite(one) for one in found) or abs(found[0]) > 90 or abs(found[1]) > 180:
        return None
    north, east = wgs84(*found)
    marks = {"forwarded": False, "venue": picked, "live": False}
    where = {"latitude": north, "longitude": east}
    return Kind.LOCATION, {**where, **marks, "reads": str(reads)}


def _name(text: str) -> str:
    return text.replace("\\", "/").rsplit("/", 1)[-1].strip()[:255] or "file"
