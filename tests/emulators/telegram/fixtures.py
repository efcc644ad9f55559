"""Fixtures of tests that talk with the emulator: `pytest_plugins = (this module's name,)`."""

from __future__ import annotations

import functools
import ssl
from collections.abc import AsyncIterator, Iterator
from types import SimpleNamespace

import pytest

from tests.emulators.telegram.client import Process, Telegram


@pytest.fixture(scope="session")
def telegram_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    """One process for all tests of a worker; each test begins with `reset`.

    aiogram reads the authorities that it trusts for every bot, which takes longer than a short
    test: here it reads them once.
    """
    made = Process(tmp_path_factory.mktemp("telegram") / "log")
    once = SimpleNamespace(create_default_context=functools.cache(ssl.create_default_context))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("aiogram.client.session.aiohttp.ssl", once)
        yield made
    made.close()


@pytest.fixture
async def telegram(telegram_process: Process) -> AsyncIterator[Telegram]:
    """An empty Telegram."""
    async with Telegram(telegram_process) as made:
        yield made
