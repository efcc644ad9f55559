"""The dispatcher: drains the outbox, in order per account, and records what became of it all."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial

import structlog

from bot.channel import Channel, Fate, Sent, seen_again
from bot.faults import reached
from bot.metrics import ANSWER_SECONDS, DELIVERIES
from bot.tasks import Tasks
from bot.words import Words
from scheduler.bulk import Bulk
from scheduler.looking import Looking
from scheduler.pace import SHORT_WAIT, Pace
from scheduler.putting_back import PuttingBack
from scheduler.readying import hindrance
from scheduler.wording import message, words_of
from services import reaching
from services.turn import House
from storage import leases, outbox
from storage.connections import Unavailable
from storage.outbox import Delivery, Outcome
from storage.store import Store
from storage.tx import Tx

log = structlog.get_logger("dispatcher")

TIMEOUT = 10.0  # seconds that one attempt may take
PATIENCE = timedelta(hours=24)  # a message that could not be sent for so long has failed
ROOM = timedelta(seconds=TIMEOUT + 2)  # what is left of a lease must hold one attempt


class Dispatcher:
    """Sends what the outbox holds through the channels that run."""

    def __init__(
        self,
        store: Store,
        house: House,
        words: Words,
        channels: Mapping[str, Channel],
        pace: Pace,
        clock: Callable[[], datetime],
        tasks: Tasks,
    ) -> None:
        self._store = store
        self._house = house
        self._words = words
        self._channels = channels
        self._pace = pace
        self._clock = clock
        self._tasks = tasks
        self._queues: dict[int, deque[Delivery]] = {}
        self._inflight: dict[int, Delivery] = {}
        self._stopping = False  # what is being sent ends, the rest is left
        self._idle = asyncio.Event()
        self._idle.set()
        self._bulk = Bulk(store, house, words, channels, pace, clock, tasks)
        self._looking = Looking(store, house, clock, self._bulk, self.take, self._held)
        self._back = PuttingBack(store, house.vault, pace, clock, tasks)
        self._chance = random.Random()  # noqa: S311  # spreads retries, decides nothing

    def take(self, deliveries: Sequence[Delivery]) -> None:
        """Send what this process has claimed."""
        for delivery in deliveries:
            ours = self._inflight.get(delivery.id)
            if ours is not None:  # its lease ended while it waited here: go on under the new fence
                ours.fence, ours.lease_until = delivery.fence, delivery.lease_until
                continue
            self._inflight[delivery.id] = delivery
            queue = self._queues.get(delivery.account_id)
            if queue is None:
                self._idle.clear()
                self._queues[delivery.account_id] = deque((delivery,))
                self._tasks.start(self._drain(delivery.account_id), "deliveries")
            else:
                queue.append(delivery)

    def go_on(self, channel: str) -> None:
        """A channel can do again what it has put off (bot.channel.Resumes)."""
        self._back.go_on(channel)

    def queued(self, account: int) -> int:
        """How many messages to an account are in hand here."""
        return len(self._queues.get(account, ()))

    async def run(self) -> None:
        """Look for due messages until cancelled: later ones, and what a lost process left."""
        await self._looking.run()

    @property
    def trouble(self) -> str | None:
        """What the last look at the outbox failed with, if it did."""
        return self._looking.trouble

    async def look(self) -> None:
        """Look once."""
        await self._looking.once()

    async def stop(self, seconds: float) -> None:
        """Send what is in hand for at most `seconds`, then leave the rest to the next process."""
        self._looking.closing = True
        await self._idle_within(seconds * 0.6)
        self._stopping = self._pace.closing = True
        await self._idle_within(seconds * 0.4)  # an attempt that is cut off might be seen twice
        owner, at = self._house.owner, self._clock()

        async def work(tx: Tx) -> None:
            await leases.abandon(tx, owner, at)

        try:
            await self._store.mark(work)
        except Unavailable:
            log.warning("leases_not_ended")
        await self._pace.close()

    async def _idle_within(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.idle(), seconds)

    async def idle(self) -> None:
        """Wait until nothing is in hand."""
        await self._bulk.idle()
        await self._idle.wait()

    def _held(self) -> frozenset[int]:
        return frozenset((*self._inflight.copy(), *self._bulk.held.copy()))

    async def _drain(self, account: int) -> None:
        queue = self._queues[account]
        try:
            while queue and not self._stopping:
                delivery = queue[0]
                rest = self._pace.resting(delivery, self._clock())
                if rest is not None:
                    await self._back.hold(queue, rest, self._inflight)
                    break
                wait = await self._handle(delivery)
                if wait is not None and wait <= SHORT_WAIT:
                    await asyncio.sleep(wait)
                    continue
                if wait is not None:
                    await self._back.hold(queue, wait, self._inflight)
                    break
                queue.popleft()
                self._inflight.pop(delivery.id, None)
        finally:
            for delivery in self._queues.pop(account, ()):
                self._inflight.pop(delivery.id, None)
            if not self._queues:
                self._idle.set()

    async def _handle(self, delivery: Delivery) -> float | None:
        """One attempt. None: it has ended. Else the seconds until the next attempt."""
        reached("after-claim")
        try:
            channel = self._channels.get(delivery.channel)
            if channel is None:
                return await self._later(delivery, Sent(Fate.LATER, "channel not running", 60.0))
            hopeless = self._hopeless(delivery, channel)
            if hopeless is not None:
                await self._end(delivery, hopeless)
                return None
            wait = await self._pace.wait(channel, delivery)
            return wait if wait > 0 else await self._tried(delivery, channel)
        except Unavailable:
            return 1.0
        except Exception as error:  # noqa: BLE001  # one message must not stop the others
            log.error("delivery_failed", kind=type(error).__name__)
            delivery.attempts += 1
            return await self._judge(delivery, Sent(Fate.UNKNOWN, type(error).__name__))

    async def _tried(self, delivery: Delivery, channel: Channel) -> float | None:
        unready = await hindrance(channel, delivery)
        if unready is not None:
            return await self._judge(delivery, unready)
        if not await self._begun(delivery, channel):
            return None  # another process has it
        sent = await self._attempt(delivery, channel)
        wait = await self._judge(delivery, sent)
        if wait is not None and sent.fate is not Fate.UNKNOWN and not channel.repeatable:
            await self._store.mark(partial(leases.renew, delivery, self._clock()))
        return wait

    def _hopeless(self, delivery: Delivery, channel: Channel) -> Outcome | None:
        """Why it is not sent at all, if so. Else it is worded now."""
        if not delivery.reachable:
            return Outcome("failed", "unreachable")
        if delivery.attempted and seen_again(channel, delivery, self._clock()):
            return Outcome("uncertain", "in flight when the process ended")
        if delivery.worded is None:
            try:
                delivery.worded = words_of(delivery, self._words, self._house)
            except Exception as error:  # noqa: BLE001  # facts that do not fit their sentence
                log.error("not_worded", message=delivery.say["name"], kind=type(error).__name__)
                return Outcome("failed", "not worded")
        return None

    async def _begun(self, delivery: Delivery, channel: Channel) -> bool:
        """Be sure that it is still ours for the time of an attempt.

        Where a repetition would be seen, its beginning is written down first.
        """
        vault, now = self._house.vault, self._clock()
        until = delivery.lease_until or delivery.created_at + outbox.LEASE
        if channel.repeatable and now < until - ROOM:
            return True

        async def work(tx: Tx) -> bool:
            if channel.repeatable:
                return await leases.renew(delivery, now, tx)
            return await outbox.begin(tx, vault, delivery, now)

        delivery.lease_until = now + outbox.LEASE
        return await self._store.mark(work)

    async def _attempt(self, delivery: Delivery, channel: Channel) -> Sent:
        delivery.attempts += 1
        reached("before-send")
        try:
            async with asyncio.timeout(TIMEOUT):
                sent = await channel.send(message(delivery))
        except TimeoutError:
            sent = Sent(Fate.UNKNOWN, "no answer")
        except Exception as error:  # noqa: BLE001  # a channel must not take the others down
            log.error("channel_raised", channel=channel.name, kind=type(error).__name__)
            fate = Fate.LATER if channel.repeatable else Fate.UNKNOWN
            sent = Sent(fate, type(error).__name__)
        reached("after-send-before-mark")
        DELIVERIES.labels(channel.name, sent.fate.value).inc()
        if sent.fate is Fate.SENT and delivery.answer:
            seconds = (self._clock() - delivery.created_at).total_seconds()
            ANSWER_SECONDS.labels(channel.name).observe(max(0.0, seconds))
        return sent

    async def _judge(self, delivery: Delivery, sent: Sent) -> float | None:
        match sent.fate:
            case Fate.SENT:
                await self._end(delivery, Outcome("sent", None, sent.platform_id))
            case Fate.REFUSED:
                await self._end(delivery, Outcome("failed", sent.reason))
            case Fate.UNREACHABLE:
                await self._lost(delivery, sent.reason or "unreachable")
            case Fate.UNKNOWN if delivery.answer:
                await self._end(delivery, Outcome("uncertain", sent.reason))
            case _:
                return await self._later(delivery, sent)
        return None

    async def _later(self, delivery: Delivery, sent: Sent) -> float | None:
        self._back.note(delivery, sent)
        too_old = self._clock() - delivery.created_at > PATIENCE
        if too_old or (sent.seconds is None and delivery.attempts >= outbox.ATTEMPTS):
            await self._end(delivery, Outcome("failed", sent.reason))
            return None
        if sent.seconds is not None:  # never earlier than told, and not all at the same instant
            return sent.seconds + self._chance.uniform(0, min(1.0, sent.seconds / 4))
        return float(min(300.0, 0.5 * 2**delivery.attempts) * self._chance.uniform(0.5, 1.5))

    async def _end(self, delivery: Delivery, outcome: Outcome) -> None:
        vault, at = self._house.vault, self._clock()

        async def work(tx: Tx) -> bool:
            return await outbox.ended(tx, vault, delivery, outcome, at)

        while True:
            try:
                await self._store.mark(work)
                break
            except Unavailable:
                await asyncio.sleep(0.5)
        reached("after-mark")

    async def _lost(self, delivery: Delivery, reason: str) -> None:
        async def work(tx: Tx) -> None:
            vault, at = self._house.vault, self._clock()
            await reaching.unreachable(tx, vault, delivery.account_id, reason, at)

        await self._store.mark(work)
        for other in self._queues.get(delivery.account_id, ()):
            other.reachable = False
        await self._end(delivery, Outcome("failed", reason))
