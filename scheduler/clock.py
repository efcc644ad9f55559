"""The clock: APScheduler in every replica; what must happen once has a run key in the store."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.cron import CronTrigger

from bot.metrics import INBOX, OUTBOX
from domain.retention import Limits
from scheduler import retention
from scheduler.alerts import Alerts
from storage import audit, inbox, outbox_state, runs
from storage.connections import Unavailable
from storage.store import Store
from storage.tx import Tx

log = structlog.get_logger("clock")


class Clock:
    """What this program does by itself, until `stop`."""

    def __init__(
        self,
        store: Store,
        clock: Callable[[], datetime],
        limits: Limits,
        alerts: Alerts,
        database: Path | None,
    ) -> None:
        self._store = store
        self._now = clock
        self._limits = limits
        self._alerts = alerts
        self._database = database
        self._scheduler = AsyncIOScheduler(timezone=limits.zone)

    def start(self, resume: Callable[[datetime], Any]) -> None:
        """Begin. `resume` wakes the turns of events older than the time it is given."""
        every = self._scheduler.add_job
        every(self.seal, "interval", seconds=0.7, max_instances=1, coalesce=True)
        every(self._resume, "interval", seconds=5, args=[resume], max_instances=1, coalesce=True)
        every(self._measure, "interval", seconds=10, max_instances=1, coalesce=True)
        if self._database is not None:
            every(self._look_at_disk, "interval", seconds=60, max_instances=1)
            every(self._look_at_disk, "date")
        nightly = CronTrigger(hour=3, minute=17, timezone=self._limits.zone)
        every(self.purge, nightly, misfire_grace_time=3600, coalesce=True)
        every(self.purge, "date")  # what an outage missed: the run key says whether it was done
        self._scheduler.start()

    def stop(self) -> None:
        """End."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)

    async def seal(self) -> int:
        """Link new audit lines into the chain."""
        sealed = 0
        try:
            while True:
                count = await self._store.mark(self._seal)
                sealed += count
                if count < audit.BATCH:
                    return sealed
        except Unavailable:
            return sealed

    async def _seal(self, tx: Tx) -> int:
        return await audit.seal(tx, self._now())

    async def purge(self) -> bool:
        """Let go what has been kept long enough, once a day whatever the number of replicas."""
        at = self._now()
        day = at.astimezone(self._limits.zone).date()
        try:
            if not await self._store.mark(lambda tx: runs.first(tx, f"retention/{day}", at)):
                return False
            done = await retention.sweep(self._store, self._limits, at)
        except Unavailable:
            return False
        log.info("retention", **done.rows, old_lines=done.old_lines)
        return True

    async def _resume(self, resume: Callable[[datetime], Any]) -> None:
        try:
            await resume(self._now() - timedelta(seconds=10))
        except Unavailable:
            log.warning("resume_waits")

    async def _look_at_disk(self) -> None:
        if self._database is not None:
            await self._alerts.look_at_disk(self._database.parent)

    async def _measure(self) -> None:
        try:
            states, (waiting, _) = await self._store.read(_look)
        except Unavailable:
            return
        for state in outbox_state.UNSENT:
            OUTBOX.labels(state).set(states.get(state, 0))
        INBOX.set(waiting)


async def _look(tx: Tx) -> tuple[dict[str, int], tuple[int, datetime | None]]:
    return await outbox_state.counts(tx), await inbox.backlog(tx)
