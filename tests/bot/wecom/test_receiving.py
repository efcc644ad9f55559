"""What else happens when a callback is taken: files, presses, alarms, and the time it may take."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from bot.channels.wecom import receiving
from bot.channels.wecom.heard import Change
from bot.channels.wecom.receiving import CLOCK, CLOSED, IDLE
from bot.chat import Kind
from storage.connections import Unavailable
from tests.bot.telegram.outages import out_of_order
from tests.bot.wecom.inbound import House, open_house
from tests.emulators.wecom.letters import change, event, message


@pytest.fixture
async def house(sqlite_url: str, tmp_path: Path) -> AsyncIterator[House]:
    """A product without a way to fetch."""
    async with open_house(sqlite_url, tmp_path) as made:
        yield made


async def test_a_file_comes_with_its_content(sqlite_url: str, tmp_path: Path) -> None:
    asked: list[str] = []

    async def fetch(media_id: str) -> Mapping[str, Any]:
        asked.append(media_id)
        return {"content": base64.b64encode(b"x").decode()}

    async with open_house(sqlite_url, tmp_path, fetch=fetch) as house:
        await house.ear.receiver.took(message("file", MediaId="M1", FileName="a.xlsx"))
        await house.ear.receiver.took(message("image", MediaId="M2"))
        await house.settled()
        file, image = (one.payload for one in house.events)
    assert (file["content"], file["name"]) == ("eA==", "a.xlsx")
    assert "content" not in image  # nobody reads it
    assert asked == ["M1"]


@pytest.mark.parametrize("how", ["raises", "hangs"])
async def test_a_file_that_does_not_come(
    how: str, sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receiving, "FETCH_SECONDS", 0.05)

    async def fetch(media_id: str) -> Mapping[str, Any]:
        if how == "raises":
            raise OSError(media_id)
        await asyncio.sleep(60)
        raise AssertionError

    async with open_house(sqlite_url, tmp_path, fetch=fetch) as house:
        assert await house.ear.receiver.took(message("file", MediaId="M1")) == ""
        await house.settled()
        assert [one.payload["failed"] for one in house.events] == [True]


async def test_a_file_that_nobody_can_fetch(house: House) -> None:
    await house.ear.receiver.took(message("file", MediaId="M1"))
    await house.settled()
    assert house.events[0].payload["failed"] is True


async def test_a_press_is_told_before_it_is_written_down(house: House, sqlite_url: str) -> None:
    press = event("template_card_event", EventKey="k", TaskId="t", ResponseCode="r")
    with out_of_order(sqlite_url), pytest.raises((Unavailable, TimeoutError)):
        await house.ear.receiver.took(press)
    assert [one.payload["response_code"] for one in house.told.pressed] == ["r"]


async def test_the_address_book_is_told(house: House) -> None:
    await house.ear.receiver.took(change("create_party", Id=2))
    await house.ear.receiver.took(change("delete_user", UserID="LiSi"))
    await house.settled()
    assert house.told.changes == [Change("create_party", "2"), Change("delete_user", "lisi")]
    assert [(one.account, one.kind) for one in house.events] == [("lisi", Kind.LEFT)]


async def test_the_operator_hears_of_an_idle_app(house: House) -> None:
    for kind in ("inactive_alert", "close_inactive_agent", "reopen_inactive_agent"):
        await house.ear.receiver.took(event(kind, FromUserName="sys"))
    await asyncio.sleep(0)
    assert house.told.alarms == [IDLE, CLOSED]
    assert house.told.over_ == [IDLE, CLOSED]
    assert house.events == []


async def test_what_takes_too_long_is_given_up_and_kept_all_the_same(
    house: House, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receiving, "KEEP_SECONDS", 0.05)
    with out_of_order(sqlite_url), pytest.raises(TimeoutError):
        await house.ear.receiver.took(message())
    async with asyncio.timeout(10):
        while not house.events:  # noqa: ASYNC110  # another thread writes
            await asyncio.sleep(0.02)


async def test_most_of_the_signed_ones_must_be_stale_before_a_clock_is_wrong(house: House) -> None:
    receiver, told = house.ear.receiver, house.told
    for number in range(100):
        receiver.saw(stale=number % 2 == 1)
    await asyncio.sleep(0)
    assert told.alarms == []
    for _ in range(5):
        receiver.saw(stale=True)
    await asyncio.sleep(0)
    assert (told.alarms, told.over_) == ([CLOCK], [])
    for _ in range(20):
        receiver.saw(stale=False)
    assert told.over_ == [CLOCK]


def test_what_is_waited_for_fits_into_five_seconds() -> None:
    assert receiving.FETCH_SECONDS < receiving.KEEP_SECONDS <= 3.5
