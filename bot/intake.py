"""Intake and turns: an event is written down, answered, and has its effect exactly once."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import structlog

from bot.chat import Event, Say
from bot.clean import clean_text, cleaned
from bot.crowding import STALE, Crowd, quietly
from bot.faults import reached
from bot.logs import where
from bot.metrics import EVENTS, TURNS
from bot.router import Router
from bot.tasks import Tasks
from domain.rights import Actor
from services import groups, layouts
from services.turn import House, Outside, Turn, post
from storage import inbox, session
from storage.connections import Overlong, Unavailable
from storage.inbox import Pending
from storage.lanes import Work
from storage.outbox import Delivery
from storage.store import Store
from storage.tx import Tx

log = structlog.get_logger("intake")

OLDEST = timedelta(hours=48)  # how far back the platform's time of an event is believed
BACKLOG = 8  # accounts with old events that are served at a time: live ones need not wait
ACCOUNT_LETTERS, KEY_LETTERS = 128, 160  # what the columns hold
BUSY = 0.05  # seconds until an account is asked for again whose turn runs in another process
Who = tuple[str, str]  # channel and account


@dataclass(frozen=True, slots=True)
class Done:
    """A turn that committed, with what it posted."""

    posted: Sequence[Delivery]


@dataclass(frozen=True, slots=True)
class Later:
    """The account's next event is tried again in some seconds."""

    seconds: float


class Intake:
    """The door of every channel: answers only after the event is durable."""

    def __init__(self, store: Store, turns: Turns, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._turns = turns
        self._clock = clock

    async def accept(self, event: Event) -> bool:
        """Write an event down and wake its turn; False if it was known already or is nobody's.

        Unavailable if it cannot be kept: then the platform must not be told that it was.
        """
        if not _is_account(event.account):
            EVENTS.labels(event.channel, "ignored").inc()
            return False
        safe = replace(event, key=_key(event.key), payload=cleaned(event.payload))
        vault, at = self._store.vault, self._clock()

        async def work(tx: Tx) -> int | None:
            return await inbox.add(tx, vault, safe, at)

        new = await self._store.intake(work) is not None
        reached("intake-committed")
        EVENTS.labels(event.channel, "new" if new else "known").inc()
        if new:
            self._turns.wake((safe.channel, safe.account), live=at - event.at < STALE)
        return new


def _is_account(text: str) -> bool:
    """Whether this may name an account: one that had to be changed would be somebody else's."""
    return 0 < len(text) <= ACCOUNT_LETTERS and clean_text(text) == text


def _key(text: str) -> str:
    """A key that fits; long or odd ones by their hash, so that two stay two."""
    if len(text) <= KEY_LETTERS and clean_text(text) == text:
        return text
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


class Turns:
    """Runs the turns of all accounts: one at a time per account and in order."""

    def __init__(
        self,
        store: Store,
        house: House,
        router: Router,
        clock: Callable[[], datetime],
        tasks: Tasks,
        deliver: Callable[[Sequence[Delivery]], None],
        queued: Callable[[int], int] = lambda _: 0,  # messages on their way to an account
    ) -> None:
        self._store = store
        self._house = house
        self._router = router
        self._clock = clock
        self._tasks = tasks
        self._deliver = deliver
        self._queued = queued
        self._crowd = Crowd()
        self._waiting: dict[Who, int] = {}
        self._backlog: dict[Who, None] = {}  # those of them with old events only, in order
        self._behind = 0  # how many of those are being served
        self._idle = asyncio.Event()
        self._idle.set()

    def wake(self, who: Who, events: int = 1, live: bool = True) -> None:
        """Say that an account has more events. Old ones (not `live`) are served a few at a time."""
        known = who in self._waiting
        self._waiting[who] = self._waiting.get(who, 0) + events
        self._idle.clear()
        if live and (not known or who in self._backlog):
            self._backlog.pop(who, None)
            self._tasks.start(self._serve(who), "turns")
        elif not known:
            self._backlog[who] = None
            self._catch_up()

    def _catch_up(self) -> None:
        while self._backlog and self._behind < BACKLOG:
            who = next(iter(self._backlog))
            del self._backlog[who]
            self._behind += 1
            self._tasks.start(self._behind_the_others(who), "turns")

    async def _behind_the_others(self, who: Who) -> None:
        try:
            await self._serve(who)
        finally:
            self._behind -= 1
            self._catch_up()

    async def resume(self, received_before: datetime) -> int:
        """Wake every account with events that an earlier or another process left behind."""

        async def work(tx: Tx) -> list[tuple[str, str, int]]:
            return await inbox.waiting(tx, received_before)

        found = await self._store.read(work)
        for channel, account, count in found:
            if (channel, account) not in self._waiting:
                self.wake((channel, account), count, live=False)
        return len(found)

    async def idle(self) -> None:
        """Wait until no turn runs."""
        await self._idle.wait()

    async def _serve(self, who: Who) -> None:
        try:
            while self._waiting[who] > 0:
                seen = self._waiting[who]
                match await self._next(who):
                    case Done(posted):
                        self._waiting[who] -= 1
                        self._deliver(posted)
                    case Later(seconds):
                        await asyncio.sleep(seconds)
                    case None:  # nothing waits: another replica did it
                        self._waiting[who] -= seen
        finally:
            del self._waiting[who]
            if not self._waiting:
                self._idle.set()

    async def _next(self, who: Who) -> Done | Later | None:
        taken: list[Pending] = []
        prepared: dict[str, Any] = {}

        async def work(tx: Tx) -> Done | Later | None:
            taken.clear()
            held, pending = await inbox.next_held(tx, *who)
            if not held:
                return Later(BUSY)
            if pending is None:
                return None
            now = self._clock()
            if pending.next_try_at > now:
                return Later((pending.next_try_at - now).total_seconds())
            taken.append(pending)
            return Done(await self._turn(tx, pending, now, prepared))

        try:
            outcome = await self._prepared(work, prepared)
        except Exception as error:  # noqa: BLE001  # what a handler raises is counted, then set aside
            if taken and (isinstance(error, Overlong) or not isinstance(error, Unavailable)):
                return await self._failed(who, taken[0], error)
            log.warning("turn_waits", kind=type(error).__name__)
            return Later(0.5)
        reached("turn-committed")
        if isinstance(outcome, Done):
            TURNS.labels("done").inc()
        return outcome

    async def _prepared(
        self, work: Work[Done | Later | None], prepared: dict[str, Any]
    ) -> Done | Later | None:
        """Run the turn; where it asks for slow work, do that outside and run it again."""
        while True:
            try:
                return await self._store.turn(work)
            except Outside as wanted:
                prepared[wanted.name] = await asyncio.to_thread(wanted.work)

    async def _turn(
        self, tx: Tx, pending: Pending, now: datetime, prepared: Mapping[str, Any]
    ) -> Sequence[Delivery]:
        turn = await self._opened(tx, pending, now)
        turn.prepared = prepared
        event = pending.event(self._house.vault)
        await groups.enter(turn, event.payload)
        await layouts.learn(turn, event.payload)
        more = max(self._waiting.get((pending.channel, pending.account), 1) - 1, 0)
        held = self._crowd.holds(event, more, self._queued(turn.account.id), now)
        await (quietly(self._router, turn, event) if held else self._router.answer(turn, event))
        await session.keep_dialog(tx, self._house.vault, turn.account.id, turn.dialog, now)
        await inbox.done(tx, pending.id)
        return turn.posted

    async def _opened(self, tx: Tx, pending: Pending, now: datetime) -> Turn:
        vault = self._house.vault
        who = await session.load(tx, vault, pending.channel, pending.account, now)
        person = who.person if who.person is not None and who.person.status == "active" else None
        actor = Actor(
            person=None if person is None else person.id,
            home=None if person is None else person.home,
            grants=who.grants if person is not None else (),
            admin=who.account.name in self._house.admins,
        )
        return Turn(
            tx=tx,
            house=self._house,
            at=now,
            said_at=min(now, max(pending.at, now - OLDEST)),
            event_id=pending.id,
            account=who.account,
            person=person,
            actor=actor,
            dialog=who.dialog,
            private=pending.private,
        )

    async def _failed(self, who: Who, pending: Pending, error: Exception) -> Done | Later:
        log.error(
            "turn_failed",
            event_id=pending.id,
            channel=who[0],
            kind=type(error).__name__,
            where=where(error),
            tries=pending.tries + 1,
        )
        TURNS.labels("failed").inc()

        async def work(tx: Tx) -> Done | Later:
            now = self._clock()
            if not await inbox.failed(tx, pending, now):
                return Later(inbox.wait_after(pending.tries))
            turn = await self._opened(tx, pending, now)
            await post(turn, turn.account, Say("router.failed"), f"failed/{pending.id}", True)
            return Done(turn.posted)

        return await self._recorded(work, pending)

    async def _recorded(self, work: Work[Done | Later], pending: Pending) -> Done | Later:
        """Count the try with what is said about it; if even that fails, count it alone."""

        async def silently(tx: Tx) -> Done | Later:
            over = await inbox.failed(tx, pending, self._clock())
            return Done(()) if over else Later(inbox.wait_after(pending.tries))

        for way in (work, silently):
            try:
                recorded = await self._store.turn(way)
            except Unavailable:
                break
            except Exception as error:  # noqa: BLE001  # such as a dialog that cannot be read
                log.error("not_apologised", event_id=pending.id, kind=type(error).__name__)
            else:
                if isinstance(recorded, Done):
                    TURNS.labels("quarantined").inc()
                return recorded
        return Later(0.5)
