"""The methods about the bot itself and about chats: commands, descriptions, members."""

from __future__ import annotations

import re
import time

from tests.emulators.telegram import arguments, reach
from tests.emulators.telegram.markup import units
from tests.emulators.telegram.network import Network
from tests.emulators.telegram.people import PRIVATE, Chat, Json, member_view, private_view
from tests.emulators.telegram.refusal import bad

_COMMAND = re.compile(r"[a-z0-9_]{1,32}")
_SCOPES = {
    "default": (),
    "all_private_chats": (),
    "all_group_chats": (),
    "all_chat_administrators": (),
    "chat": ("chat_id",),
    "chat_administrators": ("chat_id",),
    "chat_member": ("chat_id", "user_id"),
}


def get_me(net: Network, args: Json) -> Json:
    """getMe."""
    return {
        **net.me,
        "can_join_groups": True,
        "can_read_all_group_messages": not net.settings["privacy"],
        "supports_inline_queries": False,
        "can_connect_to_business": False,
        "has_main_web_app": False,
    }


def _place(net: Network, args: Json) -> tuple[str, str]:
    scope: Json = arguments.structure(args, "scope", dict) or {"type": "default"}
    kind = str(scope.get("type"))
    if kind not in _SCOPES:
        raise bad("unsupported type specified")
    if "chat_id" in _SCOPES[kind]:
        reach.known(net, scope)
    return ":".join((kind, *(str(scope.get(name)) for name in _SCOPES[kind]))), _language(args)


def _language(args: Json) -> str:
    language = arguments.text(args, "language_code")
    if language and not re.fullmatch("[a-z]{2}", language):
        raise bad("invalid language code specified")
    return language


def set_commands(net: Network, args: Json) -> bool:
    """setMyCommands."""
    commands: list[Json] | None = arguments.structure(args, "commands", list)
    if commands is None or not all(isinstance(one, dict) for one in commands):
        raise bad("commands must be specified")
    if len(commands) > 100:
        raise bad("BOT_COMMANDS_TOO_MUCH")
    place = _place(net, args)
    for one in commands:
        name, words = str(one.get("command", "")).removeprefix("/"), one.get("description", "")
        if not _COMMAND.fullmatch(name):
            raise bad("BOT_COMMAND_INVALID")
        if not 1 <= units(str(words).strip()) <= 256:
            raise bad("BOT_COMMAND_DESCRIPTION_INVALID")
    net.commands[place] = [
        {"command": one["command"].removeprefix("/"), "description": one["description"]}
        for one in commands
    ]
    return True


def get_commands(net: Network, args: Json) -> list[Json]:
    """getMyCommands."""
    return net.commands.get(_place(net, args), [])


def delete_commands(net: Network, args: Json) -> bool:
    """deleteMyCommands."""
    net.commands.pop(_place(net, args), None)
    return True


def set_description(net: Network, args: Json) -> bool:
    """setMyDescription."""
    return _describe(net, args, "description", 512)


def set_short_description(net: Network, args: Json) -> bool:
    """setMyShortDescription."""
    return _describe(net, args, "short_description", 120)


def _describe(net: Network, args: Json, name: str, limit: int) -> bool:
    words = arguments.text(args, name)
    if units(words) > limit:
        raise bad(f"{name.replace('_', ' ')} is too long")
    net.words[(name, _language(args))] = words
    return True


def get_description(net: Network, args: Json) -> Json:
    """getMyDescription."""
    return {"description": net.words.get(("description", _language(args)), "")}


def get_short_description(net: Network, args: Json) -> Json:
    """getMyShortDescription."""
    return {"short_description": net.words.get(("short_description", _language(args)), "")}


def get_chat(net: Network, args: Json) -> Json:
    """getChat: a ChatFullInfo."""
    chat = reach.known(net, args)
    return {
        **chat.view,
        "accent_color_id": 0,
        "max_reaction_count": 11,
        "accepted_gift_types": dict.fromkeys(
            (
                "unlimited_gifts",
                "limited_gifts",
                "unique_gifts",
                "premium_subscription",
                "gifts_from_channels",
            ),
            False,
        ),
    }


def get_chat_member(net: Network, args: Json) -> Json:
    """getChatMember."""
    chat, user = reach.known(net, args), arguments.integer(args, "user_id")
    if user == net.me["id"]:
        return member_view(net.me, chat.status)
    if user not in net.users:
        raise bad("invalid user_id specified")
    usual = "member" if chat.id == user else "left"
    return member_view(net.user(user), chat.members.get(user, usual))


def leave_chat(net: Network, args: Json) -> bool:
    """leaveChat."""
    chat = reach.open_chat(net, args)
    if chat.type == PRIVATE:
        raise bad("chat member status can't be changed in private chats")
    standing(net, chat, net.me, "left")
    return True


def standing(net: Network, chat: Chat, by: Json, status: str) -> int | None:
    """The bot's standing in a chat becomes another; answers the id of its my_chat_member."""
    old, chat.status = chat.status, status
    date = int(time.time())
    what = {
        "chat": private_view(by) if chat.type == PRIVATE else chat.view,
        "from": by,
        "date": date,
        "old_chat_member": member_view(net.me, old),
        "new_chat_member": member_view(net.me, status),
    }
    net.journal.note("standing", chat=chat.id, status=status)
    return net.tell(chat, "my_chat_member", what, date=date)


METHODS = {
    "getMe": get_me,
    "setMyCommands": set_commands,
    "getMyCommands": get_commands,
    "deleteMyCommands": delete_commands,
    "setMyDescription": set_description,
    "getMyDescription": get_description,
    "setMyShortDescription": set_short_description,
    "getMyShortDescription": get_short_description,
    "getChat": get_chat,
    "getChatMember": get_chat_member,
    "leaveChat": leave_chat,
}
