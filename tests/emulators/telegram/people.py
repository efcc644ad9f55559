"""Users, chats and the messages in them, as plain as the speed asks for."""

from __future__ import annotations

from collections import deque
from typing import Any

PRIVATE, GROUP, SUPERGROUP = "private", "group", "supergroup"

Json = dict[str, Any]

_RIGHTS = (
    "can_be_edited is_anonymous can_manage_chat can_delete_messages can_manage_video_chats "
    "can_restrict_members can_promote_members can_change_info can_invite_users can_post_stories "
    "can_edit_stories can_delete_stories"
).split()


class Chat:
    """A chat as the bot may know it.

    `status` is the bot's standing: "never" (this user never wrote), "member", "administrator",
    "kicked" (in private: blocked), "left" or "deactivated".
    """

    __slots__ = (
        "heard",
        "id",
        "members",
        "messages",
        "migrated_to",
        "recent",
        "status",
        "tokens",
        "tokens_at",
        "type",
        "view",
        "wait_until",
    )

    def __init__(self, view: Json, status: str = "member") -> None:
        self.view = view
        self.id: int = view["id"]
        self.type: str = view["type"]
        self.status = status
        self.messages: dict[int, Stored] = {}
        self.members: dict[int, str] = {}
        self.migrated_to = 0
        self.heard = -1e9  # monotonic seconds of the last update from here
        self.tokens, self.tokens_at = 4.0, 0.0  # of a private chat
        self.recent: deque[float] | None = None  # sends to a group
        self.wait_until = 0.0  # monotonic seconds; the bot was told to wait


class Stored:
    """A message in a chat: `content` are the parts of a Bot API Message that its kind has."""

    __slots__ = (
        "change",
        "chat",
        "content",
        "date",
        "deleted",
        "edit_date",
        "edits",
        "extra",
        "markup",
        "message_id",
        "sender",
    )

    def __init__(self, message_id: int, chat: Chat, sender: Json, date: int, content: Json) -> None:
        self.message_id = message_id
        self.chat = chat
        self.sender = sender
        self.date = date
        self.content = content
        self.extra: Json = {}  # forward_origin, reply_to_message, sender_chat, via_bot
        self.markup: Json | None = None
        self.change = 0
        self.edits: list[Json] | None = None
        self.edit_date = 0
        self.deleted = False

    def api(self) -> Json:
        """As the Bot API shows it."""
        made = {
            "message_id": self.message_id,
            "from": self.sender,
            "chat": self.chat.view,
            "date": self.date,
            **self.content,
            **self.extra,
        }
        if self.edit_date:
            made["edit_date"] = self.edit_date
        if self.markup and "inline_keyboard" in self.markup:
            made["reply_markup"] = self.markup
        return made

    def seen(self) -> Json:
        """As a user sees it now, for the control door."""
        markup = self.markup or {}
        return {
            **self.content,
            "message_id": self.message_id,
            "from": self.sender["id"],
            "bot": self.sender["is_bot"],
            "date": self.date,
            "buttons": markup.get("inline_keyboard", []),
            "keyboard": markup.get("keyboard", []),
            "markup": self.markup,
            "edits": self.edits or [],
            "edit_date": self.edit_date,
            "change": self.change,
            **self.extra,
        }


def user_view(user: int, name: str = "", language_code: str = "zh-hans") -> Json:
    """A User."""
    return {
        "id": user,
        "is_bot": False,
        "first_name": name or f"用户{user}",
        "language_code": language_code,
    }


def private_view(user: Json) -> Json:
    """The private chat with this user."""
    return {"id": user["id"], "type": PRIVATE, "first_name": user["first_name"]}


def member_view(user: Json, status: str) -> Json:
    """A ChatMember."""
    status = {"never": "left", "deactivated": "left"}.get(status, status)
    made: Json = {"user": user, "status": status}
    if status == "kicked":
        made["until_date"] = 0
    if status == "creator":
        made["is_anonymous"] = False
    if status == "administrator":
        made.update(dict.fromkeys(_RIGHTS, False), can_manage_chat=True)
    return made
