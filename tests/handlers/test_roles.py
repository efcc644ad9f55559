"""/roles in the chat: appointing, two persons, handing over, ending, leaving."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

from sqlalchemy import select

from storage.schema import roles
from tests.small_district import rows, settled
from tests.world import World


async def _held(world: World, person: int) -> list[tuple[str, int]]:
    """What a person holds right now."""
    now = world.clock()
    return sorted(
        (row.role, row.unit_id)
        for row in await rows(world, select(roles).where(roles.c.person_id == person))
        if row.since <= now and (row.until is None or now < row.until)
    )


async def _appoint(world: World, by: str, code: str, role: str, person: str, until: str) -> str:
    """Everything up to the confirmation; answers what it says."""
    await world.said(by, f"/roles {code}")
    await world.press(by, "任命")
    await world.press(by, role)
    said = await world.said(by, person)
    label = next(label for label in said[0].buttons if label.startswith(person))
    await world.press(by, label)
    return (await world.said(by, until))[0].text


async def test_an_officer_appoints_a_secretary_for_a_term(world: World) -> None:
    district = await settled(world)
    assert await _held(world, district.zhou) == []
    text = await _appoint(world, "wang", "ONE", "团支书", "周", "一年")
    assert "将任命 1 人：周小满" in text
    assert "2026年11月22日（周日）至2027年11月21日（周日）" in text
    await world.press("wang", "确认")
    assert await _held(world, district.zhou) == [("secretary", district.one)]
    told = world.last("zhou")
    assert told is not None
    assert "你现在是“梧桐社区团支部 · 团支书”" in told.text
    assert "邀请" in (await world.press("zhou", "帮助"))[0].text  # what the role may do
    # rights are there on the very next request, and gone when the term is over
    assert "邀请人加入“梧桐社区团支部”" in (await world.said("zhou", "/invite"))[0].text
    world.clock.put(datetime(2027, 11, 21, 16, 0, 1, tzinfo=UTC))
    assert "没有找到" in (await world.said("zhou", "/invite"))[0].text


async def test_an_appointment_may_begin_later(world: World) -> None:
    district = await settled(world)
    await _appoint(world, "wang", "ONE", "活动负责人", "周", "2026-12-01 至 2026-12-31")
    said = await world.press("wang", "确认")
    assert "将从2026年12月1日（周二）起任“梧桐社区团支部 · 活动负责人”" in said[0].text
    assert "现在是" not in said[0].text
    told = world.last("zhou")
    assert told is not None
    assert told.text.startswith("从2026年12月1日（周二）起，你将担任")
    assert await _held(world, district.zhou) == []
    world.clock.put(datetime(2026, 11, 30, 16, 0, 1, tzinfo=UTC))
    assert await _held(world, district.zhou) == [("organiser", district.one)]


async def test_bad_dates_and_double_offices_are_asked_about(world: World) -> None:
    await settled(world)
    assert "没看懂这个日期" in await _appoint(world, "wang", "ONE", "团支书", "周", "下个月")
    assert "已经过去了" in (await world.said("wang", "2026-11-21"))[0].text
    assert "结束要在开始之后" in (await world.said("wang", "2027-02-01 2027-01-01"))[0].text
    assert "将任命" in (await world.said("wang", "2027年1月1日"))[0].text
    assert "已经有这个职务" in await _appoint(world, "wang", "ONE", "团支书", "孙", "一年")


async def test_who_may_give_what(world: World) -> None:
    await settled(world)
    await world.said("wang", "/roles EAST")
    said = await world.press("wang", "任命")
    assert set(said[0].buttons) == {"活动负责人", "团支书", "取消"}
    await world.said("lin", "/roles EAST")
    said = await world.press("lin", "任命")
    assert set(said[0].buttons) == {"活动负责人", "团支书", "团委干部", "审计", "取消"}
    for account, text in (
        ("wang", "/roles WEST"),
        ("sun", "/roles ONE"),
        ("zhou", "/roles"),
        ("nobody", "/roles"),
    ):
        said = await world.said(account, text)
        assert "没有找到" in said[0].text, (account, text)
    said = await world.said("sun", "任职")
    assert "你，梧桐社区团支部 · 团支书" in said[0].text


async def test_an_auditor_sees_aliases_and_changes_nothing(world: World) -> None:
    district = await settled(world)
    await world.person("吴审", district.root, "wu", "auditor")
    said = await world.said("wu", "/roles ONE")
    assert "孙*桐" in said[0].text
    assert "孙梧桐" not in said[0].text
    assert "任命" not in said[0].buttons
    said = await world.press("wu", "孙*桐：团支书")
    assert "卸任" not in said[0].buttons


async def test_nobody_appoints_themselves(world: World) -> None:
    await settled(world)
    await world.said("wang", "/roles EAST")
    await world.press("wang", "任命")
    await world.press("wang", "团支书")
    said = await world.said("wang", "王东")
    assert "没有找到“王东”" in said[0].text


async def test_an_end_is_told_and_can_be_undone(world: World) -> None:
    district = await settled(world)
    await world.said("wang", "/roles ONE")
    await world.press("wang", "孙梧桐：团支书")
    said = await world.press("wang", "卸任")
    assert "将免去 1 个职务：孙梧桐" in said[0].text
    await world.press("wang", "确认")
    assert await _held(world, district.sun) == []
    told = world.last("sun")
    assert told is not None
    assert "任职已结束" in told.text
    assert "没有找到" in (await world.said("sun", "/invite"))[0].text
    again = await world.press("wang", "确认")
    assert "已经结束了" in again[0].text
    back = await world.press("wang", "撤销")
    assert "从今天起重新担任“梧桐社区团支部 · 团支书”" in back[0].text
    assert await _held(world, district.sun) == [("secretary", district.one)]
    # history: the ended line stays, a new one stands beside it
    lines = await rows(world, select(roles).where(roles.c.person_id == district.sun))
    assert len(lines) == 2


async def test_leaving_and_the_last_officer_of_the_root(world: World) -> None:
    district = await settled(world)
    await world.said("sun", "/roles")
    await world.press("sun", "我：梧桐社区团支部 · 团支书")
    await world.press("sun", "辞去")
    said = await world.press("sun", "确认")
    assert "你已辞去" in said[0].text
    assert await _held(world, district.sun) == []
    await world.said("lin", "/roles")
    await world.press("lin", "我：青禾区团委 · 团委干部")
    said = await world.press("lin", "辞去")
    assert "不能没有团委干部" in said[0].text
    assert await _held(world, district.lin) == [("officer", district.root)]


async def test_of_two_root_officers_who_leave_at_once_one_stays(world: World) -> None:
    district = await settled(world)
    he = await world.person("何苗", district.root, "he", "officer")
    for account in ("lin", "he"):
        await world.said(account, "/roles")
        await world.press(account, "我：青禾区团委 · 团委干部")
        await world.press(account, "辞去")
    await asyncio.gather(world.press("lin", "确认"), world.press("he", "确认"))
    still = [await _held(world, person) for person in (district.lin, he)]
    assert sorted(still) == [[], [("officer", district.root)]]
