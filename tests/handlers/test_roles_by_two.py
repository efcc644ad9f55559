"""Appointments that two must agree on: proposing, seconding, handing over."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import select

from storage.schema import audit, proposals, roles
from tests.small_district import District, rows, settled
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


async def _peers(world: World) -> tuple[District, int]:
    district = await settled(world)
    return district, await world.person("何苗", district.root, "he", "officer")


async def test_a_district_officer_needs_two(world: World) -> None:
    district, _ = await _peers(world)
    text = await _appoint(world, "lin", "ROOT", "团委干部", "王东", "两年")
    assert "另一位有同样权限的人确认才生效" in text
    said = await world.press("lin", "确认")
    assert "共有 1 人可以确认" in said[0].text
    assert await _held(world, district.wang) == [("officer", district.east)]
    asked = world.last("he")
    assert asked is not None
    assert "提议任命王*为“青禾区团委 · 团委干部”" in asked.text
    done = await world.press("he", "同意任免")
    assert "已生效" in done[0].text
    assert ("officer", district.root) in await _held(world, district.wang)
    told = world.last("lin")
    assert told is not None
    assert "已确认生效" in told.text
    again = await world.press("he", "同意任免")
    assert "刚刚变过" in again[0].text


async def test_nobody_is_their_own_second(world: World) -> None:
    district, _ = await _peers(world)
    await _appoint(world, "lin", "ROOT", "团委干部", "王东", "两年")
    await world.press("lin", "确认")
    number = (await rows(world, select(proposals)))[0].id
    # what lin sees of it are no buttons to agree
    await world.said("lin", "/roles")
    await world.press("lin", "待确认的任免")
    said = await world.press("lin", "任命王东（青禾区团委）")
    assert set(said[0].buttons) == {"撤回提议"}
    await world.press("lin", "撤回提议")
    found = await rows(world, select(proposals).where(proposals.c.id == number))
    assert found[0].state == "withdrawn"
    said = await world.press("he", "同意任免")
    assert "刚刚变过" in said[0].text
    assert await _held(world, district.wang) == [("officer", district.east)]


async def test_who_is_appointed_does_not_confirm_it(world: World) -> None:
    district, _ = await _peers(world)
    await _appoint(world, "lin", "ROOT", "团委干部", "王东", "两年")
    await world.press("lin", "确认")
    await world.said("wang", "/roles")
    said = await world.press("wang", "待确认的任免")
    assert "没有等人确认" in said[0].text
    assert await _held(world, district.wang) == [("officer", district.east)]


async def test_a_proposal_is_turned_down(world: World) -> None:
    district, _ = await _peers(world)
    await _appoint(world, "lin", "ROOT", "团委干部", "王东", "两年")
    await world.press("lin", "确认")
    await world.press("he", "不同意")
    told = world.last("lin")
    assert told is not None
    assert "没有通过" in told.text
    assert await _held(world, district.wang) == [("officer", district.east)]


async def test_a_proposal_falls_with_the_right_of_its_proposer(world: World) -> None:
    district, he = await _peers(world)
    await _appoint(world, "lin", "ROOT", "团委干部", "王东", "两年")
    await world.press("lin", "确认")
    await world.said("lin", "/roles")
    await world.press("lin", "我：青禾区团委 · 团委干部")
    await world.press("lin", "辞去")
    await world.press("lin", "确认")
    said = await world.press("he", "同意任免")
    assert "刚刚变过" in said[0].text
    assert await _held(world, he) == [("officer", district.root)]
    assert await _held(world, district.wang) == [("officer", district.east)]


async def test_while_only_one_holds_the_right_an_admin_is_the_second_and_audited(
    world: World,
) -> None:
    district = await settled(world)
    await _appoint(world, "lin", "ROOT", "团委干部", "王东", "两年")
    said = await world.press("lin", "确认")
    assert "没有人能确认" in said[0].text
    await world.person("管小青", district.one, "root")  # web:root is in app.admins
    await world.said("root", "/roles")
    await world.press("root", "待确认的任免")
    await world.press("root", "任命王东（青禾区团委）")
    await world.press("root", "同意任免")
    assert ("officer", district.root) in await _held(world, district.wang)
    lines = await rows(world, select(audit).where(audit.c.verdict == "by-admin"))
    assert "appoint" in {row.action for row in lines}


async def test_where_two_hold_the_right_an_admin_is_no_second(world: World) -> None:
    district, _ = await _peers(world)
    await world.person("管小青", district.one, "root")
    await _appoint(world, "lin", "ROOT", "团委干部", "王东", "两年")
    await world.press("lin", "确认")
    assert world.last("root") is None
    await world.said("root", "/roles")
    said = await world.press("root", "待确认的任免")
    assert "没有等人确认" in said[0].text


async def test_a_secretary_hands_over_with_the_word_of_the_township(world: World) -> None:
    district = await settled(world)
    await world.said("sun", "/roles")
    await world.press("sun", "我：梧桐社区团支部 · 团支书")
    await world.press("sun", "交接")
    await world.press("sun", "周小满（梧桐社区团支部）")
    said = await world.said("sun", "2026-12-01")
    assert "将提议交接 1 个职务：周小满接任" in said[0].text
    await world.press("sun", "确认")
    assert await _held(world, district.sun) == [("secretary", district.one)]
    await world.press("wang", "同意任免")
    assert await _held(world, district.sun) == [("secretary", district.one)]
    world.clock.put(datetime(2026, 11, 30, 16, 0, 1, tzinfo=UTC))
    assert await _held(world, district.sun) == []
    assert await _held(world, district.zhou) == [("secretary", district.one)]


async def test_the_only_root_officer_hands_over_with_an_admin(world: World) -> None:
    district = await settled(world)
    await world.person("管小青", district.one, "root")
    await world.said("lin", "/roles")
    await world.press("lin", "我：青禾区团委 · 团委干部")
    await world.press("lin", "交接")
    said = await world.said("lin", "王东")
    await world.press("lin", next(one for one in said[0].buttons if one.startswith("王东")))
    await world.press("lin", "今天起")
    await world.press("lin", "确认")
    await world.press("root", "同意任免")
    assert await _held(world, district.lin) == []
    assert ("officer", district.root) in await _held(world, district.wang)


async def test_ending_a_district_officer_needs_two(world: World) -> None:
    district, he = await _peers(world)
    third = await world.person("郑和", district.root, "zheng", "officer")
    await world.said("lin", "/roles ROOT")
    await world.press("lin", "何苗：团委干部")
    said = await world.press("lin", "卸任")
    assert "另一位有同样权限的人确认" in said[0].text
    await world.press("lin", "确认")
    assert await _held(world, he) == [("officer", district.root)]
    said = await world.press("zheng", "同意任免")
    assert "已生效" in said[0].text
    assert await _held(world, he) == []
    assert await _held(world, third) == [("officer", district.root)]


async def _young(world: World) -> tuple[int, int]:
    """A district whose only officer is the admin, and a second person of it."""
    root = await world.unit("ROOT", "青禾区团委", "district")
    await world.person("管小青", root, "root", "officer")
    return root, await world.person("王东", root, "wang")


async def test_the_only_officer_who_is_the_admin_confirms_once_more(world: World) -> None:
    root, wang = await _young(world)
    await _appoint(world, "root", "ROOT", "团委干部", "王东", "两年")
    said = await world.press("root", "确认")
    assert set(said[0].buttons) == {"以管理员身份确认", "撤回提议"}
    assert await _held(world, wang) == []  # the first yes was no second
    await world.said("root", "/roles")
    await world.press("root", "待确认的任免")
    said = await world.press("root", "任命王东（青禾区团委）")
    assert set(said[0].buttons) == {"以管理员身份确认", "撤回提议"}
    done = await world.press("root", "以管理员身份确认")
    assert "已生效" in done[0].text
    assert await _held(world, wang) == [("officer", root)]
    lines = await rows(world, select(audit).where(audit.c.verdict == "by-admin"))
    assert [(row.action, row.object) for row in lines] == [("appoint", "proposals")]
    again = await world.press("root", "以管理员身份确认")
    assert "已生效" not in again[0].text


async def test_with_two_officers_the_admin_does_not_confirm_alone(world: World) -> None:
    root, wang = await _young(world)
    await _appoint(world, "root", "ROOT", "团委干部", "王东", "两年")
    await world.press("root", "确认")
    await world.person("何苗", root, "he", "officer")  # meanwhile there is a second one
    said = await world.press("root", "以管理员身份确认")
    assert "没有找到" in said[0].text
    assert await _held(world, wang) == []
    await _appoint(world, "root", "ROOT", "团委干部", "王东", "两年")
    said = await world.press("root", "确认")
    assert set(said[0].buttons) == {"撤回提议"}


async def test_only_the_appointment_of_a_root_officer_is_confirmed_so(world: World) -> None:
    root, _ = await _young(world)
    await world.said("root", "/roles")
    await world.press("root", "我：青禾区团委 · 团委干部")
    await world.press("root", "交接")
    await world.press("root", "王东（青禾区团委）")
    await world.press("root", "今天起")
    said = await world.press("root", "确认")
    assert "以管理员身份确认" not in said[0].buttons
    held = await rows(world, select(roles).where(roles.c.unit_id == root))
    assert [row.until for row in held] == [None]
