"""Equal words to many accounts, on channels that take a thousand people in one call."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial

import structlog

from bot.channel import Channel, Fate, Sent, ToMany, seen_again
from bot.faults import reached
from bot.metrics import DELIVERIES
from bot.tasks import Tasks
from bot.words import Words
from scheduler.pace import Pace
from scheduler.wording import message, words_of
from services import reaching
from services.turn import House
from storage import outbox
from storage.connections import Unavailable
from storage.outbox import Delivery, Outcome
from storage.store import Store
from storage.tx import Tx

log = structlog.get_logger("bulk")

_BEHIND = timedelta(seconds=1)  # until a notice is looked at again that follows one on its way
LARGEST = 1000  # accounts in one call (WeCom, message/send)
TIMEOUT = 25.0  # seconds for a whole call, under the lease


class _Sorted:
    """What was claimed, by how it goes: together, alone, or later."""

    def __init__(self) -> None:
        self.known: defaultdict[str, list[Delivery]] = defaultdict(list)
        self.behind: list[Delivery] = []
        self.alone: set[int] = set()  # accounts
        self._others: list[Delivery] = []
        self._new: defaultdict[tuple[str, str], list[Delivery]] = defaultdict(list)
        self._first: dict[int, str] = {}  # what an account gets first

    def add(self, delivery: Delivery, content: str | None) -> None:
        """A notice of common words, or (None) something that goes alone."""
        first = self._first.get(delivery.account_id)
        if first is not None and content != first and not delivery.answer:
            self.behind.append(delivery)
        elif content is None:
            if not delivery.answer:  # which has an order of its own
                self.alone.add(delivery.account_id)
            self._others.append(delivery)
        else:
            self._first[delivery.account_id] = content
            self._new[delivery.channel, content].append(delivery)

    def groups(self) -> Iterator[list[Delivery]]:
        """What goes in one call each."""
        for group in self._new.values():
            ordered = sorted(group, key=lambda one: one.external)
            for start in range(0, len(ordered), LARGEST):
                chunk = ordered[start : start + LARGEST]
                if len(chunk) > 1:
                    yield chunk
                else:
                    self._others += chunk

    def rest(self, busy: Mapping[int, int]) -> tuple[list[Delivery], list[Delivery]]:
        """What waits until the accounts that are `busy` are no more, and what goes alone."""
        waits = [one for one in self.behind if busy.get(one.account_id)]
        goes = [one for one in self.behind if not busy.get(one.account_id)]
        return waits, [*self._others, *goes]


class Bulk:
    """Sends what can go together. A batch that was in flight goes again as exactly the same batch,
    so that the platform's own duplicate check knows it."""

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
        self.held: set[int] = set()
        self._busy: Counter[int] = Counter()  # accounts to which a call for many is on its way
        self._idle = asyncio.Event()
        self._idle.set()

    @property
    def wanted(self) -> bool:
        """Whether a channel runs that takes many at once."""
        return any(isinstance(one, ToMany) for one in self._channels.values())

    async def picked(self, deliveries: Sequence[Delivery]) -> Sequence[Delivery]:
        """Begin to send those that go together; the others come back, in the order of `deliveries`.

        Where something goes alone to an account, what follows it does too; where something is on
        its way in a call for many, other notices follow when that has come back.
        """
        sorted_out = _Sorted()
        for delivery in deliveries:
            if delivery.batch is not None:
                sorted_out.known[delivery.batch].append(delivery)
            elif self._busy[delivery.account_id] and not delivery.answer:
                sorted_out.behind.append(delivery)
            else:
                sorted_out.add(delivery, await self._content(delivery, sorted_out.alone))
        for label, group in sorted_out.known.items():
            self._begin(label, group)
        for group in sorted_out.groups():
            self._begin(f"{group[0].id}/{len(group)}/{self._house.owner}"[:40], group)
        behind, others = sorted_out.rest(self._busy)
        if behind:
            until = self._clock() + _BEHIND
            await self._store.mark(partial(outbox.put_back, self._house.vault, behind, until))
        places = {one.id: place for place, one in enumerate(deliveries)}
        return sorted(others, key=lambda one: places[one.id])

    async def _content(self, delivery: Delivery, alone: set[int]) -> str | None:
        return None if delivery.account_id in alone else await self._common(delivery)

    async def idle(self) -> None:
        """Wait until nothing is in hand."""
        await self._idle.wait()

    async def _common(self, delivery: Delivery) -> str | None:
        """What is equal for all, if this may go with others: a notice without signed buttons."""
        channel = self._channels.get(delivery.channel)
        if channel is None or not isinstance(channel, ToMany):
            return None
        if delivery.answer or not delivery.reachable or delivery.attempted:
            return None
        if self._pace.resting(delivery, self._clock()) is not None:
            return None  # and nothing is counted of what would wait anyway
        say = delivery.say
        pressed = any(choice["purpose"] for row in say["rows"] for choice in row)
        if pressed or say["attachment"] or say["replaces"]:
            return None
        if delivery.worded is None:
            try:
                delivery.worded = words_of(delivery, self._words, self._house)
            except Exception:  # noqa: BLE001  # the dispatcher says why
                return None
        if await self._pace.wait_own(channel, delivery) > 0:
            return None
        delivery.paced = True  # it is counted now, also if it goes alone after all
        worded = delivery.worded
        return f"{worded['text']}\0{worded['rows']}\0{worded.get('plain')}"

    def _begin(self, label: str, group: list[Delivery]) -> None:
        self.held.update(one.id for one in group)
        self._busy.update(one.account_id for one in group)
        self._idle.clear()
        self._tasks.start(self._sent(label, group), "bulk")

    async def _sent(self, label: str, group: list[Delivery]) -> None:
        try:
            channel = self._channels.get(group[0].channel)
            if channel is None or not isinstance(channel, ToMany):
                return  # it does not run here: the leases end, then somebody else has them
            if await self._store.mark(lambda tx: self._written(tx, label, group, channel)):
                await self._judge(group, await self._attempt(channel, group))
        except Unavailable:
            log.warning("bulk_waits")  # the leases end, then the same batch is taken again
        finally:
            self.held.difference_update(one.id for one in group)
            self._busy -= Counter(one.account_id for one in group)
            if not self.held:
                self._idle.set()

    async def _written(self, tx: Tx, label: str, group: list[Delivery], channel: Channel) -> bool:
        """Write down that the batch begins; False if a part of it is somebody else's now."""
        now, vault = self._clock(), self._house.vault
        if any(one.attempted and seen_again(channel, one, now) for one in group):
            for one in group:
                outcome = Outcome("uncertain", "in flight when the process ended")
                await outbox.ended(tx, vault, one, outcome, now)
            return False
        return await outbox.begin_many(tx, vault, group, label, now) == len(group)

    async def _attempt(self, channel: ToMany, group: list[Delivery]) -> Mapping[int, Sent]:
        for one in group:
            one.attempts += 1
        reached("before-send")
        try:
            async with asyncio.timeout(TIMEOUT):
                sent = await channel.send_many([message(one) for one in group])
        except Exception as error:  # noqa: BLE001  # a channel must not take the others down
            log.error("bulk_raised", kind=type(error).__name__)
            sent = {}
        reached("after-send-before-mark")
        return sent

    async def _judge(self, group: list[Delivery], sent: Mapping[int, Sent]) -> None:
        unknown = Sent(Fate.UNKNOWN, "no answer")

        async def work(tx: Tx) -> None:
            fates = [(one, sent.get(one.id, unknown)) for one in group]
            ends = [
                (one, Outcome("sent", None, fate.platform_id))
                for one, fate in fates
                if fate.fate is Fate.SENT
            ]
            await outbox.ended_together(tx, self._house.vault, ends, self._clock())
            for one, fate in fates:
                if fate.fate is not Fate.SENT:
                    await self._record(tx, one, fate)

        await self._store.mark(work)
        for one in group:
            fate = sent.get(one.id, unknown).fate
            DELIVERIES.labels(one.channel, fate.value).inc()
        reached("after-mark")

    async def _record(self, tx: Tx, one: Delivery, sent: Sent) -> None:
        vault, at = self._house.vault, self._clock()
        if sent.fate is Fate.REFUSED:
            await outbox.ended(tx, vault, one, Outcome("failed", sent.reason), at)
        elif sent.fate is Fate.UNREACHABLE:
            reason = sent.reason or "unreachable"
            await reaching.unreachable(tx, vault, one.account_id, reason, at)
            await outbox.ended(tx, vault, one, Outcome("failed", sent.reason), at)
        elif one.attempts >= outbox.ATTEMPTS:
            state = "uncertain" if sent.fate is Fate.UNKNOWN else "failed"
            await outbox.ended(tx, vault, one, Outcome(state, sent.reason), at)
        else:
            wait = sent.seconds if sent.seconds is not None else min(300.0, 2.0**one.attempts)
            later = at + timedelta(seconds=wait)
            await outbox.again(tx, vault, one, sent.reason or "waits", later)
