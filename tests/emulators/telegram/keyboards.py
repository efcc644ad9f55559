"""Keyboards: whether they are well formed, in the words of the real server."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from tests.emulators.telegram import arguments
from tests.emulators.telegram.people import PRIVATE, Chat
from tests.emulators.telegram.refusal import bad

_ACTIONS = (
    "url callback_data web_app login_url switch_inline_query switch_inline_query_current_chat "
    "switch_inline_query_chosen_chat copy_text callback_game pay"
).split()
_BUTTONS = 100  # of one keyboard
_PRIVATE = {
    "request_contact": "phone number can be requested in private chats only",
    "request_location": "location can be requested in private chats only",
    "request_poll": "polls can be requested in private chats only",
    "request_users": "users can be requested in private chats only",
    "request_chat": "chats can be requested in private chats only",
    "web_app": "web App buttons can be used in private chats only",
}


def checked(args: dict[str, Any], chat: Chat, *, inline: bool = False) -> dict[str, Any] | None:
    """The reply_markup of a call; `inline`: no other kind is allowed here."""
    if "reply_markup" not in args:
        return None
    found: dict[str, Any] | None = arguments.structure(args, "reply_markup", dict)
    if not found:
        return None
    if "inline_keyboard" in found:
        rows = _rows(found["inline_keyboard"], "inline keyboard")
        _each(rows, _inline, chat)
        return {"inline_keyboard": rows} if rows else None
    if inline:
        raise bad("inline keyboard expected")
    if "keyboard" in found:
        _each(_rows(found["keyboard"], "keyboard"), _plain, chat)
    elif not found.get("remove_keyboard") and not found.get("force_reply"):
        raise bad("object expected as reply markup")
    return found


def _each(rows: list[list[Any]], check: Callable[[Any, Chat], None], chat: Chat) -> None:
    for row in rows:
        for button in row:
            check(button, chat)


def _rows(rows: Any, what: str) -> list[list[Any]]:
    if not isinstance(rows, list):
        raise bad(f'field "{what.replace(" ", "_")}" must be of type Array')
    if not all(isinstance(row, list) for row in rows):
        raise bad(f"{what} row must be an Array")
    if sum(len(row) for row in rows) > _BUTTONS:
        raise bad("reply markup is too long")
    return [row for row in rows if row]


def _inline(button: Any, chat: Chat) -> None:
    if not isinstance(button, dict) or not isinstance(button.get("text"), str):
        raise bad("can't parse inline keyboard button: Can't find field \"text\"")
    if not button["text"].strip():
        raise bad("can't parse inline keyboard button: Text of the button must be non-empty")
    actions = [name for name in _ACTIONS if name in button]
    if len(actions) != 1:
        raise bad(
            "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard"
        )
    check = {"callback_data": _data, "url": _url, "web_app": _web_app}.get(actions[0])
    if check is not None:
        check(button[actions[0]], chat)


def _data(data: Any, chat: Chat) -> None:
    if not isinstance(data, str) or not 1 <= len(data.encode()) <= 64:
        raise bad("BUTTON_DATA_INVALID")


def _web_app(told: Any, chat: Chat) -> None:
    if chat.type != PRIVATE:
        raise bad("BUTTON_TYPE_INVALID")
    if not isinstance(told, dict) or urlsplit(str(told.get("url"))).scheme != "https":
        raise bad("inline keyboard button Web App URL is invalid: Only HTTPS links are allowed")


def _url(url: Any, chat: Chat) -> None:
    try:
        parts = urlsplit(str(url))
        host = parts.hostname or ""
    except ValueError:
        parts, host = urlsplit(""), ""
    # A host without a dot ("localhost") is no host for the real server either.
    good = parts.scheme == "tg" or (parts.scheme in ("http", "https") and "." in host.strip("."))
    if not good:
        raise bad(f"inline keyboard button URL '{url}' is invalid: Wrong HTTP URL")


def _plain(button: Any, chat: Chat) -> None:
    if isinstance(button, str):
        button = {"text": button}
    if not isinstance(button, dict) or not isinstance(button.get("text"), str):
        raise bad("can't parse keyboard button: Can't find field \"text\"")
    if not button["text"].strip():
        raise bad("can't parse keyboard button: Text of the button must be non-empty")
    if chat.type != PRIVATE:
        for name, words in _PRIVATE.items():
            if button.get(name):
                raise bad(words)
