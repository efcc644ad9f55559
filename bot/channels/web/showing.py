"""What the page gets to see: messages, both sides of a chat, people; all as plain JSON."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from bot.chat import Attachment, Message
from storage.playground import Heard, Spoken, WebPerson

HISTORY = 100  # entries that fill a chat when a page is loaded
VISITORS = ("guest-1", "guest-2")  # web accounts that nobody has registered with yet
_SHOWN_FIRST = ("officer", "secretary", "organiser", "auditor")


def live(message: Message, at: datetime) -> dict[str, Any]:
    """A message on its way."""
    rows = _rows([(one.label, one.token, one.url) for one in row] for row in message.rows)
    return {
        "id": message.id,
        "account": message.account,
        "text": message.text,
        "rows": rows,
        "replaces": message.replaces,
        "asks_location": message.asks_location,
        "attachment": _attached(message.attachment),
        "at": at.isoformat(),
    }


def again(account: str, spoken: Spoken) -> dict[str, Any]:
    """The same message, as it was kept."""
    worded = spoken.worded
    rows = _rows(worded["rows"])
    return {
        "id": spoken.id,
        "account": account,
        "text": worded["text"],
        "rows": rows,
        "replaces": worded["replaces"],
        "asks_location": worded["asks_location"],
        "attachment": spoken.attachment,
        "at": spoken.at.isoformat(),
    }


def _rows(rows: Iterable[Sequence[Any]]) -> list[list[dict[str, str]]]:
    """Lines of buttons; other ways to reach us than this page (groups) are left out."""
    return [
        [
            {"label": label, "url": url} if url else {"label": label, "token": token}
            for label, token, url in row
            if not url or url.startswith(("https://", "http://"))
        ]
        for row in rows
    ]


def _attached(attachment: Attachment | None) -> dict[str, str] | None:
    if attachment is None:
        return None
    return {
        "name": attachment.name,
        "media_type": attachment.media_type,
        "content": base64.b64encode(attachment.content).decode(),
    }


def history(account: str, heard: Sequence[Heard], spoken: Sequence[Spoken]) -> dict[str, Any]:
    """Both sides in order, the last hundred. `last` is the newest id that was sent."""
    entries = [(said.at, 0, {"who": "me", **_own(account, said)}) for said in heard]
    entries += [(sent.at, sent.id, {"who": "us", **again(account, sent)}) for sent in spoken]
    entries.sort(key=lambda entry: entry[:2])
    last = max((sent.id for sent in spoken), default=0)
    return {"last": last, "entries": [entry for _, _, entry in entries[-HISTORY:]]}


def _own(account: str, said: Heard) -> dict[str, Any]:
    payload = said.payload
    match said.kind:
        case "command":
            text = f"/{payload.get('name', '')} {payload.get('text', '')}".rstrip()
        case "button":
            text = payload.get("label", "")
        case "photo" | "file":
            text = payload.get("name", "")
        case "location":
            text = f"{payload.get('latitude')}, {payload.get('longitude')}"
        case _:
            text = payload.get("text", "")
    key = said.key.removeprefix(f"{account}:")
    return {"key": key, "kind": said.kind, "text": text, "at": said.at.isoformat()}


def personas(people: Sequence[WebPerson], invitation: str | None) -> dict[str, Any]:
    """Whom one can be: officers first, visitors last, who may be told how to join."""
    known = {person.account: person for person in people}
    visitors = [known.pop(one, WebPerson(one, None, None, None, ())) for one in VISITORS]
    found = [_persona(person, invitation) for person in (*visitors, *known.values())]
    order = (*_SHOWN_FIRST, "member", "visitor")
    return {"personas": sorted(found, key=lambda persona: order.index(str(persona["role"])))}


def _persona(person: WebPerson, invitation: str | None) -> dict[str, Any]:
    role, unit = "member", person.unit
    if person.name is None:
        role, unit = "visitor", None
    else:
        for wanted in _SHOWN_FIRST:
            held = [at for held_role, at in person.held if held_role == wanted]
            if held:
                role, unit = wanted, held[0]
                break
    return {
        "id": person.account,
        "account": person.account,
        "name": person.name,
        "role": role,
        "unit": unit,
        "language": person.language,
        "hint": f"加入 {invitation}" if role == "visitor" and invitation else None,
    }
