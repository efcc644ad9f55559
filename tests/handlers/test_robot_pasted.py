"""The address of a group robot, pasted before anybody asked for it, or from somewhere else."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from storage.prepared import insert_row
from storage.schema import roles
from storage.tx import Tx
from tests.engine import rows, sentence
from tests.world import World, living

KEY = "hook-key-1"
ADDRESS = f"https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key={KEY}"
UNIT, OTHER = "青松社区团支部", "星辰社区团支部"
_ROLE = insert_row(roles, "person_id", "unit_id", "role", "since", "created_at")


@pytest.fixture
async def world(database_url: str, tmp_path: Path) -> AsyncIterator[World]:
    async with living(database_url, tmp_path) as made:
        root = await made.unit("QZ", "青州区团委", "district")
        branch = await made.unit("BN", UNIT, "branch", root)
        other = await made.unit("XC", OTHER, "branch", root)
        await made.person("李秀英", branch, "sec", "secretary")
        both = await made.person("赵小亮", other, "both", "secretary")
        await made.person("王小明", branch, "ann")
        object.__setattr__(made.app.house, "robots", True)  # as make_house does where WeCom is

        async def also(tx: Tx) -> None:
            held = {"unit_id": branch, "role": "secretary", "since": made.clock()}
            await tx.value(_ROLE, person_id=both, created_at=made.clock(), **held)

        await made.app.store.turn(also)
        yield made


def _bound(database_url: str) -> list[int]:
    return [row["unit_id"] for row in rows(database_url, "groups")]


@pytest.mark.parametrize("before", ["绑定群", "绑定群 BN", "帮助"])
async def test_an_address_is_taken_at_once(world: World, database_url: str, before: str) -> None:
    await world.said("sec", before)
    (told,) = await world.said("sec", f"地址：{ADDRESS}")
    assert told.text == sentence("robot.bound", title="…ey-1")
    assert _bound(database_url) == [2]


async def test_the_unit_whose_groups_were_shown_is_meant(world: World, database_url: str) -> None:
    await world.said("both", "绑定群 XC")
    (told,) = await world.said("both", ADDRESS)
    assert told.text == sentence("robot.bound", title="…ey-1")
    assert _bound(database_url) == [3]


@pytest.mark.parametrize("before", ["绑定群", "帮助"])
async def test_one_of_several_units_is_asked_for(
    world: World, database_url: str, before: str
) -> None:
    await world.said("both", before)
    (asked,) = await world.said("both", ADDRESS)
    assert asked.text == sentence("robot.which")
    (asked,) = await world.said("both", "嗯")
    assert asked.text == sentence("robot.which")
    assert list(asked.buttons)[:2] == [UNIT, OTHER]
    for table in ("dialogs", "inbox", "outbox"):
        assert KEY not in str(rows(database_url, table)), table
    (told,) = await world.press("both", OTHER)
    assert told.text == sentence("robot.bound", title="…ey-1")
    assert _bound(database_url) == [3]
    (told,) = await world.press("both", UNIT)  # the address is forgotten by now
    assert told.text == sentence("robot.ask", unit=UNIT)


async def test_who_may_bind_nothing_is_answered_as_ever(world: World, database_url: str) -> None:
    (told,) = await world.said("ann", ADDRESS)
    assert told.text == sentence("help.unknown")
    object.__setattr__(world.app.house, "robots", False)
    (told,) = await world.said("sec", ADDRESS)
    assert told.text == sentence("help.unknown")
    assert _bound(database_url) == []


async def test_an_address_from_elsewhere_is_refused(world: World, database_url: str) -> None:
    foreign = f"https://evil.example.com/cgi-bin/webhook/send?key={KEY}"
    (told,) = await world.said("sec", foreign)
    assert told.text == sentence("robot.foreign")
    assert _bound(database_url) == []
    (told,) = await world.said("sec", ADDRESS)
    assert told.text == sentence("robot.bound", title="…ey-1")
    assert _bound(database_url) == [2]


async def test_a_deployment_of_its_own_has_its_own_host(world: World, database_url: str) -> None:
    object.__setattr__(world.app.house, "robot_hosts", frozenset({"wecom.example.gov.cn"}))
    (told,) = await world.said("sec", f"http://wecom.example.gov.cn:8/webhook/send?key={KEY}")
    assert told.text == sentence("robot.bound", title="…ey-1")
    assert _bound(database_url) == [2]
