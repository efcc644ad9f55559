"""/link: one person on several channels, proved from both sides."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from sqlalchemy import select

from bot.chat import Kind
from domain.tokens import Link, Press, sign_button, sign_link
from storage.schema import accounts, audit, links
from tests.joining import rows
from tests.linking import WECOM, code, linked, member, owners, states
from tests.world import World


async def test_both_sides_prove_it_and_both_hear_of_it(world: World) -> None:
    person = await member(world)
    said = await world.said(WECOM, f"绑定 {await code(world)}")
    assert "王*明" in said[0].text
    assert "王小明" not in said[0].text
    assert "网页" in said[0].text
    said = await world.press(WECOM, "确认绑定")
    assert "点“同意绑定”就绑好" in said[0].text
    assert (await owners(world))[WECOM] is None  # only the other side's press binds
    asked = world.last("ann")
    assert asked is not None
    assert "企业微信上有个账号用了你的绑定码" in asked.text
    said = await world.press("ann", "同意绑定")
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
    await world.press("ann", "同意绑定")
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
    assert "刚刚变过" in (await world.press("ann", "同意绑定"))[0].text
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
        said = await world.send(thief, Kind.BUTTON, {"token": asked.buttons["同意绑定"]})
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
    await world.press("ann", "同意绑定")
    assert (await owners(world))[WECOM] == person


async def test_an_answer_that_comes_too_late(world: World) -> None:
    await member(world)
    await world.said(WECOM, f"绑定 {await code(world)}")
    await world.press(WECOM, "确认绑定")
    world.clock.forward(hours=25)
    await world.press("ann", "同意绑定")
    assert (await owners(world))[WECOM] is None


async def test_who_asked_may_take_it_back(world: World) -> None:
    await member(world)
    await world.said(WECOM, f"绑定 {await code(world)}")
    await world.press(WECOM, "确认绑定")
    assert (await world.press(WECOM, "不绑了"))[0].text == "好，不绑了。"
    assert "刚刚变过" in (await world.press("ann", "同意绑定"))[0].text
    assert "刚刚变过" in (await world.press(WECOM, "不绑了"))[0].text
    assert (await owners(world))[WECOM] is None


async def test_a_code_used_twice_at_once_is_used_once(world: World) -> None:
    await member(world)
    given = await code(world)
    thieves = [f"wecom:e{number}" for number in range(4)]
    for one in thieves:
        await world.said(one, f"绑定 {given}")
    told = await asyncio.gather(*(world.press(one, "确认绑定") for one in thieves))
    assert sum("点“同意绑定”就绑好" in one[0].text for one in told) == 1
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
    token = {"token": asked.buttons["同意绑定"]}
    await asyncio.gather(
        *(world.send(one, Kind.BUTTON, token) for one in ("ann", WECOM, "ann", WECOM))
    )
    assert (await owners(world))[third] == person
    done = await rows(world, select(audit.c.id).where(audit.c.action == "link"))
    assert len(done) == 2  # the first link, and this one once
    told = [one for one in world.others["wecom-bot"].heard["ann"] if "同一个人了" in one.text]
    assert len(told) == 1


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
    await world.press("ann", "同意绑定")
    assert (await owners(world))[there] == person
    assert "现在是同一个人了" in str(world.last(there))
