"""Standing and groups, from the control door: block, leave, new groups, migration."""

from __future__ import annotations

import time

from tests.emulators.telegram.network import Network
from tests.emulators.telegram.people import (
    GROUP,
    PRIVATE,
    SUPERGROUP,
    Chat,
    Json,
    Stored,
    member_view,
)
from tests.emulators.telegram.profile import standing
from tests.emulators.telegram.talk import Misuse

_PRIVATE = {"block": "kicked", "unblock": "member", "deactivate": "deactivated"}
_GROUP = {
    "add": "member",
    "kick": "kicked",
    "remove": "kicked",
    "leave": "left",
    "promote": "administrator",
    "demote": "member",
}
_OTHERS = {"join": "member", "part": "left", "owner": "creator", "admin": "administrator"}


def _service(net: Network, chat: Chat, by: Json, content: Json) -> Stored:
    """A service message, which every bot in the chat sees."""
    stored = net.put(chat, by, content)
    net.tell(chat, "message", stored.api(), date=stored.date)
    net.changed(stored)
    return stored


def group(net: Network, told: Json) -> Json:
    """A new group with the bot in it, made by `user`."""
    number, user = int(told["chat"]), net.user(int(told["user"]))
    if number >= 0 or number in net.chats:
        raise Misuse("a group has a new negative id")
    kind = SUPERGROUP if told.get("supergroup") or number < -(10**12) else GROUP
    view: Json = {"id": number, "type": kind, "title": str(told.get("title", "群"))}
    chat = net.chats[number] = Chat(view, "left")
    chat.members[user["id"]] = "creator"
    update = standing(net, chat, user, "member")
    content: Json = {"new_chat_members": [net.me]} if kind == SUPERGROUP else {}
    _service(net, chat, user, content or {"group_chat_created": True})
    return {"update_id": update, "chat": number}


def member(net: Network, told: Json) -> Json:
    """The bot's standing with a user or in a group changes, or a user joins or leaves a group."""
    user, action = net.user(int(told["user"])), str(told["action"])
    if action in _PRIVATE:
        chat = net.started(user["id"])
        if action == "deactivate" and not told.get("tell"):
            chat.status = "deactivated"  # the real server says nothing
            return {"update_id": None}
        return {"update_id": standing(net, chat, user, _PRIVATE[action])}
    found = net.chat(int(told["chat"]))
    if found is None or found.type == PRIVATE:
        raise Misuse(f"there is no group {told['chat']}")
    if action in _OTHERS:
        return _other(net, found, user, action)
    update = standing(net, found, user, _GROUP[action])
    if action == "add":
        _service(net, found, user, {"new_chat_members": [net.me]})
    return {"update_id": update}


def _other(net: Network, chat: Chat, user: Json, action: str) -> Json:
    date, old = int(time.time()), chat.members.get(user["id"], "left")
    chat.members[user["id"]] = _OTHERS[action]
    if action == "join":
        _service(net, chat, user, {"new_chat_members": [user]})
    elif action == "part":
        _service(net, chat, user, {"left_chat_member": user})
    what = {
        "chat": chat.view,
        "from": user,
        "date": date,
        "old_chat_member": member_view(user, old),
        "new_chat_member": member_view(user, _OTHERS[action]),
    }
    return {"update_id": net.tell(chat, "chat_member", what, date=date)}


def migrate(net: Network, told: Json) -> Json:
    """A group becomes a supergroup: two service messages, and the old id answers with the new."""
    old, number = net.chat(int(told["chat"])), int(told["to"])
    if old is None or old.type != GROUP or old.migrated_to or number in net.chats:
        raise Misuse("only a group that is known can become a new supergroup")
    new = Chat({"id": number, "type": SUPERGROUP, "title": old.view["title"]}, old.status)
    net.chats[number] = new
    new.members = dict(old.members)
    if told.get("silent"):  # the bot finds out only when it sends
        old.migrated_to = number
        return {"chat": number}
    by = net.user(int(told["user"])) if told.get("user") else net.me
    _service(net, old, by, {"migrate_to_chat_id": number})
    old.migrated_to = number
    _service(net, new, by, {"migrate_from_chat_id": old.id})
    return {"chat": number}
