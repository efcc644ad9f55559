"""The line before a platform's limit: one asks at a time, answers before notices."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

from bot.channel import Channel, Limits
from scheduler.pace import Pace
from storage.limits import Limit
from storage.outbox import Delivery

CROWD = 200
CHANNEL = cast(Channel, SimpleNamespace(name="web", limits=Limits(per_second=500.0, burst=1)))


def _delivery(number: int, answer: bool) -> Delivery:
    return cast(
        Delivery,
        SimpleNamespace(
            account_id=number,
            external=f"m{number}",
            answer=answer,
            paced=False,
            made=datetime.now(UTC),
        ),
    )


async def test_a_crowd_asks_the_limit_once_for_each_that_passes(monkeypatch: Any) -> None:
    asked = 0
    ask = Limit._ask

    async def counted(limit: Limit, key: str) -> Any:
        nonlocal asked
        asked += 1
        return await ask(limit, key)

    monkeypatch.setattr(Limit, "_ask", counted)
    pace = Pace()
    waits = [pace.wait(CHANNEL, _delivery(number, True)) for number in range(CROWD)]
    assert await asyncio.gather(*waits) == [0.0] * CROWD
    assert asked < 4 * CROWD  # each of them again for every one that passes would be 20,000
    await pace.close()


async def test_an_answer_does_not_stand_behind_the_notices() -> None:
    pace, passed = Pace(), list[bool]()

    async def one(number: int, answer: bool) -> None:
        await pace.wait(CHANNEL, _delivery(number, answer))
        passed.append(answer)

    notices = [asyncio.ensure_future(one(number, False)) for number in range(CROWD)]
    await asyncio.sleep(0)
    await one(CROWD, True)
    assert passed.index(True) <= 2  # behind the notice that is first in line, and one before it
    await asyncio.gather(*notices)
    await pace.close()


async def test_nobody_waits_in_line_when_the_house_closes() -> None:
    pace = Pace()
    slow = cast(Channel, SimpleNamespace(name="slow", limits=Limits(per_second=5.0, burst=1)))
    assert await pace.wait(slow, _delivery(0, True)) == 0
    waits = [asyncio.ensure_future(pace.wait(slow, _delivery(n, True))) for n in range(1, 50)]
    await asyncio.sleep(0)
    pace.closing = True
    assert all(wait > 0 for wait in await asyncio.gather(*waits))
    await pace.close()
