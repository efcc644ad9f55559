"""Fixtures of tests that talk with the emulator: `pytest_plugins = (this module's name,)`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from tests.emulators.telegram.client import Process, Telegram


@pytest.fixture(scope="session")
def telegram_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    """One process for all tests of a worker; each test begins with `reset`."""
    made = Process(tmp_path_factory.mktemp("telegram") / "log")
    yield made
    made.close()


@pytest.fixture
async def telegram(telegram_process: Process) -> AsyncIterator[Telegram]:
    """An empty Telegram."""
    async with Telegram(telegram_process) as made:
        yield made
