"""What makes a callback the same callback when WeCom repeats it. Pure."""

from __future__ import annotations

import hashlib
from datetime import date

from bot.channels.wecom.envelope import Node


def message_key(fields: Node) -> str:
    """A message is named by its MsgId; one without is told apart like an event."""
    number = fields.one("MsgId")
    return f"m/{number}" if number.isdecimal() and number.isascii() else event_key(fields)


def event_key(fields: Node) -> str:
    """An event has no id: all that it says is its name.

    FromUserName and CreateTime, as documented, are not enough: times are whole seconds and what
    the system says comes from `sys`. Repetitions say the same and differ in what is around it.
    """
    made = hashlib.sha256()
    for name, text in fields.flat():
        made.update(f"{name}\0{text}\0".encode("utf-8", "surrogatepass"))
    return f"e/{made.hexdigest()}"


def greeting_key(account: str, day: date) -> str:
    """Whoever opens the app is greeted once on a local day."""
    return f"enter/{account}/{day.isoformat()}"
