"""What the operator must hear: to the log, to /readyz and to the admins, once an hour per kind."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import structlog

from services.turn import House
from storage import alerts
from storage.connections import Unavailable
from storage.store import Store
from storage.tx import Tx

log = structlog.get_logger("alerts")

EVERY = timedelta(hours=1)
FULL_PERCENT = 85  # of the disk that holds the database


class Alerts:
    """Keeps what is wrong now (`standing`, for /readyz) and tells it."""

    def __init__(self, store: Store, house: House, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._house = house
        self._clock = clock
        self._told: dict[str, datetime] = {}
        self.standing: dict[str, str] = {}

    async def tell(self, kind: str, shown: str, **facts: Any) -> None:
        """Something is wrong: `shown` stands in /readyz until `over`."""
        self.standing[kind] = shown
        at = self._clock()
        if kind in self._told and at - self._told[kind] < EVERY:
            return
        self._told[kind] = at
        log.warning("alert", alert=kind, shown=shown)
        vault, admins = self._house.vault, sorted(self._house.admins)

        async def work(tx: Tx) -> int:
            return await alerts.add(tx, vault, admins, kind, facts, at)

        try:
            await self._store.mark(work)
        except Unavailable:
            self._told.pop(kind)  # said to the log only: the next look tries again

    def over(self, kind: str) -> None:
        """It is well again."""
        self.standing.pop(kind, None)

    async def look_at_disk(self, folder: Path) -> None:
        """Tell when the disk of the embedded database is nearly full."""
        used = shutil.disk_usage(folder)
        percent = round(100 * used.used / used.total)
        if percent >= FULL_PERCENT:
            await self.tell("disk", f"{percent} % used", percent=percent)
        else:
            self.over("disk")
