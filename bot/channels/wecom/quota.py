"""While the day's quota is used up: who answers for units hears it, and so does whoever writes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from bot.channels.wecom.heard import CHANNEL
from bot.channels.wecom.standing import CHINA, QUOTA, Alarm, Standing
from bot.tasks import Tasks
from bot.words import Words
from services import quota
from services.quota import Closed
from storage import quota as waiting
from storage.connections import Unavailable
from storage.store import Store
from storage.tx import Tx

log = structlog.get_logger("wecom")

EVERY = 20.0  # seconds between two looks for notices that have come to wait
_ANSWER_SECONDS = 1.0  # what a callback may wait for its answer


class Operator(Alarm, Protocol):
    """What the operator sees, too (scheduler/alerts.py)."""

    standing: dict[str, str]


class Quota:
    """Watches from when a day is closed until it goes on. `running`: the channels of this process.

    Answers in the same breath (passive replies) do not count against the quota.
    """

    def __init__(  # noqa: PLR0913, PLR0917  # what the application has
        self,
        store: Store,
        clock: Callable[[], datetime],
        tasks: Tasks,
        words: Words,
        language: str,
        standing: Standing,
        shown: Operator,
        running: Callable[[], Collection[str]],
    ) -> None:
        self._store = store
        self._clock = clock
        self._tasks = tasks
        self._words = words
        self._language = language
        self._standing = standing
        self._shown = shown
        self._goes_on = asyncio.Event()
        self._watching = False
        self._running = running
        standing.day_closed, standing.day_over = self._closed, self._goes_on.set

    def _closed(self) -> None:
        self._goes_on.clear()
        if not self._watching:
            self._watching = True
            self._tasks.start(self._watch(), "wecom-quota")

    async def _watch(self) -> None:
        """Tell, and look again: until it goes on, and then tell who could not be told before."""
        closed = self._now_closed()
        try:
            while closed is not None:
                if self._now_closed() is not None:
                    await self._tell(closed)
                if await self._goes_on_within(EVERY):
                    await self._late(closed)
                    closed = None
                closed = self._now_closed() or closed
        finally:
            self._watching = False

    async def _goes_on_within(self, seconds: float) -> bool:
        try:
            async with asyncio.timeout(seconds):
                return await self._goes_on.wait()
        except TimeoutError:
            return False

    async def _tell(self, closed: Closed) -> None:
        vault, at = self._store.vault, self._clock()

        async def work(tx: Tx) -> tuple[int, int]:
            told = await quota.tell(tx, vault, closed, at)
            return told, await waiting.waiting(tx, CHANNEL)

        try:
            told, left = await self._store.mark(work)
        except Unavailable:
            return  # the next look tells
        log.info("quota_told", told=told, waiting=left)
        if QUOTA in self._shown.standing:
            self._shown.standing[QUOTA] = f"closed until {closed.until}, {left} wait"

    async def _late(self, closed: Closed) -> None:
        vault, at = self._store.vault, self._clock()
        try:
            told = await self._store.mark(lambda tx: quota.late(tx, vault, closed, at))
        except Unavailable:
            told = 0  # it came late anyway
        log.info("quota_over", told=told)

    async def meanwhile(self, account: str) -> str:
        """What to answer somebody who writes now, in the same breath; nothing while all is well."""
        closed, at = self._now_closed(), self._clock()
        if closed is None:
            return ""
        try:
            async with asyncio.timeout(_ANSWER_SECONDS):
                says, language = await self._store.mark(
                    lambda tx: quota.meanwhile(tx, closed, account, at)
                )
        except (Unavailable, TimeoutError):
            return ""
        chosen = language or self._language
        return "\n".join(self._words.say(chosen, say.name, say.facts) for say in says)

    def _now_closed(self) -> Closed | None:
        end = self._standing.day_end
        if end is None or end <= self._clock():
            return None
        day = (end - timedelta(minutes=1)).astimezone(CHINA)
        until = f"{end.astimezone(CHINA):%m-%d %H:%M}"
        return Closed(CHANNEL, f"{day:%Y-%m-%d}", until, tuple(self._running()))
