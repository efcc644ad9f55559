"""How fast each platform may be used: a limit in all and one per account."""

from __future__ import annotations

from bot.channel import Channel
from storage.limits import Limit
from storage.outbox import Delivery


class Pace:
    """The limits of every channel, shared by all replicas when there is a Redis."""

    def __init__(self, redis_url: str = "") -> None:
        self._redis_url = redis_url
        self._made: dict[str, tuple[Limit, Limit]] = {}

    async def wait(self, channel: Channel, delivery: Delivery) -> float:
        """Seconds until this delivery may be sent; 0 means now, and then it is counted."""
        overall, account = self._limits(channel)
        wait = await account.wait(f"out:{channel.name}:{delivery.account_id}")
        return wait or await overall.wait(f"out:{channel.name}")

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
