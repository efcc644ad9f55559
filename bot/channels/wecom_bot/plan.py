"""From a worded message to what is sent, in order. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.channels.wecom_bot.frames import Json
from bot.chat import Attachment, Button, Message
from bot.markdown import escaped
from bot.splitting import split

TEXT_BYTES = 20_480  # of a stream message
BUTTONS = 6  # of a card
TITLE, SUBTITLE = 36, 160  # letters that a card shows
TOKEN_BYTES = 1024  # of a key
FILE_BYTES, IMAGE_BYTES = 20 * 2**20, 2 * 2**20
_SMALLEST = 6  # bytes of a file: 5 are too few
_IMAGES = frozenset({"image/jpeg", "image/png"})
_LINKS = ("https://", "http://")
_BELOW_FILE = "f"  # begins the task id of a card that belongs to a file: it stays with it
MOST_LABEL = 60  # letters; a typed label is not longer either


@dataclass(frozen=True, slots=True)
class Text:
    """Words, as markdown."""

    content: str


@dataclass(frozen=True, slots=True)
class Card:
    """Words with buttons. `replaces` names the card whose place it takes, if it may.

    Without buttons it can only take another's place: it is done.
    """

    title: str
    subtitle: str
    buttons: tuple[tuple[str, str], ...]
    task: str
    replaces: str | None = None

    def body(self, task: str, home: str) -> Json:
        """The card under this task id (in an update: that of the old card).

        `home`: a card without buttons has to lead somewhere (text_notice, card_action).
        """
        shown = [
            {"text": label, "key": key, "style": 1 if number == 0 else 2}
            for number, (label, key) in enumerate(self.buttons)
        ]
        card: Json = {"card_type": "button_interaction", "button_list": shown, "task_id": task}
        if not shown:
            action = {"type": 1, "url": home}
            card = {"card_type": "text_notice", "card_action": action, "task_id": task}
        if self.title:
            card["main_title"] = {"title": self.title}
        if self.subtitle:
            card["sub_title_text"] = self.subtitle
        return card


@dataclass(frozen=True, slots=True)
class File:
    """A file or an image. `elsewhere`: what is said where it cannot be sent here."""

    attachment: Attachment
    kind: str
    elsewhere: str


Step = Text | Card | File


def plan(message: Message, elsewhere: str) -> Sequence[Step]:
    """What is sent for one message: a file, words, buttons."""
    if message.replaces is not None and message.replaces.startswith(_BELOW_FILE):
        message = replace(message, replaces=None)
    steps: list[Step] = [_file(message.attachment, elsewhere)] if message.attachment else []
    text = message.text
    links, buttons = _sorted(message)
    text = "\n".join((text, *(f"{button.label}：{button.url}" for button in links)))
    if not buttons:
        return [*steps, *(_done(message, text) or _texts(text))]
    if not _fits(buttons):
        numbered = (f"{number}、{one.label}" for number, one in enumerate(buttons, start=1))
        return [*steps, *_texts("\n".join((text, "", *numbered)))]
    title, subtitle = _shown(escaped(text))
    pressed = tuple((_cut(escaped(one.label), MOST_LABEL), one.token) for one in buttons)
    if len(subtitle) <= SUBTITLE:
        return [*steps, Card(title, subtitle, pressed, task_of(message), message.replaces)]
    heading = title or _cut(subtitle.partition("\n")[0], TITLE)
    return [*steps, *_texts(text), Card(heading, "", pressed, task_of(message))]


def _done(message: Message, text: str) -> list[Step]:
    """A card with nothing left to press, where one was pressed; nothing if it does not fit."""
    title, subtitle = _shown(escaped(text))
    if message.replaces is None or message.attachment is not None or len(subtitle) > SUBTITLE:
        return []
    return [Card(title, subtitle, (), task_of(message), message.replaces)]


def task_of(message: Message) -> str:
    """A name that no other card of this bot has, and a repetition of this one has again."""
    tokens = (button.token for row in message.rows for button in row)
    about = "\x00".join((message.account, message.text, *tokens))
    digest = hashlib.sha256(about.encode("utf-8", "replace")).hexdigest()
    kind = "" if message.attachment is None else _BELOW_FILE
    return f"{kind}{message.id}-{digest[:24]}"


def _texts(text: str) -> list[Step]:
    pieces = split(escaped(text), TEXT_BYTES)
    return [Text(piece) for piece in pieces if piece.strip()]


def _sorted(message: Message) -> tuple[list[Button], list[Button]]:
    """Links, which go into the words, and buttons. Ways into chats are nothing that WeCom has."""
    every = [button for row in message.rows for button in row if button.label.strip()]
    links = [one for one in every if one.url is not None and one.url.startswith(_LINKS)]
    return links, [one for one in every if one.url is None]


def _fits(buttons: Sequence[Button]) -> bool:
    return len(buttons) <= BUTTONS and all(
        0 < len(one.token.encode()) <= TOKEN_BYTES for one in buttons
    )


def _shown(text: str) -> tuple[str, str]:
    """A title and the rest: the first line, if it is short enough for one, else no title."""
    first, _, rest = text.strip().partition("\n")
    if len(first) <= TITLE:
        return first, rest.strip()
    return "", text.strip()


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _file(attachment: Attachment, elsewhere: str) -> Step:
    size = len(attachment.content)
    if not _SMALLEST <= size <= FILE_BYTES:
        return Text(escaped(elsewhere))
    image = attachment.media_type in _IMAGES and size <= IMAGE_BYTES
    return File(attachment, "image" if image else "file", escaped(elsewhere))
