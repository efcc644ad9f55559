"""The dispatcher: in order, once, under the limits, and nothing is ever lost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from bot.channel import Fate, Limits, Sent
from bot.chat import Message
from scheduler import looking
from storage import leases, outbox
from storage.connections import Unavailable
from tests.engine import Engine, rows, running
from tests.scheduler.scene import account, ends, look, post
from tests.world import MovableClock


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[Engine]:
    async with running(database_url) as made:
        yield made


async def test_what_somebody_left_is_sent(engine: Engine, database_url: str) -> None:
    number = await account(engine, "ann")
    await post(engine, number, "common.changed")
    await look(engine)
    assert len(engine.told("ann")) == 2
    assert ends(database_url) == [("sent", None)] * 2


async def test_messages_to_one_account_keep_their_order(engine: Engine, database_url: str) -> None:
    for number in range(10):
        await engine.intake.accept(engine.event("ann", f"/ask {number}"))
    await engine.settle()
    ids = [spoken.id for spoken in engine.told("ann")]
    assert ids == sorted(ids)
    assert len(ids) == 10


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
    assert ends(database_url) == [end]
    assert len(engine.platform.attempts) == 1


async def test_who_cannot_be_reached_gets_no_further_calls_until_they_come_back(
    engine: Engine, database_url: str
) -> None:
    """QUALITY F26."""
    number = await account(engine, "ann")
    engine.platform.fates = [Sent(Fate.UNREACHABLE, "blocked")]
    for name in ("common.changed", "common.done", "common.missing"):
        await post(engine, number, name)
    await look(engine)
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
    await look(engine)
    assert engine.told("ann") == []
    assert {state for state, _ in ends(database_url)[:1]} == {"pending"}
    engine.clock.forward(seconds=36)
    await look(engine)
    ids = [spoken.id for spoken in engine.told("ann")]
    assert sorted(ids) == sorted(row["id"] for row in rows(database_url, "outbox"))
    assert len(ids) == 4


async def test_what_is_said_when_the_wait_is_over_comes_after_what_waits(engine: Engine) -> None:
    """An answer that was put back is taken again by the next look; none overtakes it meanwhile."""
    engine.platform.fates = [Sent(Fate.LATER, "too many", 5.0)]
    for text in ("/note", "/ask"):
        await engine.intake.accept(engine.event("ann", text))
    await engine.settle()
    engine.clock.forward(seconds=6.5)
    await engine.intake.accept(engine.event("ann", "/note"))
    await engine.settle()
    assert engine.told("ann") == []
    await look(engine)
    ids = [spoken.id for spoken in engine.told("ann")]
    assert len(ids) == 3
    assert ids == sorted(ids)
    await engine.hear("ann", "/note")  # and then everything is as always
    assert len(engine.told("ann")) == 4


async def test_nobody_follows_for_ever_what_another_process_has_taken(engine: Engine) -> None:
    """A process that only receives never sees again what it put back."""
    engine.platform.fates = [Sent(Fate.LATER, "too many", 5.0)]
    for seconds in (0.0, 6.5, 10.0, 10.0):
        engine.clock.forward(seconds=seconds)
        assert await engine.hear("ann", "/note") == []
    engine.clock.forward(seconds=10)
    assert len(await engine.hear("ann", "/note")) == 1


async def test_one_that_joins_while_the_others_are_put_back_is_not_forgotten(
    engine: Engine, database_url: str
) -> None:
    number = await account(engine, "ann")
    await post(engine, number, "common.changed")
    engine.platform.fates = [Sent(Fate.LATER, "too many", 35.0)]
    mark = engine.store.mark

    async def slow(work: Any) -> Any:
        found = await mark(work)
        if getattr(work, "func", None) is outbox.put_back and not joined:
            joined.append(True)
            await engine.intake.accept(engine.event("ann", "/note"))
            await engine.turns.idle()
        return found

    joined: list[bool] = []
    engine.store.mark = slow  # type: ignore[method-assign]
    await look(engine)
    assert joined
    assert engine.dispatcher._inflight == {}
    assert [state for state, _ in ends(database_url)] == ["sent", "pending", "pending"]


async def test_it_gives_up_after_so_many_tries(
    engine: Engine, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine.dispatcher._chance, "uniform", lambda *_: 0.0)
    engine.platform.fates = [Sent(Fate.LATER, "status 500")] * 20
    await engine.hear("ann", "/note")
    assert ends(database_url) == [("failed", "status 500")]
    assert len(engine.platform.attempts) == outbox.ATTEMPTS


async def test_a_message_of_a_channel_that_does_not_run_waits_and_then_fails(
    engine: Engine, database_url: str
) -> None:
    number = await account(engine, "ann")
    engine.dispatcher._channels = {}
    await post(engine, number, "common.changed")
    await look(engine)
    assert ends(database_url)[1] == ("pending", "waits")
    engine.clock.forward(hours=25)
    await look(engine)
    assert ends(database_url)[1] == ("failed", "channel not running")


async def test_a_message_that_cannot_be_worded_fails_alone(
    engine: Engine, database_url: str
) -> None:
    number = await account(engine, "ann")
    await post(engine, number, "no.such.sentence")
    await post(engine, number, "common.done_by", facts={"other": 1})
    await post(engine, number, "common.changed")
    await look(engine)
    assert ends(database_url)[1:] == [("failed", "not worded")] * 2 + [("sent", None)]


async def test_a_message_that_cannot_be_read_fails_alone(engine: Engine, database_url: str) -> None:
    """Its key is gone: everything else still leaves."""
    number = await account(engine, "ann")
    for name in ("common.changed", "common.done"):
        await post(engine, number, name)
    await engine.store.turn(
        lambda tx: tx.script(
            "UPDATE outbox SET facts = (SELECT worded FROM outbox WHERE worded IS NOT NULL LIMIT 1)"
            " WHERE message = 'common.changed'"  # sealed for another column
        )
    )
    await look(engine)
    assert ends(database_url)[1:] == [("failed", "unreadable"), ("sent", None)]


async def test_a_channel_that_raises_takes_nobody_down(engine: Engine, database_url: str) -> None:
    async def bad(message: Message) -> None:
        if message.account == "ann":
            raise RuntimeError("secret words")

    engine.platform.before = bad
    engine.dispatcher._chance.uniform = lambda *_: 0.0  # type: ignore[method-assign]
    await engine.intake.accept(engine.event("ann", "/note"))
    await engine.intake.accept(engine.event("bob", "/note"))
    await engine.settle()
    assert sorted(ends(database_url)) == [("failed", "RuntimeError"), ("sent", None)]


async def test_looking_goes_on_whatever_happens(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looking, "LOOK", 0.01)
    number = await account(engine, "ann")
    claim, troubles = leases.claim, [Unavailable("away"), LookupError("a surprise")]

    async def troubled(*given: Any) -> Any:
        if troubles:
            raise troubles.pop()
        return await claim(*given)

    monkeypatch.setattr(leases, "claim", troubled)
    engine.tasks.start(engine.dispatcher.run(), "dispatcher")
    await post(engine, number, "common.changed")
    seen = asyncio.Event()

    async def heard(message: Message) -> None:
        seen.set()

    engine.platform.before = heard
    await asyncio.wait_for(seen.wait(), 5)


async def test_nobody_gets_more_than_the_platform_allows(engine: Engine) -> None:
    engine.platform.limits = Limits(per_second=100_000, account_per_second=5)
    number = await account(engine, "ann")
    times: list[float] = []
    loop = asyncio.get_running_loop()

    async def timed(message: Message) -> None:
        times.append(loop.time())

    engine.platform.before = timed
    for _ in range(8):
        await post(engine, number, "common.done")
    await look(engine)
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
    for number in range(10):
        await engine.intake.accept(engine.event("ann", f"/ask {number}"))
    await engine.turns.idle()
    await engine.dispatcher.stop(0.6)
    await engine.tasks.stop()
    left = rows(database_url, "outbox")
    sent = [row["id"] for row in left if row["state"] == "sent"]
    assert 0 < len(sent) < 10
    assert [message.id for message in engine.platform.attempts] == sent
    now = engine.clock()
    async with running(database_url, MovableClock(now), "two") as successor:
        await look(successor)
        assert len(successor.platform.attempts) == 10 - len(sent)
    assert {state for state, _ in ends(database_url)} == {"sent"}
