"""Group robots 群机器人 (消息推送): a channel that only speaks, to an address with a key in it.

https://developer.work.weixin.qq.com/document/path/99110: 20 messages a minute for each robot.
"""

from __future__ import annotations

import asyncio
import json
from collections import OrderedDict, deque
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any

from bot.channel import Fate, Limits, Sent
from bot.channels.wecom.client import Client, NoAnswer, errcode
from bot.channels.wecom.fates import SOON, TOO_MANY
from bot.channels.wecom.limits import harmless, split
from bot.chat import Message
from bot.tasks import Tasks
from storage.webhooks import CHANNEL

A_MINUTE = 18  # messages of this process to one robot; 20 there
WINDOW = 60.0  # seconds for which a robot is shut that was told too much
_GONE = frozenset({93000, 93004, 93008})  # the key is wrong, the robot disabled, not in the group
_BUSY = {-1: 5.0, 45033: 5.0}
_REMEMBERED = 10_000  # messages that are partly sent
_LOST = Sent(Fate.REFUSED, "no answer: it may have arrived")

Key = Callable[[str], Awaitable[str | None]]
Ended = Callable[[str], Awaitable[None]]


class RobotChannel:
    """Sends to robots; nothing is ever heard from them. An account is a number of ours.

    `key` answers the secret of an account, `ended` is told of an account that works no more. What
    may have arrived is not sent again: a group would see it twice.
    """

    name = CHANNEL
    repeatable = False
    limits = Limits(account_per_second=15 / 60, account_burst=3, known_seconds=0.0)

    def __init__(
        self,
        api_base: str,
        clock: Callable[[], datetime],
        tasks: Tasks,
        key: Key,
        ended: Ended,
    ) -> None:
        self._client = Client(api_base)
        self._clock = clock
        self._tasks = tasks
        self._key = key
        self._ended = ended
        self._sent: dict[str, deque[float]] = {}
        self._begun: OrderedDict[int, int] = OrderedDict()  # pieces of a message that have left

    def routes(self) -> Sequence[Any]:
        """None: robots do not call."""
        return ()

    async def start(self) -> None:
        """Nothing is received; connections are kept until every other task has been told to end."""
        self._tasks.start(self._hold_session(), "robot-session")

    async def send(self, message: Message) -> Sent:
        """Send what has not left yet, piece by piece."""
        key = await self._key(message.account)
        if key is None:
            return Sent(Fate.UNREACHABLE, "no robot")
        pieces = split(_text(message))
        begun = self._begun.get(message.id, 0)
        if begun >= len(pieces):
            return _LOST  # the last attempt was cut off while the last piece was on its way
        for number in range(begun, len(pieces)):
            mentions = message.mentions if number == len(pieces) - 1 else ()
            sent = await self._piece(message, number, key, _body(pieces[number], mentions))
            if sent.fate is not Fate.SENT:
                return sent
        self._begun.pop(message.id, None)
        return Sent(Fate.SENT)

    async def _piece(self, message: Message, number: int, key: str, body: bytes) -> Sent:
        """One call, counted before it is made: at most once, whatever becomes of us."""
        wait = self._wait(message.account)
        if wait > 0:
            return Sent(Fate.LATER, "too many", wait)
        self._begin(message.id, number + 1)
        try:
            answer = await self._client.post("webhook/send", body, key=key)
        except NoAnswer as silence:
            if silence.arrived:
                return _LOST
            self._begin(message.id, number)
            return Sent(Fate.LATER, f"no connection: {silence.kind}", SOON)
        code = errcode(answer)
        if not code:
            return Sent(Fate.SENT)
        self._begin(message.id, number)
        if code in _GONE:
            await self._ended(message.account)
        return _fate(code)

    def _begin(self, message: int, pieces: int) -> None:
        self._begun[message] = pieces
        while len(self._begun) > _REMEMBERED:
            self._begun.popitem(last=False)

    def _wait(self, account: str) -> float:
        """Seconds until the robot may say something; 0 means now, and it is counted."""
        now = self._clock().timestamp()
        sent = self._sent.setdefault(account, deque())
        while sent and sent[0] <= now - WINDOW:
            sent.popleft()
        if len(sent) >= A_MINUTE:
            return sent[0] + WINDOW - now
        sent.append(now)
        return 0.0

    async def stop(self) -> None:
        """What is in hand may still be sent until the program ends."""

    async def _hold_session(self) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await self._client.close()


def _fate(code: int) -> Sent:
    if code in _GONE:
        return Sent(Fate.UNREACHABLE, f"errcode {code}")
    if code == TOO_MANY:
        return Sent(Fate.LATER, "too many", WINDOW)
    if code in _BUSY:
        return Sent(Fate.LATER, f"errcode {code}", _BUSY[code])
    return Sent(Fate.REFUSED, f"errcode {code}")


def _text(message: Message) -> str:
    """The words, and links as lines below; other buttons would answer somebody in private."""
    links = [
        f"{button.label}：{button.url}"
        for row in message.rows
        for button in row
        if button.url is not None and button.url.startswith("https://")
    ]
    return "\n".join([harmless(message.text), *links])


def _body(text: str, mentions: Sequence[str]) -> bytes:
    words: dict[str, Any] = {"content": text}
    if mentions:
        words["mentioned_list"] = list(mentions)
    made = json.dumps({"msgtype": "text", "text": words}, ensure_ascii=False)
    return made.encode("utf-8", "replace")
