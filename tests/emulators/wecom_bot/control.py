"""The control door: what users do, what they see, and what goes wrong."""

from __future__ import annotations

import asyncio
import base64
import os
import time
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import quote

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from tests.emulators.wecom_bot.gateway import BOT, Callback, Gateway, Json

_FILES = ("image", "file", "video")


async def answer(gateway: Gateway, name: str, told: Json) -> Json:
    """Do what a test wants. LookupError, KeyError or ValueError where it cannot be."""
    return await _DOORS[name](gateway, told)


async def kick(gateway: Gateway, connection: Any) -> None:
    """Tell a connection that another one counts now, and close it."""
    gateway.journal.note("kicked")
    event = {"eventtype": "disconnected_event"}
    frame = _frame(gateway, "aibot_event_callback", {"msgtype": "event", "event": event}, {})
    await connection.send_json(frame)
    closing = asyncio.ensure_future(connection.socket.close(code=1000))
    gateway.closing.add(closing)  # kept, or it is collected
    closing.add_done_callback(gateway.closing.discard)


def _frame(gateway: Gateway, command: str, body: Json, told: Json) -> Json:
    number = next(gateway.numbers)
    base: Json = {"msgid": told.get("msgid") or f"msg-{number}", "aibotid": BOT}
    if "user" in told:
        base["from"] = {"userid": told["user"]}
        base["chattype"] = "group" if told.get("chat") else "single"
        base["create_time"] = int(told.get("at") or time.time())
    if told.get("chat"):
        base["chatid"] = told["chat"]
    request = f"cb-{number}-{os.urandom(4).hex()}"
    return {"cmd": command, "headers": {"req_id": request}, "body": {**base, **body}}


async def _send(gateway: Gateway, frame: Json, cause: str, told: Json) -> Json:
    chat = str(told.get("chat") or told["user"])
    conversation = gateway.conversation(chat)
    request, body = frame["headers"]["req_id"], frame["body"]
    gateway.callbacks[request] = Callback(frame, conversation.name, cause, time.monotonic())
    before = gateway.change
    if cause == "message":
        conversation.written = True
    shown = {"msgid": body["msgid"], "request": request, "change": before}
    if told.get("hold"):
        gateway.held.append(frame)
        return shown
    return {**shown, "delivered": await gateway.tell(frame)}


async def _say(gateway: Gateway, told: Json) -> Json:
    kind = str(told.get("kind") or "text")
    if kind in _FILES:
        content: Json = _file(gateway, told)
    elif kind == "mixed":
        words = {"msgtype": "text", "text": {"content": told.get("text", "")}}
        items = [words, {"msgtype": "image", "image": _file(gateway, told)}]
        content = {"msg_item": items if "bytes" in told else items[:1]}
    else:
        content = {"content": told["text"]}
    body: Json = {"msgtype": kind, kind: content}
    if told.get("quote"):
        body["quote"] = {"msgtype": "text", "text": {"content": told["quote"]}}
    frame = _frame(gateway, "aibot_msg_callback", body, told)
    return await _send(gateway, frame, "message", told)


def _file(gateway: Gateway, told: Json) -> Json:
    """Sealed as WeCom seals: AES-256-CBC, PKCS#7 to 32, the IV is the key's first half."""
    content, key = base64.b64decode(told.get("bytes", "")), os.urandom(32)
    content += b"x" * int(told.get("size", 0))
    fill = 32 - len(content) % 32
    encryptor = Cipher(algorithms.AES256(key), modes.CBC(key[:16])).encryptor()
    sealed = encryptor.update(content + bytes((fill,)) * fill) + encryptor.finalize()
    name = os.urandom(8).hex()
    gateway.files[name] = (sealed, quote(str(told.get("name") or "")))
    url = told.get("url") or f"http://127.0.0.1:{gateway.port}/file/{name}"
    return {"url": url, "aeskey": told.get("aeskey") or base64.b64encode(key).decode()}


async def _event(gateway: Gateway, told: Json, cause: str = "event") -> Json:
    event = {**told.get("body", {}), "eventtype": told["event"]}
    body = {"msgtype": "event", "event": event}
    frame = _frame(gateway, "aibot_event_callback", body, told)
    return await _send(gateway, frame, cause, told)


async def _enter(gateway: Gateway, told: Json) -> Json:
    return await _event(gateway, {**told, "event": "enter_chat"}, "enter")


async def _press(gateway: Gateway, told: Json) -> Json:
    task, key = told.get("task"), told.get("key")
    chat = gateway.conversation(str(told.get("chat") or told["user"]))
    if key is None:
        cards = [one for one in chat.messages if one["kind"] == "card"]
        found = [
            (card["task"], pressed)
            for card in cards
            for label, pressed in card["buttons"]
            if label == told["label"] and task in {None, card["task"]}
        ]
        task, key = found[-1]
    event: Json = {"card_type": "button_interaction", "event_key": key, "task_id": task}
    more = {"template_card_event": {**event, "selected_items": {"selected_item": []}}}
    # The official Node client types the same two beside it: both are there.
    made = {**told, "event": "template_card_event", "body": {**more, **event}}
    return await _event(gateway, made, "press")


async def _release(gateway: Gateway, told: Json) -> Json:
    held, gateway.held = gateway.held, []
    for frame in reversed(held) if told.get("reverse") else held:
        await gateway.tell(frame)
    return {"released": len(held)}


async def _again(gateway: Gateway, told: Json) -> Json:
    frames = [one.frame for one in gateway.callbacks.values()]
    (frame,) = (one for one in frames if one["body"]["msgid"] == told["msgid"])
    return {"delivered": await gateway.tell(frame)}


async def _look(gateway: Gateway, told: Json) -> Json:
    messages = gateway.conversation(str(told["chat"])).messages
    return {"messages": messages, "change": gateway.change}


async def _news(gateway: Gateway, told: Json) -> Json:
    """By chat, in the order in which it was said or changed."""
    found, since = {}, told.get("since", 0)
    for chat in gateway.conversations.values():
        every = enumerate(chat.messages, start=1)
        new = [{**one, "number": number} for number, one in every if one["change"] > since]
        found[chat.name] = sorted(new, key=lambda one: int(one["change"]))
    return {"messages": found, "change": gateway.change}


async def _written(gateway: Gateway, told: Json) -> Json:
    for user in told["users"]:
        gateway.conversation(str(user)).written = True
    return {}


async def _wait(gateway: Gateway, told: Json) -> Json:
    since, many = told.get("since", 0), told.get("n", 1)
    end = time.monotonic() + told.get("seconds", 5)
    while True:
        gateway.changed.clear()
        messages = gateway.conversation(str(told["chat"])).messages
        new = [one for one in messages if one["change"] > since and one.get("finished", True)]
        left = end - time.monotonic()
        if len(new) >= many or left <= 0:
            return {"messages": new, "complete": len(new) >= many, "change": gateway.change}
        try:
            await asyncio.wait_for(gateway.changed.wait(), left)
        except TimeoutError:
            continue


async def _end(gateway: Gateway, told: Json) -> Json:
    connection = gateway.connection
    if connection is None:
        raise LookupError("nobody is connected")
    match told["how"]:
        case "close":
            await asyncio.wait_for(connection.socket.close(code=int(told.get("code", 1000))), 5)
        case "abort":
            connection.abort()
        case "kick":
            gateway.connection = None
            await kick(gateway, connection)
        case how:
            raise ValueError(how)
    return {}


async def _behave(gateway: Gateway, told: Json) -> Json:
    gateway.behaviour = told
    return {}


async def _settings(gateway: Gateway, told: Json) -> Json:
    if set(told) - set(gateway.settings):
        raise ValueError("no such setting")
    gateway.settings |= told
    return dict(gateway.settings)


async def _state(gateway: Gateway, told: Json) -> Json:
    return {
        "connected": gateway.connection is not None,
        "connections": len(gateway.connections),
        "subscribes": len(gateway.subscribes),
        "violations": dict(gateway.journal.violations),
        "missed": len(gateway.missed),
        "change": gateway.change,
    }


async def _reset(gateway: Gateway, told: Json) -> Json:
    for connection in tuple(gateway.connections):
        connection.abort()
    while gateway.connections:  # noqa: ASYNC110  # they end one by one
        await asyncio.sleep(0.01)
    gateway.reset()
    return {}


_DOORS: dict[str, Callable[[Gateway, Json], Awaitable[Json]]] = {
    "say": _say,
    "enter": _enter,
    "press": _press,
    "event": _event,
    "release": _release,
    "again": _again,
    "look": _look,
    "news": _news,
    "written": _written,
    "wait": _wait,
    "end": _end,
    "behave": _behave,
    "settings": _settings,
    "state": _state,
    "reset": _reset,
}
