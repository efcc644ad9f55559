"""Rate limits by throttled-py: counted in Redis when there is one, else in this process."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import structlog

log = structlog.get_logger("limits")

RECONNECT_SECONDS = 5.0


class Limit:
    """A generic cell rate limit. Losing Redis loses accuracy only: it goes on in process."""

    def __init__(self, per_second: float, redis_url: str = "", burst: int | None = None) -> None:
        from throttled.asyncio import MemoryStore  # noqa: PLC0415  # 0.4 s, paid when a message leaves

        self._per_second = per_second
        store = MemoryStore(options={"MAX_SIZE": 20_000})
        self._here = _throttled(per_second, burst, store)
        self._redis = _redis(redis_url) if redis_url else None
        self._shared = _throttled(per_second, burst, self._redis) if redis_url else None
        self._shared_again = 0.0

    async def close(self) -> None:
        """Let go of Redis."""
        if self._redis is not None:
            client = self._redis._backend.get_client()  # noqa: SLF001  # it has no way to close
            await client.aclose(close_connection_pool=True)

    async def wait(self, key: str) -> float:
        """Count one use of `key` if it may happen now (0), else the seconds until it may."""
        found = await self._ask(key)
        return max(0.001, float(found.state.retry_after)) if found.limited else 0.0

    async def _ask(self, key: str) -> Any:
        if self._shared is not None and time.monotonic() >= self._shared_again:
            try:
                return await self._shared.limit(key)
            except Exception as error:  # noqa: BLE001  # whatever Redis has, sending goes on
                log.warning("redis_lost", kind=type(error).__name__)
                self._shared_again = time.monotonic() + RECONNECT_SECONDS
        return await self._here.limit(key)


def _throttled(per_second: float, burst: int | None, store: Any) -> Any:
    from throttled.asyncio import RateLimiterType, Throttled, rate_limiter  # noqa: PLC0415  # see above

    quota = rate_limiter.per_duration(
        timedelta(seconds=60),
        max(1, round(per_second * 60)),
        burst=max(1, round(per_second)) if burst is None else burst,
    )
    return Throttled(using=RateLimiterType.GCRA.value, quota=quota, store=store)


def _redis(url: str) -> Any:
    from throttled.asyncio import RedisStore  # noqa: PLC0415  # see above

    return RedisStore(server=url, options={"SOCKET_TIMEOUT": 1, "SOCKET_CONNECT_TIMEOUT": 1})


async def redis_answers(url: str) -> bool:
    """Say whether Redis answers a ping within a second."""
    from redis.asyncio import Redis  # noqa: PLC0415  # only where there is a Redis

    client = Redis.from_url(url, socket_timeout=1, socket_connect_timeout=1)
    try:
        return bool(await client.execute_command("PING"))  # type: ignore[no-untyped-call]  # untyped in redis
    except Exception:  # noqa: BLE001  # any trouble means no
        return False
    finally:
        await client.aclose()
