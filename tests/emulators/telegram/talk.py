"""What users do in chats, from the control door: each function takes what was told."""

from __future__ import annotations

import base64
import time
from typing import Any

from tests.emulators.telegram import files
from tests.emulators.telegram.markup import units
from tests.emulators.telegram.network import Network, Query
from tests.emulators.telegram.people import PRIVATE, Chat, Json, Stored


class Misuse(Exception):
    """The test told something that cannot be."""


def place(net: Network, told: Json) -> tuple[Json, Chat]:
    """Who speaks, and where."""
    user = net.user(int(told["user"]))
    for told_name, name in (("language_code", "language_code"), ("name", "first_name")):
        if told.get(told_name):
            user[name] = told[told_name]
    number = int(told.get("chat") or user["id"])
    if number == user["id"]:
        chat = net.started(number)
        if chat.status != "member":
            raise Misuse(f"user {number} is {chat.status}")
        return user, chat
    found = net.chat(number)
    if found is None or found.type == PRIVATE:
        raise Misuse(f"there is no group {number}: POST /control/group")
    if found.migrated_to:
        raise Misuse(f"group {number} is {found.migrated_to} now")
    found.members.setdefault(user["id"], "member")
    return user, found


def heard(net: Network, told: Json, content: Json) -> Json:
    """A message of a user: stored, and an update where the bot may see it."""
    user, chat = place(net, told)
    date = int(told.get("date") or time.time())
    stored = net.put(chat, user, content, date)
    stored.extra = _extra(net, told, chat, date)
    number = None
    if _visible(net, stored):
        number = net.tell(chat, "message", stored.api(), date=date)
    net.changed(stored)
    return {"update_id": number, "message_id": stored.message_id, "change": net.change}


def _extra(net: Network, told: Json, chat: Chat, date: int) -> Json:
    extra: Json = {}
    if told.get("forward"):
        origin = told["forward"]
        if isinstance(origin, int) and not isinstance(origin, bool):
            made: Json = {"type": "user", "sender_user": net.user(origin)}
        else:
            name = origin if isinstance(origin, str) else "Somebody"
            made = {"type": "hidden_user", "sender_user_name": name}
        extra["forward_origin"] = {**made, "date": date}
    if told.get("album"):
        extra["media_group_id"] = str(told["album"])
    if told.get("sender_chat"):
        channel = {"id": int(told["sender_chat"]), "type": "channel", "title": "Channel"}
        extra["sender_chat"] = channel
    if told.get("via_bot"):
        bot = {"id": int(told["via_bot"]), "is_bot": True, "first_name": "Bot"}
        extra["via_bot"] = {**bot, "username": "another_bot"}
    if told.get("reply_to"):
        found = chat.messages.get(int(told["reply_to"]))
        if found is None:
            raise Misuse(f"there is no message {told['reply_to']} to reply to")
        extra["reply_to_message"] = found.api()
    return extra


def _visible(net: Network, stored: Stored) -> bool:
    """Privacy mode: in groups a bot sees commands that may be its own, and replies to it."""
    chat = stored.chat
    if chat.status not in ("member", "administrator"):
        return False
    if chat.type == PRIVATE or chat.status == "administrator" or not net.settings["privacy"]:
        return True
    words = stored.content.get("text", "")
    if words.startswith("/"):
        _, _, to = words.split(maxsplit=1)[0].partition("@")
        return not to or to.lower() == net.me["username"].lower()
    replied = stored.extra.get("reply_to_message")
    return replied is not None and replied["from"] is net.me


def say(net: Network, told: Json) -> Json:
    """A text; what begins with a slash is a command."""
    words = str(told["text"])
    content: Json = {"text": words}
    if words.startswith("/") and len(words.split(maxsplit=1)[0]) > 1:
        length = units(words.split(maxsplit=1)[0])
        content["entities"] = [{"type": "bot_command", "offset": 0, "length": length}]
    return heard(net, told, content)


def _uploaded(net: Network, told: Json, kind: str, name: str, media_type: str) -> Json:
    content = base64.b64decode(told["bytes"]) if told.get("bytes") else b"\xff\xd8\xff\xd9"
    kept = files.keep(
        net, content, kind, told.get("file_name") or name, told.get("mime_type") or media_type
    )
    part: Json = files.part(kept)
    if told.get("caption"):
        part["caption"] = told["caption"]
    return {**heard(net, told, part), "file_id": kept["file_id"]}


def photo(net: Network, told: Json) -> Json:
    """A photo; `bytes` is base64."""
    return _uploaded(net, told, "photo", "photo.jpg", "image/jpeg")


def document(net: Network, told: Json) -> Json:
    """A file; `bytes` is base64."""
    return _uploaded(net, told, "document", "file.bin", "application/octet-stream")


def location(net: Network, told: Json) -> Json:
    """A place: sent, live (`live_period`), or picked (`venue`: a title)."""
    made: Json = {name: float(told[name]) for name in ("latitude", "longitude")}
    for name in ("horizontal_accuracy", "live_period", "heading"):
        if told.get(name) is not None:
            made[name] = told[name]
    if told.get("live"):
        made.setdefault("live_period", 900)
    content: Json = {"location": made}
    if told.get("venue"):
        content["venue"] = {"location": made, "title": str(told["venue"]), "address": "Road 1"}
    return heard(net, told, content)


def contact(net: Network, told: Json) -> Json:
    """A contact: one's own, or with `of` another user's, or with `of` 0 nobody's on Telegram."""
    of = int(told["of"] if "of" in told else told["user"])
    made: Json = {"phone_number": str(told["phone"]), "first_name": told.get("first_name", "某人")}
    if of:
        made["user_id"] = of
    return heard(net, told, {"contact": made})


def edit(net: Network, told: Json) -> Json:
    """A user edits a message of an earlier time; also the next point of a live location."""
    user, chat = place(net, told)
    stored = chat.messages.get(int(told["message_id"]))
    if stored is None or stored.sender is not user:
        raise Misuse("there is no such message of this user")
    content = dict(stored.content)
    if "text" in told:
        content.pop("entities", None)
        content["text"] = told["text"]
    if "latitude" in told:
        moved = {name: float(told[name]) for name in ("latitude", "longitude")}
        content["location"] = {**content["location"], **moved}
    stored.edits = [*(stored.edits or []), stored.content]
    stored.content, stored.edit_date = content, int(told.get("date") or time.time())
    number = None
    if _visible(net, stored):
        number = net.tell(chat, "edited_message", stored.api(), date=stored.edit_date)
    net.changed(stored)
    return {"update_id": number, "message_id": stored.message_id, "change": net.change}


def press(net: Network, told: Json) -> Json:
    """Press the button with this `label`, or send `data` whether or not a button has it (stale)."""
    user, chat = place(net, told)
    stored = chat.messages.get(int(told.get("message_id") or 0))
    if stored is None:
        stored = _with_button(net, chat, told)
    data = told.get("data")
    if data is None:
        data = _data(stored, str(told["label"]))
    net.last_query += 1
    name = str(4_000_000_000_000 + net.last_query)
    net.queries[name] = Query(time.monotonic() + net.settings["answer_seconds"])
    if len(net.queries) > 100_000:
        net.queries.popitem(last=False)
    shown = stored.api()
    if stored.deleted:
        shown = {"chat": chat.view, "message_id": stored.message_id, "date": 0}
    what: dict[str, Any] = {
        "id": name,
        "from": user,
        "message": shown,
        "chat_instance": str(chat.id),
        "data": data,
    }
    date = int(told.get("date") or time.time())
    number = net.tell(chat, "callback_query", what, date=date, key=f"user {user['id']}")
    return {
        "update_id": number,
        "query": name,
        "message_id": stored.message_id,
        "change": net.change,
    }


def _with_button(net: Network, chat: Chat, told: Json) -> Stored:
    """The last message of the bot that has this button, or the last at all where data is told."""
    for stored in reversed(chat.messages.values()):
        if stored.sender is not net.me or stored.deleted:
            continue
        if told.get("data") is not None or _find(stored, str(told["label"])) is not None:
            return stored
    raise Misuse(f"no message has the button {told.get('label')!r}")


def _find(stored: Stored, label: str) -> Json | None:
    rows = (stored.markup or {}).get("inline_keyboard", [])
    buttons = [one for row in rows for one in row if "callback_data" in one]
    exact = next((one for one in buttons if one["text"] == label), None)
    return exact or next((one for one in buttons if label in one["text"]), None)


def _data(stored: Stored, label: str) -> str:
    button = _find(stored, label)
    if button is None:
        raise Misuse(f"message {stored.message_id} has no button {label!r}")
    return str(button["callback_data"])
