"""A nursery per worker, a platform per test, and the small town whose people send events."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.faults.rig import Emulator, Nursery, Sender, Server

Serve = Callable[..., Any]


@pytest.fixture(scope="session")
def nursery() -> Iterator[Nursery]:
    made = Nursery()
    yield made
    made.close()


@pytest.fixture
async def emulator(nursery: Nursery, tmp_path: Path) -> AsyncIterator[Emulator]:
    made = Emulator(nursery, tmp_path)
    await made.ready()
    yield made
    made.child.signal(signal.SIGKILL)
    await made.child.end()


@pytest.fixture
def chance(request: pytest.FixtureRequest) -> Random:
    """Its seed is the run's, which is printed."""
    return Random(request.config.getoption("randomly_seed"))


@pytest.fixture
async def serve(nursery: Nursery, emulator: Emulator, tmp_path: Path) -> AsyncIterator[Serve]:
    """Start the product under a supervisor: `await serve(url, "--option", plan=[...])`."""
    async with AsyncExitStack() as stack:

        async def started(url: str, *options: str, **more: Any) -> Server:
            server = Server(nursery, tmp_path, url, emulator.url, options, **more)
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


@pytest.fixture
async def sender_of() -> AsyncIterator[Callable[..., Sender]]:
    made: list[Sender] = []

    def make(*servers: Server) -> Sender:
        made.append(Sender(*servers))
        return made[-1]

    yield make
    for sender in made:
        await sender.close()
