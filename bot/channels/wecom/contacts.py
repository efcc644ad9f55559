"""Changes of the address book: who is called differently now, who is gone. Pure."""

from __future__ import annotations

from datetime import datetime

from bot.channels.wecom.envelope import Node
from bot.channels.wecom.heard import CHANNEL, Change, Heard
from bot.channels.wecom.keys import event_key
from bot.chat import Event, Kind


def changed(fields: Node, at: datetime) -> tuple[Heard, ...]:
    """What a change_contact means: always a change, and for two kinds an event of the account.

    Somebody new is greeted when they come into the app's range (subscribe), not before.
    """
    kind, user = fields.one("ChangeType"), fields.one("UserID").lower()
    what = Change(kind, user or fields.one("Id") or fields.one("TagId"))
    new = fields.one("NewUserID").lower()
    key = event_key(fields)
    if kind == "update_user" and user and new and new != user:
        return Event(CHANNEL, user, key, Kind.MOVED, {"to": new}, at), what
    if kind == "delete_user" and user:
        return Event(CHANNEL, user, key, Kind.LEFT, {}, at), what
    return (what,)
