"""What the bot may ask for, and what is refused."""

from __future__ import annotations

import base64
import hashlib
import re
import time
from typing import Any

from tests.emulators.wecom_bot.gateway import Callback, Conversation, Gateway, Json, Refusal

_TASK = re.compile(r"[0-9A-Za-z_@-]{1,128}")
_TEXT_BYTES = 20_480
_CHUNK, _CHUNKS = 512 * 1024, 100
_TYPES = ("file", "image", "voice", "video")


def done(gateway: Gateway, command: str, request: str, body: Json) -> Json:
    """Do it and answer the body of the answer. Refusal otherwise."""
    known = {
        "aibot_respond_msg": _respond,
        "aibot_respond_welcome_msg": _welcome,
        "aibot_respond_update_msg": _update,
        "aibot_send_msg": _push,
        "aibot_upload_media_init": _begin,
        "aibot_upload_media_chunk": _chunk,
        "aibot_upload_media_finish": _finish,
    }
    if command not in known:
        raise Refusal(40008, "invalid command")
    return known[command](gateway, request, body)


def _open(gateway: Gateway, request: str, cause: tuple[str, ...], seconds: float) -> Callback:
    found = gateway.callbacks.get(request)
    if found is None or found.cause not in cause:
        gateway.journal.violation("unknown request", request=request)
        raise Refusal(846605, "invalid req_id")
    if time.monotonic() - found.since > seconds:
        gateway.journal.violation("too late", cause=found.cause)
        raise Refusal(846604, "request expired")
    return found


def _respond(gateway: Gateway, request: str, body: Json) -> Json:
    callback = _open(gateway, request, ("message",), gateway.settings["reply"])
    chat = gateway.conversation(callback.chat)
    gateway.count(chat)
    if body.get("msgtype") == "stream":
        _stream(gateway, chat, request, body.get("stream") or {})
    else:
        gateway.add(chat, {**_content(gateway, body), "by": "respond", "request": request})
    return {}


def _stream(gateway: Gateway, chat: Conversation, request: str, stream: Json) -> None:
    name, content = str(stream.get("id") or ""), str(stream.get("content") or "")
    if not name or len(name.encode()) > 256:
        raise Refusal(40008, "stream id")
    _sized(content)
    now = time.monotonic()
    finished = stream.get("finish") is True
    if name not in gateway.streams:
        text = {"kind": "stream", "text": content, "finished": finished}
        made = gateway.add(chat, {**text, "by": "respond", "request": request})
        gateway.streams[name] = (now, made)
        return
    began, message = gateway.streams[name]
    if now - began > gateway.settings["stream"] or message["finished"]:
        gateway.journal.violation("stream is over", stream=name)
        raise Refusal(846608, "stream expired")
    message |= {"text": content, "finished": finished, "frames": message["frames"] + 1}
    gateway.touch(message)


def _welcome(gateway: Gateway, request: str, body: Json) -> Json:
    callback = _open(gateway, request, ("enter",), gateway.settings["short"])
    if callback.used:
        raise Refusal(846605, "used already")
    if body.get("msgtype") not in {"text", "template_card"}:
        raise Refusal(40008, "invalid message type")
    chat = gateway.conversation(callback.chat)
    gateway.count(chat)
    gateway.add(chat, {**_content(gateway, body), "by": "welcome", "request": request})
    callback.used = True
    return {}


def _update(gateway: Gateway, request: str, body: Json) -> Json:
    callback = _open(gateway, request, ("press",), gateway.settings["short"])
    card = body.get("template_card") or {}
    pressed = callback.frame["body"]["event"]["template_card_event"]["task_id"]
    if body.get("response_type") != "update_template_card" or card.get("task_id") != pressed:
        gateway.journal.violation("another card", task=card.get("task_id"))
        raise Refusal(42014, "task_id")
    if callback.used:
        raise Refusal(846605, "used already")
    chat = gateway.conversation(callback.chat)
    gateway.count(chat)
    message = gateway.tasks[pressed]
    message |= {**_card(card), "edits": message["edits"] + 1}
    gateway.touch(message)
    callback.used = True
    return {}


def _push(gateway: Gateway, request: str, body: Json) -> Json:
    name = str(body.get("chatid") or "")
    chat = gateway.conversation(name) if name else None
    if chat is None or not chat.written:
        gateway.journal.violation("cold", chat=name)
        raise Refusal(93006, "invalid chatid")
    if body.get("msgtype") in {"text", "stream"}:
        raise Refusal(40008, "invalid message type")
    gateway.count(chat)
    gateway.add(chat, {**_content(gateway, body), "by": "push", "request": request})
    return {}


def _content(gateway: Gateway, body: Json) -> Json:
    kind = str(body.get("msgtype") or "")
    inside: Any = body.get(kind)
    if not isinstance(inside, dict):
        raise Refusal(40008, "invalid message type")
    if kind in {"markdown", "text"}:
        text = str(inside.get("content") or "")
        _sized(text)
        return {"kind": kind, "text": text}
    if kind == "template_card":
        return _new_card(gateway, inside)
    if kind in _TYPES:
        if inside.get("media_id") not in gateway.media:
            raise Refusal(40007, "invalid media_id")
        return {"kind": kind, "media": gateway.media[inside["media_id"]]}
    raise Refusal(40008, "invalid message type")


def _sized(text: str) -> None:
    if not text.strip() or len(text.encode()) > _TEXT_BYTES:
        raise Refusal(45002, "content size out of limit")


def _new_card(gateway: Gateway, card: Json) -> Json:
    made = _card(card)
    task = str(card.get("task_id") or "")
    if not _TASK.fullmatch(task) or task in gateway.tasks:
        gateway.journal.violation("task_id", task=task)
        raise Refusal(42014, "task_id")
    gateway.tasks[task] = made
    return made


def _card(card: Json) -> Json:
    """What a user sees of a card. The same object is kept for its updates."""
    title = str((card.get("main_title") or {}).get("title") or "")
    text = str(card.get("sub_title_text") or "")
    if not title and not text:
        raise Refusal(42015, "title")
    found = _buttons(card)
    buttons = [[one["text"], one["key"]] for one in found]
    shown = {"kind": "card", "title": title, "text": text, "buttons": buttons}
    return {**shown, "task": card.get("task_id")}


def _buttons(card: Json) -> list[Json]:
    """The buttons of a card; one without them must lead to an address."""
    if card.get("card_type") == "text_notice":
        action = card.get("card_action") or {}
        if action.get("type") != 1 or not str(action.get("url")).startswith("http"):
            raise Refusal(42045, "card_action")
        return []
    if card.get("card_type") != "button_interaction":
        raise Refusal(42051, "card_type")
    found = card.get("button_list")
    if not isinstance(found, list) or not 1 <= len(found) <= 6:
        raise Refusal(42042, "button_list")
    for one in found:
        if not one.get("text") or not 1 <= len(str(one.get("key") or "").encode()) <= 1024:
            raise Refusal(42043, "button")
    return found


def _begin(gateway: Gateway, request: str, body: Json) -> Json:
    size, chunks = body.get("total_size"), body.get("total_chunks")
    named = body.get("type") in _TYPES and body.get("filename")
    if not named or not isinstance(size, int) or size <= 5 or size > _CHUNK * _CHUNKS:
        raise Refusal(40007, "upload")
    if chunks != -(-size // _CHUNK):
        raise Refusal(40007, "chunks")
    name = f"upload-{next(gateway.numbers)}"
    gateway.uploads[name] = {**body, "parts": {}}
    return {"upload_id": name}


def _chunk(gateway: Gateway, request: str, body: Json) -> Json:
    upload = gateway.uploads.get(str(body.get("upload_id")))
    part = base64.b64decode(str(body.get("base64_data") or ""), validate=True)
    index = body.get("chunk_index")
    if upload is None or not isinstance(index, int) or not 0 <= index < upload["total_chunks"]:
        raise Refusal(40007, "chunk")
    if not part or len(part) > _CHUNK:
        raise Refusal(40007, "chunk size")
    upload["parts"][index] = part
    return {}


def _finish(gateway: Gateway, request: str, body: Json) -> Json:
    upload = gateway.uploads.pop(str(body.get("upload_id")), None)
    if upload is None or len(upload["parts"]) != upload["total_chunks"]:
        raise Refusal(40007, "chunks are missing")
    content = b"".join(upload["parts"][number] for number in range(upload["total_chunks"]))
    told = upload.get("md5")
    if len(content) != upload["total_size"] or (
        told and told != hashlib.md5(content, usedforsecurity=False).hexdigest()
    ):
        raise Refusal(40007, "md5")
    name = f"media-{next(gateway.numbers)}"
    shown = {"name": upload["filename"], "type": upload["type"]}
    gateway.media[name] = {**shown, "bytes": base64.b64encode(content).decode()}
    return {"type": upload["type"], "media_id": name, "created_at": str(int(time.time()))}
