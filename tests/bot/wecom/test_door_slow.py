"""Who takes their time at the door, or goes away from it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest

from bot.channels.wecom import door
from tests.bot.wecom.inbound import PATH, House, open_house
from tests.emulators.wecom.callbacks import Caller, Identity
from tests.emulators.wecom.letters import message


@pytest.fixture
async def house(sqlite_url: str, tmp_path: Path) -> AsyncIterator[House]:
    """A product at its door."""
    async with open_house(sqlite_url, tmp_path) as made:
        yield made


def _begun(length: int) -> bytes:
    """A request with good parameters whose body has yet to come."""
    query = urlencode(Identity().query("x"))
    head = f"POST {PATH}?{query} HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n"
    return head.encode()


async def _opened(house: House) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    where = urlsplit(house.url)
    return await asyncio.open_connection(where.hostname, where.port)


async def test_a_body_that_does_not_come_is_not_waited_for(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(door, "BODY_SECONDS", 0.1)
    reader, writer = await _opened(house)
    writer.write(_begun(100) + b"<xml>")
    async with asyncio.timeout(3):
        assert await reader.read() == b""
    writer.close()


async def test_what_is_forged_is_refused_before_its_body_comes(house: House) -> None:
    reader, writer = await _opened(house)
    writer.write(_begun(100).replace(b"nonce=", b"once="))
    async with asyncio.timeout(1):
        assert (await reader.readline()).startswith(b"HTTP/1.1 403 ")
    writer.close()
    reader, writer = await _opened(house)
    writer.write(_begun(65_537))
    async with asyncio.timeout(1):
        assert (await reader.readline()).startswith(b"HTTP/1.1 413 ")
    writer.close()


async def test_who_goes_away_leaves_nothing_behind(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    _, writer = await _opened(house)
    writer.write(_begun(100) + b"<xml>")
    await writer.drain()
    await asyncio.sleep(0.1)
    writer.transport.abort()
    await asyncio.sleep(0.1)
    async with Caller(house.url) as caller:
        assert (await caller.once(message(Content="帮助"))).status == 200
    assert [one for one in caplog.records if one.levelname in {"ERROR", "CRITICAL"}] == []
