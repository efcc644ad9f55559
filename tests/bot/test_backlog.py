"""QUALITY F33: who speaks now does not wait behind what was said while nobody was there."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.intake import BACKLOG
from storage import inbox
from storage.tx import Tx
from tests.engine import Engine, running

OLD = 10 * BACKLOG  # accounts


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[Engine]:
    async with running(database_url) as made:
        yield made


async def _written(engine: Engine, name: str, age: timedelta) -> tuple[str, str]:
    """An event that is in the store, and that nobody has been woken for."""
    event = replace(engine.event(name, "/note"), at=engine.clock() - age)

    async def work(tx: Tx) -> None:
        assert await inbox.add(tx, engine.store.vault, event, engine.clock())

    await engine.store.intake(work)
    return event.channel, event.account


@pytest.mark.parametrize("live", [True, False])
async def test_live_ones_are_served_beside_a_backlog(engine: Engine, live: bool) -> None:
    """With the negative control: as one of the old, it comes after nearly all of them."""
    old = [await _written(engine, f"old{number}", timedelta(hours=8)) for number in range(OLD)]
    now = await _written(engine, "ann", timedelta())
    for who in old:
        engine.turns.wake(who, live=False)
    engine.turns.wake(now, live=live)
    await engine.settle()
    order = [attempt.account for attempt in engine.platform.attempts]
    assert len(order) == OLD + 1
    assert (order.index("ann") <= 3 * BACKLOG) is live
