"""Which lines of a list are never given away at once, and what the secretary is told of them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from storage.consents import GUARDIAN_ASKED
from storage.prepared import insert_row
from storage.schema import consents, persons, registrations, roles
from storage.tx import Tx
from tests.joining import ADULT, owner, registered, rows, school_class
from tests.world import World

_FLAG = insert_row(consents, "person_id", "purpose", "text_version", "given_at")
_ROLE = insert_row(roles, "person_id", "unit_id", "role", "since", "created_at")


async def _write(world: World, statement: Any, **values: Any) -> None:
    async def work(tx: Tx) -> None:
        await tx.value(statement, **values)

    await world.app.store.turn(work)


async def _flagged(world: World, unit: int) -> int:
    """A child's line as an import writes it: name and number alone, and the guardian is asked."""
    line = await world.person("王小明", unit, status="roster", number="20230101")
    flag = {"purpose": GUARDIAN_ASKED, "text_version": "2026-11"}
    await _write(world, _FLAG, person_id=line, given_at=world.clock(), **flag)
    return line


@pytest.mark.parametrize("stored", [True, False])
async def test_a_childs_line_is_never_claimed_before_the_guardians_consent(
    world: World, stored: bool
) -> None:
    here = await school_class(world)
    if stored:
        child = date(2014, 3, 5)
        line = await world.person(
            "王小明", here.unit, status="roster", number="20230101", birth=child
        )
    else:
        line = await _flagged(world, here.unit)
    said = await registered(world, "eve", here.code, "王小明", ADULT, number="20230101")
    assert "团支书看一下" in said[0].text
    assert await owner(world, "eve") is None
    text = (await world.press("sec", "去看看"))[0].text
    assert "出生日期和名单上的不同" in text
    assert "未满 14 岁的，还没有监护人的同意" in text
    assert "先有监护人的同意" in (await world.press("sec", "通过"))[0].text
    await world.said("sec", "好的好的，通过吧")
    assert await owner(world, "eve") is None
    await world.said("sec", "取消")
    found = await rows(world, select(persons.c.status).where(persons.c.id == line))
    assert found[0].status == "roster"


async def test_another_birth_date_than_the_stored_one_waits(world: World) -> None:
    here = await school_class(world)
    born = date(2001, 1, 1)
    await world.person("王小明", here.unit, status="roster", birth=born)
    await registered(world, "eve", here.code, "王小明", ADULT)
    assert await owner(world, "eve") is None
    assert "出生日期和名单上的不同" in (await world.press("sec", "去看看"))[0].text


@pytest.mark.parametrize("later", [timedelta(days=-1), timedelta(days=30)])
async def test_a_line_with_a_role_waits_for_approval(world: World, later: timedelta) -> None:
    here = await school_class(world)
    line = await world.person("王小明", here.unit, status="roster", number="20230101")
    at = world.clock()
    held = {"unit_id": here.unit, "role": "organiser", "since": at + later, "created_at": at}
    await _write(world, _ROLE, person_id=line, **held)
    await registered(world, "ann", here.code, "王小明", ADULT, number="20230101")
    assert await owner(world, "ann") is None
    assert "担任职务" in (await world.press("sec", "去看看"))[0].text
    await world.press("sec", "通过")
    person = await owner(world, "ann")
    assert person is not None
    assert person["id"] == line


async def test_another_number_is_said_to_be_another_and_a_new_member_is_offered(
    world: World,
) -> None:
    here = await school_class(world)
    line = await world.person("王小明", here.unit, status="roster", number="20230101")
    await registered(world, "ann", here.code, "王小明", ADULT, number="20239999")
    text = (await world.press("sec", "去看看"))[0].text
    assert "编号不同" in text
    assert "没有编号可核对" not in text
    await world.press("sec", "作为新成员")
    person = await owner(world, "ann")
    assert person is not None
    assert person["id"] != line
    assert person["number_index"] is not None


async def test_a_line_that_is_gone_is_said_to_be_gone(world: World) -> None:
    here = await school_class(world)
    await world.person("王小明", here.unit, status="roster", number="20230101")
    await registered(world, "eve", here.code, "王小明", ADULT)
    await registered(world, "ann", here.code, "王小明", "2001-01-01", number="20230101")
    said = await world.press("sec", "去看看")
    assert "已被别人认领" in said[0].text
    assert "没有编号可核对" not in said[0].text
    assert {"作为新成员", "拒绝"} <= set(said[0].buttons)
    assert "通过" not in said[0].buttons
    await world.press("sec", "作为新成员")
    first, second = await owner(world, "ann"), await owner(world, "eve")
    assert first is not None
    assert second is not None
    assert first["id"] != second["id"]


async def test_the_secretary_hears_once_of_a_new_member_and_of_a_namesake(world: World) -> None:
    here = await school_class(world)
    await registered(world, "ann", here.code, "王小明", ADULT)
    heard = [spoken.text for spoken in world.ear.heard["sec"]]
    assert heard == ["王*明加入了高一（3）班团支部。"]
    await registered(world, "bob", here.code, "王小明", "2001-01-01")
    assert "同名的成员" in str(world.last("sec"))
    assert "王小明" in (await world.press("sec", "去看看"))[0].text


async def test_who_waits_reads_it_and_may_take_it_back(world: World) -> None:
    here = await school_class(world, approval=True)
    await registered(world, "ann", here.code, "王小明", ADULT)
    said = await world.said("ann", "我的")
    assert "加入高一（3）班团支部的申请在等审批" in said[0].text
    assert "11月22日" in said[0].text
    said = await world.said("ann", f"/join {here.code}")
    assert "换成这个" not in said[0].buttons
    assert "不用再申请一次" in said[0].text
    await world.press("ann", "撤回申请")
    found = await rows(world, select(registrations.c.state))
    assert [row.state for row in found] == ["withdrawn"]
    assert "还没有加入组织" in (await world.said("ann", "我的"))[0].text
    assert "刚刚变过" in (await world.press("ann", "撤回申请"))[0].text
