"""Limits: counted in process or in Redis, and losing Redis stops nobody (QUALITY F08)."""

from __future__ import annotations

import asyncio

import pytest

from storage import limits
from storage.limits import Limit, redis_answers
from tests.faults.rig import free_port


async def _passed(limit: Limit, key: str, asks: int) -> int:
    return [await limit.wait(key) for _ in range(asks)].count(0.0)


async def test_a_burst_of_a_second_and_then_a_wait() -> None:
    limit = Limit(5)
    assert await _passed(limit, "a", 5) == 5
    wait = await limit.wait("a")
    assert 0 < wait <= 0.21
    await asyncio.sleep(wait + 0.01)
    assert await limit.wait("a") == 0


async def test_keys_are_apart() -> None:
    limit = Limit(2)
    assert await _passed(limit, "a", 4) == 2
    assert await _passed(limit, "b", 4) == 2


@pytest.mark.parametrize(("per_second", "burst"), [(1 / 3, 1), (0.01, 1), (20, 20), (100_000, 200)])
async def test_slow_and_fast_ones(per_second: float, burst: int) -> None:
    assert await _passed(Limit(per_second), "a", 200) >= burst
    assert per_second > 1 or await _passed(Limit(per_second), "a", 200) == burst


async def test_replicas_share_a_limit_through_redis(redis_url: str) -> None:
    one, two = Limit(10, redis_url), Limit(10, redis_url)
    passed = await asyncio.gather(_passed(one, "a", 20), _passed(two, "a", 20))
    await asyncio.gather(one.close(), two.close())
    assert 10 <= sum(passed) <= 13  # a few come back within the time that the asking takes


async def test_without_redis_each_counts_for_itself() -> None:
    """The control of the test above."""
    passed = await asyncio.gather(*(_passed(Limit(10), "a", 20) for _ in range(2)))
    assert sum(passed) >= 20


async def test_a_redis_that_is_gone_is_not_asked_again_and_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    limit = Limit(5, f"redis://:secret@127.0.0.1:{free_port()}/0")
    assert await _passed(limit, "a", 6) == 5
    asked = limit._shared_again
    assert asked > 0
    await limit.wait("b")
    assert limit._shared_again == asked  # not before RECONNECT_SECONDS are over
    monkeypatch.setattr(limits, "RECONNECT_SECONDS", 0.0)
    limit._shared_again = 0.0
    await limit.wait("b")
    assert limit._shared_again > 0
    await limit.close()


async def test_redis_answers_or_not(redis_url: str) -> None:
    assert await redis_answers(redis_url)
    assert not await redis_answers(f"redis://127.0.0.1:{free_port()}/0")
    assert not await redis_answers("redis://no such host/0")
