"""Equal words to many accounts go out in one call, and after a crash as exactly the same call."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import bindparam, select, text

from bot.channel import Fate, Limits, Sent
from bot.chat import Choice, Message, Say
from domain.layout import Reads
from services.turn import plain
from storage import layouts, outbox, session
from storage.migrate import _engine as driver
from storage.outbox import New
from storage.prepared import Prepared, insert_row
from storage.schema import accounts
from storage.tx import Tx
from tests.engine import Engine, rows, running, sentence
from tests.scheduler.scene import ends, look
from tests.world import MovableClock

_ACCOUNT = insert_row(accounts, "channel", "external", "reachable", "created_at")
_ID = Prepared(
    select(accounts.c.id).where(
        accounts.c.channel == bindparam("channel"), accounts.c.external == bindparam("external")
    )
)


class Calls:
    """What send_many was asked, and what it answers."""

    def __init__(self) -> None:
        self.made: list[list[str]] = []
        self.fates: dict[str, Sent] = {}
        self.hang = False
        self.texts: list[str] = []
        self.begun, self.gate = asyncio.Event(), asyncio.Event()
        self.gate.set()

    async def send(self, messages: Sequence[Message]) -> Mapping[int, Sent]:
        self.made.append([one.account for one in messages])
        self.texts.append(messages[0].text)
        self.begun.set()
        await self.gate.wait()
        if self.hang:
            await asyncio.Event().wait()
        sent = Sent(Fate.SENT, platform_id="call")
        return {one.id: self.fates.get(one.account, sent) for one in messages}


def _manifold(engine: Engine) -> Calls:
    calls = Calls()
    engine.platform.repeatable = False
    engine.platform.send_many = calls.send  # type: ignore[attr-defined]  # a platform that can
    engine.platform.recall = calls.send  # type: ignore[attr-defined]  # it has that too
    return calls


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[Engine]:
    async with running(database_url) as made:
        yield made


async def _post(engine: Engine, names: Sequence[str], say: Say, key: str, **more: Any) -> None:
    async def work(tx: Tx) -> None:
        for name in names:
            number = await tx.value(_ID, channel="web", external=name)
            if number is None:
                row = {"channel": "web", "external": name, "created_at": engine.clock()}
                number = await tx.value(_ACCOUNT, reachable=True, **row)
            values = {"answer": False, "inbox_id": None, "not_before": engine.clock(), **more}
            new = New(f"{key}/{name}", int(number or 0), plain(say), **values)
            await outbox.add(tx, engine.house.vault, new, engine.clock())

    await engine.store.turn(work)


def _names(count: int, first: int = 0) -> list[str]:
    return [f"p{number:04}" for number in range(first, first + count)]


async def test_equal_words_are_one_call(engine: Engine, database_url: str) -> None:
    calls = _manifold(engine)
    await _post(engine, _names(40), Say("common.changed"), "a")
    await _post(engine, _names(3, 50), Say("common.done"), "b")
    await look(engine)
    assert sorted(len(one) for one in calls.made) == [3, 40]
    assert ends(database_url) == [("sent", None)] * 43
    assert {row["platform_id"] for row in rows(database_url, "outbox")} == {"call"}
    assert engine.platform.attempts == []


async def test_who_reads_words_alone_is_another_call(engine: Engine) -> None:
    calls = _manifold(engine)
    await _post(engine, _names(6), Say("common.done"), "a")

    async def work(tx: Tx) -> None:
        for name, reads in (("p0001", Reads.TEXT), ("p0003", Reads.PLUGIN), ("p0004", Reads.TOLD)):
            account = (
                await session.load(tx, engine.house.vault, "web", name, engine.clock())
            ).account
            await layouts.set_reads(tx, account, reads)

    await engine.store.turn(work)
    await look(engine)
    assert sorted(calls.made) == [["p0000", "p0002", "p0004", "p0005"], ["p0001", "p0003"]]


async def test_more_than_a_thousand_are_several_calls(engine: Engine, database_url: str) -> None:
    calls = _manifold(engine)
    await _post(engine, _names(1100), Say("common.changed"), "a")
    await look(engine)
    assert sorted(len(one) for one in calls.made) == [100, 1000]
    assert {state for state, _ in ends(database_url)} == {"sent"}


async def test_answers_and_signed_buttons_go_alone(engine: Engine, database_url: str) -> None:
    calls = _manifold(engine)
    row = (Choice("dialog.confirm", "test.ok", object=7),)
    await _post(engine, _names(3), Say("common.changed", {}, (row,)), "a")
    await _post(engine, _names(3), Say("common.changed"), "b", answer=True)
    await _post(engine, _names(1), Say("common.done"), "c")
    await look(engine)
    assert calls.made == []
    assert len(engine.platform.attempts) == 7
    assert ends(database_url) == [("sent", None)] * 7


async def test_what_became_of_each_is_recorded(engine: Engine, database_url: str) -> None:
    """F16: partial failure is per person, and only what may arrive later is tried again."""
    calls = _manifold(engine)
    calls.fates = {
        "p0000": Sent(Fate.UNREACHABLE, "invalid user"),
        "p0001": Sent(Fate.REFUSED, "no licence"),
        "p0002": Sent(Fate.LATER, "busy", 60.0),
    }
    await _post(engine, _names(10), Say("common.changed"), "a")
    await look(engine)
    found = ends(database_url)
    assert found[:3] == [("failed", "invalid user"), ("failed", "no licence"), ("pending", "busy")]
    assert found[3:] == [("sent", None)] * 7
    assert [bool(row["reachable"]) for row in rows(database_url, "accounts")] == [False] + [
        True
    ] * 9
    calls.fates = {}
    engine.clock.forward(seconds=61)
    await look(engine)
    assert ends(database_url)[2] == ("sent", None)


async def test_the_limit_of_an_account_holds(engine: Engine, database_url: str) -> None:
    """F13: what would be dropped without a word waits."""
    calls = _manifold(engine)
    engine.platform.limits = Limits(account_per_second=0.01, account_burst=2)
    for key in "abc":
        await _post(engine, _names(5), Say("common.changed"), key)
    await engine.dispatcher.look()
    await asyncio.sleep(0.2)
    assert sum(map(len, calls.made)) == 10


async def test_what_goes_alone_keeps_its_order(engine: Engine) -> None:
    """F12: also where the limit lets only the first of them pass at once."""
    _manifold(engine)
    engine.platform.limits = Limits(account_per_second=50, account_burst=3)
    row = (Choice("dialog.confirm", "test.ok", object=7),)
    for number in range(6):
        facts = {"name": f"第{number}条"}
        say = Say("common.done_by", facts, (row,) if number == 2 else ())
        await _post(engine, _names(1), say, str(number))
    await look(engine)
    texts = [one.text for one in engine.platform.attempts]
    assert texts == [sentence("common.done_by", name=f"第{number}条") for number in range(6)]


async def test_what_follows_a_call_for_many_waits_for_its_end(engine: Engine) -> None:
    """F12: neither the next call for many nor what goes alone overtakes it."""
    calls = _manifold(engine)
    calls.gate.clear()
    row = (Choice("dialog.confirm", "test.ok", object=7),)
    await _post(engine, _names(3), Say("common.changed"), "a")
    await _post(engine, _names(3), Say("common.done"), "b")
    await _post(engine, _names(1), Say("common.changed", {}, (row,)), "c")
    await engine.dispatcher.look()
    await asyncio.wait_for(calls.begun.wait(), 20)
    await engine.dispatcher.look()
    assert (calls.texts, engine.platform.attempts) == ([sentence("common.changed")], [])
    calls.gate.set()
    for _ in range(3):
        await engine.settle()
        engine.clock.forward(seconds=2)
        await look(engine)
    assert calls.texts == [sentence("common.changed"), sentence("common.done")]
    assert len(engine.platform.attempts) == 1


async def _crashed(url: str, clock: MovableClock, drop_label: bool) -> tuple[list[str], Calls]:
    """A process that is lost in the middle of a call; who was in it, and what its heir called."""
    async with running(url, clock) as lost:
        calls = _manifold(lost)
        calls.hang = True
        await _post(lost, _names(20), Say("common.changed"), "a")
        await lost.dispatcher.look()
        while not calls.made:  # noqa: ASYNC110  # the platform has no event of its own
            await asyncio.sleep(0.01)
        await lost.tasks.stop()
    made = driver(url)
    with made.connect() as connection, connection.begin():
        if drop_label:
            connection.execute(text("UPDATE outbox SET batch = NULL, reason = NULL"))
    made.dispose()
    async with running(url, clock, "two") as heir:
        again = _manifold(heir)
        await _post(heir, _names(30, 5), Say("common.changed"), "b")
        clock.forward(seconds=timedelta(minutes=1).total_seconds())
        await look(heir)
    return calls.made[0], again


async def test_a_batch_in_flight_goes_again_as_it_was(database_url: str) -> None:
    """The platform's duplicate check knows a call by its bytes: WeCom duplicates 0 (F01)."""
    before, again = await _crashed(database_url, MovableClock(), drop_label=False)
    assert before in again.made
    assert sorted(name for call in again.made for name in call) == sorted(
        [*_names(20), *_names(30, 5)]
    )
    assert {state for state, _ in ends(database_url)} == {"sent"}


async def test_without_its_label_it_would_be_another_call(database_url: str) -> None:
    """The negative control."""
    before, again = await _crashed(database_url, MovableClock(), drop_label=True)
    assert before not in again.made


async def test_an_old_batch_is_not_sent_again(engine: Engine, database_url: str) -> None:
    """After the platform's memory has ended nobody knows whether it arrived: uncertain."""
    calls = _manifold(engine)
    engine.platform.limits = Limits(known_seconds=600)
    calls.hang = True
    await _post(engine, _names(5), Say("common.changed"), "a")
    await engine.dispatcher.look()
    while not calls.made:  # noqa: ASYNC110  # the platform has no event of its own
        await asyncio.sleep(0.01)
    await engine.tasks.stop()
    async with running(database_url, engine.clock, "two") as heir:
        again = _manifold(heir)
        heir.platform.limits = engine.platform.limits
        engine.clock.forward(minutes=11)
        await look(heir)
    assert again.made == []
    assert {state for state, _ in ends(database_url)} == {"uncertain"}
