"""From an update of the Bot API to an event of ours, or to nothing. Pure."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from aiogram.types import (
    CallbackQuery,
    ChatMemberUpdated,
    InaccessibleMessage,
    Message,
    ResultChatMemberUnion,
    Update,
    User,
)

from bot.channels.telegram.contents import Nameless, contents
from bot.chat import Event, Kind

CHANNEL = "telegram"
HEARD = ("message", "edited_message", "callback_query", "my_chat_member")
_HERE = frozenset({"creator", "administrator", "member"})
_MOST = 2**53  # ids have at most 52 bits (Bot API, Chat.id)


def read(update: Update, username: str | None, at: datetime) -> Event | Nameless | None:
    """Read an update; `username` is the bot's own, None while it is not known.

    Keys are made of what names the thing itself, not of the number of the update alone: numbers
    begin anew after a quiet week. What nobody is meant to hear is None.
    """
    if update.message is not None:
        return _said(update.message, username)
    if update.edited_message is not None:
        return _edited(update.edited_message, update.update_id, username)
    if update.callback_query is not None:
        return _pressed(update.callback_query, at)
    if update.my_chat_member is not None:
        return _membership(update.my_chat_member, update.update_id)
    return None


def moved(old: int, new: int, at: datetime) -> Event:
    """A group became a supergroup: told twice by Telegram and by every send, one event to us."""
    key = f"moved/{old}/{new}"
    return Event(CHANNEL, str(old), key, Kind.MOVED, {"to": str(new)}, at, private=False)


def _said(message: Message, username: str | None) -> Event | Nameless | None:
    at, chat = _time(message.date), message.chat.id
    if message.migrate_to_chat_id is not None:
        return moved(chat, message.migrate_to_chat_id, at)
    if message.migrate_from_chat_id is not None:
        return moved(message.migrate_from_chat_id, chat, at)
    key = f"m/{chat}/{message.message_id}"
    return _by_somebody(message, username, key, at)


def _by_somebody(
    message: Message, username: str | None, key: str, at: datetime
) -> Event | Nameless | None:
    """What a human being says in their own name; groups, channels and bots are never members."""
    user = message.from_user
    if user is None or not _is_human(user) or message.sender_chat or message.via_bot:
        return None
    found = contents(message, username)
    if found is None or isinstance(found, Nameless):
        return found
    kind, payload = found
    if kind is not Kind.COMMAND and not _is_private(message):
        return None  # what people tell each other in a group is not ours to keep
    payload |= _place(message)
    payload["message"] = str(message.message_id)
    if message.forward_origin is not None:
        payload["forwarded"] = True
    return Event(CHANNEL, str(user.id), key, kind, payload, at, _is_private(message))


def _edited(message: Message, number: int, username: str | None) -> Event | Nameless | None:
    """A new wording; a place that wanders (a live location) is no edit that anybody made."""
    if message.location is not None:
        return None
    key = f"e/{message.chat.id}/{message.message_id}/{number}"
    at = _time(message.edit_date or message.date)
    found = _by_somebody(message, username, key, at)
    if found is None or isinstance(found, Nameless):
        return found
    payload = {"text": "", **found.payload, "of": f"m/{message.chat.id}/{message.message_id}"}
    return Event(CHANNEL, found.account, key, Kind.EDITED, payload, at, found.private)


def _pressed(query: CallbackQuery, at: datetime) -> Event | None:
    message = query.message
    if message is None or not query.data or not _is_human(query.from_user):
        return None
    payload = {"token": query.data, "message": str(message.message_id), **_place(message)}
    key = f"c/{query.id}"
    account, private = str(query.from_user.id), _is_private(message)
    return Event(CHANNEL, account, key, Kind.BUTTON, payload, at, private)


def _membership(change: ChatMemberUpdated, number: int) -> Event | None:
    """We were blocked or let in again, put into a group or out of it."""
    was, now = _is_here(change.old_chat_member), _is_here(change.new_chat_member)
    chat, user, at = change.chat, change.from_user, _time(change.date)
    if was == now or chat.type == "channel":
        return None
    kind = Kind.JOINED if now else Kind.LEFT
    key = f"s/{number}/{int(at.timestamp())}"
    if chat.type == "private":
        return Event(CHANNEL, str(chat.id), key, kind, {}, at)
    account = str(user.id if _is_human(user) else chat.id)  # an anonymous admin is nobody
    payload = {"chat": str(chat.id), "title": chat.title or ""}
    return Event(CHANNEL, account, key, kind, payload, at, private=False)


def _is_here(member: ResultChatMemberUnion) -> bool:
    return member.status in _HERE or getattr(member, "is_member", False) is True


def _is_human(user: User) -> bool:
    return not user.is_bot and 0 < user.id < _MOST


def _is_private(message: Message | InaccessibleMessage) -> bool:
    return message.chat.type == "private"


def _place(message: Message | InaccessibleMessage) -> dict[str, Any]:
    """In which group it was said."""
    if _is_private(message):
        return {}
    return {"chat": str(message.chat.id), "title": message.chat.title or ""}


def _time(date: datetime | int) -> datetime:
    """Telegram's time, aware; what is no time of Telegram's is the beginning of time."""
    try:
        if isinstance(date, int):
            return datetime.fromtimestamp(date, UTC)
        return date.astimezone(UTC)
    except (OverflowError, ValueError, OSError):
        return datetime.fromtimestamp(0, UTC)
