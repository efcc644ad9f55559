"""The methods that send: each takes the network and the arguments and answers the result."""

from __future__ import annotations

import time
from typing import Any

from tests.emulators.telegram import arguments, content, files, keyboards, reach
from tests.emulators.telegram.network import Network
from tests.emulators.telegram.people import Chat, Json
from tests.emulators.telegram.refusal import bad

_ACTIONS = frozenset(
    "typing upload_photo record_video upload_video record_voice upload_voice upload_document "
    "choose_sticker find_location record_video_note upload_video_note".split()
)


def _sent(net: Network, args: Json, chat: Chat, parts: Json) -> Json:
    markup = keyboards.checked(args, chat)
    extra = _reply(args, chat)
    net.rates.spend(chat, time.monotonic())
    stored = net.put(chat, net.me, parts)
    stored.markup = markup
    if extra:
        stored.extra = extra
    net.changed(stored)
    return stored.api()


def _reply(args: Json, chat: Chat) -> Json | None:
    told: Json = arguments.structure(args, "reply_parameters", dict) or {}
    number = arguments.integer(told, "message_id") or arguments.integer(args, "reply_to_message_id")
    if not number:
        return None
    found = chat.messages.get(number)
    if found is not None and not found.deleted:
        shown = found.api()
        shown.pop("reply_to_message", None)  # one level, as on the real server
        return {"reply_to_message": shown}
    if told.get("allow_sending_without_reply") or arguments.boolean(
        args, "allow_sending_without_reply"
    ):
        return None
    raise bad("message to be replied not found")


def send_message(net: Network, args: Json) -> Json:
    """sendMessage."""
    chat = reach.open_chat(net, args)
    return _sent(net, args, chat, content.text(args))


def send_photo(net: Network, args: Json) -> Json:
    """sendPhoto."""
    chat = reach.open_chat(net, args)
    caption = content.caption(args)
    return _sent(net, args, chat, {**files.outgoing(net, args, "photo"), **caption})


def send_document(net: Network, args: Json) -> Json:
    """sendDocument."""
    chat = reach.open_chat(net, args)
    caption = content.caption(args)
    return _sent(net, args, chat, {**files.outgoing(net, args, "document"), **caption})


def send_location(net: Network, args: Json) -> Json:
    """sendLocation."""
    chat = reach.open_chat(net, args)
    try:
        place: dict[str, Any] = {name: float(args[name]) for name in ("latitude", "longitude")}
    except (KeyError, TypeError, ValueError):
        raise bad("wrong latitude or longitude specified") from None
    if abs(place["latitude"]) > 90 or abs(place["longitude"]) > 180:
        raise bad("wrong latitude or longitude specified")
    return _sent(net, args, chat, {"location": place})


def send_chat_action(net: Network, args: Json) -> bool:
    """sendChatAction."""
    reach.open_chat(net, args)
    if arguments.text(args, "action") not in _ACTIONS:
        raise bad("wrong parameter action in request")
    return True


METHODS = {
    "sendMessage": send_message,
    "sendPhoto": send_photo,
    "sendDocument": send_document,
    "sendLocation": send_location,
    "sendChatAction": send_chat_action,
}
