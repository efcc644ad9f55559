"""Which chats and messages a bot may reach, and how it is refused."""

from __future__ import annotations

from typing import Any

from tests.emulators.telegram import arguments
from tests.emulators.telegram.network import Network
from tests.emulators.telegram.people import PRIVATE, SUPERGROUP, Chat, Stored
from tests.emulators.telegram.refusal import Refusal, bad, forbidden

_PRIVATE = {
    "never": "bot can't initiate conversation with a user",
    "kicked": "bot was blocked by the user",
    "deactivated": "user is deactivated",
}


def known(net: Network, args: dict[str, Any]) -> Chat:
    """The chat that the call names, wherever the bot stands there."""
    told = args.get("chat_id")
    if told is None or told == "":
        raise bad("chat_id is empty")
    chat = net.chat(arguments.integer(args, "chat_id"))
    if chat is None:
        raise bad("chat not found")
    return chat


def open_chat(net: Network, args: dict[str, Any]) -> Chat:
    """The chat that the call names, if the bot may write there."""
    chat = known(net, args)
    if chat.migrated_to:
        raise bad(
            "group chat was upgraded to a supergroup chat", migrate_to_chat_id=chat.migrated_to
        )
    if chat.status not in ("member", "administrator"):
        raise _closed(chat)
    return chat


def _closed(chat: Chat) -> Refusal:
    if chat.type == PRIVATE:
        return forbidden(_PRIVATE[chat.status])
    kind = "supergroup" if chat.type == SUPERGROUP else "group"
    if chat.status == "kicked":
        return forbidden(f"bot was kicked from the {kind} chat")
    return forbidden(f"bot is not a member of the {kind} chat")


def message(chat: Chat, args: dict[str, Any], what: str) -> Stored:
    """The message that the call names; `what` is what was wanted with it."""
    if args.get("inline_message_id"):
        raise bad("inline messages are not emulated")
    found = chat.messages.get(arguments.integer(args, "message_id"))
    if found is None or found.deleted:
        raise bad(f"message to {what} not found")
    return found
