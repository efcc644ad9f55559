"""The menu below the app's chat: made from the table of commands, and shown when it is another."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import structlog

from bot.channels.wecom.api import Api
from bot.channels.wecom.client import errcode
from bot.router import Command
from bot.words import Words

log = structlog.get_logger("wecom")

NAME_BYTES, KEY_BYTES, BELOW = (
    16,
    128,
    5,
)  # https://developer.work.weixin.qq.com/document/path/90231
SCAN_KEY, PLACE_KEY = "scan", "place"
_MINE = ("hours", "log", "study", "tasks", "me")
_JOIN = ("activities", "feedback")
_MORE = ("help", "review", "members", "invite", "undone", "privacy")
_TAGS = {"zh-CN": False, "en": True}
Entry = dict[str, Any]


def menu_of(commands: Iterable[Command], words: Words, language: str) -> Entry:
    """Three buttons: one's own affairs, taking part (with the scanner), the rest. Pure."""
    known = {command.name: command for command in commands}
    english = _TAGS.get(language, False)

    def entries(names: Sequence[str], most: int) -> list[Entry]:
        made = []
        for name in names:
            label = _label(known[name], english=english) if name in known else ""
            if 0 < len(label.encode()) <= NAME_BYTES:
                made.append({"type": "click", "name": label, "key": name})
        return made[:most]

    scan = _entry("scancode_waitmsg", words.say(language, "wecom.menu.scan", {}), SCAN_KEY)
    place = _entry("location_select", words.say(language, "wecom.menu.place", {}), PLACE_KEY)
    joins = [scan, *entries(_JOIN, BELOW - 2), place]
    groups = {"mine": entries(_MINE, BELOW), "join": joins, "more": entries(_MORE, BELOW)}
    return {
        "button": [
            {"name": words.say(language, f"wecom.menu.{name}", {}), "sub_button": below}
            for name, below in groups.items()
            if below
        ]
    }


def _label(command: Command, *, english: bool) -> str:
    """The command's Chinese word, or its own name."""
    if english or not command.words:
        return command.name.capitalize()
    return command.words[0]


def _entry(kind: str, name: str, key: str) -> Entry:
    return {"type": kind, "name": name, "key": key}


async def show(api: Api, agent_id: int, menu: Entry) -> bool:
    """Show it if another one stands there; whether it was changed. Barred or NoAnswer if not."""
    there = await api.get("menu/get", agentid=str(agent_id))
    if _plain(there.get("button")) == _plain(menu["button"]):
        return False
    answer = await api.post("menu/create", menu, agentid=str(agent_id))
    if errcode(answer):
        log.warning("menu_not_shown", errcode=errcode(answer))
        return False
    return True


def _plain(buttons: Any) -> list[tuple[Any, ...]]:
    """What of a menu we set: WeCom may answer more than it was told."""
    found: list[tuple[Any, ...]] = []
    for button in buttons if isinstance(buttons, list) else []:
        below = _plain(button.get("sub_button"))
        found.append((button.get("type"), button.get("name"), button.get("key"), tuple(below)))
    return [(None if one[3] else one[0], *one[1:]) for one in found]
