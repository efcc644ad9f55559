"""Too much, or too late, to answer one by one (QUALITY A36, F33)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from bot.channel import Limits
from bot.chat import Event, Kind
from bot.crowding import FLOOD
from tests.engine import Engine, rows, running, sentence
from tests.scheduler import scene

AWAY, QUICK = sentence("router.away"), sentence("router.flood")


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[Engine]:
    async with running(database_url) as made:
        yield made


async def _say(engine: Engine, account: str, number: int, ago: timedelta, **more: Any) -> None:
    event = engine.event(account, f"/ask {number}")
    at = engine.clock() - ago
    await engine.intake.accept(
        Event(event.channel, account, event.key, Kind.TEXT, event.payload, at, **more)
    )


async def _told(engine: Engine, account: str) -> None:
    while not engine.told(account):  # noqa: ASYNC110  # the listener has no event of its own
        await asyncio.sleep(0)


async def test_many_messages_at_once_are_all_done_and_not_all_answered(
    engine: Engine, database_url: str
) -> None:
    await asyncio.gather(*(_say(engine, "ann", number, timedelta()) for number in range(60)))
    await engine.settle()
    told = [spoken.text for spoken in engine.told("ann")]
    assert told.count(QUICK) == 1
    assert len(told) < 60 - FLOOD
    assert {row["state"] for row in rows(database_url, "inbox")} == {"done"}


async def test_answers_that_do_not_get_through_stop_further_ones(engine: Engine) -> None:
    """The platform takes one a second: who says a hundred is not answered for two minutes."""
    engine.platform.limits = Limits(account_per_second=1)
    for number in range(30):
        await _say(engine, "ann", number, timedelta())
        await engine.turns.idle()
    number = await scene.number(engine, "ann")
    assert FLOOD <= engine.dispatcher.queued(number) <= FLOOD + 2


async def test_a_few_messages_are_answered_each(engine: Engine) -> None:
    for number in range(FLOOD):
        await _say(engine, "ann", number, timedelta())
    await engine.settle()
    assert len(engine.told("ann")) == FLOOD
    assert QUICK not in {spoken.text for spoken in engine.told("ann")}


async def test_the_backlog_of_an_outage_gets_one_summary_and_its_last_an_answer(
    engine: Engine, database_url: str
) -> None:
    engine.hold_turns()
    for number in range(5):
        for account in ("ann", "bob"):
            await _say(engine, account, number, timedelta(hours=3))
    engine.release_turns()
    await engine.turns.resume(engine.clock())
    await engine.settle()
    for account in ("ann", "bob"):
        told = [spoken.text for spoken in engine.told(account)]
        assert told.count(AWAY) == 1
        assert len(told) == 2
    assert {row["state"] for row in rows(database_url, "inbox")} == {"done"}


async def test_a_backlog_that_comes_one_by_one_gets_one_summary_too(engine: Engine) -> None:
    """A webhook gets the next update of a chat when the last one was answered."""
    for number in range(5):
        await _say(engine, "ann", number, timedelta(hours=3))
        await engine.settle()
    told = [spoken.text for spoken in engine.told("ann")]
    assert (len(told), told.count(AWAY)) == (2, 1)


async def test_one_old_message_is_simply_answered(engine: Engine) -> None:
    await _say(engine, "ann", 1, timedelta(hours=3))
    await engine.settle()
    (told,) = engine.told("ann")
    assert told.text != AWAY


async def test_a_question_that_nobody_saw_is_not_open(engine: Engine) -> None:
    """/ask opens a step; the one that was not shown must not swallow what is said next."""
    engine.hold_turns()
    await _say(engine, "ann", 1, timedelta(hours=3))
    event = engine.event("ann", "/note")
    await engine.intake.accept(event)
    engine.release_turns()
    await engine.turns.resume(engine.clock())
    await engine.settle()
    before = len(engine.told("ann"))
    (told,) = await engine.hear("ann", "随便说一句")
    assert len(engine.told("ann")) == before + 1
    assert told.text == sentence("common.missing")


async def test_a_live_message_does_not_wait_behind_a_backlog(engine: Engine) -> None:
    engine.hold_turns()
    for number in range(200):
        await _say(engine, f"p{number}", 1, timedelta(hours=3))
    engine.release_turns()
    await engine.turns.resume(engine.clock())
    await engine.intake.accept(engine.event("ann", "/note"))
    await asyncio.wait_for(_told(engine, "ann"), 20)
    behind = sum(not engine.told(f"p{number}") for number in range(200))
    await engine.settle()
    assert behind > 100
    assert all(engine.told(f"p{number}") for number in range(200))
