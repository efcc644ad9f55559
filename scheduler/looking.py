"""Looking for what is due in the outbox and nobody woke us for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime

import structlog

from scheduler.bulk import Bulk
from services.turn import House
from storage import leases
from storage.connections import Unavailable
from storage.outbox import Delivery
from storage.store import Store
from storage.tx import Tx

log = structlog.get_logger("dispatcher")

LOOK = 1.0  # seconds between looks
BULK_PAGE = 2000  # messages that are taken at a time where many go out in one call


class Looking:
    """Claims messages for this process; until `closing`. `held` are the ids that it has in hand."""

    def __init__(
        self,
        store: Store,
        house: House,
        clock: Callable[[], datetime],
        bulk: Bulk,
        take: Callable[[Sequence[Delivery]], None],
        held: Callable[[], frozenset[int]],
    ) -> None:
        self._store = store
        self._house = house
        self._clock = clock
        self._bulk = bulk
        self._take = take
        self._held = held
        self.closing = False
        self.trouble: str | None = None  # what the last look failed with; /readyz shows it

    async def run(self) -> None:
        """Look until cancelled: for later messages, and for what a lost process left."""
        inherited = not self._store.embedded
        while not self.closing:
            more = False
            try:
                if not inherited:
                    await self._store.mark(self._inherit)
                    inherited = True
                more = await self.once()
                self.trouble = None
            except Unavailable as unavailable:
                log.warning("outbox_unreachable", reason=str(unavailable))
            except Exception as error:  # noqa: BLE001  # or nothing late would ever leave again
                self.trouble = type(error).__name__
                log.error("outbox_unread", kind=self.trouble)
            if not more:
                await asyncio.sleep(LOOK)

    async def once(self) -> bool:
        """Take what is due; whether there may be more that goes out together."""
        found = await self._store.mark(self._claim)
        left = await self._bulk.picked(found) if self._bulk.wanted else found
        self._take(left)
        return len(found) >= BULK_PAGE and len(left) < leases.PAGE

    async def _inherit(self, tx: Tx) -> None:
        await leases.inherit(tx, self._house.owner, self._clock())

    async def _claim(self, tx: Tx) -> list[Delivery]:
        most = BULK_PAGE if self._bulk.wanted else leases.PAGE
        vault, owner = self._house.vault, self._house.owner
        return await leases.claim(tx, vault, owner, self._clock(), self._held(), most)
