"""Leases and fences: a message is in one hand at a time, and a late hand writes nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import timedelta

import pytest

from bot.channel import Fate, Sent
from bot.chat import Message
from scheduler import dispatcher
from tests.engine import Engine, rows, running
from tests.scheduler.scene import account, ends, look, post
from tests.world import MovableClock


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[Engine]:
    async with running(database_url) as made:
        yield made


async def test_what_is_in_hand_is_not_taken_again(engine: Engine, database_url: str) -> None:
    """Its lease has ended while it was being sent, by this very process."""

    async def slow(message: Message) -> None:
        engine.clock.forward(seconds=60)
        await engine.dispatcher.look()

    engine.platform.before = slow
    await engine.hear("ann", "/note")
    assert len(engine.platform.attempts) == 1
    assert ends(database_url) == [("sent", None)]


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
                await look(two)

        one.platform.before = paused
        for number in range(6):
            await one.intake.accept(one.event("ann", f"/ask {number}"))
        await one.settle()
        seen = [message.id for message in one.platform.attempts + two.platform.attempts]
    assert set(seen) == {row["id"] for row in rows(postgres_url, "outbox")}
    assert {state for state, _ in ends(postgres_url)} == {"sent"}
    twice = len(seen) - len(set(seen))
    assert twice == 1 if protected else twice > 1  # the one that was in the platform's hands


async def test_a_late_mark_does_not_overwrite_what_the_successor_wrote(postgres_url: str) -> None:
    clock = MovableClock()
    async with (
        running(postgres_url, clock, "one") as one,
        running(postgres_url, clock, "two") as two,
    ):
        number = await account(one, "ann")
        await post(one, number, "common.changed")

        async def paused(message: Message) -> None:
            clock.forward(seconds=40)
            two.platform.fates = [Sent(Fate.REFUSED, "by the successor")]
            await look(two)

        one.platform.before = paused
        await look(one)
    assert ends(postgres_url)[1] == ("failed", "by the successor")
