"""How fast a platform may be used, counted before every message."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from datetime import datetime

from bot.channel import Channel, Limits
from storage.limits import Limit
from storage.outbox import Delivery

SHORT_WAIT = 3.0  # seconds that are waited in the process; longer ones are waited in the outbox
TAKEN = 30.0  # seconds after which what was put back has been taken again, here or elsewhere
_MINUTE = 60.0


class Pace:
    """The limits of every channel, shared by all replicas when there is a Redis.

    `closing`: nobody waits in line any more.
    """

    def __init__(self, redis_url: str = "") -> None:
        self.closing = False
        self._lines: dict[tuple[str, str], asyncio.Lock] = {}
        self._redis_url = redis_url
        self._made: dict[tuple[str, str], Limit] = {}
        self._rests: dict[int, datetime] = {}

    def rest(self, account: int, until: datetime) -> None:
        """Nothing goes to an account until then: its platform said so, or is ill."""
        self._rests[account] = until

    def resting(self, delivery: Delivery, at: datetime) -> float | None:
        """Seconds until something may go to an account again, however new it is; None means now.

        What was put back goes first: until it has been taken again, the newer follows it there.
        Another process may have taken it, so that we do not see it: nobody follows for ever.
        """
        until = self._rests.get(delivery.account_id)
        if until is None:
            return None
        left = (until - at).total_seconds()
        if left <= 0 and (delivery.fence > 1 or left < -TAKEN):
            del self._rests[delivery.account_id]
            return None
        return max(0.0, left)

    async def wait_own(self, channel: Channel, delivery: Delivery) -> float:
        """Seconds until the account's own limit lets this pass; 0 means now, and it is counted."""
        own = self._own(channel.name, channel.limits, delivery.external)
        key = f"out:{channel.name}:{delivery.account_id}"
        return 0.0 if own is None else await own.wait(key)

    async def wait(self, channel: Channel, delivery: Delivery) -> float:
        """Seconds until this delivery may be sent; 0 means now, and then it is counted."""
        limits = channel.limits
        if not delivery.paced:
            wait = await self.wait_own(channel, delivery)
            if wait > 0:
                return wait
        if limits.per_second is None or (limits.bulk_only and delivery.answer):
            return 0.0
        overall = self._limit(channel.name, "all", limits.per_second, limits.burst)
        wait = await self._in_line(channel.name, overall, delivery.answer)
        delivery.paced = wait > 0  # the account's own limit has counted it: not again for this try
        return wait

    async def _in_line(self, channel: str, limit: Limit, answer: bool) -> float:
        """Wait for one's turn, then until the limit lets it pass; seconds if that takes long.

        Only the first in line asks, else a thousand would ask again for every one that passes. Of
        the notices only one stands in the line of the answers.
        """
        async with AsyncExitStack() as lines:
            if not answer:
                await lines.enter_async_context(self._line(channel, "notices"))
            await lines.enter_async_context(self._line(channel, "all"))
            while True:
                wait = await limit.wait(f"out:{channel}")
                if wait == 0 or wait > SHORT_WAIT or self.closing:
                    return max(wait, 0.001) if self.closing else wait
                await asyncio.sleep(wait)

    def _line(self, channel: str, kind: str) -> asyncio.Lock:
        return self._lines.setdefault((channel, kind), asyncio.Lock())

    def _own(self, channel: str, limits: Limits, external: str) -> Limit | None:
        if limits.account_counted and not self._redis_url:
            return None
        prefix, a_minute = limits.group_prefix, limits.group_per_minute
        if prefix and a_minute and external.startswith(prefix):
            return self._limit(channel, "group", a_minute / _MINUTE, 1)
        if limits.account_per_second is None:
            return None
        return self._limit(channel, "account", limits.account_per_second, limits.account_burst)

    def _limit(self, channel: str, kind: str, per_second: float, burst: int | None = None) -> Limit:
        made = self._made.get((channel, kind))
        if made is None:
            made = self._made[channel, kind] = Limit(per_second, self._redis_url, burst)
        return made

    async def close(self) -> None:
        """Let go of Redis."""
        for limit in self._made.values():
            await limit.close()
