"""What a caller sent: JSON, urlencoded or multipart, into one dictionary; typed reading of it."""

from __future__ import annotations

import json
from email import message_from_bytes
from email.policy import HTTP
from typing import Any
from urllib.parse import parse_qsl

from tests.emulators.telegram.journal import compact
from tests.emulators.telegram.refusal import bad


class Upload:
    """A file in a multipart body."""

    __slots__ = ("content", "name", "type")

    def __init__(self, name: str, media_type: str, content: bytes) -> None:
        self.name, self.type, self.content = name, media_type, content

    def __repr__(self) -> str:
        return f"<{self.name}: {len(self.content)} bytes>"


def read(content_type: str, body: bytes, query: str = "") -> dict[str, Any]:
    """The arguments of a call; raises Refusal where they cannot be read."""
    args: dict[str, Any] = dict(parse_qsl(query, keep_blank_values=True)) if query else {}
    if not body:
        return args
    kind = content_type.partition(";")[0].strip().lower()
    try:
        if kind == "application/json":
            told = json.loads(body)
            if not isinstance(told, dict):
                raise bad("can't parse JSON object")
            if b"\\u" in body:
                compact(told).encode()  # half of a surrogate pair is no text
            args.update(told)
        elif kind == "multipart/form-data":
            args.update(_multipart(content_type, body))
        else:
            args.update(parse_qsl(body.decode(), keep_blank_values=True))
    except UnicodeError:
        raise bad("strings must be encoded in UTF-8") from None
    except json.JSONDecodeError:
        raise bad("can't parse JSON object") from None
    return args


def _multipart(content_type: str, body: bytes) -> dict[str, Any]:
    head = f"Content-Type: {content_type}\r\n\r\n".encode()
    made: dict[str, Any] = {}
    for part in message_from_bytes(head + body, policy=HTTP).iter_parts():
        name = part.get_param("name", header="content-disposition")
        content = part.get_payload(decode=True)
        if name is None or not isinstance(content, bytes):
            continue
        filename = part.get_filename()
        if filename is None:
            made[str(name)] = content.decode()
        else:
            made[str(name)] = Upload(filename, part.get_content_type(), content)
    return made


def integer(args: dict[str, Any], name: str, default: int = 0) -> int:
    """A whole number; what is none counts as the default, as on the real server."""
    try:
        return int(args.get(name, default))
    except (TypeError, ValueError):
        return default


def text(args: dict[str, Any], name: str) -> str:
    """A string."""
    found = args.get(name)
    if found is None:
        return ""
    return found if isinstance(found, str) else str(found)


def boolean(args: dict[str, Any], name: str) -> bool:
    """True, "true", "True" or 1."""
    return str(args.get(name, "")).lower() in ("true", "1", "yes", "t")


def structure(args: dict[str, Any], name: str, kind: type) -> Any:
    """An object or array, itself or as JSON in a string; None where there is none."""
    found = args.get(name)
    if isinstance(found, str):
        if not found:
            return None
        try:
            found = json.loads(found)
        except json.JSONDecodeError:
            raise bad(f"can't parse {name} JSON object") from None
    if found is not None and not isinstance(found, kind):
        raise bad(f"{name} must be {'an Array' if kind is list else 'an Object'}")
    return found
