"""/invite in the chat: made, passed on, used up, revoked, guessed."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from io import BytesIO

from PIL import Image
from sqlalchemy import select

from domain.rights import Actor
from domain.tokens import Link, sign_link
from services import invites as service
from services import locks
from services.invites import Invite, InviteRefusal
from services.turn import Turn
from storage import session
from storage.schema import invites, roles, units
from storage.tx import Tx
from tests.small_district import rows, settled
from tests.world import World


async def _made(
    world: World, account: str = "sun", days: str = "30 天", uses: str = "不限人数"
) -> str:
    """Make an invite in the chat and answer its payload."""
    await world.said(account, "/invite")
    await world.press(account, days)
    said = await world.press(account, uses)
    return said[-1].text.rpartition(" ")[2]


async def _redeem(world: World, account: str, payload: str) -> Invite | InviteRefusal:
    async def work(tx: Tx) -> Invite | InviteRefusal:
        return await service.redeem(await _turn(world, tx, account), payload)

    return await world.app.store.turn(work)


async def _use(world: World, account: str, invite: int) -> bool:
    async def work(tx: Tx) -> bool:
        return await service.count_use(await _turn(world, tx, account), invite)

    return await world.app.store.turn(work)


async def _turn(world: World, tx: Tx, account: str) -> Turn:
    now = world.clock()
    who = await session.load(tx, world.app.house.vault, "web", account, now)
    actor = Actor(None, None, ())
    return Turn(tx, world.app.house, now, now, 0, who.account, None, actor, who.dialog)


async def test_a_secretary_makes_an_invite_with_a_code_to_scan(world: World) -> None:
    district = await settled(world)
    await world.said("sun", "/invite")
    await world.press("sun", "7 天")
    said = await world.press("sun", "最多 50 人")
    image = said[0].message.attachment
    assert image is not None
    assert image.media_type == "image/png"
    assert Image.open(BytesIO(image.content)).size[0] >= 200
    assert "已用 0/50 次，到2026年11月29日（周日）为止" in said[0].text
    payload = said[1].text.rpartition(" ")[2]
    assert len(payload) <= 64
    found = await _redeem(world, "stranger", payload)
    assert isinstance(found, Invite)
    assert (found.unit_id, found.uses, found.used) == (district.one, 50, 0)


async def test_with_a_base_url_the_text_has_a_link(world: World) -> None:
    await settled(world)
    world.app.house = replace(world.app.house, base_url="https://tuan.example.org/")
    world.app.turns._house = world.app.house
    await world.said("sun", "/invite")
    await world.press("sun", "30 天")
    said = await world.press("sun", "只给 1 人")
    assert "\nhttps://tuan.example.org/c/i" in said[1].text


async def test_only_who_answers_for_the_unit(world: World) -> None:
    await settled(world)
    for account, text in (
        ("zhou", "/invite"),
        ("stranger", "/invite"),
        ("sun", "/invite TWO"),
        ("wang", "/invite THREE"),
    ):
        said = await world.said(account, text)
        assert "没有找到" in said[0].text, (account, text)
    said = await world.said("wang", "/invite TWO")
    assert "银杏社区团支部" in said[0].text
    assert await rows(world, select(invites)) == []


async def test_an_invite_ends_with_its_day(world: World) -> None:
    await settled(world)
    payload = await _made(world, days="7 天")
    world.clock.forward(days=6, hours=23)
    assert isinstance(await _redeem(world, "stranger", payload), Invite)
    world.clock.forward(hours=1)
    assert await _redeem(world, "stranger", payload) is InviteRefusal.UNKNOWN


async def test_a_revoked_invite_is_as_unknown_as_a_made_up_one(world: World) -> None:
    await settled(world)
    payload = await _made(world)
    await world.press("sun", "撤回链接")
    await world.press("sun", "确认")
    key, expires = world.app.house.key, world.clock() + timedelta(days=1)
    useless = (
        payload,
        payload[:-1] + ("A" if payload[-1] != "A" else "B"),
        "branch_12",
        sign_link(key, Link("c", 1, 1), expires),
        sign_link(b"another key of somebody", Link("i", 1, 1), expires),
        sign_link(key, Link("i", 999, 1), expires),
        "",
        "加入",
    )
    for number, one in enumerate(useless):
        assert await _redeem(world, f"guest{number}", one) is InviteRefusal.UNKNOWN, one


async def test_five_wrong_tries_lock_for_a_quarter_of_an_hour(world: World) -> None:
    await settled(world)
    payload = await _made(world)
    for _ in range(4):
        assert await _redeem(world, "guest", "branch_12") is InviteRefusal.UNKNOWN
    assert isinstance(await _redeem(world, "guest", payload), Invite)  # forgets what was wrong
    for _ in range(5):
        assert await _redeem(world, "guest", "branch_12") is InviteRefusal.UNKNOWN
    assert await _redeem(world, "guest", payload) is InviteRefusal.LOCKED
    assert isinstance(await _redeem(world, "another", payload), Invite)
    world.clock.forward(minutes=14, seconds=50)
    assert await _redeem(world, "guest", payload) is InviteRefusal.LOCKED
    world.clock.forward(seconds=11)
    assert isinstance(await _redeem(world, "guest", payload), Invite)


async def test_a_lock_is_for_one_kind_of_code(world: World) -> None:
    await settled(world)

    async def work(tx: Tx) -> tuple[bool, bool]:
        turn = await _turn(world, tx, "guest")
        for _ in range(locks.WRONG_TRIES):
            await locks.wrong(turn, "checkin")
        found = [await locks.locked(turn, kind) for kind in ("checkin", "invite")]
        return found[0] == turn.at + locks.LOCK, found[1] is None

    assert await world.app.store.turn(work) == (True, True)


async def test_uses_are_counted_exactly_under_a_race(world: World) -> None:
    await settled(world)
    payload = await _made(world, uses="最多 50 人")
    found = await _redeem(world, "guest", payload)
    assert isinstance(found, Invite)
    taken = await asyncio.gather(*[_use(world, f"guest{n}", found.id) for n in range(60)])
    assert sum(taken) == 50
    assert (await rows(world, select(invites)))[0].used == 50
    assert await _redeem(world, "late", payload) is InviteRefusal.UNKNOWN


async def test_a_closed_unit_takes_nobody(world: World) -> None:
    district = await settled(world)
    await world.said("wang", "/invite TWO")
    await world.press("wang", "30 天")
    said = await world.press("wang", "不限人数")
    payload = said[-1].text.rpartition(" ")[2]
    found = await _redeem(world, "guest", payload)
    assert isinstance(found, Invite)
    await world.said("wang", "/units TWO")
    await world.press("wang", "关闭")
    await world.press("wang", "确认")
    closed = await rows(world, select(units).where(units.c.id == district.two))
    assert closed[0].closed_at is not None
    assert not await _use(world, "guest", found.id)
    assert await _redeem(world, "guest", payload) is InviteRefusal.UNKNOWN
    await world.press("wang", "重新开放")
    assert isinstance(await _redeem(world, "guest", payload), Invite)


async def test_live_invites_are_listed_in_pages(world: World) -> None:
    await settled(world)
    for _ in range(9):
        await _made(world)
    said = await world.said("sun", "邀请")
    assert said[0].text.count("已用 0 次，不限人数") == 8
    said = await world.press("sun", "下一页")
    assert said[0].text.count("已用 0 次，不限人数") == 1


async def test_an_invite_makes_members_only(world: World) -> None:
    """A12: no role ever comes by a link."""
    await settled(world)
    before = len(await rows(world, select(roles)))
    payload = await _made(world)
    found = await _redeem(world, "guest", payload)
    assert isinstance(found, Invite)
    assert await _use(world, "guest", found.id)
    assert len(await rows(world, select(roles))) == before


async def test_an_invite_dies_with_the_office_of_its_maker(world: World) -> None:
    district = await settled(world)
    payload = await _made(world)
    found = await _redeem(world, "guest", payload)
    assert isinstance(found, Invite)
    await world.said("wang", "/roles ONE")
    await world.press("wang", "孙梧桐：团支书")
    await world.press("wang", "卸任")
    await world.press("wang", "确认")
    assert await _redeem(world, "guest", payload) is InviteRefusal.UNKNOWN
    assert not await _use(world, "guest", found.id)
    said = await world.said("wang", "/invite ONE")
    assert "做它的人不再负责这里，已失效" in said[0].text
    assert f"第 {found.id} 号链接" not in said[0].buttons
    # what others made for this unit works on, and so does this one once the office is back
    await world.press("wang", "30 天")
    other = (await world.press("wang", "不限人数"))[-1].text.rpartition(" ")[2]
    assert isinstance(await _redeem(world, "guest", other), Invite)
    held = await rows(world, select(roles).where(roles.c.person_id == district.sun))
    assert [row.until is None for row in held] == [False]


async def test_without_a_web_address_the_text_to_pass_on_opens_the_private_chat(
    world: World,
) -> None:
    """A channel that has such links makes one of it; they survive being forwarded."""
    await settled(world)
    assert not world.app.house.base_url
    payload = await _made(world)
    pasted = world.last("sun")
    assert pasted is not None
    assert pasted.buttons == {"打开私聊加入": f"paste:{payload}"}
