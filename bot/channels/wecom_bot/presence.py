"""Being connected: again after every kind of end, never twice, and not where we are unwanted."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Protocol

import aiohttp
import structlog

from bot.channels.wecom_bot.connection import Connection, Ended, Refused, Times, opened
from bot.channels.wecom_bot.frames import Frame
from bot.channels.wecom_bot.reading import Kicked
from bot.tasks import Tasks

log = structlog.get_logger("wecom_bot")

REFUSED, KICKED, AWAY = "wecom_bot_refused", "wecom_bot_kicked", "wecom_bot_away"  # alerts
_SOON = 10.0  # seconds without a connection in which messages are tried again at once


@dataclass(frozen=True, slots=True)
class Credentials:
    """Who we are, and where."""

    url: str
    bot: str
    secret: str


class Alarm(Protocol):
    """Where the operator is told (scheduler/alerts.py)."""

    async def tell(self, kind: str, shown: str, **facts: Any) -> None: ...
    def over(self, kind: str) -> None: ...


class PushedOut(Exception):
    """Somebody connected with our credentials."""


class Presence:
    """Keeps one connection while `run` runs. `current` is it, None meanwhile.

    `handle` gets every callback and says whether it was the one that ends this connection;
    `renewed` answers the credentials as they are configured now and may read files; `ours` says
    whether the hold over all replicas is still this process's.
    """

    def __init__(  # noqa: PLR0913, PLR0917  # it stands between all of these
        self,
        credentials: Credentials,
        renewed: Callable[[], Credentials],
        handle: Callable[[Frame], Awaitable[Kicked | None]],
        connected: Callable[[], None],
        ours: Callable[[], Awaitable[bool]],
        alarm: Alarm,
        tasks: Tasks,
        times: Times,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._credentials = credentials
        self._renewed = renewed
        self._handle = handle
        self._connected = connected
        self._ours = ours
        self._alarm = alarm
        self._tasks = tasks
        self._times = times
        self._now = now
        self._chance = random.Random()  # noqa: S311  # spreads tries, decides nothing
        self.current: Connection | None = None
        self._lost: float | None = None  # since when, while this process is the one to connect
        self._barred = False
        self._reached = False

    def patience(self) -> float:
        """Seconds after which a message that found no connection is tried again.

        More than the dispatcher waits itself where another process may have the connection: what
        is put back may be taken by that one.
        """
        if self._barred:
            return 60.0
        if self._lost is None:
            return 3.1
        return 1.0 if self._now() - self._lost < _SOON else 15.0

    async def run(self) -> None:
        """Until cancelled, or until the hold is another process's."""
        times = self._times
        wait, refused = times.first, times.refused
        self._lost = self._now()
        try:
            while True:
                since = self._now()
                try:
                    await self._once()
                except Refused:
                    await self._turned_away(REFUSED, "refused", refused)
                    refused = min(times.longest_refused, refused * 2)
                    continue
                except PushedOut:
                    if not await self._ours():
                        return
                    await self._turned_away(KICKED, "another one connected", None)
                    continue
                except (Ended, aiohttp.ClientError, OSError):
                    if self._lived(since):
                        wait, refused = times.first, times.refused
                await self._tell_away()
                await asyncio.sleep(wait * self._chance.uniform(0.5, 1.0))
                wait = min(times.longest, wait * 2)
        finally:
            self._lost, self._barred = None, False

    def _lived(self, since: float) -> bool:
        """Whether the connection that ended was good for a while, since that try began."""
        return self._reached and self._now() - since >= self._times.settled

    async def _once(self) -> None:
        """One connection, from its beginning to its end."""
        times, who = self._times, self._credentials
        self._reached = False
        kicked: list[Kicked] = []

        async def handle(frame: Frame) -> None:
            found = await self._handle(frame)
            if found is not None:
                kicked.append(found)

        async with opened(who.url, times, handle, self._tasks) as connection:
            await connection.subscribe(who.bot, who.secret, times.connect)
            self._arrived(connection)
            try:
                await connection.live(times)
            finally:
                self.current, self._lost = None, self._now()
        if kicked:
            raise PushedOut
        raise Ended

    def _arrived(self, connection: Connection) -> None:
        self._reached = True
        self._connected()
        self.current, self._lost = connection, None
        for kind in (REFUSED, KICKED, AWAY):
            self._alarm.over(kind)
        log.info("wecom_bot_connected")

    async def _tell_away(self) -> None:
        if self._lost is not None and self._now() - self._lost >= self._times.away:
            await self._alarm.tell(AWAY, "no connection")

    async def _turned_away(self, kind: str, shown: str, seconds: float | None) -> None:
        """Tell the operator; then wait so long, or for ever, or until the credentials change."""
        self._barred = True
        await self._alarm.tell(kind, shown)
        until = None if seconds is None else self._now() + seconds
        while until is None or self._now() < until:
            await asyncio.sleep(self._times.look)
            found = await asyncio.to_thread(self._renewed)
            if found != self._credentials:
                self._credentials = found
                break
        self._barred = False
