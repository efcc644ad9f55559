"""What has to be there before an attempt begins."""

from __future__ import annotations

import asyncio

from bot.channel import Channel, Fate, Readies, Sent
from bot.faults import reached
from storage.outbox import Delivery

TIMEOUT = 10.0  # seconds
_AGAIN = 5.0


async def hindrance(channel: Channel, delivery: Delivery) -> Sent | None:
    """Why nothing can be sent to this account now; None if it can."""
    if not isinstance(channel, Readies):
        return None
    try:
        async with asyncio.timeout(TIMEOUT):
            found = await channel.ready(delivery.external)
    except TimeoutError:
        return Sent(Fate.LATER, "not ready in time", _AGAIN)
    reached("made-ready")
    return found
