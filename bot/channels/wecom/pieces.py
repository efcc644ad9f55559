"""What is said to groups: in pieces, at most once each, whatever becomes of us."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from functools import partial

from bot.channel import Fate, Sent
from bot.channels.wecom.client import NoAnswer
from bot.channels.wecom.fates import SOON
from bot.channels.wecom.limits import harmless, split
from bot.chat import Message

_REMEMBERED = 10_000  # messages that are partly sent
_LOST = Sent(Fate.REFUSED, "no answer: it may have arrived")

Speak = Callable[[str, Sequence[str]], Awaitable[Sent]]
"""Say a piece and call people (by their ids, or `@all`). NoAnswer if nobody answered."""


class Pieces:
    """Which pieces of a message have left. What may have arrived is not said again: a group would
    see it twice."""

    def __init__(self) -> None:
        self._begun: OrderedDict[int, int] = OrderedDict()

    async def said(self, message: Message, speak: Speak) -> Sent:
        """Say what has not left yet, piece by piece; the last one calls people."""
        pieces = split(_text(message))
        begun = self._begun.get(message.id, 0)
        if begun >= len(pieces):
            return _LOST  # the last attempt was cut off while the last piece was on its way
        for number in range(begun, len(pieces)):
            mentions = message.mentions if number == len(pieces) - 1 else ()
            sent = await self._one(message.id, number, partial(speak, pieces[number], mentions))
            if sent.fate is not Fate.SENT:
                return sent
        self._begun.pop(message.id, None)
        return Sent(Fate.SENT)

    async def _one(self, message: int, number: int, say: Callable[[], Awaitable[Sent]]) -> Sent:
        """One call, counted before it is made."""
        self._begin(message, number + 1)
        try:
            sent = await say()
        except NoAnswer as silence:
            if silence.arrived:
                return _LOST
            sent = Sent(Fate.LATER, f"no connection: {silence.kind}", SOON)
        if sent.fate is not Fate.SENT:
            self._begin(message, number)
        return sent

    def _begin(self, message: int, pieces: int) -> None:
        self._begun[message] = pieces
        while len(self._begun) > _REMEMBERED:
            self._begun.popitem(last=False)


def _text(message: Message) -> str:
    """The words, and links as lines below; other buttons would answer somebody in private."""
    links = [
        f"{button.label}：{button.url}"
        for row in message.rows
        for button in row
        if button.url is not None and button.url.startswith("https://")
    ]
    return "\n".join([harmless(message.text), *links])


def body(text: str, mentions: Sequence[str]) -> dict[str, object]:
    """A text as groups take it."""
    words: dict[str, object] = {"content": text}
    if mentions:
        words["mentioned_list"] = list(mentions)
    return {"msgtype": "text", "text": words}
