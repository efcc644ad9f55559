"""Fixtures of tests that talk with the gateway: `pytest_plugins = (this module's name,)`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from tests.emulators.wecom_bot.client import Gateway, Process


@pytest.fixture(scope="session")
def gateway_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    """One process for all tests of a worker; each test begins with `reset`."""
    made = Process(tmp_path_factory.mktemp("gateway") / "log")
    yield made
    made.close()


@pytest.fixture
async def gateway(gateway_process: Process) -> AsyncIterator[Gateway]:
    """A WeCom on which nothing has happened yet."""
    async with Gateway(gateway_process) as made:
        yield made
