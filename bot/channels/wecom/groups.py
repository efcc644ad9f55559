"""Group robots 群机器人 (消息推送): a channel that only speaks, to an address with a key in it.

https://developer.work.weixin.qq.com/document/path/99110: 20 messages a minute for each robot.
"""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any

from bot.channel import Fate, Limits, Sent
from bot.channels.wecom.client import Client, errcode
from bot.channels.wecom.fates import TOO_MANY
from bot.channels.wecom.pieces import Pieces, body
from bot.chat import Message
from bot.tasks import Tasks
from storage.webhooks import CHANNEL

A_MINUTE = 18  # messages of this process to one robot; 20 there
WINDOW = 60.0  # seconds for which a robot is shut that was told too much
_GONE = frozenset({93000, 93004, 93008})  # the key is wrong, the robot disabled, not in the group
_BUSY = {-1: 5.0, 45033: 5.0}

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
        self._pieces = Pieces()

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

        async def speak(text: str, mentions: Sequence[str]) -> Sent:
            return await self._speak(message.account, key, text, mentions)

        return await self._pieces.said(message, speak)

    async def _speak(self, account: str, key: str, text: str, mentions: Sequence[str]) -> Sent:
        wait = self._wait(account)
        if wait > 0:
            return Sent(Fate.LATER, "too many", wait)
        made = json.dumps(body(text, mentions), ensure_ascii=False)
        answer = await self._client.post("webhook/send", made.encode("utf-8", "replace"), key=key)
        code = errcode(answer)
        if not code:
            return Sent(Fate.SENT)
        if code in _GONE:
            await self._ended(account)
        return _fate(code)

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
