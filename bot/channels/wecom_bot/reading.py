"""From a callback to an event of ours, or to nothing. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from enum import StrEnum
from typing import Any

from bot.channels.wecom_bot.contents import Held, Spoken, contents
from bot.channels.wecom_bot.frames import HAPPENED, SAID, Frame, Json, inner, string
from bot.chat import Event, Kind

CHANNEL = "wecom-bot"
_SEALED = re.compile(r"wo[A-Za-z0-9_-]{30}")  # an encrypted id: there capitals make a difference
_LATEST = 4_102_444_800  # seconds: the year 2100


class Cause(StrEnum):
    """What a callback is to its answer: how, and how long, it may be answered in its place."""

    MESSAGE = "message"
    ENTRY = "entry"
    PRESS = "press"


@dataclass(frozen=True, slots=True)
class Heard:
    """An event with the callback that brought it. `conversation`: the person, or the group."""

    event: Event
    conversation: str
    request: str
    cause: Cause
    file: Held | None = None


class Kicked:
    """Somebody else has connected with the same credentials: this connection is over."""


def read(frame: Frame, spoken: Spoken, zone: tzinfo, at: datetime) -> Heard | Kicked | None:
    """Read a callback; `zone` says which day it is. What nobody is meant to hear is None."""
    body = frame.body
    if frame.command == SAID:
        return _said(frame, spoken, at)
    if frame.command != HAPPENED:
        return None
    match string(inner(body, "event").get("eventtype")):
        case "disconnected_event":
            return Kicked()
        case "enter_chat":
            return _entered(frame, zone, at)
        case "template_card_event":
            return _pressed(frame, at)
    return None  # feedback: read by people on WeCom's own page


def account_of(userid: str) -> str:
    """The account of a member: capitals make no difference, but in an encrypted id they do."""
    return userid if _SEALED.fullmatch(userid) else userid.lower()


def _said(frame: Frame, spoken: Spoken, at: datetime) -> Heard | None:
    body = frame.body
    found = contents(body, spoken)
    return _heard(frame, found.kind, found.payload, Cause.MESSAGE, at, found.file)


def _entered(frame: Frame, zone: tzinfo, at: datetime) -> Heard | None:
    """Somebody opened the chat: greeted at most once a day, however often WeCom says so."""
    if frame.body.get("chattype") == "group":
        return None
    found = _heard(frame, Kind.JOINED, {}, Cause.ENTRY, at)
    if found is None:
        return None
    event = found.event
    key = f"enter/{event.account}/{event.at.astimezone(zone):%Y-%m-%d}"
    made = Event(CHANNEL, event.account, key, event.kind, event.payload, event.at)
    return Heard(made, found.conversation, found.request, Cause.ENTRY)


def _pressed(frame: Frame, at: datetime) -> Heard | None:
    event = inner(frame.body, "event")
    card = inner(event, "template_card_event") or event  # the official client reads the latter
    token, task = string(card.get("event_key")), string(card.get("task_id"))
    if not token:
        return None
    return _heard(frame, Kind.BUTTON, {"token": token, "message": task}, Cause.PRESS, at)


def _heard(
    frame: Frame,
    kind: Kind,
    payload: dict[str, Any],
    cause: Cause,
    at: datetime,
    file: Held | None = None,
) -> Heard | None:
    body = frame.body
    account = account_of(string(inner(body, "from").get("userid")))
    key = string(body.get("msgid"))
    if not account or not key:
        return None
    chat = string(body.get("chatid")) if body.get("chattype") == "group" else ""
    if body.get("chattype") == "group" and not chat:
        return None
    more = {"chat": chat, "title": ""} if chat else {}
    payload = {"message": key, **payload, **more}
    event = Event(CHANNEL, account, key, kind, payload, _time(body, at), not chat)
    return Heard(event, chat or account, frame.request, cause, file)


def _time(body: Json, at: datetime) -> datetime:
    """WeCom's time of it, where it says one."""
    seconds = body.get("create_time")
    if isinstance(seconds, int) and 0 < seconds < _LATEST:
        return datetime.fromtimestamp(seconds, UTC)
    return at
