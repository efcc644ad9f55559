"""The clock: sealed at once, resumed, purged once a day, whatever the number of replicas."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.metrics import INBOX, OUTBOX
from domain.retention import Limits
from scheduler.alerts import Alerts
from scheduler.clock import Clock
from storage import audit
from storage.connections import Unavailable
from storage.tx import Tx
from tests.engine import ZONE, Engine, rows, running
from tests.world import MovableClock


def _clock(engine: Engine, days: int = 7) -> Clock:
    alerts = Alerts(engine.store, engine.house, engine.clock)
    return Clock(engine.store, engine.clock, Limits(ZONE, days), alerts, None)


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[Engine]:
    async with running(database_url) as made:
        yield made


async def _all_sealed(engine: Engine) -> audit.Verified:
    async with asyncio.timeout(10):
        while (found := await engine.store.read(audit.verify)).unsealed:  # noqa: ASYNC110  # a look
            await asyncio.sleep(0.02)
    return found


async def test_lines_are_sealed_by_themselves(engine: Engine) -> None:
    """QUALITY L16: at most about a second later; on PostgreSQL behind open writers."""
    clock = _clock(engine)
    clock.start(_nobody)
    for number in range(5):
        await engine.hear(f"p{number}", "/note")
    found = await _all_sealed(engine)
    clock.stop()
    assert (found.sealed, found.broken_at) == (5, None)


async def _nobody(before: datetime) -> None:
    return None


async def test_sealing_goes_on_over_many_batches(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit, "BATCH", 3)
    for number in range(8):
        await engine.hear(f"p{number}", "/note")
    clock = _clock(engine)
    async with asyncio.timeout(10):
        while (await engine.store.read(audit.verify)).unsealed:
            await clock.seal()
    assert (await engine.store.read(audit.verify)).sealed == 8


async def test_a_store_that_is_away_is_waited_for(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(work: Any) -> Any:
        raise Unavailable("away")

    clock = _clock(engine)
    for lane in ("mark", "read"):
        monkeypatch.setattr(engine.store, lane, away)
    assert await clock.seal() == 0
    assert not await clock.purge()
    await clock._measure()
    await clock._resume(away)


async def test_old_payloads_go_once_a_day(engine: Engine, database_url: str) -> None:
    """SPEC privacy.inbox_days; rows stay as long as a platform may repeat itself."""
    await engine.hear("ann", "/note", key="old")
    engine.clock.forward(days=7, minutes=1)
    await engine.hear("ann", "/note", key="new")
    clock = _clock(engine)
    assert await clock.purge()
    assert [row["payload"] is None for row in rows(database_url, "inbox")] == [True, False]
    assert not await clock.purge()  # this day's run key is taken
    engine.clock.forward(days=1)
    assert await clock.purge()
    assert [row["key"] for row in rows(database_url, "inbox")] == ["new"]
    assert len(rows(database_url, "run_keys")) == 2


async def test_what_waits_is_never_purged(engine: Engine, database_url: str) -> None:
    engine.hold_turns()
    await engine.intake.accept(engine.event("ann", "/note"))
    engine.clock.forward(days=30)
    await _clock(engine).purge()
    (row,) = rows(database_url, "inbox")
    assert (row["state"], row["payload"] is None) == ("pending", False)


async def test_replicas_purge_once(postgres_url: str) -> None:
    time = MovableClock()
    async with running(postgres_url, time, "one") as one, running(postgres_url, time, "two") as two:
        clocks = [_clock(engine) for engine in (one, two) for _ in range(3)]
        done = await asyncio.gather(*(clock.purge() for clock in clocks))
    assert sorted(done) == [False] * 5 + [True]


async def test_only_what_is_old_enough_is_resumed(engine: Engine) -> None:
    """What another replica has just received is its own to answer."""
    asked: list[timedelta] = []

    async def resume(before: datetime) -> None:
        asked.append(engine.clock() - before)

    await _clock(engine)._resume(resume)
    assert timedelta(seconds=9) < asked[0] < timedelta(seconds=12)


async def test_what_stands_is_measured(engine: Engine) -> None:
    engine.hold_turns()
    for number in range(3):
        await engine.intake.accept(engine.event(f"p{number}", "/note"))

    async def late(tx: Tx) -> None:
        await tx.script("UPDATE outbox SET state = 'uncertain'")

    engine.release_turns()
    await engine.hear("ann", "/note")
    await engine.store.turn(late)
    await _clock(engine)._measure()
    assert INBOX._value.get() == 3
    assert OUTBOX.labels("uncertain")._value.get() == 1


async def test_the_jobs_are_those_we_know(engine: Engine) -> None:
    clock = _clock(engine)
    clock.start(_nobody)
    nightly = [job for job in clock._scheduler.get_jobs() if "cron" in str(job.trigger)]
    assert [str(job.trigger) for job in nightly] == ["cron[hour='3', minute='17']"]
    clock.stop()
    clock.stop()
