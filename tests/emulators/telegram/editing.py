"""The methods that change what was sent, and the answer to a press."""

from __future__ import annotations

import time

from tests.emulators.telegram import arguments, content, keyboards, reach
from tests.emulators.telegram.markup import units
from tests.emulators.telegram.network import Network
from tests.emulators.telegram.people import Chat, Json, Stored
from tests.emulators.telegram.refusal import bad

_SAME = (
    "message is not modified: specified new message content and reply markup are exactly the same "
    "as a current content and reply markup of the message"
)
_OLD = "query is too old and response timeout expired or query ID is invalid"
_DELETABLE = 48 * 3600
_ANSWER = 200  # characters of the answer to a press


def _mine(net: Network, args: Json) -> tuple[Chat, Stored]:
    chat = reach.open_chat(net, args)
    stored = reach.message(chat, args, "edit")
    plain = stored.markup is not None and "inline_keyboard" not in stored.markup
    if stored.sender is not net.me or plain:
        raise bad("message can't be edited")
    return chat, stored


def _change(net: Network, stored: Stored, parts: Json, markup: Json | None) -> Json:
    if parts == stored.content and markup == stored.markup:
        raise bad(_SAME)
    before = {**stored.content, "markup": stored.markup, "change": stored.change}
    stored.edits = [*(stored.edits or []), before]
    stored.content, stored.markup = parts, markup
    stored.edit_date = int(time.time())
    net.changed(stored)
    return stored.api()


def edit_text(net: Network, args: Json) -> Json:
    """editMessageText."""
    chat, stored = _mine(net, args)
    if "text" not in stored.content:
        raise bad("there is no text in the message to edit")
    return _change(net, stored, content.text(args), keyboards.checked(args, chat, inline=True))


def edit_caption(net: Network, args: Json) -> Json:
    """editMessageCaption."""
    chat, stored = _mine(net, args)
    if "photo" not in stored.content and "document" not in stored.content:
        raise bad("there is no caption in the message to edit")
    kept = {name: part for name, part in stored.content.items() if not name.startswith("caption")}
    parts = {**kept, **content.caption(args)}
    return _change(net, stored, parts, keyboards.checked(args, chat, inline=True))


def edit_markup(net: Network, args: Json) -> Json:
    """editMessageReplyMarkup."""
    chat, stored = _mine(net, args)
    return _change(net, stored, stored.content, keyboards.checked(args, chat, inline=True))


def delete_message(net: Network, args: Json) -> bool:
    """deleteMessage."""
    chat = reach.open_chat(net, args)
    stored = reach.message(chat, args, "delete")
    if stored.date < time.time() - _DELETABLE:
        raise bad("message can't be deleted for everyone")
    stored.deleted = True
    net.changed(stored)
    return True


def answer_callback_query(net: Network, args: Json) -> bool:
    """answerCallbackQuery; a second answer is allowed."""
    words = arguments.text(args, "text")
    if units(words) > _ANSWER:
        raise bad("MESSAGE_TOO_LONG")
    name = arguments.text(args, "callback_query_id")
    query = net.queries.get(name)
    if query is None or query.until < time.monotonic():
        raise bad(_OLD)
    query.answers.append(
        {
            "text": words,
            "show_alert": arguments.boolean(args, "show_alert"),
            "url": arguments.text(args, "url"),
        }
    )
    net.wake(f"query {name}")
    return True


METHODS = {
    "editMessageText": edit_text,
    "editMessageCaption": edit_caption,
    "editMessageReplyMarkup": edit_markup,
    "deleteMessage": delete_message,
    "answerCallbackQuery": answer_callback_query,
}
