"""A token that replicas share through Redis: sealed, the newest wins, one fetches for all."""

from __future__ import annotations

import asyncio
import hashlib
import os
import time
from typing import Any

import orjson
import structlog

from storage.vault import Sealed, Vault

log = structlog.get_logger("shared_token")

RECONNECT_SECONDS = 5.0
_COLUMN = "redis.token"
# The older token of two never overwrites the newer: they are compared by when they were asked for.
_WRITE = """
local at = redis.call('HGET', KEYS[1], 'at')
if at and tonumber(at) >= tonumber(ARGV[1]) then return 0 end
redis.call('HSET', KEYS[1], 'at', ARGV[1], 'token', ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return 1
"""
_RELEASE = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end"


class SharedToken:
    """One token under one name. Without Redis nothing is shared: everybody may fetch."""

    def __init__(self, url: str, vault: Vault, name: str) -> None:
        digest = hashlib.sha256(name.encode()).hexdigest()[:32]
        self._key = f"qingtuan:token:{digest}"
        self._url = url
        self._vault = vault
        self._mine = os.urandom(8).hex()
        self._client: Any = None
        self._again = 0.0

    async def read(self) -> tuple[str, float, float] | None:
        """The token, when it was asked for and when it ends, both in seconds of 1970."""
        found = await self._asked("HGET", self._key, "token")
        if not isinstance(found, bytes):
            return None
        try:
            value, at, end = orjson.loads(self._vault.open(_COLUMN, found))
        except (Sealed, ValueError):
            return None  # of a key that is no longer configured
        return str(value), float(at), float(end)

    async def write(self, value: str, at: float, end: float) -> bool:
        """Keep it until its end, unless one stands that was asked for later."""
        sealed = self._vault.seal(_COLUMN, orjson.dumps([value, at, end]).decode())
        life = max(1, int((end - at) * 1000))
        return bool(await self._asked("EVAL", _WRITE, 1, self._key, repr(at), sealed, life))

    async def claim(self, seconds: float) -> bool:
        """Whether we are the one to fetch, for so long; True as well where there is no Redis."""
        done = await self._asked(
            "SET", f"{self._key}:claim", self._mine, "NX", "PX", int(seconds * 1000), lost=b"OK"
        )
        return done is not None

    async def release(self) -> None:
        """Let others fetch."""
        await self._asked("EVAL", _RELEASE, 1, f"{self._key}:claim", self._mine)

    async def close(self) -> None:
        """Let go of Redis."""
        if self._client is not None:
            await self._client.aclose()

    async def _asked(self, *words: Any, lost: Any = None) -> Any:
        """One command; `lost` where Redis is gone."""
        if time.monotonic() < self._again:
            return lost
        try:
            async with asyncio.timeout(2):
                return await self._connected().execute_command(*words)
        except Exception as error:  # noqa: BLE001  # whatever Redis has, sending goes on
            log.warning("redis_lost", kind=type(error).__name__)
            self._again = time.monotonic() + RECONNECT_SECONDS
            return lost

    def _connected(self) -> Any:
        if self._client is None:
            from redis.asyncio import Redis  # noqa: PLC0415  # only where there is a Redis

            self._client = Redis.from_url(self._url, socket_timeout=1, socket_connect_timeout=1)
        return self._client
