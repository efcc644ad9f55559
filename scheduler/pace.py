"""How fast each platform may be used: a limit in all and one per account."""

from __future__ import annotations

from datetime import datetime

from bot.channel import Channel
from storage.limits import Limit
from storage.outbox import Delivery


class Pace:
    """The limits of every channel, shared by all replicas when there is a Redis."""

    def __init__(self, redis_url: str = "") -> None:
        self._redis_url = redis_url
        self._made: dict[str, tuple[Limit, Limit]] = {}
        self._rests: dict[int, datetime] = {}

    def rest(self, account: int, until: datetime) -> None:
        """Nothing goes to an account until then: its platform said so, or is ill."""
        self._rests[account] = until

    def resting(self, account: int, at: datetime) -> float:
        """Seconds until something may go to an account again, however new it is; 0 means now."""
        until = self._rests.get(account)
        if until is None:
            return 0.0
        left = (until - at).total_seconds()
        if left <= 0:
            del self._rests[account]
        return max(0.0, left)

    async def wait(self, channel: Channel, delivery: Delivery) -> float:
        """Seconds until this delivery may be sent; 0 means now, and then it is counted."""
        overall, account = self._limits(channel)
        if not delivery.paced:
            wait = await account.wait(f"out:{channel.name}:{delivery.account_id}")
            if wait > 0:
                return wait
        wait = await overall.wait(f"out:{channel.name}")
        delivery.paced = wait > 0  # the account's own limit has counted it: not again for this try
        return wait

    def _limits(self, channel: Channel) -> tuple[Limit, Limit]:
        made = self._made.get(channel.name)
        if made is None:
            limits = channel.limits
            made = (
                Limit(limits.per_second, self._redis_url),
                Limit(limits.account_per_second, self._redis_url),
            )
            self._made[channel.name] = made
        return made

    async def close(self) -> None:
        """Let go of Redis."""
        for limits in self._made.values():
            for limit in limits:
                await limit.close()
