"""Two registrations of one person become one by /link, and apart again within a day."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select

from bot.chat import Kind
from domain.tokens import Press, sign_button
from storage import links
from storage.schema import accounts, audit, claims, homes, persons, roles
from tests.joining import ADULT, rows, school_class
from tests.merging import LOG, WECOM, Twice
from tests.world import World


async def test_hours_of_both_count_and_what_is_on_both_sides_counts_once(world: World) -> None:
    both = await Twice(world).build()
    await both.served("ann", "下午2点到4点", "社区清扫")
    await both.served(WECOM, "下午2点到4点", "社区清扫")  # F28: one activity from two platforms
    await both.served(WECOM, "上午8点到9点半", "植树")
    before = await both.sums()
    shown = await both.asked()
    assert "你在这边登记在高一（4）班团支部" in shown[0].text
    assert "保留的一份 2 小时，并过来的一份 3.5 小时，合起来 3.5 小时" in shown[0].text
    assert "1 条两边都有，重叠的时间只算一次" in shown[0].text
    asked = world.last("ann")
    assert asked is not None
    assert "它登记在高一（4）班团支部" in asked.text
    assert "合起来 3.5 小时" in asked.text
    assert await both.sums() == before  # nothing yet
    said = await world.press("ann", "同意绑定")
    assert "一共 3.5 小时" in said[0].text
    assert await both.minutes(both.web) == 210
    assert await both.minutes(both.twin) == 0
    assert "3.5" in (await world.said(WECOM, "/hours"))[0].text
    assert (await both.of(both.twin)).status == "merged"
    assert "撤销了，两份登记和时长都和原来一样" in (await world.press(WECOM, "撤销绑定"))[0].text
    assert await both.sums() == before
    assert "2 小时" in (await world.said("ann", "/hours"))[0].text


async def test_after_undoing_all_is_as_before(world: World) -> None:
    both = await Twice(world).build(number="2023001", birth=date(2001, 5, 6))
    watched = (
        select(persons.c.id, persons.c.status, persons.c.home_unit_id, persons.c.number_index),
        select(accounts.c.id, accounts.c.person_id, accounts.c.preferred),
        select(homes.c.id, homes.c.person_id, homes.c.unit_id, homes.c.until),
        select(roles.c.id, roles.c.person_id, roles.c.until),
    )

    async def looked() -> list[list[Any]]:
        return [sorted(map(tuple, await rows(world, one))) for one in watched]

    found = await rows(world, select(accounts.c.id).where(accounts.c.person_id == both.twin))
    await world.app.store.turn(lambda tx: links.prefer(tx, both.twin, found[0].id))
    before = await looked()
    await both.merged()
    kept = await both.of(both.web)
    assert kept.number_index is not None  # it had none
    assert kept.birth_sealed is not None
    assert [row.person_id for row in await rows(world, watched[1])].count(both.web) == 2
    assert "王*明有两份登记" in str(world.last("sec2"))
    await world.press("ann", "撤销绑定")
    assert await looked() == before
    await both.merged()  # and once more
    await world.press(WECOM, "撤销绑定")
    assert await looked() == before


async def test_the_absorbed_one_is_shown_nowhere(world: World) -> None:
    both = await Twice(world).build(number="2023001")
    await both.merged()
    assert "王小明" not in str(await world.said("sec2", "/members"))
    said = await world.said("sec", "/members")
    assert said[0].text.count("王小明") == 1


async def test_waiting_claims_move_and_come_back(world: World) -> None:
    both = await Twice(world).build()
    await world.said(WECOM, LOG.format("上午8点到9点", "植树"))
    await world.press(WECOM, "确认")
    await world.said(WECOM, LOG.format("下午2点到4点", "社区清扫"))
    await world.press(WECOM, "确认")
    await world.said("ann", LOG.format("下午2点到4点", "社区清扫"))
    await world.press("ann", "确认")
    shown = await both.asked()
    assert "1 条等审批的补录一起过来" in shown[0].text
    assert "1 条补录两边都报过" in shown[0].text
    await world.press("ann", "同意绑定")
    found = select(claims.c.person_id, claims.c.state).order_by(claims.c.id)
    web, twin = both.web, both.twin
    assert [tuple(row) for row in await rows(world, found)] == [
        (web, "waiting"),
        (twin, "withdrawn"),
        (web, "waiting"),
    ]
    await world.press("sec2", "通过")  # the last one it was shown has ended
    assert await both.minutes(web) == 0
    await world.press("ann", "撤销绑定")
    assert [tuple(row) for row in await rows(world, found)] == [
        (twin, "waiting"),
        (twin, "waiting"),
        (web, "waiting"),
    ]


async def test_what_was_approved_meanwhile_goes_back_with_its_claim(world: World) -> None:
    both = await Twice(world).build()
    await world.said(WECOM, LOG.format("上午8点到9点", "植树"))
    await world.press(WECOM, "确认")
    await both.merged()
    key = (await rows(world, select(claims.c.id, claims.c.version)))[0]
    reviewer = (await rows(world, select(persons.c.id).where(persons.c.name == "吴言")))[0].id
    token = sign_button(
        world.app.house.key,
        f"person:{reviewer}",
        Press("claim.ok", key.id, key.version),
        world.clock() + timedelta(hours=1),
    )
    await world.send("sec2", Kind.BUTTON, {"token": token})
    assert await both.minutes(both.web) == 60
    await world.press("ann", "撤销绑定")
    assert await both.minutes(both.web) == 0
    assert await both.minutes(both.twin) == 60


async def test_who_holds_a_role_is_the_one_that_stays(world: World) -> None:
    both = await Twice(world).build(role="organiser")
    await both.served("ann", "下午2点到4点", "社区清扫")
    before = await both.sums()
    said = await both.merged()
    assert "一共 2 小时" in said[0].text
    assert (await both.of(both.web)).status == "merged"
    assert await both.minutes(both.twin) == 120
    held = await rows(world, select(roles.c.person_id).where(roles.c.role == "organiser"))
    assert [row.person_id for row in held] == [both.twin]
    assert "高一（4）班团支部" in (await world.said("ann", "/me"))[0].text
    await world.press("ann", "撤销绑定")
    assert await both.sums() == before
    assert "高一（3）班团支部" in (await world.said("ann", "/me"))[0].text


async def test_two_yeses_at_once_merge_once(world: World) -> None:
    both = await Twice(world).build()
    await both.served("ann", "下午2点到4点", "社区清扫")
    await both.served(WECOM, "上午8点到9点", "植树")
    await both.asked()
    asked = world.last("ann")
    assert asked is not None
    token = {"token": asked.buttons["同意绑定"]}
    await asyncio.gather(*(world.send("ann", Kind.BUTTON, token) for _ in range(3)))
    assert await both.minutes(both.web) == 180
    merged = await rows(world, select(audit.c.id).where(audit.c.action == "merge"))
    assert len(merged) == 1
    tokens = {"token": _undo(world)}
    await asyncio.gather(*(world.send(one, Kind.BUTTON, tokens) for one in ("ann", WECOM)))
    assert await both.minutes(both.web) == 120
    assert await both.minutes(both.twin) == 60


def _undo(world: World) -> str:
    shown = [one.buttons for one in world.ear.heard["ann"] if "撤销绑定" in one.buttons]
    return shown[-1]["撤销绑定"]


async def test_merging_while_the_other_claims_leaves_no_claim_behind(world: World) -> None:
    both = await Twice(world).build()
    await both.asked()
    await world.said(WECOM, LOG.format("上午8点到9点", "植树"))
    await asyncio.gather(world.press("ann", "同意绑定"), world.press(WECOM, "确认"))
    found = await rows(world, select(claims.c.person_id))
    assert {row.person_id for row in found} <= {both.web}


async def test_who_had_left_comes_back_by_linking(world: World) -> None:
    both = await Twice(world).build(status="left")
    await both.merged()
    assert (await both.of(both.twin)).status == "merged"
    assert "高一（3）班团支部" in (await world.said(WECOM, "/me"))[0].text
    await world.press("ann", "撤销绑定")
    assert (await both.of(both.twin)).status == "left"


async def test_joining_and_being_linked_at_once_makes_no_third_person(world: World) -> None:
    """The account is one person's at the end, whichever of the two came first."""
    here = await school_class(world)
    world.also("wecom")
    await world.person("王小明", here.unit, "ann")
    await world.said(WECOM, (await world.said("ann", "/link"))[-1].text)
    await world.press(WECOM, "确认绑定")
    await world.said(WECOM, f"/join {here.code}")
    await world.press(WECOM, "同意")
    await world.said(WECOM, "王小明")
    await world.said(WECOM, ADULT)
    await world.press(WECOM, "跳过")
    await world.press(WECOM, "跳过")
    await world.press(WECOM, "青年")
    presses = (world.press("ann", "同意绑定"), world.press(WECOM, "确认"))
    await asyncio.gather(*presses, return_exceptions=True)
    await world.settle()
    world.raised.clear()  # the slower one was undone and ran again
    owned = {row.person_id for row in await rows(world, select(accounts.c.person_id))}
    active = await rows(world, select(persons.c.id).where(persons.c.status == "active"))
    assert {row.id for row in active} == owned - {None}


async def test_the_same_in_english(world: World) -> None:
    both = await Twice(world).build()
    await world.said(WECOM, "/lang en")
    await both.served("ann", "下午2点到4点", "社区清扫")
    shown = await both.asked()
    assert "The one that stays has 2 h, the other 0 h, together 2 h" in shown[0].text
    await world.press("ann", "同意绑定")
    assert "are one person now" in str(world.last(WECOM))
    assert "both registrations" in (await world.press(WECOM, "Undo"))[0].text
