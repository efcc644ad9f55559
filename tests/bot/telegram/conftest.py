"""What the tests of the channel share: one emulator per worker, forgetful between tests."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from tests.bot.telegram.rig import Alone
from tests.emulators.telegram.client import Process, Telegram


@pytest.fixture(scope="session")
def telegram_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    """The emulator's process."""
    made = Process(tmp_path_factory.mktemp("telegram") / "log")
    yield made
    made.close()


@pytest.fixture
async def telegram(telegram_process: Process) -> AsyncIterator[Telegram]:
    """An emulated Telegram in which nothing has happened yet."""
    async with Telegram(telegram_process) as made:
        yield made


@pytest.fixture
async def alone(telegram: Telegram) -> AsyncIterator[Alone]:
    """A sender to that Telegram."""
    made = Alone(telegram.api_base)
    yield made
    await made.close()
