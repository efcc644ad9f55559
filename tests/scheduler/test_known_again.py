"""Platforms that know a message again for a while: notices are repeated only so long."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from bot.channel import Fate, Limits, Sent
from storage import outbox
from storage.tx import Tx
from tests.engine import Engine, running
from tests.scheduler.scene import account, ends, look, post

KNOWN = Limits(per_second=100_000, account_per_second=100_000, known_seconds=1500.0)


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[Engine]:
    async with running(database_url) as made:
        made.platform.repeatable = False
        made.platform.limits = KNOWN
        yield made


@pytest.mark.parametrize(("minutes", "end"), [(1, "sent"), (26, "uncertain")])
async def test_a_notice_that_was_in_flight(
    engine: Engine, database_url: str, minutes: int, end: str
) -> None:
    """SPEC section 5: broadcasts and nudges on WeCom repeat not at all."""
    number = await account(engine, "ann")
    await post(engine, number, "common.done", owner="a dead process")

    async def in_flight(tx: Tx) -> None:
        tx._cursor.execute(
            f"UPDATE outbox SET reason = '{outbox.IN_FLIGHT}' WHERE owner = 'a dead process'"  # noqa: S608
        )

    await engine.store.turn(in_flight)
    engine.clock.forward(minutes=minutes)
    await look(engine)
    assert [state for state, _ in ends(database_url)][1] == end


async def test_a_notice_that_may_have_arrived_stays_marked(
    engine: Engine, database_url: str
) -> None:
    """Were the process to die now, it would not be taken for one that surely did not arrive."""
    number = await account(engine, "ann")
    engine.platform.fates = [Sent(Fate.UNKNOWN, "no answer")]
    await post(engine, number, "common.done")
    looking = asyncio.ensure_future(look(engine))
    while engine.platform.fates:  # noqa: ASYNC110  # nobody tells that it was sent
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.2)  # of the half second at least until it is tried again
    assert ends(database_url)[-1] == ("sending", outbox.IN_FLIGHT)
    await looking
    assert ends(database_url)[-1] == ("sent", None)
