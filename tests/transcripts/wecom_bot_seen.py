"""What a person reads of the WeCom bot, as the messages that were said: their parts in one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from tests.transcripts.stage import Button, Heard
from tests.transcripts.wecom_seen import BELOW, TITLE, card_of, plain, whole

BUTTONS = 6
_NUMBERED = re.compile(r"(\d+)、(.+)")
_LINK = re.compile(r"(.{1,30})：(https?://\S+)")
Json = dict[str, Any]


class Seen:
    """What one person has seen so far.

    `numbered`: messages whose buttons are numbers. `tasks`: the tasks of cards.
    """

    def __init__(self) -> None:
        self.newest = 0
        self.numbered: set[int] = set()
        self.tasks: dict[int, str] = {}
        self._shown: dict[int, tuple[str, ...]] = {}

    def new(self, messages: Sequence[Json]) -> list[Heard]:
        """What is new or changed, oldest first; what was changed comes first, as it was pressed."""
        changed: list[Heard] = []
        parts: list[Heard] = []
        for message in messages:
            number = int(message["number"])
            before = self._shown.get(number)
            heard = self._read(number, message, edited=before is not None)
            look = (heard.text, *(button.label for button in heard.buttons))
            if before != look:
                (parts if before is None else changed).append(heard)
            self._shown[number] = look
        found = changed + whole(parts)
        self.newest = found[-1].id if found else self.newest
        return found

    def _read(self, number: int, message: Json, *, edited: bool) -> Heard:
        kind = message["kind"]
        if kind in {"image", "file"}:
            return Heard(number, "", (), edited, kind)
        if kind == "card":
            self.tasks[number] = message["task"]
            text = "\n".join(filter(None, (message["title"], message["text"])))
            buttons = tuple(Button(plain(label), key) for label, key in message["buttons"])
            drawn = card_of(message["title"], plain(text))
            return Heard(number, plain(text), buttons, edited, drawn=drawn)
        assert kind == "markdown" or message["finished"], message
        text, buttons = _numbered(plain(message["text"]))
        if any(button.data for button in buttons):
            self.numbered.add(number)
        return Heard(number, text, buttons, edited)


def _numbered(text: str) -> tuple[str, tuple[Button, ...]]:
    """The words, and the links and the numbered lines at the end of them."""
    lines, buttons = text.split("\n"), list[Button]()
    while lines:
        link, number = _LINK.fullmatch(lines[-1]), _NUMBERED.fullmatch(lines[-1])
        if link is not None:
            buttons.append(Button(link[1], url=link[2]))
        elif number is not None:
            buttons.append(Button(number[2], number[1]))
        else:
            break
        lines.pop()
    return "\n".join(lines).rstrip("\n"), tuple(reversed(buttons))


def takes_place(heard: Heard) -> bool:
    """Whether one card can say it all, by the letters and buttons that WeCom advises."""
    if heard.attachment or len(heard.buttons) > BUTTONS:
        return False
    first, _, rest = heard.text.strip().partition("\n")
    return (len(first) <= TITLE and len(rest.strip()) <= BELOW) or len(heard.text.strip()) <= BELOW
