"""/link: one person on several channels, proved from both sides."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from sqlalchemy import select

from bot.chat import Kind
from domain.tokens import Link, Press, sign_button, sign_link
from storage.schema import accounts, audit, consents, links, registrations
from tests.joining import registered, rows, school_class
from tests.world import Spoken, World

WECOM = "wecom:ann"


async def member(world: World) -> int:
    """王小明 of a branch, on the web as ann; a channel wecom runs too."""
    here = await school_class(world)
    world.also("wecom")
    return await world.person("王小明", here.unit, "ann")


async def code(world: World, account: str = "ann") -> str:
    """The code that an account is given, as one word."""
    said = await world.said(account, "/link")
    paste = said[-1].text
    assert paste.startswith("绑定 ")
    return paste.removeprefix("绑定 ")


async def owners(world: World) -> dict[str, int | None]:
    found = await rows(world, select(accounts.c.channel, accounts.c.external, accounts.c.person_id))
    return {f"{row.channel}:{row.external}": row.person_id for row in found}


async def linked(world: World, first: str = "ann", other: str = WECOM) -> list[Spoken]:
    """Join two accounts; answers what the first is told at the end."""
    await world.said(other, f"绑定 {await code(world, first)}")
    await world.press(other, "确认绑定")
    return await world.press(first, "同意")


async def states(world: World) -> list[str]:
    return [row.state for row in await rows(world, select(links.c.state).order_by(links.c.id))]


async def test_both_sides_prove_it_and_both_hear_of_it(world: World) -> None:
    person = await member(world)
    said = await world.said(WECOM, f"绑定 {await code(world)}")
    assert "王*明" in said[0].text
    assert "王小明" not in said[0].text
    assert "网页" in said[0].text
    said = await world.press(WECOM, "确认绑定")
    assert "点“同意”就绑好" in said[0].text
    assert (await owners(world))[WECOM] is None  # only the other side's press binds
    asked = world.last("ann")
    assert asked is not None
    assert "企业微信上有个账号用了你的绑定码" in asked.text
    said = await world.press("ann", "同意")
    assert said[0].text.startswith("绑好了")
    assert (await owners(world))[WECOM] == person
    assert "现在是同一个人了" in str(world.last(WECOM))
    assert "渠道：网页、企业微信" in (await world.said(WECOM, "/me"))[0].text
    done = await rows(world, select(audit.c.action).where(audit.c.object == "links"))
    assert [row.action for row in done] == ["link.code", "link.ask", "link"]


async def test_a_deep_link_and_a_scanned_address_do_the_same(world: World) -> None:
    person = await member(world)
    await code(world)
    found = (await rows(world, select(links)))[0]
    payload = sign_link(world.app.house.key, Link("l", found.id, 1), found.expires_at)
    assert len(payload) <= 64
    said = await world.said(WECOM, f"/start {payload}")
    assert "王*明" in said[0].text
    await world.press(WECOM, "取消")
    said = await world.said(WECOM, f"/link https://qingtuan.example/c/{payload}")
    await world.press(WECOM, "确认绑定")
    await world.press("ann", "同意")
    assert (await owners(world))[WECOM] == person
    assert "用不了" in (await world.said("wecom:eve", f"/start {payload}"))[0].text  # replayed


async def test_what_is_said_is_said_in_english_too(world: World) -> None:
    await member(world)
    await world.said("ann", "/lang en")
    await world.said(WECOM, "/lang en")
    said = await world.said("ann", "link")
    assert said[0].text == "Your accounts:\n· web (this one)"
    given = said[-1].text
    assert given.startswith("link ")
    said = await world.said(WECOM, given)
    assert "This code comes from" in said[0].text
    await world.press(WECOM, "Link them")
    assert "wants to join yours" in str(world.last("ann"))
    assert (await world.press("ann", "Not me"))[0].text.startswith("Good, nothing is linked")
    assert "did not agree" in str(world.last(WECOM))
    assert await states(world) == ["refused"]


async def test_every_useless_code_sounds_the_same(world: World) -> None:
    """A44: wrong, expired, used and another's made-up code: one answer."""
    await member(world)
    old = await code(world)
    used = await code(world)
    await world.said(WECOM, used)
    await world.said(WECOM, f"绑定 {used}")
    await world.press(WECOM, "确认绑定")
    world.clock.forward(minutes=11)
    answers = set()
    for number, text in enumerate((old, used, "ACDEFGHJ", "20230101", "王小明", "x" * 900)):
        said = await world.said(f"wecom:e{number}", f"绑定 {text}")
        answers.add((said[0].text, tuple(said[0].buttons)))
    assert len(answers) == 1
    assert "用不了" in answers.pop()[0]


async def test_five_wrong_tries_lock_for_a_quarter_of_an_hour(world: World) -> None:
    await member(world)
    given = await code(world)
    for _ in range(5):
        assert "用不了" in (await world.said(WECOM, "绑定 ACDEFGHJ"))[0].text
    assert "15 分钟" in (await world.said(WECOM, f"绑定 {given}"))[0].text
    world.clock.forward(minutes=16)
    given = await code(world)
    assert "王*明" in (await world.said(WECOM, f"绑定 {given}"))[0].text


async def test_own_code_same_channel_and_strangers_are_told_why(world: World) -> None:
    await member(world)
    given = await code(world)
    assert "你自己的绑定码" in (await world.said("ann", f"绑定 {given}"))[0].text
    assert "只留一个账号" in (await world.said("eve", f"绑定 {given}"))[0].text
    assert "把绑定码发给我" in (await world.said(WECOM, "/link"))[0].text  # has nothing yet
    assert "王*明" in (await world.said(WECOM, given.lower()))[0].text
    assert "确认绑定" in (await world.said(WECOM, "嗯"))[0].text
    await world.press(WECOM, "取消")
    assert await states(world) == ["code"]


async def test_a_code_that_lives_five_at_a_time_and_none_is_kept_in_plain(world: World) -> None:
    await member(world)
    given = [await code(world) for _ in range(6)]
    assert len(set(given)) == 6
    assert "用不了" in (await world.said("wecom:e1", f"绑定 {given[0]}"))[0].text
    assert "王*明" in (await world.said("wecom:e1", f"绑定 {given[1]}"))[0].text
    kept = str([tuple(row) for row in await rows(world, select(links))])
    assert not any(one in kept for one in given)


async def test_five_open_questions_are_enough(world: World) -> None:
    await member(world)
    for number in range(5):
        await world.said(f"wecom:e{number}", f"绑定 {await code(world)}")
        await world.press(f"wecom:e{number}", "确认绑定")
    said = await world.said("ann", "/link")
    assert [one.text.count("用了你的绑定码") for one in said] == [0, 1, 1, 1, 1, 1, 0]
    assert "已经有 5 个账号在等你回答" in said[-1].text


async def test_a_forwarded_code_binds_nobody_without_the_owner(world: World) -> None:
    """A43: who got the code from somebody else asks, and the owner says no."""
    await member(world)
    await world.said("wecom:eve", f"绑定 {await code(world)}")
    await world.press("wecom:eve", "确认绑定")
    await world.press("ann", "不是我")
    assert (await owners(world))["wecom:eve"] is None
    assert "没有同意" in str(world.last("wecom:eve"))
    # neither side can go on with it
    assert "刚刚变过" in (await world.press("ann", "同意"))[0].text
    assert (await owners(world))["wecom:eve"] is None


async def test_only_the_owner_can_say_yes(world: World) -> None:
    """A43: the one who asked, and a third, cannot press for the owner."""
    person = await member(world)
    here = (await rows(world, select(accounts.c.person_id)))[0].person_id
    await world.said(WECOM, f"绑定 {await code(world)}")
    await world.press(WECOM, "确认绑定")
    asked = world.last("ann")
    assert asked is not None
    stale = world.app.words.say("zh-CN", "router.stale", {})
    for thief in (WECOM, "sec", "wecom:eve"):
        said = await world.send(thief, Kind.BUTTON, {"token": asked.buttons["同意"]})
        assert said[0].text == stale
    link = (await rows(world, select(links.c.id)))[0].id
    expires = world.clock() + timedelta(hours=1)
    token = sign_button(world.app.house.key, f"person:{here}", Press("link.yes", link, 2), expires)
    missing = sign_button(world.app.house.key, f"person:{here}", Press("link.yes", 999, 2), expires)
    answers = {
        (await world.send("sec", Kind.BUTTON, {"token": one}))[0].text for one in (token, missing)
    }
    assert len(answers) == 1  # refused sounds like missing
    assert (await owners(world))[WECOM] is None
    await world.press("ann", "同意")
    assert (await owners(world))[WECOM] == person


async def test_an_answer_that_comes_too_late(world: World) -> None:
    await member(world)
    await world.said(WECOM, f"绑定 {await code(world)}")
    await world.press(WECOM, "确认绑定")
    world.clock.forward(hours=25)
    await world.press("ann", "同意")
    assert (await owners(world))[WECOM] is None


async def test_who_asked_may_take_it_back(world: World) -> None:
    await member(world)
    await world.said(WECOM, f"绑定 {await code(world)}")
    await world.press(WECOM, "确认绑定")
    assert (await world.press(WECOM, "不绑了"))[0].text == "好，不绑了。"
    assert "刚刚变过" in (await world.press("ann", "同意"))[0].text
    assert "刚刚变过" in (await world.press(WECOM, "不绑了"))[0].text
    assert (await owners(world))[WECOM] is None


async def test_a_code_used_twice_at_once_is_used_once(world: World) -> None:
    await member(world)
    given = await code(world)
    thieves = [f"wecom:e{number}" for number in range(4)]
    for one in thieves:
        await world.said(one, f"绑定 {given}")
    told = await asyncio.gather(*(world.press(one, "确认绑定") for one in thieves))
    assert sorted("点“同意”就绑好" in one[0].text for one in told) == [False, False, False, True]
    assert await states(world) == ["asked"]


async def test_two_yeses_at_once_bind_once(world: World) -> None:
    person = await member(world)
    await linked(world)
    third = "wecom-bot:ann"
    world.also("wecom-bot")
    await world.said(third, f"绑定 {await code(world)}")
    await world.press(third, "确认绑定")
    asked = world.last("ann")
    assert asked is not None
    token = {"token": asked.buttons["同意"]}
    await asyncio.gather(
        *(world.send(one, Kind.BUTTON, token) for one in ("ann", WECOM, "ann", WECOM))
    )
    assert (await owners(world))[third] == person
    done = await rows(world, select(audit.c.id).where(audit.c.action == "link"))
    assert len(done) == 2  # the first link, and this one once
    told = [one for one in world.others["wecom-bot"].heard["ann"] if "同一个人了" in one.text]
    assert len(told) == 1


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


async def pressed(world: World, account: str, label: str) -> list[Spoken]:
    await world.said(account, "/link")
    return await world.press(account, label)


async def account_id(world: World, channel: str, external: str) -> int:
    found = select(accounts.c.id).where(
        accounts.c.channel == channel, accounts.c.external == external
    )
    return int((await rows(world, found))[0].id)


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


async def test_in_a_group_nothing_is_shown(world: World) -> None:
    await member(world)
    said = await world.said("ann", "/link", private=False)
    assert len(said) == 1
    assert await states(world) == []


async def test_a_channel_abroad_asks_for_consent_and_then_goes_on(world: World) -> None:
    """Nothing is looked up, and no try is counted, before the consent."""
    person = await member(world)
    world.also("telegram", agreed=False)
    there = "telegram:ann"
    said = await world.said(there, f"绑定 {await code(world)}")
    assert "境外" in said[0].text
    assert "王*明" not in said[0].text
    said = await world.press(there, "同意")
    assert "王*明" in said[0].text
    await world.press(there, "确认绑定")
    await world.press("ann", "同意")
    assert (await owners(world))[there] == person
    assert "现在是同一个人了" in str(world.last(there))
