"""The frames of the long connection: JSON objects with a command, headers and a body. Pure."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from typing import Any

SUBSCRIBE, PING = "aibot_subscribe", "ping"
SAID, HAPPENED = "aibot_msg_callback", "aibot_event_callback"
RESPOND, PUSH = "aibot_respond_msg", "aibot_send_msg"
WELCOME, UPDATE = "aibot_respond_welcome_msg", "aibot_respond_update_msg"
UPLOAD_INIT, UPLOAD_CHUNK = "aibot_upload_media_init", "aibot_upload_media_chunk"
UPLOAD_FINISH = "aibot_upload_media_finish"
LARGEST = 4 * 2**20  # bytes of a frame that we take

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Frame:
    """What came in: a callback (`command` is set) or the answer to something that we asked."""

    command: str
    request: str
    body: Json
    code: int = 0


def made(command: str, request: str, body: Json | None = None) -> str:
    """A frame to send."""
    frame: Json = {"cmd": command, "headers": {"req_id": request}}
    if body is not None:
        frame["body"] = body
    return json.dumps(frame, ensure_ascii=False, separators=(",", ":"))


def parsed(text: str | bytes) -> Frame | None:
    """A frame that came in; None if it is none."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict):
        return None
    code = found.get("errcode")
    return Frame(
        command=string(found.get("cmd")),
        request=string(inner(found, "headers").get("req_id")),
        body=inner(found, "body"),
        code=code if isinstance(code, int) else 0,
    )


def new_request() -> str:
    """An id for something that we ask on our own account."""
    return f"q{secrets.token_hex(12)}"


def inner(found: Any, name: str) -> Json:
    """An object inside an object; empty where there is none."""
    value = found.get(name) if isinstance(found, dict) else None
    return value if isinstance(value, dict) else {}


def string(value: Any) -> str:
    """A text; empty where it is none."""
    return value if isinstance(value, str) else ""
