"""The accounts of one person: undone, unlinked, and where notices go."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from bot.chat import Kind
from domain.tokens import Press, sign_button
from storage.schema import consents, registrations
from tests.joining import registered, rows, school_class
from tests.linking import WECOM, account_id, linked, member, owners, pressed
from tests.world import World


async def test_undo_for_a_day_from_either_side(world: World) -> None:
    person = await member(world)
    await linked(world)
    assert "撤销了" in (await world.press(WECOM, "撤销绑定"))[0].text
    assert (await owners(world)) == {"web:sec": 1, "web:ann": person, WECOM: None}
    assert "绑定撤销了" in str(world.last("ann"))
    assert "刚刚变过" in (await world.press("ann", "撤销绑定"))[0].text
    await linked(world)
    world.clock.forward(hours=25)
    await world.press("ann", "撤销绑定")  # the button has ended too
    assert (await owners(world))[WECOM] == person


async def test_the_consents_go_along_and_come_back(world: World) -> None:
    here = await school_class(world, approval=True)
    world.also("wecom")
    person = await world.person("王小明", here.unit, "ann")
    await registered(world, WECOM, here.code, "王小明")  # waits for the secretary
    said = await linked(world)
    assert "绑好了" in said[0].text
    mine = select(consents.c.person_id).where(consents.c.purpose == "register")
    assert [row.person_id for row in await rows(world, mine)] == [person]
    assert [row.state for row in await rows(world, select(registrations.c.state))] == ["withdrawn"]
    await world.press("ann", "撤销绑定")
    assert [row.person_id for row in await rows(world, mine)] == [None]


async def test_unlinking_later_and_never_the_last_one(world: World) -> None:
    person = await member(world)
    await linked(world)
    assert "不能解绑原来的账号" in (await pressed(world, WECOM, "解绑网页"))[0].text
    world.clock.forward(hours=25)
    said = await pressed(world, WECOM, "解绑网页")
    assert "将解绑你的 1 个账号" in said[0].text
    said = await world.press(WECOM, "确认")
    assert "解绑了" in said[0].text
    assert (await owners(world))["web:ann"] is None
    assert "不再是王*明的了" in str(world.last("ann"))
    assert "还没有加入" in (await world.said("ann", "/me"))[0].text
    said = await world.said(WECOM, "/link")
    assert list(said[0].buttons) == ["输入绑定码", "我的"]  # nothing to unlink
    token = sign_button(
        world.app.house.key,
        f"person:{person}",
        Press("link.drop.ok", await account_id(world, "wecom", "ann")),
        world.clock() + timedelta(hours=1),
    )
    assert "至少要留一个账号" in (await world.send(WECOM, Kind.BUTTON, {"token": token}))[0].text


async def test_the_speaking_account_may_go_itself(world: World) -> None:
    await member(world)
    await linked(world)
    said = await pressed(world, WECOM, "解绑企业微信")
    assert "就是现在这个" in said[0].text
    await world.press(WECOM, "确认")
    assert (await owners(world))[WECOM] is None
    assert "你在企业微信上的账号解绑了" in str(world.last("ann"))
    assert "把绑定码发给我" in (await world.press(WECOM, "输入绑定码"))[0].text


async def test_notices_go_where_the_person_wants_them(world: World) -> None:
    await member(world)
    here = "wecom:sec"
    await linked(world, "sec", here)
    assert "通知先发企业微信" in (await pressed(world, "sec", "通知发企业微信"))[0].text
    mine = (await world.said(here, "/link"))[0]
    assert "· 企业微信（就是这里、通知先发这里）" in mine.text
    assert "通知发企业微信" not in mine.buttons
    heard = len(world.ear.heard["sec"])
    await world.said("ann", "/log 昨天下午2点到4点在社区清扫")
    await world.press("ann", "确认")
    assert "社区清扫" in str(world.last(here))
    assert len(world.ear.heard["sec"]) == heard
    await world.press(here, "通知发网页")
    await world.said("ann", "/log 昨天上午8点到9点在社区植树")
    await world.press("ann", "确认")
    assert "社区植树" in str(world.last("sec"))


async def test_a_dialog_belongs_to_its_account_and_a_button_to_the_person(world: World) -> None:
    await member(world)
    await linked(world)
    await pressed(world, "ann", "通知发企业微信")
    await world.said("ann", "/me")
    await world.press("ann", "修改资料")
    await world.press("ann", "手机")
    assert "正在" not in (await world.said(WECOM, "/hours"))[0].text
    card = (await world.said(WECOM, "/me"))[0]
    token = {"token": card.buttons["修改资料"]}
    assert "要改哪一项" in (await world.send("ann", Kind.BUTTON, token))[0].text
    said = await world.said("ann", "13800138000")
    assert "手机号改成" in said[0].text
