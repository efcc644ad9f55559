"""What a member reads in WeCom, as the messages that were said: their parts put together again."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from tests.transcripts.stage import Button, Heard

TITLE, BELOW, BUTTONS, WIDTH = 36, 160, 6, 20  # letters, buttons, half letters of a button
_NUMBERED = re.compile(r"(\d+)\. (.+)")
_LINK = re.compile(r"(.{1,30}): (https?://\S+)")
_ALONE = re.compile(r"【(.+)】")
_CHOOSE = ("回复", "Reply with", "Just reply with")  # begins the last line below those
_ASKS = ("请选择", "Please choose")  # a card below a text that asks nothing
_WIDE = str.maketrans("＊｀［］＜＞｜＼～＃＋＝－．＿＠＆", "*`[]<>|\\~#+=-._@&")
Json = dict[str, Any]


class Seen:
    """What one member has seen so far.

    `numbered`: messages whose buttons are numbers. `tasks`: the tasks of cards.
    """

    def __init__(self) -> None:
        self.newest = 0
        self.numbered: set[int] = set()
        self.tasks: dict[int, str] = {}
        self._shown: dict[int, tuple[str, ...]] = {}
        self._options: dict[str, tuple[str, Json]] = {}

    def pressed(self, data: str) -> tuple[str, Json]:
        """The key and the selection that a press of this button sends."""
        return self._options.get(data, (data, {}))

    def new(self, messages: Sequence[Json]) -> list[Heard]:
        """What is new or changed, oldest first; what was changed comes first, as it was pressed."""
        changed: list[Heard] = []
        parts: list[Heard] = []
        for message in messages:
            before = self._shown.get(message["id"])
            heard = self._read(message, edited=before is not None)
            if before is not None and before == _look(heard):
                continue
            self._shown[message["id"]] = _look(heard)
            (parts if before is None else changed).append(heard)
        found = changed + whole(parts)
        self.newest = found[-1].id if found else self.newest
        return found

    def _read(self, message: Json, *, edited: bool) -> Heard:
        number, kind = int(message["id"]), str(message["type"])
        if kind == "template_card":
            return self._card(number, message, edited=edited)
        if kind in {"image", "file"}:
            return Heard(number, "", (), edited, kind)
        if kind == "textcard":
            opens = Button(message["btntxt"], url=message["url"])
            text = f"{message['title']}\n{message['description']}"
            return Heard(number, text, (opens,), edited)
        if kind == "markdown":
            return Heard(number, plain(str(message["content"])), (), edited)
        assert kind == "text", message
        text, buttons = _numbered(str(message["content"]))
        if buttons:
            self.numbered.add(number)
        return Heard(number, text, buttons, edited)

    def _card(self, number: int, message: Json, *, edited: bool) -> Heard:
        card = message["card"]
        self.tasks[number] = card["task_id"]
        buttons = [] if message["grey"] else list(message["buttons"])
        asked = [card["checkbox"]] if "checkbox" in card else card.get("select_list", [])
        if asked and buttons:
            buttons = self._choices(asked, str(buttons[0]["key"]))
        head = (card.get("main_title") or {}).get("title", "")
        text = "\n".join(filter(None, (head, card.get("sub_title_text"))))
        made = (Button(one["text"], one.get("key", ""), one.get("url", "")) for one in buttons)
        return Heard(number, text, tuple(made), edited, drawn=card_of(head, text))

    def _choices(self, asked: Sequence[Json], submit: str) -> list[Json]:
        """What can be chosen; the first of one of several lists means nothing."""
        buttons = []
        for question in asked:
            for one in question["option_list"]:
                if one["id"] != question.get("selected_id"):
                    buttons.append({**one, "key": one["id"]})
                    self._options[one["id"]] = submit, {question["question_key"]: [one["id"]]}
        return buttons


def plain(markdown: str) -> str:
    """As it reads: a heading is its words, a wide letter the one for which it stands."""
    return markdown.replace("**", "").translate(_WIDE)


def card_of(head: str, text: str) -> str:
    """How a card lies: its head, or that it has none, then what is below."""
    return f"▣ {text}" if head else f"▣ — / {text}"


def _look(heard: Heard) -> tuple[str, ...]:
    """What can be seen of a message: other keys below the same words are no change."""
    return heard.text, *(button.label for button in heard.buttons)


def _numbered(text: str) -> tuple[str, tuple[Button, ...]]:
    """The words, and the numbered lines at the end of them."""
    lines = text.split("\n")
    buttons: list[Button] = []
    if lines[-1].startswith(_CHOOSE):
        lines.pop()
        alone = _ALONE.fullmatch(lines[-1])
        if alone is not None:
            lines.pop()
            buttons.append(Button(alone[1], alone[1]))
    elif not _LINK.fullmatch(lines[-1]):
        return text, ()
    while lines:
        link, number = _LINK.fullmatch(lines[-1]), _NUMBERED.fullmatch(lines[-1])
        if link is not None:
            buttons.append(Button(link[1], url=link[2]))
        elif number is not None:
            buttons.append(Button(number[2], number[1]))
        else:
            break
        lines.pop()
        if number is not None and number[1] == "1":
            break
    return "\n".join(lines), tuple(reversed(buttons))


def whole(parts: Sequence[Heard]) -> list[Heard]:
    """A card that repeats the first line of a text has its buttons; a file belongs to the next."""
    made: list[Heard] = []
    for part in parts:
        if part.buttons and not part.attachment:
            made = _joined(made, part)
        elif made and made[-1].attachment and not made[-1].text and part.text:
            made[-1] = replace(part, attachment=made[-1].attachment)
        else:
            made.append(part)
    return made


def _joined(before: list[Heard], card: Heard) -> list[Heard]:
    head = card.text.removesuffix("…")
    for at in range(len(before) - 1, -1, -1):
        texts = before[at:]
        if any(one.buttons for one in texts):
            break
        first = texts[0].text.partition("\n")[0]
        last = texts[-1].text.rpartition("\n")[2]
        below = card.text in _ASKS or (last == card.text and last.endswith(("？", "?")))
        cut = first == card.text or _is_cut(first, card.text)
        if "\n" not in card.text and head and (below or cut):
            words = "\n".join(one.text for one in texts)
            drawn = " ¶ ".join(one.drawn or one.text for one in (*texts, card))
            found = replace(card, text=words, attachment=texts[0].attachment, drawn=drawn)
            return [*before[:at], found]
    if before and before[-1].attachment and not before[-1].text:
        return [*before[:-1], replace(card, attachment=before[-1].attachment)]
    return [*before, card]


def _is_cut(line: str, head: str) -> bool:
    return head.endswith("…") and len(head) == TITLE and line.startswith(head[:-1])


def takes_place(heard: Heard) -> bool:
    """Whether one card can say it all, by the letters and buttons that WeCom advises."""
    text = heard.text.strip()
    first, _, rest = text.partition("\n")
    if heard.attachment:
        return False
    if len(heard.buttons) > BUTTONS or any(_width(one.label) > WIDTH for one in heard.buttons):
        return len(first) <= TITLE and not rest  # a choice has a head only
    return (len(first) <= TITLE and len(rest) <= BELOW) or len(text) <= BELOW


def _width(label: str) -> int:
    return sum(2 if ord(letter) > 0x2E80 else 1 for letter in label)
