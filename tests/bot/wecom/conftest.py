"""What the tests of sending share: one fake qyapi per worker, forgetful between tests."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from tests.bot.wecom.outbound import Alone
from tests.emulators.wecom.qyapi_client import Process, Wecom


@pytest.fixture(scope="session")
def wecom_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    """The emulator's process."""
    made = Process(tmp_path_factory.mktemp("qyapi") / "log")
    yield made
    made.close()


@pytest.fixture
async def wecom(wecom_process: Process) -> AsyncIterator[Wecom]:
    """A corp with two members."""
    async with Wecom(wecom_process) as made:
        await made.member("ming", "hua")
        yield made


@pytest.fixture
async def alone(wecom: Wecom) -> AsyncIterator[Alone]:
    """A channel to that corp."""
    made = Alone(wecom.api_base)
    yield made
    await made.close()
