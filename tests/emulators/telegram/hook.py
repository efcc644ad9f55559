"""A bot's webhook for the tests of the emulator: writes down what comes, answers as told."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

Json = dict[str, Any]


class Hook:
    """`got`: every attempt, with its time, its headers, its connection and the update.

    `answer` decides how an update is answered; without it everything is taken.
    """

    def __init__(self) -> None:
        self.url = ""
        self.got: list[tuple[float, Json]] = []
        self.secrets: set[str | None] = set()
        self.connections: set[int] = set()
        self.now = 0
        self.most = 0
        self.answer: Callable[[Json, int], Awaitable[web.Response]] | None = None

    @property
    def texts(self) -> list[str]:
        """The texts of the messages, in the order in which they came."""
        return [update["message"]["text"] for _, update in self.got if "message" in update]

    async def handle(self, request: web.BaseRequest) -> web.Response:
        """One attempt."""
        update: Json = await request.json()
        self.got.append((time.monotonic(), update))
        self.secrets.add(request.headers.get("X-Telegram-Bot-Api-Secret-Token"))
        self.connections.add(id(request.transport))
        self.now += 1
        self.most = max(self.most, self.now)
        try:
            if self.answer is None:
                return web.Response()
            return await self.answer(update, len(self.got))
        finally:
            self.now -= 1

    async def until(self, count: int, seconds: float = 10) -> None:
        """Wait for so many attempts."""
        async with asyncio.timeout(seconds):
            while len(self.got) < count:  # noqa: ASYNC110  # they come from another process
                await asyncio.sleep(0.005)


@asynccontextmanager
async def listening() -> AsyncIterator[Hook]:
    """A webhook on a free port."""
    hook = Hook()
    runner = web.ServerRunner(web.Server(hook.handle))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    hook.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    try:
        yield hook
    finally:
        await runner.cleanup()
