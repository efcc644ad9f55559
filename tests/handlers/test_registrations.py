"""Who waits, who decides, and what is doubtful: registrations in the chat."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.chat import Kind
from domain.tokens import Press, sign_button
from storage.schema import accounts, persons, registrations, units
from tests.joining import ADULT, TEEN, invite, owner, registered, rows, school_class
from tests.world import World


async def test_a_name_alone_waits_for_the_secretary(world: World) -> None:
    here = await school_class(world)
    line = await world.person("王小明", here.unit, status="roster")
    said = await registered(world, "ann", here.code, "王小明")
    assert "等高一（3）班团支部的团支书看一下" in said[0].text
    told = world.last("sec")
    assert told is not None
    assert "王*明" in told.text
    assert "王小明" not in told.text
    said = await world.press("sec", "去看看")
    assert "同名" in said[0].text
    assert "2000" not in said[0].text.replace("2026", "")  # an age band, no birth date
    await world.press("sec", "通过")
    assert "欢迎" in str(world.last("ann"))
    person = await owner(world, "ann")
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
    here = await school_class(world)
    account = "bob" if status == "active" else None
    line = await world.person(stands, here.unit, account, status=status, number="20230101")
    said = await registered(world, "ann", here.code, "王小明", number="20230101")
    assert said[0].text.startswith("收到了，等高一（3）班团支部的团支书看一下")
    assert hint in (await world.press("sec", "去看看"))[0].text
    await world.press("sec", "通过")
    person = await owner(world, "ann")
    assert person is not None
    if status == "active":  # never somebody else's account, never their number
        assert person["id"] != line
        assert person["number_index"] is None
    else:
        assert (person["id"], person["name"]) == (line, "王大明")


async def test_the_same_phone_or_name_and_birth_date_is_shown_to_the_secretary(
    world: World,
) -> None:
    here = await school_class(world, approval=True)
    await registered(world, "ann", here.code, "王小明", phone="13800138000")
    await world.press("sec", "去看看")
    await world.press("sec", "通过")
    said = await registered(world, "bob", here.code, "李华", phone="13800138000")
    assert "团支书看一下" in said[0].text
    assert "可能已经登记过：和王*明" in (await world.press("sec", "去看看"))[0].text
    said = await registered(world, "eve", here.code, "王小明")
    assert "团支书看一下" in said[0].text
    assert "可能已经登记过：和王*明" in (await world.press("sec", "去看看"))[0].text


async def test_the_unit_that_asks_sees_every_new_person_and_may_refuse(world: World) -> None:
    here = await school_class(world, approval=True)
    await registered(world, "ann", here.code, "王小明")
    await world.press("sec", "去看看")
    await world.press("sec", "拒绝")
    await world.said("sec", "请用学校邮箱联系我")
    told = world.last("ann")
    assert told is not None
    assert "请用学校邮箱联系我" in told.text
    assert await owner(world, "ann") is None
    found = await rows(world, select(registrations))
    assert [(row.state, row.decided_by) for row in found] == [("refused", here.secretary)]


async def test_of_two_secretaries_the_second_hears_who_was_faster(world: World) -> None:
    here = await school_class(world, approval=True)
    await world.person("吴言", here.unit, "sec2", "secretary")
    await registered(world, "ann", here.code, "王小明")
    await world.press("sec", "去看看")
    await world.press("sec2", "去看看")
    await world.press("sec", "通过")
    said = await world.press("sec2", "通过")
    assert "已经由周*处理过了" in said[0].text
    assert "你已经处理好了" in (await world.press("sec", "通过"))[0].text  # her own second tap


async def test_one_waiting_registration_per_account(world: World) -> None:
    here = await school_class(world, approval=True)
    other = await world.unit("B2", "高一（4）班团支部", approval=True)
    code = await invite(world, other, await world.person("陈一", other, role="secretary"))
    await registered(world, "ann", here.code, "王小明")
    said = await world.said("ann", f"/join {code}")
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


async def test_who_waits_may_withdraw_and_nobody_waits_any_more(world: World) -> None:
    here = await school_class(world, approval=True)
    await registered(world, "ann", here.code, "王小明")
    await world.said("ann", "隐私")
    assert "正在等审批" in (await world.press("ann", "撤回同意"))[0].text
    await world.press("ann", "确定撤回")
    found = await rows(world, select(registrations.c.state))
    assert [row.state for row in found] == ["withdrawn"]
    assert "刚刚变过" in (await world.press("sec", "去看看"))[0].text


async def test_a_member_of_another_unit_moves_when_the_new_one_agrees(world: World) -> None:
    here = await school_class(world)
    other = await world.unit("B2", "高一（4）班团支部")
    person = await world.person("王小明", other, "ann")
    await world.person("冯老师", other, "old", "secretary")
    said = await world.said("ann", f"/join {here.code}")
    assert "转到高一（3）班团支部" in said[0].text
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
    here = await school_class(world)
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


async def test_a_secretary_elsewhere_finds_nothing_whatever_button_they_make(
    world: World,
) -> None:
    here = await school_class(world, approval=True)
    other = await world.unit("B2", "高一（4）班团支部")
    stranger = await world.person("吴言", other, "sec2", "secretary")
    await registered(world, "ann", here.code, "王小明")
    key = (await rows(world, select(registrations.c.id)))[0].id
    expires = world.clock() + timedelta(hours=1)
    answers = set()
    for purpose in ("reg.see", "reg.ok"):
        for wanted in (key, 999_999):
            press = Press(purpose, wanted, 1)
            token = sign_button(world.app.house.key, f"person:{stranger}", press, expires)
            answers.add((await world.send("sec2", Kind.BUTTON, {"token": token}))[0].text)
    assert len(answers) == 1  # refused sounds like missing
    assert await owner(world, "ann") is None


async def test_nobody_lets_themselves_in(world: World) -> None:
    """An officer of a district above both units may not decide about the own move."""
    here = await school_class(world)
    district = (await rows(world, select(units).where(units.c.code == "D1")))[0].id
    officer = await world.person("林青", district, "dist", "officer")
    await world.said("dist", f"/join {here.code}")
    await world.press("dist", "转过去")
    key = (await rows(world, select(registrations.c.id)))[0].id
    token = sign_button(
        world.app.house.key,
        f"person:{officer}",
        Press("reg.ok", key, 1),
        world.clock() + timedelta(hours=1),
    )
    await world.send("dist", Kind.BUTTON, {"token": token})
    found = await rows(world, select(persons.c.home_unit_id).where(persons.c.id == officer))
    assert found[0].home_unit_id == district


async def test_the_waiting_list_has_pages_of_eight(world: World) -> None:
    here = await school_class(world, approval=True)
    for number in range(9):
        await registered(world, f"p{number}", here.code, f"王{'甲乙丙丁戊己庚辛壬'[number]}")
    said = await world.press("sec", "去看看")
    said = await world.press("sec", "等待名单")
    assert "有 9 人在等" in said[0].text
    assert said[0].text.count("·") == 8
    assert "王壬" in (await world.press("sec", "下一页"))[0].text


async def test_abroad_there_are_aliases_and_no_private_fields(world: World) -> None:
    """No phone, no birth date and no full name in what leaves for Telegram."""
    here = await school_class(world, approval=True)
    world.ear = world.also("telegram")
    await world.person("吴言", here.unit, "sec2", "secretary")
    await world.said("sec2", "/help")  # who never spoke there is told nothing there
    said = await registered(world, "ann", here.code, "王小明", TEEN, phone="13800138000")
    assert said
    await world.press("sec2", "去看看")
    await world.press("sec2", "通过")
    await world.said("sec2", "名单")
    await world.press("sec2", "王*明")
    await world.said("ann", "/me")
    heard = str([spoken.text for account in ("ann", "sec2") for spoken in world.ear.heard[account]])
    for secret in ("王小明", "13800138000", "2010-03-05", "2010年"):
        assert secret not in heard
    assert "14 到 17 岁" in heard
    assert "看手机和生日" not in str([s.buttons for s in world.ear.heard["sec2"]])


@pytest.mark.parametrize("words", ["补录 昨天下午2点到4点清扫", "/log", "时长"])
async def test_who_waits_hears_so_instead_of_how_to_join(world: World, words: str) -> None:
    here = await school_class(world, approval=True)
    await registered(world, "ann", here.code, "王小明")
    (said,) = await world.said("ann", words)
    assert said.text.startswith("你的申请还在等")
    assert "撤回申请" in said.buttons


async def test_the_card_of_who_waits_leaves_out_what_was_not_said(world: World) -> None:
    here = await school_class(world, approval=True)
    await registered(world, "ann", here.code, "王小明")
    (card,) = await world.press("sec", "去看看")
    assert "\n身份：青年\n申请时间：" in card.text
    assert "编号" not in card.text
    await registered(world, "bob", here.code, "李华", number="20230102")
    assert "\n编号：" in (await world.press("sec", "去看看"))[0].text
