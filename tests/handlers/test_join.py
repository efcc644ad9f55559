"""Registering in the chat: consent, the questions, the read-back, invites."""

from __future__ import annotations

import asyncio
from datetime import UTC, timedelta

import pytest
from sqlalchemy import Update, select, update

from storage.prepared import Prepared
from storage.schema import audit, consents, invites, registrations
from storage.tx import Tx
from tests.joining import ADULT, invite, owner, registered, rows, school_class
from tests.world import World


async def test_a_stranger_reads_back_and_becomes_a_member_at_once(world: World) -> None:
    here = await school_class(world)
    said = await world.said("ann", f"/start {here.code}")
    assert "同意之前，你的资料我不会存" in said[0].text
    assert {"同意", "不同意", "隐私", "取消"} == set(said[0].buttons)
    assert len(await rows(world, select(consents))) == 0
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
    assert await owner(world, "ann") is None  # nothing before 确认
    said = await world.press("ann", "确认")
    assert "高一（3）班团支部" in said[0].text
    person = await owner(world, "ann")
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
    here = await school_class(world)
    await world.said("ann", f"加入 {here.code}")
    (declined,) = await world.said("ann", "不同意")
    assert "只有账号编号和最近几天的消息，过后自动删掉" in declined.text
    assert len(await rows(world, select(consents))) == 0
    assert len(await rows(world, select(registrations))) == 0
    said = await world.said("ann", "王小明")  # no dialog is open any more
    assert "没看懂" in said[0].text


async def test_the_consent_is_short_and_can_be_left(world: World) -> None:
    here = await school_class(world)
    said = await world.said("ann", f"加入 {here.code}")
    assert said[0].text.count("\n") <= 7
    said = await world.said("ann", "嗯嗯啊啊")
    assert "\n" not in said[0].text
    assert {"同意", "不同意", "取消"} < set(said[0].buttons)
    await world.said("ann", "取消")
    said = await world.press("ann", "同意")
    assert "从头再来" in said[0].text
    assert len(await rows(world, select(consents))) == 0


async def test_wrong_answers_are_asked_again_and_can_be_corrected(world: World) -> None:
    here = await school_class(world)
    await world.said("ann", f"/join {here.code}")
    await world.press("ann", "同意")
    assert "官方" in (await world.said("ann", "系统管理员"))[0].text
    for odd in ("<b>x</b>", "%s {0} {name}", "'; DROP TABLE person;--", "Z̷̢a̴̧l̵̨g̶̡o̸͜"):
        assert "不太像一个名字" in (await world.said("ann", odd))[0].text
    await world.said("ann", "我叫王小民")
    assert "差月份和日子" in (await world.said("ann", "2000"))[0].text
    assert "不到 6 岁" in (await world.said("ann", "2026-11-22"))[0].text
    assert "差几号" in (await world.said("ann", "2000-03"))[0].text
    assert "还没到" in (await world.said("ann", "2036-03-05"))[0].text
    await world.said("ann", ADULT)
    await world.press("ann", "跳过")
    assert "11 位" in (await world.said("ann", "12345"))[0].text
    await world.press("ann", "跳过")
    await world.press("ann", "青年")
    assert "姓名：王小民" in str(world.last("ann"))
    await world.press("ann", "修改")
    await world.press("ann", "姓名")
    said = await world.said("ann", "王小明")
    assert "王小明" in said[0].text
    await world.said("ann", "取消")
    assert await owner(world, "ann") is None


async def test_number_and_name_claim_the_roster_line_even_where_the_unit_asks(
    world: World,
) -> None:
    here = await school_class(world, approval=True)
    line = await world.person("王小明", here.unit, status="roster", number="20230101")
    said = await registered(world, "ann", here.code, "王小明", number="20230101")
    assert "名单上找到你了" in said[0].text
    person = await owner(world, "ann")
    assert person is not None
    assert (person["id"], person["status"]) == (line, "active")


async def test_five_wrong_codes_lock(world: World) -> None:
    here = await school_class(world)
    for _ in range(5):
        said = await world.said("eve", "/join " + "x" * 40)
        assert "用不了" in said[0].text
    said = await world.said("eve", f"/join {here.code}")
    assert "15 分钟" in said[0].text
    world.clock.forward(minutes=16)
    assert "同意之前" in (await world.said("eve", f"/join {here.code}"))[0].text


async def test_an_invite_for_one_lets_one_in(world: World) -> None:
    here = await school_class(world)
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
    owners = [await owner(world, "ann"), await owner(world, "bob")]
    assert sum(owner is not None for owner in owners) == 1


async def test_in_english(world: World) -> None:
    here = await school_class(world)
    assert "English from now on" in (await world.said("ann", "/lang en"))[0].text
    said = await world.said("ann", f"/join {here.code}")
    assert "Nothing about you is kept before you do" in said[0].text
    await world.press("ann", "I agree")
    await world.said("ann", "John Smith")
    await world.said("ann", ADULT)
    await world.press("ann", "Skip")
    await world.press("ann", "Skip")
    await world.press("ann", "League member")
    said = await world.press("ann", "Confirm")
    assert "Welcome" in said[0].text
    person = await owner(world, "ann")
    assert person is not None
    assert (person["language"], person["alias"]) == ("en", "J***")


async def test_the_audit_holds_no_personal_data(world: World) -> None:
    here = await school_class(world)
    await registered(world, "ann", here.code, "王小明", number="20230101", phone="13800138000")
    lines = str([row._asdict() for row in await rows(world, select(audit))])
    for secret in ("王小明", "20230101", "13800138000", ADULT):
        assert secret not in lines
    assert "'join'" in lines


@pytest.mark.parametrize("ended", ["used", "revoked", "expired"])
async def test_an_invite_that_ended_meanwhile_is_refused_before_anything_is_asked(
    world: World, ended: str
) -> None:
    here = await school_class(world)
    code = await invite(world, here.unit, here.secretary, uses=1)
    await world.said("ann", f"/join {code}")
    key = (await rows(world, select(invites.c.id).order_by(invites.c.id.desc())))[0].id
    if ended == "used":
        await registered(world, "bob", code, "李大明")
    else:
        past = (world.clock() - timedelta(minutes=1)).astimezone(UTC)
        column = invites.c.revoked_at if ended == "revoked" else invites.c.expires_at
        await _set(world, update(invites).where(invites.c.id == key).values({column: past}))
    before = len(await rows(world, select(consents)))
    said = await world.press("ann", "同意")
    assert "用不了" in said[0].text
    assert len(await rows(world, select(consents))) == before
    assert "没看懂" in (await world.said("ann", "王小明"))[0].text


async def _set(world: World, statement: Update) -> None:
    async def work(tx: Tx) -> None:
        await tx.run(Prepared(statement))

    await world.app.store.turn(work)
