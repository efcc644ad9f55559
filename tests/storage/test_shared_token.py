"""A token in Redis: sealed, the newest wins, and one at a time fetches it."""

from __future__ import annotations

import redis

from storage.shared_token import SharedToken
from storage.vault import Vault

KEY = (1, b"k" * 32)


def _shared(url: str, *keys: tuple[int, bytes]) -> SharedToken:
    return SharedToken(url, Vault(keys or (KEY,)), "an app")


async def test_the_newest_wins(redis_url: str) -> None:
    """F24: nobody overwrites a newer token with an older one."""
    one, two = _shared(redis_url), _shared(redis_url)
    assert await one.read() is None
    assert await one.write("new", 100.5, 7000.0)
    assert not await two.write("old", 100.25, 7000.0)
    assert await two.read() == ("new", 100.5, 7000.0)
    assert await two.write("newer", 100.75, 8000.0)
    assert await one.read() == ("newer", 100.75, 8000.0)
    await one.close()
    await two.close()


async def test_one_at_a_time_fetches(redis_url: str) -> None:
    one, two = _shared(redis_url), _shared(redis_url)
    assert await one.claim(10)
    assert not await two.claim(10)
    await two.release()  # it is not its to release
    assert not await two.claim(10)
    await one.release()
    assert await two.claim(10)
    await one.close()
    await two.close()


async def test_nothing_in_redis_can_be_read_there(redis_url: str) -> None:
    shared = _shared(redis_url)
    await shared.write("a-canary-of-a-token", 1.0, 7000.0)
    client = redis.Redis.from_url(redis_url)
    kept = [client.hgetall(key) for key in client.scan_iter()]
    client.close()
    assert kept
    assert "canary" not in str(kept)
    other = _shared(redis_url, (2, b"x" * 32))
    assert await other.read() is None
    await shared.close()
    await other.close()


async def test_without_redis_everybody_may_fetch() -> None:
    lost = _shared("redis://127.0.0.1:1/0")
    assert await lost.claim(10)
    assert await lost.read() is None
    assert not await lost.write("x", 1.0, 2.0)
    await lost.release()
    await lost.close()
