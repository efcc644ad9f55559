"""Registering in the chat: consent, the questions, claims of roster lines, minors, waiting."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from storage.schema import accounts, audit, consents, invites, persons, registrations
from tests.joining import ADULT, CHILD, TEEN, invite, registered, rows
from tests.world import World


@dataclass
class Class:
    """A branch with its secretary, and an invite to it."""

    unit: int
    secretary: int
    code: str


async def _class(world: World, approval: bool = False) -> Class:
    district = await world.unit("D1", "青禾区团委", "district")
    unit = await world.unit("B1", "高一（3）班团支部", "branch", district, approval)
    secretary = await world.person("周书", unit, "sec", "secretary", birth=date(1990, 1, 1))
    return Class(unit, secretary, await invite(world, unit, secretary))


async def _of(world: World, account: str) -> dict[str, Any] | None:
    """The person of an account."""
    found = await rows(
        world,
        select(persons)
        .join(accounts, accounts.c.person_id == persons.c.id)
        .where(accounts.c.external == account),
    )
    return dict(found[0]._asdict()) if found else None


async def _count(world: World, table: Any) -> int:
    return len(await rows(world, select(table)))


async def test_a_stranger_reads_back_and_becomes_a_member_at_once(world: World) -> None:
    here = await _class(world)
    said = await world.said("ann", f"/start {here.code}")
    assert "同意之前，我什么都不会存" in said[0].text
    assert {"同意", "不同意"} == set(said[0].buttons)
    assert await _count(world, consents) == 0
    await world.press("ann", "同意")
    await world.said("ann", "王小明")
    await world.said("ann", "2000年3月5日")
    await world.said("ann", "20230101")
    await world.said("ann", "138 0013 8000")
    said = await world.said("ann", "共青团员")
    assert "王小明" in said[0].text
    assert "2000年3月5日" in said[0].text
    assert "138****8000" in said[0].text
    assert "13800138000" not in said[0].text
    assert await _of(world, "ann") is None  # nothing before 确认
    said = await world.press("ann", "确认")
    assert "高一（3）班团支部" in said[0].text
    person = await _of(world, "ann")
    assert person is not None
    assert (person["name"], person["alias"], person["status"]) == ("王小明", "王*明", "active")
    assert person["home_unit_id"] == here.unit
    assert person["member_status"] == "league_member"
    assert b"20230101" not in bytes(person["number_sealed"])
    used = await rows(world, select(invites.c.used))
    assert used[0].used == 1
    given = await rows(world, select(consents))
    assert [(row.purpose, row.person_id) for row in given] == [("register", person["id"])]
    # the buttons of the very answer are signed for the new person
    assert "王小明" in (await world.said("ann", "我的"))[0].text


async def test_nothing_is_stored_without_consent(world: World) -> None:
    here = await _class(world)
    await world.said("ann", f"加入 {here.code}")
    await world.said("ann", "不同意")
    assert await _count(world, consents) == 0
    assert await _count(world, registrations) == 0
    said = await world.said("ann", "王小明")  # no dialog is open any more
    assert "没看懂" in said[0].text


async def test_wrong_answers_are_asked_again_and_can_be_corrected(world: World) -> None:
    here = await _class(world)
    await world.said("ann", f"/join {here.code}")
    await world.press("ann", "同意")
    assert "官方" in (await world.said("ann", "系统管理员"))[0].text
    await world.said("ann", "王小民")
    assert "差几号" in (await world.said("ann", "2000-03"))[0].text
    assert "还没到" in (await world.said("ann", "2036-03-05"))[0].text
    await world.said("ann", ADULT)
    await world.press("ann", "跳过")
    assert "11 位" in (await world.said("ann", "12345"))[0].text
    await world.press("ann", "跳过")
    await world.press("ann", "青年")
    await world.press("ann", "修改")
    await world.press("ann", "姓名")
    said = await world.said("ann", "王小明")
    assert "王小明" in said[0].text
    await world.said("ann", "取消")
    assert await _of(world, "ann") is None


async def test_number_and_name_claim_the_roster_line_even_where_the_unit_asks(
    world: World,
) -> None:
    here = await _class(world, approval=True)
    line = await world.person("王小明", here.unit, status="roster", number="20230101")
    said = await registered(world, "ann", here.code, "王小明", number="20230101")
    assert "名单上找到你了" in said[0].text
    person = await _of(world, "ann")
    assert person is not None
    assert (person["id"], person["status"]) == (line, "active")


async def test_a_name_alone_waits_for_the_secretary(world: World) -> None:
    here = await _class(world)
    line = await world.person("王小明", here.unit, status="roster")
    said = await registered(world, "ann", here.code, "王小明")
    assert "等 高一（3）班团支部 的团支书看一下" in said[0].text
    told = world.last("sec")
    assert told is not None
    assert "王*明" in told.text
    assert "王小明" not in told.text
    said = await world.press("sec", "去看看")
    assert "同名" in said[0].text
    assert "2000" not in said[0].text.replace("2026", "")  # an age band, no birth date
    await world.press("sec", "通过")
    assert "欢迎" in str(world.last("ann"))
    person = await _of(world, "ann")
    assert person is not None
    assert (person["id"], person["status"]) == (line, "active")


@pytest.mark.parametrize(
    ("stands", "status", "hint"),
    [
        ("王大明", "roster", "名字不同"),
        ("王小明", "active", "已经有人注册"),
    ],
)
async def test_what_is_doubtful_waits_and_sounds_the_same(
    world: World, stands: str, status: str, hint: str
) -> None:
    here = await _class(world)
    account = "bob" if status == "active" else None
    line = await world.person(stands, here.unit, account, status=status, number="20230101")
    said = await registered(world, "ann", here.code, "王小明", number="20230101")
    assert said[0].text.startswith("收到了，等 高一（3）班团支部 的团支书看一下")
    assert hint in (await world.press("sec", "去看看"))[0].text
    await world.press("sec", "通过")
    person = await _of(world, "ann")
    assert person is not None
    if status == "active":  # never somebody else's account, never their number
        assert person["id"] != line
        assert person["number_index"] is None
    else:
        assert (person["id"], person["name"]) == (line, "王大明")


async def test_the_same_phone_or_name_and_birth_date_is_shown_to_the_secretary(
    world: World,
) -> None:
    here = await _class(world)
    await registered(world, "ann", here.code, "王小明", phone="13800138000")
    said = await registered(world, "bob", here.code, "李华", phone="13800138000")
    assert "团支书看一下" in said[0].text
    assert "可能已经登记过：和 王*明" in (await world.press("sec", "去看看"))[0].text
    said = await registered(world, "eve", here.code, "王小明")
    assert "团支书看一下" in said[0].text


async def test_under_14_needs_the_recorded_consent_of_a_guardian(world: World) -> None:
    here = await _class(world)
    line = await world.person("王小明", here.unit, status="roster", number="20230101")
    said = await registered(world, "kid", here.code, "王小明", CHILD, number="20230101")
    assert "监护人和团支书一起" in said[0].text
    assert await _of(world, "kid") is None
    assert await _count(world, registrations) == 0
    found = await rows(world, select(persons).where(persons.c.id == line))
    assert found[0].birth_sealed is None
    await world.said("sec", "名单")
    await world.press("sec", "王小明")
    await world.press("sec", "记录监护人同意")
    said = await world.said("sec", "母亲李女士 11月20日签了同意书")
    assert "可以登记了" in said[0].text
    kept = await rows(world, select(consents).where(consents.c.person_id == line))
    assert kept[0].recorded_by == here.secretary
    assert kept[0].text_version
    assert "李女士".encode() not in bytes(kept[0].guardian_sealed)
    said = await registered(world, "kid", here.code, "王小明", CHILD, number="20230101")
    assert "名单上找到你了" in said[0].text
    person = await _of(world, "kid")
    assert person is not None
    assert person["id"] == line
    assert person["phone_sealed"] is None


async def test_a_stranger_under_14_leaves_no_trace_but_the_consent(world: World) -> None:
    here = await _class(world)
    await registered(world, "kid", here.code, "王小明", CHILD)
    assert await _of(world, "kid") is None
    assert await _count(world, registrations) == 0
    assert await _count(world, persons) == 1  # the secretary


async def test_14_to_17_says_that_a_guardian_agrees(world: World) -> None:
    here = await _class(world)
    said = await registered(world, "teen", here.code, "王小明", TEEN)
    assert "欢迎" in said[0].text
    person = await _of(world, "teen")
    assert person is not None
    assert person["guardian"]


async def test_14_to_17_without_a_guardian_waits_until_the_secretary_recorded_it(
    world: World,
) -> None:
    here = await _class(world)
    said = await registered(world, "teen", here.code, "王小明", TEEN, guardian=False)
    assert "请让监护人" in said[0].text
    said = await world.press("sec", "去看看")
    assert "14 到 17 岁" in said[0].text
    said = await world.press("sec", "通过")
    assert "先有监护人的同意" in said[0].text
    assert await _of(world, "teen") is None
    await world.said("sec", "父亲王先生 11月21日电话里同意")
    person = await _of(world, "teen")
    assert person is not None
    assert person["guardian"]


async def test_five_wrong_codes_lock(world: World) -> None:
    here = await _class(world)
    for _ in range(5):
        said = await world.said("eve", "/join " + "x" * 40)
        assert "用不了" in said[0].text
    said = await world.said("eve", f"/join {here.code}")
    assert "15 分钟" in said[0].text
    world.clock.forward(minutes=16)
    assert "同意之前" in (await world.said("eve", f"/join {here.code}"))[0].text


async def test_the_unit_that_asks_sees_every_new_person_and_may_refuse(world: World) -> None:
    here = await _class(world, approval=True)
    await registered(world, "ann", here.code, "王小明")
    await world.press("sec", "去看看")
    await world.press("sec", "拒绝")
    await world.said("sec", "请用学校邮箱联系我")
    told = world.last("ann")
    assert told is not None
    assert "请用学校邮箱联系我" in told.text
    assert await _of(world, "ann") is None
    found = await rows(world, select(registrations))
    assert [(row.state, row.decided_by) for row in found] == [("refused", here.secretary)]


async def test_of_two_secretaries_the_second_hears_who_was_faster(world: World) -> None:
    here = await _class(world, approval=True)
    await world.person("吴言", here.unit, "sec2", "secretary")
    await registered(world, "ann", here.code, "王小明")
    await world.press("sec", "去看看")
    await world.press("sec2", "去看看")
    await world.press("sec", "通过")
    said = await world.press("sec2", "通过")
    assert "已经由周*处理过了" in said[0].text


async def test_one_waiting_registration_per_account(world: World) -> None:
    here = await _class(world, approval=True)
    await registered(world, "ann", here.code, "王小明")
    said = await world.said("ann", f"/join {here.code}")
    assert "还在等审批" in said[0].text
    await world.press("ann", "换成这个")
    await world.said("ann", "王小明")
    await world.said("ann", ADULT)
    await world.press("ann", "跳过")
    await world.press("ann", "跳过")
    await world.press("ann", "青年")
    await world.press("ann", "确认")
    found = await rows(world, select(registrations.c.state).order_by(registrations.c.id))
    assert [row.state for row in found] == ["withdrawn", "waiting"]


async def test_registrations_of_an_account_are_few_in_an_hour(world: World) -> None:
    here = await _class(world, approval=True)
    for _ in range(5):
        await world.said("eve", f"/join {here.code}")
        if world.last("eve") and "换成这个" in world.last("eve").buttons:  # type: ignore[union-attr]
            await world.press("eve", "换成这个")
        else:
            await world.press("eve", "同意")
        await world.said("eve", "王小明")
        await world.said("eve", ADULT)
        await world.press("eve", "跳过")
        await world.press("eve", "跳过")
        await world.press("eve", "青年")
        await world.press("eve", "确认")
    await world.said("eve", f"/join {here.code}")
    await world.press("eve", "换成这个")
    await world.said("eve", "李华")
    await world.said("eve", ADULT)
    await world.press("eve", "跳过")
    await world.press("eve", "跳过")
    await world.press("eve", "青年")
    said = await world.press("eve", "确认")
    assert "过一个小时" in said[0].text


async def test_a_member_of_another_unit_moves_when_the_new_one_agrees(world: World) -> None:
    here = await _class(world)
    other = await world.unit("B2", "高一（4）班团支部")
    person = await world.person("王小明", other, "ann")
    await world.person("冯老师", other, "old", "secretary")
    said = await world.said("ann", f"/join {here.code}")
    assert "转到 高一（3）班团支部" in said[0].text
    await world.press("ann", "转过去")
    assert "想转到" in str(world.last("old"))
    found = await rows(world, select(persons.c.home_unit_id).where(persons.c.id == person))
    assert found[0].home_unit_id == other
    await world.press("sec", "去看看")
    await world.press("sec", "通过")
    found = await rows(world, select(persons.c.home_unit_id).where(persons.c.id == person))
    assert found[0].home_unit_id == here.unit
    assert "已经接收你" in str(world.last("ann"))
    assert "已经转到" in str(world.last("old"))
    said = await world.said("ann", f"/join {here.code}")
    assert "已经在这个组织里" in said[0].text


async def test_who_claims_a_line_first_has_it(world: World) -> None:
    here = await _class(world)
    line = await world.person("王小明", here.unit, status="roster", number="20230101")
    people = [f"p{number}" for number in range(4)]
    for account in people:
        await world.said(account, f"/join {here.code}")
        await world.press(account, "同意")
        await world.said(account, "王小明")
        await world.said(account, ADULT)
        await world.said(account, "20230101")
        await world.press(account, "跳过")
        await world.press(account, "青年")
    await asyncio.gather(*(world.press(account, "确认") for account in people))
    owners = await rows(world, select(accounts).where(accounts.c.person_id == line))
    assert len(owners) == 1
    states = await rows(world, select(registrations.c.state))
    assert sorted(row.state for row in states) == ["approved", "waiting", "waiting", "waiting"]


async def test_an_invite_for_one_lets_one_in(world: World) -> None:
    here = await _class(world)
    code = await invite(world, here.unit, here.secretary, uses=1)
    for account in ("ann", "bob"):
        await world.said(account, f"/join {code}")
        await world.press(account, "同意")
        await world.said(account, f"王小{account}")
        await world.said(account, ADULT)
        await world.press(account, "跳过")
        await world.press(account, "跳过")
        await world.press(account, "青年")
    await asyncio.gather(world.press("ann", "确认"), world.press("bob", "确认"))
    owners = [await _of(world, "ann"), await _of(world, "bob")]
    assert sum(owner is not None for owner in owners) == 1


async def test_in_english(world: World) -> None:
    here = await _class(world)
    assert "English from now on" in (await world.said("ann", "/lang en"))[0].text
    said = await world.said("ann", f"/join {here.code}")
    assert "Nothing is stored before you do" in said[0].text
    await world.press("ann", "I agree")
    await world.said("ann", "John Smith")
    await world.said("ann", ADULT)
    await world.press("ann", "Skip")
    await world.press("ann", "Skip")
    await world.press("ann", "League member")
    said = await world.press("ann", "Confirm")
    assert "Welcome" in said[0].text
    person = await _of(world, "ann")
    assert person is not None
    assert (person["language"], person["alias"]) == ("en", "J***")


async def test_the_audit_holds_no_personal_data(world: World) -> None:
    here = await _class(world)
    await registered(world, "ann", here.code, "王小明", number="20230101", phone="13800138000")
    lines = str([row._asdict() for row in await rows(world, select(audit))])
    for secret in ("王小明", "20230101", "13800138000", ADULT):
        assert secret not in lines
    assert "'join'" in lines
