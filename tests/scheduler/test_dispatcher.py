"""The dispatcher: in order, once, under the platform's limits, and nothing is ever lost."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Any

import pytest

from bot.channel import Fate, Limits, Sent
from bot.chat import Message, Say
from scheduler import dispatcher
from services.turn import plain
from storage import leases, outbox
from storage.connections import Unavailable
from storage.outbox import New
from storage.tx import Tx
from tests.engine import Engine, rows, running
from tests.world import MovableClock

SENT = Sent(Fate.SENT, platform_id="1")


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[Engine]:
    async with running(database_url) as made:
        yield made


async def _account(engine: Engine, name: str) -> int:
    await engine.hear(name, "/note")
    return int(engine.platform.attempts[-1].account == name) and await _number(engine, name)


async def _number(engine: Engine, name: str) -> int:
    async def work(tx: Tx) -> int:
        tx._cursor.execute(f"SELECT id FROM accounts WHERE external = '{name}'")  # noqa: S608
        return int(tx._cursor.fetchone()[0])

    return await engine.store.read(work)


async def _post(engine: Engine, account: int, name: str, answer: bool = False, **more: Any) -> None:
    """A message that a lost process, a clock or another replica has left in the outbox."""
    say = plain(Say(name, more.pop("facts", {})))
    key = f"test/{secrets.token_hex(4)}"
    new = New(key, account, say, answer, None, engine.clock(), **more)

    async def work(tx: Tx) -> None:
        assert await outbox.add(tx, engine.house.vault, new, engine.clock())

    await engine.store.turn(work)


async def _look(engine: Engine) -> None:
    """What `run` does every second."""
    engine.dispatcher.take(await engine.store.mark(engine.dispatcher._claim))
    await engine.settle()


def _ends(url: str) -> list[tuple[str, str | None]]:
    return [(row["state"], row["reason"]) for row in rows(url, "outbox")]


async def test_what_somebody_left_is_sent(engine: Engine, database_url: str) -> None:
    account = await _account(engine, "ann")
    await _post(engine, account, "common.changed")
    await _look(engine)
    assert len(engine.told("ann")) == 2
    assert _ends(database_url) == [("sent", None)] * 2


async def test_messages_to_one_account_keep_their_order(engine: Engine, database_url: str) -> None:
    for number in range(30):
        await engine.intake.accept(engine.event("ann", f"/ask {number}"))
    await engine.settle()
    ids = [spoken.id for spoken in engine.told("ann")]
    assert ids == sorted(ids)
    assert len(ids) == 30


@pytest.mark.parametrize(
    ("fate", "end"),
    [
        (Sent(Fate.REFUSED, "bad request"), ("failed", "bad request")),
        (Sent(Fate.UNREACHABLE, "blocked"), ("failed", "blocked")),
        (Sent(Fate.UNKNOWN, "no answer"), ("uncertain", "no answer")),
        (Sent(Fate.REFUSED, "很长的理由" * 40 + "\0\ud800"), ("failed", ("很长的理由" * 40)[:64])),
    ],
    ids=["refused", "unreachable", "unknown", "a reason that fits no column"],
)
async def test_every_fate_has_its_end(
    engine: Engine, database_url: str, fate: Sent, end: tuple[str, str]
) -> None:
    engine.platform.fates = [fate]
    await engine.hear("ann", "/note")
    assert _ends(database_url) == [end]
    assert len(engine.platform.attempts) == 1


async def test_who_cannot_be_reached_gets_no_further_calls_until_they_come_back(
    engine: Engine, database_url: str
) -> None:
    """QUALITY F26."""
    account = await _account(engine, "ann")
    engine.platform.fates = [Sent(Fate.UNREACHABLE, "blocked")]
    for name in ("common.changed", "common.done", "common.missing"):
        await _post(engine, account, name)
    await _look(engine)
    assert len(engine.platform.attempts) == 2  # the first answer, and one that was refused
    assert [row["reachable"] for row in rows(database_url, "accounts")] == [False]
    await engine.hear("ann", "/note")
    assert [row["reachable"] for row in rows(database_url, "accounts")] == [True]
    assert len(engine.platform.attempts) == 3


async def test_later_is_tried_again_with_the_same_words(engine: Engine) -> None:
    engine.platform.fates = [Sent(Fate.LATER, "ill", 0.01), Sent(Fate.LATER, "ill", 0.01)]
    (spoken,) = await engine.hear("ann", "/note")
    assert [attempt.text for attempt in engine.platform.attempts] == [spoken.text] * 3
    assert {str(attempt.rows) for attempt in engine.platform.attempts} == {str(spoken.message.rows)}


async def test_a_long_wait_is_waited_in_the_outbox(engine: Engine, database_url: str) -> None:
    """QUALITY F11: no call until the platform's time is over; then everything, in order."""
    engine.platform.fates = [Sent(Fate.LATER, "too many", 35.0)]
    for text in ("/note", "/ask", "/twice"):
        await engine.intake.accept(engine.event("ann", text))
    await engine.settle()
    await _look(engine)
    assert engine.told("ann") == []
    assert {state for state, _ in _ends(database_url)[:1]} == {"pending"}
    engine.clock.forward(seconds=36)
    await _look(engine)
    ids = [spoken.id for spoken in engine.told("ann")]
    assert sorted(ids) == sorted(row["id"] for row in rows(database_url, "outbox"))
    assert len(ids) == 4


async def test_one_that_joins_while_the_others_are_put_back_is_not_forgotten(
    engine: Engine, database_url: str
) -> None:
    account = await _account(engine, "ann")
    await _post(engine, account, "common.changed")
    engine.platform.fates = [Sent(Fate.LATER, "too many", 35.0)]
    mark = engine.store.mark

    async def slow(work: Any) -> Any:
        found = await mark(work)
        if getattr(work, "func", None) is dispatcher._put_back and not joined:
            joined.append(True)
            await engine.intake.accept(engine.event("ann", "/note"))
            await engine.turns.idle()
        return found

    joined: list[bool] = []
    engine.store.mark = slow  # type: ignore[method-assign]
    await _look(engine)
    assert joined
    assert engine.dispatcher._inflight == {}
    assert [state for state, _ in _ends(database_url)] == ["sent", "pending", "pending"]


async def test_it_gives_up_after_so_many_tries(
    engine: Engine, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine.dispatcher._chance, "uniform", lambda *_: 0.0)
    engine.platform.fates = [Sent(Fate.LATER, "status 500")] * 20
    await engine.hear("ann", "/note")
    assert _ends(database_url) == [("failed", "status 500")]
    assert len(engine.platform.attempts) == dispatcher.ATTEMPTS


async def test_a_message_of_a_channel_that_does_not_run_waits_and_then_fails(
    engine: Engine, database_url: str
) -> None:
    account = await _account(engine, "ann")
    engine.dispatcher._channels = {}
    await _post(engine, account, "common.changed")
    await _look(engine)
    assert _ends(database_url)[1] == ("pending", "waits")
    engine.clock.forward(hours=25)
    await _look(engine)
    assert _ends(database_url)[1] == ("failed", "channel not running")


async def test_a_message_that_cannot_be_worded_fails_alone(
    engine: Engine, database_url: str
) -> None:
    account = await _account(engine, "ann")
    await _post(engine, account, "no.such.sentence")
    await _post(engine, account, "common.done_by", facts={"other": 1})
    await _post(engine, account, "common.changed")
    await _look(engine)
    assert _ends(database_url)[1:] == [("failed", "not worded")] * 2 + [("sent", None)]


async def test_a_message_that_cannot_be_read_fails_alone(engine: Engine, database_url: str) -> None:
    """Its key is gone: everything else still leaves."""
    account = await _account(engine, "ann")
    for name in ("common.changed", "common.done"):
        await _post(engine, account, name)
    await engine.store.turn(
        lambda tx: tx.script(
            "UPDATE outbox SET facts = (SELECT worded FROM outbox WHERE worded IS NOT NULL LIMIT 1)"
            " WHERE message = 'common.changed'"  # sealed for another column
        )
    )
    await _look(engine)
    assert _ends(database_url)[1:] == [("failed", "unreadable"), ("sent", None)]


async def test_a_channel_that_raises_takes_nobody_down(engine: Engine, database_url: str) -> None:
    async def bad(message: Message) -> None:
        if message.account == "ann":
            raise RuntimeError("secret words")

    engine.platform.before = bad
    engine.dispatcher._chance.uniform = lambda *_: 0.0  # type: ignore[method-assign]
    await engine.intake.accept(engine.event("ann", "/note"))
    await engine.intake.accept(engine.event("bob", "/note"))
    await engine.settle()
    assert sorted(_ends(database_url)) == [("failed", "RuntimeError"), ("sent", None)]


async def test_looking_goes_on_whatever_happens(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dispatcher, "LOOK", 0.01)
    account = await _account(engine, "ann")
    claim, troubles = leases.claim, [Unavailable("away"), LookupError("a surprise")]

    async def troubled(*given: Any) -> Any:
        if troubles:
            raise troubles.pop()
        return await claim(*given)

    monkeypatch.setattr(leases, "claim", troubled)
    engine.tasks.start(engine.dispatcher.run(), "dispatcher")
    await _post(engine, account, "common.changed")
    seen = asyncio.Event()

    async def heard(message: Message) -> None:
        seen.set()

    engine.platform.before = heard
    await asyncio.wait_for(seen.wait(), 5)


# ------------------------------------------------------------------ leases and fences


async def test_what_is_in_hand_is_not_taken_again(engine: Engine, database_url: str) -> None:
    """Its lease has ended while it was being sent, by this very process."""

    async def slow(message: Message) -> None:
        engine.clock.forward(seconds=60)
        engine.dispatcher.take(await engine.store.mark(engine.dispatcher._claim))

    engine.platform.before = slow
    await engine.hear("ann", "/note")
    assert len(engine.platform.attempts) == 1
    assert _ends(database_url) == [("sent", None)]


@pytest.mark.parametrize("protected", [True, False], ids=["renewed", "negative control"])
async def test_a_long_queue_outlives_its_lease(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch, protected: bool
) -> None:
    """QUALITY F09: the other replica takes over what waited too long; nobody gets it twice."""
    if not protected:
        monkeypatch.setattr(dispatcher, "ROOM", timedelta(days=-1))
    clock = MovableClock()
    async with AsyncExitStack() as stack:
        one = await stack.enter_async_context(running(postgres_url, clock, "one"))
        two = await stack.enter_async_context(running(postgres_url, clock, "two"))
        first = asyncio.Event()

        async def paused(message: Message) -> None:
            if not first.is_set():
                first.set()
                await one.turns.idle()  # the others wait behind this one
                clock.forward(seconds=40)  # as by SIGSTOP, or by a platform that is slow
                await _look(two)

        one.platform.before = paused
        for number in range(6):
            await one.intake.accept(one.event("ann", f"/ask {number}"))
        await one.settle()
        seen = [message.id for message in one.platform.attempts + two.platform.attempts]
    assert set(seen) == {row["id"] for row in rows(postgres_url, "outbox")}
    assert {state for state, _ in _ends(postgres_url)} == {"sent"}
    twice = len(seen) - len(set(seen))
    assert twice == 1 if protected else twice > 1  # the one that was in the platform's hands


async def test_a_late_mark_does_not_overwrite_what_the_successor_wrote(postgres_url: str) -> None:
    clock = MovableClock()
    async with (
        running(postgres_url, clock, "one") as one,
        running(postgres_url, clock, "two") as two,
    ):
        account = await _account(one, "ann")
        await _post(one, account, "common.changed")

        async def paused(message: Message) -> None:
            clock.forward(seconds=40)
            two.platform.fates = [Sent(Fate.REFUSED, "by the successor")]
            await _look(two)

        one.platform.before = paused
        await _look(one)
    assert _ends(postgres_url)[1] == ("failed", "by the successor")


# ------------------------------------------------------------------ platforms that show repetitions


@pytest.fixture
async def careful(engine: Engine) -> Engine:
    engine.platform.repeatable = False
    return engine


async def test_a_careful_answer_waits_for_its_turn_and_is_sent(
    careful: Engine, database_url: str
) -> None:
    """Being made to wait is not being in flight."""
    careful.platform.limits = Limits(per_second=100_000, account_per_second=10)
    for number in range(13):
        await careful.intake.accept(careful.event("ann", f"/ask {number}"))
    await careful.settle()
    assert _ends(database_url) == [("sent", None)] * 13


async def test_a_careful_answer_that_was_not_taken_is_tried_again(
    careful: Engine, database_url: str
) -> None:
    careful.platform.fates = [Sent(Fate.LATER, "too many", 0.01)] * 2
    assert len(await careful.hear("ann", "/note")) == 1
    assert _ends(database_url) == [("sent", None)]


async def test_a_careful_answer_is_marked_before_it_leaves(
    careful: Engine, database_url: str
) -> None:
    seen: list[Any] = []

    async def looked(message: Message) -> None:
        seen.append([row["reason"] for row in rows(database_url, "outbox")])

    careful.platform.before = looked
    await careful.hear("ann", "/note")
    assert seen == [[outbox.IN_FLIGHT]]


@pytest.mark.parametrize(
    ("answer", "end", "attempts"), [(True, "uncertain", 0), (False, "sent", 1)]
)
async def test_after_a_crash_in_flight(
    careful: Engine, database_url: str, answer: bool, end: str, attempts: int
) -> None:
    """An answer may have arrived: it is not repeated. Other messages are, with the same bytes."""
    account = await _account(careful, "ann")
    before = len(careful.platform.attempts)
    await _post(careful, account, "common.done", answer=answer, owner="a dead process")
    words = '{"text": "as it left", "rows": [], "replaces": null, "asks_location": false}'
    sealed = careful.house.vault.seal("outbox.worded", words)

    async def in_flight(tx: Tx) -> None:
        mark = "%s" if tx.dialect.name == "postgresql" else "?"
        tx._cursor.execute(
            f"UPDATE outbox SET reason = '{outbox.IN_FLIGHT}', worded = {mark} "  # noqa: S608
            "WHERE owner = 'a dead process'",
            (sealed,),
        )

    await careful.store.turn(in_flight)
    careful.clock.forward(seconds=31)
    await _look(careful)
    assert [state for state, _ in _ends(database_url)][1] == end
    texts = [message.text for message in careful.platform.attempts[before:]]
    assert texts == ["as it left"] * attempts


async def test_a_careful_channel_that_raises_is_not_asked_again(
    careful: Engine, database_url: str
) -> None:
    async def bad(message: Message) -> None:
        raise RuntimeError

    careful.platform.before = bad
    await careful.hear("ann", "/note")
    assert _ends(database_url) == [("uncertain", "RuntimeError")]
    assert len(careful.platform.attempts) == 1


# ------------------------------------------------------------------ limits and the end


async def test_nobody_gets_more_than_the_platform_allows(engine: Engine) -> None:
    engine.platform.limits = Limits(per_second=100_000, account_per_second=5)
    account = await _account(engine, "ann")
    times: list[float] = []
    loop = asyncio.get_running_loop()

    async def timed(message: Message) -> None:
        times.append(loop.time())

    engine.platform.before = timed
    for _ in range(8):
        await _post(engine, account, "common.done")
    await _look(engine)
    assert len(times) == 8
    within = [sum(1 for other in times if one <= other < one + 0.95) for one in times]
    assert max(within) <= 10  # a burst of five, then five a second


async def test_the_end_waits_for_what_is_being_sent_and_leaves_the_rest(
    engine: Engine, database_url: str
) -> None:
    """QUALITY F43: nothing is cut off in the platform's hands, nothing is lost."""

    async def slow(message: Message) -> None:
        await asyncio.sleep(0.15)

    engine.platform.before = slow
    for number in range(12):
        await engine.intake.accept(engine.event("ann", f"/ask {number}"))
    await engine.turns.idle()
    await engine.dispatcher.stop(0.6)
    await engine.tasks.stop()
    ends = rows(database_url, "outbox")
    sent = [row["id"] for row in ends if row["state"] == "sent"]
    assert 0 < len(sent) < 12
    assert [message.id for message in engine.platform.attempts] == sent
    now = engine.clock()
    async with running(database_url, MovableClock(now), "two") as successor:
        await _look(successor)
        assert len(successor.platform.attempts) == 12 - len(sent)
    assert {state for state, _ in _ends(database_url)} == {"sent"}
