"""What waits longer than a moment is put back, until it is time or its channel says so."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, MutableMapping
from datetime import datetime, timedelta
from functools import partial

import structlog

from bot.channel import Sent
from bot.tasks import Tasks
from scheduler.pace import Pace
from storage import outbox
from storage.connections import Unavailable
from storage.outbox import Delivery
from storage.store import Store
from storage.vault import Vault

log = structlog.get_logger("dispatcher")


class PuttingBack:
    """Knows for whom a channel may end the wait (`Sent.early`), of what this process put back."""

    def __init__(
        self, store: Store, vault: Vault, pace: Pace, clock: Callable[[], datetime], tasks: Tasks
    ) -> None:
        self._store = store
        self._vault = vault
        self._pace = pace
        self._clock = clock
        self._tasks = tasks
        self._early: dict[str, set[int]] = {}

    def note(self, delivery: Delivery, sent: Sent) -> None:
        """Remember whose wait may end early."""
        if sent.early:
            self._early.setdefault(delivery.channel, set()).add(delivery.account_id)

    async def hold(
        self, queue: deque[Delivery], seconds: float, inflight: MutableMapping[int, Delivery]
    ) -> None:
        """Put an account's messages back, in order, until the wait is over."""
        until = self._clock() + timedelta(seconds=seconds)
        channel, account = queue[0].channel, queue[0].account_id
        early = account in self._early.get(channel, ())
        if seconds > 0:  # else it follows what was put back before
            self._pace.rest(account, until)  # also for what is said meanwhile
        while queue:  # one may join while the others are written
            held = tuple(queue)
            try:
                await self._store.mark(partial(outbox.put_back, self._vault, held, until))
            except Unavailable:
                log.warning("hold_not_written")  # the lease ends, then they are taken again
            for delivery in held:
                queue.popleft()
                inflight.pop(delivery.id, None)
        if early and account not in self._early.get(channel, ()):  # it was over meanwhile
            await self._over({account})

    def go_on(self, channel: str) -> None:
        """What a channel put off until it says so is due now."""
        if accounts := self._early.pop(channel, None):
            self._tasks.start(self._over(accounts), "deliveries")

    async def _over(self, accounts: Collection[int]) -> None:
        at = self._clock()
        for account in accounts:
            self._pace.rest(account, at)
        try:
            await self._store.mark(partial(outbox.hasten, sorted(accounts), at))
        except Unavailable:
            log.warning("wait_not_ended")  # they go when their time has come
