"""/members in the chat: pages, search, cards, looks with a reason, corrections, moves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pytest
from sqlalchemy import select, update

from domain.names import alias
from storage.prepared import Prepared
from storage.schema import audit, persons, registrations, roles
from storage.tx import Tx
from tests.joining import invite, registered, rows
from tests.world import World


@dataclass
class Two:
    """Two branches of a district, each with its secretary."""

    district: int
    unit: int
    other: int
    code: str


async def _two(world: World) -> Two:
    district = await world.unit("D1", "青禾区团委", "district")
    unit = await world.unit("B1", "一班团支部", "branch", district)
    other = await world.unit("B2", "二班团支部", "branch", district)
    secretary = await world.person("周书", unit, "sec", "secretary", birth=date(1990, 1, 1))
    await world.person("吴言", other, "sec2", "secretary")
    await world.person("林青", district, "dist", "officer")
    return Two(district, unit, other, await invite(world, unit, secretary))


async def _person(world: World, person: int) -> dict[str, object]:
    return dict((await rows(world, select(persons).where(persons.c.id == person)))[0]._asdict())


async def test_eight_to_a_page_and_the_second_page(world: World) -> None:
    here = await _two(world)
    for number in range(10):
        await world.person(f"同学{'甲乙丙丁戊己庚辛壬癸'[number]}", here.unit, status="roster")
    said = await world.said("sec", "名单")
    assert "11 人" in said[0].text
    assert said[0].text.count("·") == 8
    assert "待认领" in said[0].text
    said = await world.press("sec", "下一页")
    assert said[0].text.count("·") == 3
    assert "同学癸" in said[0].text
    assert "上一页" in said[0].buttons


async def test_search_by_a_piece_of_the_name_in_pages(world: World) -> None:
    here = await _two(world)
    for number in range(9):
        await world.person(f"王{'甲乙丙丁戊己庚辛壬'[number]}", here.unit, status="roster")
    await world.said("sec", "名单")
    await world.press("sec", "按名字找")
    said = await world.said("sec", "王")
    assert "找到 9 人" in said[0].text
    assert "王壬" in (await world.press("sec", "下一页"))[0].text
    assert "没有这个名字" in (await world.said("sec", "%"))[0].text


async def test_the_list_ends_at_the_own_subtree(world: World) -> None:
    here = await _two(world)
    person = await world.person("王小明", here.unit, "ann")
    assert "没有找到" in (await world.said("ann", "名单"))[0].text
    await world.said("sec", "名单")
    said = await world.press("sec", "王小明")
    assert "王小明" in said[0].text
    # the officer of the district goes down to it; the other branch's secretary sees nothing
    await world.said("dist", "名单")
    await world.press("dist", "下级组织")
    await world.press("dist", "一班团支部")
    assert "王小明" in (await world.press("dist", "王小明"))[0].text
    await world.said("sec2", "名单")
    await world.press("sec2", "按名字找")
    assert "没有这个名字" in (await world.said("sec2", "王小明"))[0].text
    lost = "没有找到"
    assert lost in (await _seen(world, "sec2", person))
    assert lost in (await _seen(world, "sec2", 999_999))
    refused = await rows(world, select(audit).where(audit.c.verdict == "refused"))
    assert (refused[-1].action, refused[-1].object_id) == ("member-view", person)


async def _seen(world: World, account: str, person: int) -> str:
    """What somebody reads who made a button for any person."""
    from datetime import timedelta

    from bot.chat import Kind
    from domain.tokens import Press, sign_button
    from storage.schema import accounts

    found = await rows(world, select(accounts).where(accounts.c.external == account))
    reader = f"person:{found[0].person_id}"
    expires = world.clock() + timedelta(hours=1)
    token = sign_button(world.app.house.key, reader, Press("members.see", person), expires)
    return (await world.send(account, Kind.BUTTON, {"token": token}))[0].text


async def test_a_look_needs_a_reason_and_is_on_record(world: World) -> None:
    here = await _two(world)
    await registered(world, "ann", here.code, "王小明", "2010-03-05", phone="13800138000")
    await world.said("sec", "名单")
    said = await world.press("sec", "王小明")
    assert "138****8000" in said[0].text
    assert "13800138000" not in said[0].text
    assert "2010" not in said[0].text
    await world.press("sec", "看手机和生日")
    said = await world.press("sec", "联系本人")
    assert "13800138000" in said[0].text
    assert "2010年3月5日" in said[0].text
    seen = await rows(world, select(audit).where(audit.c.verdict == "seen"))
    assert [(row.action, row.facts) for row in seen] == [("minor-reveal", {"reason": "contact"})]
    # the officer of the district needs a second person for a minor: no button at all
    await world.said("dist", "名单")
    await world.press("dist", "下级组织")
    await world.press("dist", "一班团支部")
    said = await world.press("dist", "王小明")
    assert "看手机和生日" not in said[0].buttons


async def test_name_and_member_status_are_corrected(world: World) -> None:
    here = await _two(world)
    person = await world.person("王小民", here.unit, status="roster")
    await world.said("sec", "名单")
    await world.press("sec", "王小民")
    await world.press("sec", "改名字")
    assert "王小明" in (await world.said("sec", "王 小明"))[0].text
    await world.press("sec", "确认")
    found = await _person(world, person)
    assert (found["name"], found["alias"]) == ("王小明", alias("王小明"))
    await world.press("sec", "返回")
    await world.press("sec", "设置身份")
    await world.press("sec", "入团积极分子")
    assert "还没到" in (await world.said("sec", "2031-01-01"))[0].text
    await world.said("sec", "2026-05-04")
    found = await _person(world, person)
    assert found["member_status"] == "activist"
    assert found["member_status_since"] == date(2026, 5, 4)


async def test_a_change_of_what_has_changed_meanwhile_is_refused(world: World) -> None:
    here = await _two(world)
    person = await world.person("王小民", here.unit, status="roster")
    await world.said("sec", "名单")
    await world.press("sec", "王小民")
    await world.press("sec", "改名字")
    await world.said("sec", "王小明")

    async def work(tx: Tx) -> None:
        await tx.run(Prepared(update(persons).where(persons.c.id == person).values(version=9)))

    await world.app.store.turn(work)
    assert "刚刚变过" in (await world.press("sec", "确认"))[0].text
    assert (await _person(world, person))["name"] == "王小民"


async def test_removed_and_brought_back(world: World) -> None:
    here = await _two(world)
    person = await world.person("王小明", here.unit, "ann", "organiser")
    await world.said("sec", "名单")
    await world.press("sec", "王小明")
    assert "一班团支部" in (await world.press("sec", "移出"))[0].text
    await world.press("sec", "确认")
    found = await _person(world, person)
    assert (found["status"], found["home_unit_id"]) == ("left", None)
    held = await rows(world, select(roles).where(roles.c.person_id == person))
    assert held[0].until is not None
    assert "已经不在" in str(world.last("ann"))
    assert "回来了" in (await world.press("sec", "撤销"))[0].text
    found = await _person(world, person)
    assert (found["status"], found["home_unit_id"]) == ("active", here.unit)


async def test_a_move_needs_both_sides(world: World) -> None:
    here = await _two(world)
    person = await world.person("王小明", here.unit, "ann")
    await world.said("sec", "名单")
    await world.press("sec", "王小明")
    await world.press("sec", "转到别处")
    await world.said("sec", "b2")
    assert "二班团支部确认" in (await world.press("sec", "确认"))[0].text
    assert (await _person(world, person))["home_unit_id"] == here.unit
    await world.press("sec2", "去看看")
    await world.press("sec2", "通过")
    assert (await _person(world, person))["home_unit_id"] == here.other
    assert "已经转到二班团支部" in str(world.last("sec"))
    assert "二班团支部" in str(world.last("ann"))


async def test_who_is_being_moved_is_told_and_sees_it(world: World) -> None:
    here = await _two(world)
    await world.person("王小明", here.unit, "ann")
    await world.said("sec", "名单")
    await world.press("sec", "王小明")
    await world.press("sec", "转到别处")
    assert "转到二班团支部" in (await world.said("sec", "b2"))[0].text
    await world.press("sec", "确认")
    told = world.last("ann")
    assert told is not None
    assert "要把你的组织关系转到二班团支部" in told.text
    said = await world.said("ann", "我的")
    assert "正在把你转到二班团支部" in said[0].text
    assert "撤回申请" not in said[0].buttons


async def test_removing_oneself_says_so_and_promises_no_undo(world: World) -> None:
    await _two(world)
    await world.said("sec", "名单")
    await world.press("sec", "周书")
    said = await world.press("sec", "移出")
    assert "这是你自己" in said[0].text
    assert "一班团支部的团支书" in said[0].text
    assert "24 小时" not in said[0].text
    said = await world.press("sec", "确认")
    assert "撤销" not in said[0].buttons
    assert "已经离开一班团支部" in said[0].text


async def test_a_card_without_a_birth_date_says_it_once(world: World) -> None:
    here = await _two(world)
    await world.person("王小明", here.unit, status="roster")
    await world.said("sec", "名单")
    assert "年龄：未填" in (await world.press("sec", "王小明"))[0].text


async def test_who_answers_for_both_sides_moves_at_once(world: World) -> None:
    here = await _two(world)
    person = await world.person("王小明", here.unit, status="roster")
    await world.said("dist", "名单")
    await world.press("dist", "按名字找")
    await world.said("dist", "小明")
    await world.press("dist", "王小明")
    await world.press("dist", "转到别处")
    await world.said("dist", "B2")
    assert "已经转到二班团支部" in (await world.press("dist", "确认"))[0].text
    assert (await _person(world, person))["home_unit_id"] == here.other
    assert await rows(world, select(registrations)) == []


@pytest.mark.parametrize("code", ["ZZZ", "B1"])
async def test_a_move_to_nowhere_or_to_here_changes_nothing(world: World, code: str) -> None:
    here = await _two(world)
    person = await world.person("王小明", here.unit, status="roster")
    await world.said("sec", "名单")
    await world.press("sec", "王小明")
    await world.press("sec", "转到别处")
    said = await world.said("sec", code)
    assert "确认" not in said[0].buttons  # told before anything is to be confirmed
    assert ("没有找到这个代码" if code == "ZZZ" else "已经在那里了") in said[0].text
    found = await _person(world, person)
    assert (found["home_unit_id"], found["version"]) == (here.unit, 1)
