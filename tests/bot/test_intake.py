"""Intake and turns: written down once, in order, one at a time, and nothing blocks an account."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from bot.chat import Event, Kind
from bot.metrics import EVENTS
from services.turn import Turn
from storage import inbox, session
from storage.connections import Unavailable
from storage.tx import Tx
from tests.engine import Engine, rows, running, sentence
from tests.world import MovableClock

DONE, FAILED = sentence("common.done"), sentence("router.failed")


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[Engine]:
    async with running(database_url) as made:
        yield made


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tries follow each other at once."""
    monkeypatch.setattr(inbox, "wait_after", lambda tries: 0.01)


async def test_an_event_has_its_effect_once_and_its_answer_once(
    engine: Engine, database_url: str
) -> None:
    """QUALITY F17, L16, L23: three times the same event."""
    answers = [await engine.hear("ann", "/note", key="same") for _ in range(3)]
    assert [[spoken.text for spoken in answer] for answer in answers] == [[DONE], [], []]
    (heard,) = rows(database_url, "inbox")
    (line,) = rows(database_url, "audit")
    (sent,) = rows(database_url, "outbox")
    assert (heard["state"], line["object_id"], sent["inbox_id"]) == (
        "done",
        heard["id"],
        heard["id"],
    )


async def test_the_same_key_of_another_channel_is_another_event(engine: Engine) -> None:
    event = engine.event("ann", "/note", key="same")
    other = Event("other", "ann", "same", Kind.TEXT, {"text": "/note"}, event.at)
    assert [await engine.intake.accept(one) for one in (event, other)] == [True, True]
    await engine.settle()


async def test_events_of_an_account_are_done_in_order_and_one_at_a_time(
    engine: Engine, database_url: str
) -> None:
    running_now = 0
    answer = engine.router.answer

    async def watched(turn: Turn, event: Event) -> None:
        nonlocal running_now
        running_now += 1
        assert running_now == 1 or turn.account.external != "ann"
        await answer(turn, event)
        running_now -= 1

    engine.router.answer = watched  # type: ignore[method-assign]  # a listener
    events = [engine.event("ann", f"/ask {number}") for number in range(10)]
    for event in events:
        await engine.intake.accept(event)
    await engine.settle()
    done = rows(database_url, "outbox")
    assert [row["inbox_id"] for row in done] == sorted(row["inbox_id"] for row in done)
    assert len(engine.told("ann")) == 10


async def test_many_accounts_at_once(engine: Engine, database_url: str) -> None:
    """One account per event and all of them together: group commits lose and double nothing."""
    events = [engine.event(f"p{number}", "/note") for number in range(200)]
    random.shuffle(events)
    both = [*events, *events]  # every one of them comes twice
    new = await asyncio.gather(*(engine.intake.accept(event) for event in both))
    await engine.settle()
    assert new.count(True) == 200
    assert len(rows(database_url, "audit")) == 200
    assert {len(engine.told(f"p{number}")) for number in range(200)} == {1}


async def test_a_poisoned_event_is_set_aside_and_told_once(
    engine: Engine, quick: None, database_url: str
) -> None:
    """QUALITY F44."""
    await engine.intake.accept(engine.event("ann", "/raise"))
    await engine.intake.accept(engine.event("ann", "/note"))
    await engine.intake.accept(engine.event("bob", "/note"))
    await engine.settle()
    texts = [spoken.text for spoken in engine.told("ann")]
    assert texts == [FAILED, DONE]
    assert [spoken.text for spoken in engine.told("bob")] == [DONE]
    states = [(row["state"], row["tries"]) for row in rows(database_url, "inbox")]
    assert states == [("quarantined", 3), ("done", 0), ("done", 0)]
    assert [row["action"] for row in rows(database_url, "audit")] == ["test.effect"] * 2  # no half


async def test_the_tries_of_a_poisoned_event_take_their_time(engine: Engine) -> None:
    """Three tries within 1.2 s; the account's next event waits no longer than that."""
    assert [inbox.wait_after(tries) for tries in range(3)] == pytest.approx([0.2, 1.0, 5.0])


async def test_an_event_that_cannot_be_read_any_more_is_set_aside(
    engine: Engine, quick: None, database_url: str
) -> None:
    """Its key is gone, or a later release wrote it: the account goes on."""

    async def spoil(tx: Tx) -> None:
        await tx.script("UPDATE inbox SET kind = 'unheard of' WHERE account = 'ann'")

    engine.hold_turns()
    await engine.intake.accept(engine.event("ann", "/note"))
    await engine.store.turn(spoil)
    engine.release_turns()
    await engine.hear("ann", "/note")
    await engine.turns.resume(engine.clock())
    await engine.settle()
    assert [row["state"] for row in rows(database_url, "inbox")] == ["quarantined", "done"]
    assert [spoken.text for spoken in engine.told("ann")][-1] == DONE


async def test_a_dialog_that_cannot_be_read_blocks_nobody(
    engine: Engine, quick: None, database_url: str
) -> None:
    """Not even the apology can be posted: the event is set aside all the same."""
    await engine.hear("ann", "/ask")

    async def spoil(tx: Tx) -> None:
        await tx.script("UPDATE dialogs SET offers = data, data = offers")

    await engine.store.turn(spoil)
    assert await engine.hear("ann", "/note") == []
    assert [row["state"] for row in rows(database_url, "inbox")] == ["done", "quarantined"]
    assert [spoken.text for spoken in await engine.hear("bob", "/note")] == [DONE]


async def test_a_store_that_is_away_costs_time_and_no_try(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, database_url: str
) -> None:
    load, away = session.load, 2

    async def sometimes(*given: object) -> object:
        nonlocal away
        away -= 1
        if away >= 0:
            raise Unavailable("away")
        return await load(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(session, "load", sometimes)
    assert [spoken.text for spoken in await engine.hear("ann", "/note")] == [DONE]
    assert [row["tries"] for row in rows(database_url, "inbox")] == [0]


async def test_what_an_earlier_process_left_is_resumed(database_url: str) -> None:
    """It died between the commit and the turn."""
    clock = MovableClock()
    async with running(database_url, clock) as first:
        first.hold_turns()
        for number in range(5):
            await first.intake.accept(first.event("ann", f"/ask {number}", key=f"k{number}"))
    async with running(database_url, clock, "two") as second:
        assert await second.turns.resume(second.clock()) == 1
        await second.settle()
        assert len(second.told("ann")) == 5
        assert not await second.intake.accept(second.event("ann", "/ask 0", key="k0"))


async def test_two_processes_do_an_event_once(postgres_url: str) -> None:
    """QUALITY F18: both know of the same waiting events."""
    clock = MovableClock()
    async with (
        running(postgres_url, clock, "one") as one,
        running(postgres_url, clock, "two") as two,
    ):
        both = (one, two)
        for engine in both:
            engine.hold_turns()
        events = [one.event(f"p{number % 7}", "/note") for number in range(70)]
        for event in events:
            assert sorted([await engine.intake.accept(event) for engine in both]) == [False, True]
        for engine in both:
            engine.release_turns()
        await asyncio.gather(*(engine.turns.resume(clock()) for engine in both))
        await asyncio.gather(*(engine.settle() for engine in both))
        told = [len(one.told(f"p{number}")) + len(two.told(f"p{number}")) for number in range(7)]
        assert told == [10] * 7
    lines = [row["object_id"] for row in rows(postgres_url, "audit")]
    assert len(lines) == len(set(lines)) == 70


async def test_a_failure_never_undoes_the_turn_of_another_process(postgres_url: str) -> None:
    async with running(postgres_url) as engine:
        engine.hold_turns()
        await engine.intake.accept(engine.event("ann", "/note"))

        async def look(tx: Tx) -> inbox.Pending | None:
            return await inbox.next_for(tx, "web", "ann")

        pending = await engine.store.turn(look)
        assert pending is not None
        await engine.store.turn(lambda tx: inbox.done(tx, pending.id))  # the other one did it
        assert await engine.store.turn(lambda tx: inbox.failed(tx, pending, engine.clock())) is None
    assert [row["state"] for row in rows(postgres_url, "inbox")] == ["done"]


@pytest.mark.parametrize("account", ["", "a" * 129, "ann\0", "a\ud800"])
async def test_what_cannot_be_an_account_is_ignored(
    engine: Engine, database_url: str, account: str
) -> None:
    """Cut or cleaned it would be somebody else's account."""
    before = EVENTS.labels("web", "ignored")._value.get()
    assert not await engine.intake.accept(engine.event(account, "/note"))
    assert rows(database_url, "inbox") == []
    assert EVENTS.labels("web", "ignored")._value.get() == before + 1


async def test_long_keys_that_begin_alike_are_two(engine: Engine, database_url: str) -> None:
    keys = ["k" * 200 + "1", "k" * 200 + "2", "k\0", "k"]
    for key in (*keys, *keys):
        await engine.intake.accept(engine.event("ann", "/note", key=key))
    await engine.settle()
    assert len(rows(database_url, "inbox")) == 4


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        (-timedelta(hours=1), -timedelta(hours=1)),
        (-timedelta(days=9), -timedelta(hours=48)),
        (timedelta(hours=3), timedelta(0)),
    ],
    ids=["as told", "long ago", "yet to come"],
)
async def test_the_platforms_time_is_believed_within_reason(
    engine: Engine, said: timedelta, meant: timedelta
) -> None:
    turns: list[Turn] = []
    answer = engine.router.answer

    async def watched(turn: Turn, event: Event) -> None:
        turns.append(turn)
        await answer(turn, event)

    engine.router.answer = watched  # type: ignore[method-assign]  # a listener
    now = engine.clock()
    await engine.intake.accept(Event("web", "ann", "k", Kind.TEXT, {"text": "/note"}, now + said))
    await engine.settle()
    assert abs(turns[0].said_at - (now + meant)) < timedelta(seconds=5)
    assert abs(turns[0].at - now) < timedelta(seconds=5)
