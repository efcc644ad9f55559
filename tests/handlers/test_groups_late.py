"""News of a group that come late: put out and let in again, in any order (F20)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from itertools import permutations
from pathlib import Path

import pytest

from bot.chat import Event, Kind
from storage import groups
from tests.engine import rows
from tests.world import World, living

ROOM = "-1001"


@pytest.fixture
async def world(database_url: str, tmp_path: Path) -> AsyncIterator[World]:
    async with living(database_url, tmp_path) as made:
        root = await made.unit("QZ", "青州区团委", "district")
        await made.person("李秀英", root, "sec", "secretary")
        yield made


async def _bound(world: World) -> None:
    """Put into the room and bound, an hour ago."""
    (card,) = await world.said("sec", "绑定群")
    payload = card.text.rpartition("/start ")[2].strip()
    place = {"chat": ROOM, "title": "志愿群"}
    await world.send("sec", Kind.JOINED, place, private=False, key="s/9/0")
    start = {**place, "name": "start", "text": payload}
    await world.send("sec", Kind.COMMAND, start, private=False)
    world.clock.forward(hours=1)


async def _happened(world: World, who: str, kind: Kind, number: int, second: int) -> None:
    at = world.clock().replace(microsecond=0, second=0) + timedelta(seconds=second)
    payload = {"chat": ROOM, "title": "志愿群"}
    event = Event("web", who, f"s/{number}/{at:%s}", kind, payload, at, private=False)
    await world.app.intake.accept(event)
    await world.settle()


@pytest.mark.parametrize("second", [0, 1], ids=["in one second", "later"])
async def test_put_out_that_comes_after_let_in_again_changes_nothing(
    world: World, database_url: str, second: int
) -> None:
    """By another hand, so that its own order tells nothing."""
    await _bound(world)
    await _happened(world, "ann", Kind.JOINED, 11, second)
    await _happened(world, "bob", Kind.LEFT, 10, 0)
    assert [one["state"] for one in rows(database_url, "groups")] == ["bound"]
    assert [one["reachable"] for one in rows(database_url, "accounts", external=ROOM)] == [True]


async def test_whatever_the_order_the_last_news_stands(world: World, database_url: str) -> None:
    news = ((Kind.LEFT, 99), (Kind.JOINED, 100), (Kind.LEFT, 101))
    for order in permutations(news):
        world.clock.forward(hours=1)
        await _bound_again(world)
        for kind, number in order:
            await _happened(world, f"p{number}", kind, number, 0)
        assert [one["state"] for one in rows(database_url, "groups")] == ["left"]


async def _bound_again(world: World) -> None:
    await world.send("sec", Kind.JOINED, {"chat": ROOM, "title": "志愿群"}, private=False)
    world.clock.forward(minutes=10)


async def test_who_does_not_ask_for_the_order_believes_the_late_news(
    world: World, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control."""

    async def always(*_: object) -> bool:
        return True

    monkeypatch.setattr(groups, "changed", always)
    await _bound(world)
    await _happened(world, "ann", Kind.JOINED, 11, 1)
    await _happened(world, "bob", Kind.LEFT, 10, 0)
    assert [one["state"] for one in rows(database_url, "groups")] == ["left"]
