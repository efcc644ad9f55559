"""A wait that its channel may end: a refused token, until a new one is taken."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from bot.channel import Fate, Sent
from storage import outbox
from tests.engine import Engine, running
from tests.scheduler.scene import account, ends, look, post

REFUSED = Sent(Fate.LATER, "token refused", 3600.0, early=True)


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[Engine]:
    async with running(database_url) as made:
        yield made


async def _go_on(engine: Engine, channel: str = "web") -> None:
    engine.dispatcher.go_on(channel)
    while len(engine.tasks):  # noqa: ASYNC110  # nobody tells when a task has ended
        await asyncio.sleep(0.005)
    await look(engine)


async def test_what_waits_goes_on_in_order_when_the_channel_says_so(
    engine: Engine, database_url: str
) -> None:
    engine.platform.fates = [REFUSED, REFUSED]
    for person in ("ann", "bob"):
        await engine.hear(person, "/note")
        await engine.hear(person, "/list")
    await look(engine)
    assert engine.told("ann") == engine.told("bob") == []
    await _go_on(engine, "telegram")
    assert engine.told("ann") == []  # another channel's word
    await _go_on(engine)
    for person in ("ann", "bob"):
        ids = [spoken.id for spoken in engine.told(person)]
        assert ids == sorted(ids)
        assert len(ids) == 2
    assert {state for state, _ in ends(database_url)} == {"sent"}


async def test_other_waits_are_kept(engine: Engine) -> None:
    """F11: what a platform told us to wait is waited, whatever became of the token."""
    engine.platform.fates = [Sent(Fate.LATER, "too many requests", 3600.0)]
    await engine.hear("ann", "/note")
    await _go_on(engine)
    assert engine.told("ann") == []
    engine.clock.forward(seconds=3700)
    await look(engine)
    assert len(engine.told("ann")) == 1


async def test_a_wait_that_ends_while_it_is_written_down_is_over(engine: Engine) -> None:
    number = await account(engine, "ann")
    before = len(engine.told("ann"))
    await post(engine, number, "common.changed")
    engine.platform.fates = [REFUSED]
    mark = engine.store.mark

    async def meanwhile(work: Any) -> Any:
        if getattr(work, "func", None) is outbox.put_back:
            engine.dispatcher.go_on("web")
        return await mark(work)

    engine.store.mark = meanwhile  # type: ignore[method-assign]  # a listener, not a double
    await look(engine)
    await look(engine)
    assert len(engine.told("ann")) == before + 1
