"""The XML of messages and events as WeCom's documents show it (paths 90239 and 90240)."""

from __future__ import annotations

import itertools
import time
from collections.abc import Mapping, Sequence
from typing import Any
from xml.sax.saxutils import escape

CORP, AGENT = "wx5823bf96d3bd56c7", 218
NOW = 1_790_000_000
_numbers = itertools.count(4561255354251345929)

Value = str | int | float | Mapping[str, Any] | Sequence[Any]


def xml(name: str, value: Value) -> str:
    """One element: numbers bare, text as CDATA, mappings nested, lists one element each."""
    if isinstance(value, Mapping):
        inside = "".join(xml(child, one) for child, one in value.items())
        return f"<{name}>{inside}</{name}>"
    if isinstance(value, str):
        quoted = escape(value) if "]]>" in value else f"<![CDATA[{value}]]>"
        return f"<{name}>{quoted}</{name}>"
    if isinstance(value, Sequence):
        return "".join(xml(name, one) for one in value)
    return f"<{name}>{value}</{name}>"


def letter(**fields: Any) -> str:
    """Any document; a field that is None is left out."""
    common: dict[str, Any] = {
        "ToUserName": CORP,
        "FromUserName": "ZhangSan",
        "CreateTime": int(time.time()),
        "MsgType": "text",
        "AgentID": AGENT,
    }
    return xml("xml", {name: one for name, one in {**common, **fields}.items() if one is not None})


def message(kind: str = "text", **fields: Any) -> str:
    """A message; each has a MsgId of its own."""
    return letter(**{"MsgType": kind, "MsgId": next(_numbers), **fields})


def event(kind: str, **fields: Any) -> str:
    """An event: it has no id."""
    return letter(**{"MsgType": "event", "Event": kind, **fields})


def change(kind: str, **fields: Any) -> str:
    """A change of the address book; it is about no app."""
    system = {"FromUserName": "sys", "AgentID": None, "ChangeType": kind}
    return event("change_contact", **system, **fields)
