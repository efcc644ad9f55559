"""The access token: fetched once for all who need it, shared by the replicas, never in a loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.channels.wecom.client import Client, errcode

EARLY = 300.0  # seconds before its end a token is not used any more
AGAIN_SECONDS = 60.0  # between new tokens while every one is refused
_SECRET_AGAIN = 1800.0  # WeCom bans an address for an hour that repeats a wrong secret
_FLIGHT = 12.0  # seconds that another replica may take to fetch one
_LOOK = 0.05
_WRONG_SECRET = frozenset({40001, 40013, 40056, 41002, 41004})


@dataclass(frozen=True, slots=True)
class Token:
    """`at`: when it was asked for, `end`: until when it is used, in seconds of 1970."""

    value: str
    at: float
    end: float


class Shared(Protocol):
    """Where replicas keep it together (storage/shared_token.py)."""

    async def read(self) -> tuple[str, float, float] | None: ...
    async def write(self, value: str, at: float, end: float) -> bool: ...
    async def claim(self, seconds: float) -> bool: ...
    async def release(self) -> None: ...
    async def close(self) -> None: ...


class NoToken(Exception):
    """There is no token now. `code`: the errcode of gettoken, or 0: every token is refused."""

    def __init__(self, code: int, said: str = "") -> None:
        super().__init__(str(code))
        self.code = code
        self.said = said


class Tokens:
    """The token of one app. `secret` answers the app's secret as it is configured now."""

    def __init__(
        self,
        client: Client,
        corp_id: str,
        secret: Callable[[], str],
        clock: Callable[[], datetime],
        shared: Shared | None = None,
    ) -> None:
        self._client = client
        self._corp_id = corp_id
        self._secret = secret
        self._clock = clock
        self._shared = shared
        self._token: Token | None = None
        self._refused: set[str] = set()  # lately, one after the other
        self._shut = 0.0  # until then nobody fetches
        self._wrong = ("", 0.0)  # a secret that was refused, and until when it is not shown again
        self._flight = asyncio.Lock()

    async def current(self) -> str:
        """The token. NoToken if there is none to be had, NoAnswer of gettoken."""
        if self._good(self._token):
            return self._token.value  # type: ignore[union-attr]  # a good one is there
        async with self._flight:
            if not self._good(self._token):
                self._token = await self._new()
            return self._token.value  # type: ignore[union-attr]  # likewise

    def taken(self) -> None:
        """WeCom took the token: whatever was refused before is forgotten."""
        if self._refused:
            self._refused.clear()

    def refuse(self, value: str) -> bool:
        """WeCom refused this token. False: the one before it was refused too, so it is not that."""
        if self._token is not None and self._token.value != value:
            return True  # there is a newer one already
        if value not in self._refused:
            self._refused.add(value)
            self._token = None
            if len(self._refused) > 1:
                self._shut = self._now() + AGAIN_SECONDS
        return self._shut <= self._now()

    def _now(self) -> float:
        return self._clock().timestamp()

    def _good(self, token: Token | None) -> bool:
        return token is not None and token.value not in self._refused and self._now() < token.end

    async def _new(self) -> Token:
        found = await self._kept()
        if found is not None:
            return found
        if self._shut > self._now():
            raise NoToken(0)
        if self._shared is None:
            return await self._fetched()
        end = asyncio.get_running_loop().time() + _FLIGHT
        while not await self._shared.claim(_FLIGHT):
            await asyncio.sleep(_LOOK)
            found = await self._kept()
            if found is not None:
                return found
            if asyncio.get_running_loop().time() > end:
                break  # whoever had it has died, or we read nothing any more
        try:
            found = await self._kept()  # somebody may have been faster than our claim
            return await self._fetched() if found is None else found
        finally:
            await self._shared.release()

    async def _kept(self) -> Token | None:
        """What another replica has fetched, if it is good."""
        kept = None if self._shared is None else await self._shared.read()
        found = None if kept is None else Token(*kept)
        return found if self._good(found) else None

    async def _fetched(self) -> Token:
        secret = await asyncio.to_thread(self._secret)  # it may be read from a file
        at = self._now()
        if self._wrong[0] == secret and at < self._wrong[1]:
            raise NoToken(40001)
        answer = await self._client.get("gettoken", corpid=self._corp_id, corpsecret=secret)
        code = errcode(answer)
        value = answer.get("access_token")
        if code or not isinstance(value, str) or not value:
            if code in _WRONG_SECRET:
                self._wrong = (secret, at + _SECRET_AGAIN)
            raise NoToken(code or -1, str(answer.get("errmsg", "")))
        seconds = float(answer.get("expires_in", 7200))
        made = Token(value, at, at + max(seconds - EARLY, seconds / 2))
        if self._shared is not None:
            await self._shared.write(made.value, made.at, made.end)
        return made
