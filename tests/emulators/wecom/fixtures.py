"""Fixtures of tests that talk with the fake qyapi: `pytest_plugins = (this module's name,)`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from tests.emulators.wecom.qyapi_client import Process, Wecom


@pytest.fixture(scope="session")
def corp_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    """One process for all tests of a worker; each test begins with `reset`."""
    made = Process(tmp_path_factory.mktemp("corp") / "log")
    yield made
    made.close()


@pytest.fixture
async def corp(corp_process: Process) -> AsyncIterator[Wecom]:
    """A corp with nobody in it."""
    async with Wecom(corp_process) as made:
        yield made
