"""Fixtures of the fault tests on Telegram: `pytest_plugins = (this module's name,)`."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from typing import Any

import pytest

from tests.emulators.telegram.client import Telegram
from tests.faults.rig import Nursery
from tests.faults.telegram_rig import ServeTelegram, TelegramServer, section

pytest_plugins = ("tests.emulators.telegram.fixtures",)


@pytest.fixture(scope="session")
def telegram_nursery() -> Iterator[Nursery]:
    """Where the library is imported already."""
    made = Nursery("tests.faults.telegram_nursery")
    yield made
    made.close()


@pytest.fixture
async def serve_telegram(
    telegram_nursery: Nursery, telegram: Telegram, tmp_path: Path
) -> AsyncIterator[ServeTelegram]:
    """Start the product under a supervisor: `await serve_telegram(url, "--option", mode=...)`."""
    async with AsyncExitStack() as stack:

        async def started(
            url: str, *options: str, mode: str = "polling", api_base: str = "", **more: Any
        ) -> TelegramServer:
            sections = section(telegram, mode, api_base)
            server = TelegramServer(telegram_nursery, tmp_path, url, "", options, sections, **more)
            watch = asyncio.create_task(server.supervise())

            async def ended() -> None:
                watch.cancel()
                with suppress(asyncio.CancelledError):
                    await watch
                server.child.signal(signal.SIGKILL)
                await server.child.end()

            stack.push_async_callback(ended)
            await server.ready()
            return server

        yield started
