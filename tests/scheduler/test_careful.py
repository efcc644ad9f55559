"""Platforms that show repetitions: an answer is sent at most once, and not less for waiting."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from bot.channel import Fate, Limits, Sent
from bot.chat import Message
from storage import outbox
from storage.tx import Tx
from tests.engine import Engine, rows, running
from tests.scheduler.scene import account, ends, look, post


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[Engine]:
    async with running(database_url) as made:
        yield made


@pytest.fixture
async def careful(engine: Engine) -> Engine:
    engine.platform.repeatable = False
    return engine


async def test_a_careful_answer_waits_for_its_turn_and_is_sent(
    careful: Engine, database_url: str
) -> None:
    """Being made to wait is not being in flight."""
    careful.platform.limits = Limits(per_second=100_000, account_per_second=8)
    for number in range(10):
        await careful.intake.accept(careful.event("ann", f"/ask {number}"))
    await careful.settle()
    assert ends(database_url) == [("sent", None)] * 10


async def test_a_careful_answer_that_was_not_taken_is_tried_again(
    careful: Engine, database_url: str
) -> None:
    careful.platform.fates = [Sent(Fate.LATER, "too many", 0.01)] * 2
    assert len(await careful.hear("ann", "/note")) == 1
    assert ends(database_url) == [("sent", None)]


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
    number = await account(careful, "ann")
    before = len(careful.platform.attempts)
    await post(careful, number, "common.done", answer=answer, owner="a dead process")
    words = '{"text": "as it left", "rows": [], "replaces": null, "asks_location": false}'
    sealed = careful.house.vault.seal("outbox.worded", words)

    async def in_flight(tx: Tx) -> None:
        mark = "$1" if tx.dialect.name == "postgresql" else "?"
        tx._cursor.execute(
            f"UPDATE outbox SET reason = '{outbox.IN_FLIGHT}', worded = {mark} "  # noqa: S608
            "WHERE owner = 'a dead process'",
            (sealed,),
        )

    await careful.store.turn(in_flight)
    careful.clock.forward(seconds=31)
    await look(careful)
    assert [state for state, _ in ends(database_url)][1] == end
    texts = [message.text for message in careful.platform.attempts[before:]]
    assert texts == ["as it left"] * attempts


async def test_a_careful_channel_that_raises_is_not_asked_again(
    careful: Engine, database_url: str
) -> None:
    async def bad(message: Message) -> None:
        raise RuntimeError

    careful.platform.before = bad
    await careful.hear("ann", "/note")
    assert ends(database_url) == [("uncertain", "RuntimeError")]
    assert len(careful.platform.attempts) == 1
