"""Whether calls to Telegram make sense now: token refused, too many calls, or nobody answers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Protocol

from bot.channel import Fate, Sent
from bot.channels.telegram.fates import TOKEN_REFUSED, is_ill
from bot.tasks import Tasks

AGAIN_SECONDS = 30.0  # between looks for a new token
REFUSED, AWAY = "telegram_token", "telegram_away"  # kinds of alerts, and their names in /readyz
_FAILURES = 10  # in a row, then nobody is asked any more
_PAUSE = timedelta(seconds=15)  # until one message tries again for all


class Alarm(Protocol):
    """Where the operator is told (scheduler/alerts.py)."""

    async def tell(self, kind: str, shown: str, **facts: Any) -> None: ...
    def over(self, kind: str) -> None: ...


class Standing:
    """What the last answers taught us. Nothing is called while it is in vain."""

    def __init__(self, clock: Callable[[], datetime], alarm: Alarm, tasks: Tasks) -> None:
        self._clock = clock
        self._alarm = alarm
        self._tasks = tasks
        self._floods: dict[int, datetime] = {}
        self._flooded: datetime | None = None
        self._failures = 0
        self._closed_until: datetime | None = None
        self._probing = False
        self.refused = asyncio.Event()
        self.accepted = asyncio.Event()

    def barred(self) -> Sent | None:
        """Why nothing is sent now, and for how long; None if it may be tried."""
        now = self._clock()
        if self.refused.is_set():
            return Sent(Fate.LATER, TOKEN_REFUSED, AGAIN_SECONDS, early=True)
        if self._flooded is not None and self._flooded > now:
            return Sent(Fate.LATER, "too many requests", (self._flooded - now).total_seconds())
        if self._closed_until is None:
            return None
        if self._closed_until > now:
            return Sent(Fate.LATER, "away", (self._closed_until - now).total_seconds())
        if self._probing:
            return Sent(Fate.LATER, "away", 1.0)
        self._probing = True  # this one tries for all the others
        return None

    def learn(self, chat: int, sent: Sent) -> None:
        """Take note of what became of a call about a chat."""
        if sent.reason == "too many requests" and sent.seconds is not None:
            self._flood(chat, sent.seconds)
        elif sent.reason == TOKEN_REFUSED:
            self.refuse()
        if is_ill(sent):
            self._failed()
        else:
            self._answered()

    def gave_up(self) -> None:
        """A call was broken off: it taught us nothing, and another one may try for all."""
        self._probing = False

    def refuse(self) -> None:
        """The token is no longer taken: nothing more is called until a new one is."""
        if not self.refused.is_set():
            self.refused.set()
            self.accepted.clear()
            self._tasks.start(self._alarm.tell(REFUSED, "refused"), "alert")

    def accept(self) -> None:
        """The token is taken."""
        self.refused.clear()
        self.accepted.set()
        self._alarm.over(REFUSED)
        self._answered()

    def _flood(self, chat: int, seconds: float) -> None:
        """One chat's limit is that chat's; two chats at once: it is the limit of us all."""
        now = self._clock()
        until = now + timedelta(seconds=seconds)
        self._floods = {one: end for one, end in self._floods.items() if end > now}
        self._floods[chat] = until
        if len(self._floods) > 1:
            self._flooded = max(self._floods.values())

    def _failed(self) -> None:
        self._failures += 1
        self._probing = False
        if self._failures >= _FAILURES:
            self._closed_until = self._clock() + _PAUSE
            if self._failures == _FAILURES:
                self._tasks.start(self._alarm.tell(AWAY, "no answer"), "alert")

    def _answered(self) -> None:
        if self._failures >= _FAILURES:
            self._alarm.over(AWAY)
        self._failures, self._probing, self._closed_until = 0, False, None
