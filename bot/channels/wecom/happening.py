"""WeCom's events: presses, menus, scans, coming and going, and what concerns the operator. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any

from bot.channels.wecom.contacts import changed
from bot.channels.wecom.contents import place, reads, said
from bot.channels.wecom.envelope import Node
from bot.channels.wecom.heard import CHANNEL, NONE, SUBMIT, Foreign, Heard, Idle, Notice
from bot.channels.wecom.keys import event_key, greeting_key
from bot.chat import Event, Kind
from domain.layout import Reads

_SCANNED = re.compile(r"(?:https?://[^/\s]{1,255}/c/)?([A-Za-z0-9_-]{1,64})")
_NAME = re.compile(r"[A-Za-z0-9_]{1,32}(?:\s.*)?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Happened:
    """An event with what stands around it."""

    fields: Node
    account: str
    at: datetime
    zone: tzinfo

    def event(self, kind: Kind, payload: Mapping[str, Any], key: str = "") -> Event:
        """An event of this account."""
        key = key or event_key(self.fields)
        return Event(CHANNEL, self.account, key, kind, payload, self.at)

    def greeting(self) -> str:
        """The key of today's greeting."""
        return greeting_key(self.account, self.at.astimezone(self.zone).date())


def read(fields: Node, account: str, at: datetime, zone: tzinfo) -> tuple[Heard, ...]:
    """What an event means; nothing for those that ask for nothing and those of the future."""
    found = _READERS.get(fields.one("Event"))
    return () if found is None else found(Happened(fields, account, at, zone))


def _came(happened: Happened) -> tuple[Heard, ...]:
    """Somebody is in the app's range: greeted now, and therefore not when they open it today.

    The second event moves the account to where it is, which is nothing: it holds the place of
    today's greeting.
    """
    joined = happened.event(Kind.JOINED, {})
    greeted = happened.event(Kind.MOVED, {"to": happened.account}, happened.greeting())
    return joined, greeted


def _left(happened: Happened) -> tuple[Heard, ...]:
    return (happened.event(Kind.LEFT, {}),)


def _opened(happened: Happened) -> tuple[Heard, ...]:
    """The app was opened: one greeting a day, however often."""
    return (happened.event(Kind.JOINED, {}, happened.greeting()),)


def _clicked(happened: Happened) -> tuple[Heard, ...]:
    """An item of the menu: its key is the name of a command, or words."""
    key = happened.fields.one("EventKey")
    kind, payload = said(f"/{key}" if _NAME.fullmatch(key) else key)
    return (happened.event(kind, payload),)


def _scanned(happened: Happened) -> tuple[Heard, ...]:
    """A code of ours is opened as its link would be; what else stands in a code is never said."""
    fields = happened.fields
    found = _SCANNED.fullmatch(fields.one("ScanCodeInfo", "ScanResult"))
    if found is not None:
        return (happened.event(Kind.COMMAND, {"name": "start", "text": found[1]}),)
    waits = fields.one("Event") == "scancode_waitmsg"
    return (Foreign(happened.account),) if waits else ()


def _picked_place(happened: Happened) -> tuple[Heard, ...]:
    info = happened.fields.all("SendLocationInfo")
    if not info:
        return ()
    picked = bool(info[0].one("Poiname"))
    where = info[0].one("Location_X"), info[0].one("Location_Y")
    found = place(*where, picked=picked, reads=reads(happened.fields))
    return () if found is None else (happened.event(*found),)


def _seen(happened: Happened) -> tuple[Heard, ...]:
    """Where somebody is, told by the app without being asked: only what they read on is kept."""
    return (happened.event(Kind.SEEN, {"reads": str(reads(happened.fields))}),)


def _pressed(happened: Happened) -> tuple[Heard, ...]:
    """A button or a selection of a card, or an item of its menu. Who presses a card sees cards."""
    fields = happened.fields
    chosen = _selected(fields)
    payload: dict[str, Any] = {
        "token": fields.one("EventKey"),
        "message": fields.one("TaskId"),
        "response_code": fields.one("ResponseCode"),
        "card": fields.one("CardType"),
        "reads": str(Reads.CLIENT),
    }
    if chosen:
        payload["selected"] = chosen
    if payload["token"] == SUBMIT:
        options = [option for one in chosen for option in one["options"]]
        meant = [option for option in options if option and not option.startswith(NONE)]
        payload |= {"token": meant[0]} if len(meant) == 1 else {"unclear": True}
    return (happened.event(Kind.BUTTON, payload),)


def _selected(fields: Node) -> list[dict[str, Any]]:
    return [
        {
            "question": item.one("QuestionKey"),
            "options": [option.text for option in item.all("OptionIds", "OptionId")],
        }
        for item in fields.all("SelectedItems", "SelectedItem")
    ]


def _idle(idle: Idle) -> Callable[[Happened], tuple[Heard, ...]]:
    return lambda happened: (Notice(idle, happened.fields.one("EffectTime")),)


def _changed(happened: Happened) -> tuple[Heard, ...]:
    return changed(happened.fields, happened.at)


def _nothing(happened: Happened) -> tuple[Heard, ...]:
    """Heard, and not ours to keep.

    A page was opened; a photo is on its way as a message of its own; the end of a job and an
    approval that nobody here began.
    """
    return ()


_READERS: Mapping[str, Callable[[Happened], tuple[Heard, ...]]] = {
    "subscribe": _came,
    "unsubscribe": _left,
    "enter_agent": _opened,
    "LOCATION": _seen,
    "click": _clicked,
    "view": _nothing,
    "view_miniprogram": _nothing,
    "scancode_push": _scanned,
    "scancode_waitmsg": _scanned,
    "pic_sysphoto": _nothing,
    "pic_photo_or_album": _nothing,
    "pic_weixin": _nothing,
    "location_select": _picked_place,
    "template_card_event": _pressed,
    "template_card_menu_event": _pressed,
    "batch_job_result": _nothing,
    "open_approval_change": _nothing,
    "inactive_alert": _idle(Idle.WARNED),
    "close_inactive_agent": _idle(Idle.CLOSED),
    "reopen_inactive_agent": _idle(Idle.WELL),
    "low_active_alert": _idle(Idle.WARNED),
    "low_active": _idle(Idle.CLOSED),
    "active_restored": _idle(Idle.WELL),
    "change_contact": _changed,
}
KNOWN = frozenset(_READERS)
"""The events of https://developer.work.weixin.qq.com/document/path/90240."""
