"""/hours in the chat: progress, last lines, what waits; and 冲正 by two people."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select

from services.claims import rules_of
from storage.schema import audit, entries, reversals
from tests.handlers.test_review import claimed, text
from tests.small_district import rows, settled
from tests.world import World


async def served(world: World, words: str, reviewer: str = "sun") -> None:
    """Claim as zhou, and have it approved."""
    await claimed(world, "zhou", words)
    assert "生效" in text(await world.press(reviewer, "通过"))


async def hours(world: World, account: str = "zhou") -> str:
    return text(await world.said(account, "时长"))


async def test_an_empty_ledger_shows_how_to_begin(world: World) -> None:
    await settled(world)
    (said,) = await world.said("zhou", "/hours")
    assert "今年已有 0 小时，还差 20 小时" in said.text
    assert list(said.buttons) == ["补录"]


async def test_progress_is_summed_before_it_is_rounded(world: World) -> None:
    await settled(world)
    for day in (16, 17, 18):
        await served(world, f"11月{day}日40分钟帮厨")
    assert "今年已有 2 小时，还差 18 小时" in await hours(world)
    await served(world, "11月19日5分钟帮厨")  # 125 minutes: 2.083 h, 17.916 h to go
    said = await hours(world)
    assert "今年已有 2 小时，还差 18 小时" in said
    await served(world, "11月20日2分钟帮厨")  # 127 minutes: 2.116 h, 17.883 h to go
    said = await hours(world)
    assert "今年已有 2.1 小时，还差 17.9 小时" in said
    assert "考勤 0 小时，补录 2.1 小时" in said


async def test_a_year_that_is_reached(world: World) -> None:
    await settled(world)
    for day in (18, 19, 20):
        await claimed(world, "zhou", f"11月{day}日7小时帮厨")
        await world.press("sun", "通过")
        if "第二位" in str(getattr(world.last("sun"), "text", "")):
            await world.press("wang", "通过")
    assert "今年已有 21 小时，达标了（要求 20 小时）" in await hours(world)


async def test_only_this_year_counts(world: World) -> None:
    """F36: a December claim that is approved in January counts for December."""
    await settled(world)
    world.clock.put(datetime(2026, 12, 31, 12, 0, tzinfo=UTC))
    await claimed(world, "zhou", "今天3小时帮厨")
    world.clock.put(datetime(2027, 1, 1, 2, 0, tzinfo=UTC))
    await world.press("sun", "通过")
    said = await hours(world)
    assert "今年已有 0 小时" in said
    assert "2026年12月31日" in said


async def test_a_night_over_new_year_is_two_lines(world: World) -> None:
    await settled(world)
    world.clock.put(datetime(2027, 1, 2, 2, 0, tzinfo=UTC))
    await served(world, "2026年12月31日22:00到次日02:00值守")
    found = await rows(world, select(entries).order_by(entries.c.id))
    assert [(row.year, row.minutes) for row in found] == [(2026, 120), (2027, 120)]
    assert "今年已有 2 小时" in await hours(world)


async def test_pages_of_older_lines(world: World) -> None:
    await settled(world)
    for day in range(10, 20):
        await served(world, f"11月{day}日15分钟帮厨")
    (said,) = await world.said("zhou", "/hours")
    assert said.text.count("帮厨（补录）") == 5
    (page,) = await world.press("zhou", "更多")
    assert "第 1 页，共 2 页" in page.text
    assert page.text.count("帮厨（补录）") == 8
    (page,) = await world.press("zhou", "下一页")
    assert page.text.count("帮厨（补录）") == 2
    assert "11月10日" in page.text


async def test_what_waits_can_be_taken_back_here(world: World) -> None:
    await settled(world)
    await claimed(world, "zhou", "11月18日1小时帮厨")
    await claimed(world, "zhou", "11月19日2小时扫雪")
    (said,) = await world.said("zhou", "/hours")
    assert "等待审批" in said.text
    assert {"撤回1", "撤回2"} <= set(said.buttons)
    assert "2 小时" in text(await world.press("zhou", "撤回2"))
    said_now = await hours(world)
    assert "扫雪" not in said_now
    assert "1 小时，帮厨" in said_now


async def test_never_in_a_group(world: World) -> None:
    await settled(world)
    await served(world, "11月18日1小时帮厨")
    (said,) = await world.said("zhou", "/hours", private=False)
    assert "帮厨" not in said.text


async def test_the_shipped_rules_reach_the_house(world: World) -> None:
    codes = [one.code for one in world.app.house.rules.requirements]
    assert codes == ["service-20"]
    assert rules_of(_Turn(world)).claims.minutes_a_year_before_second == 600  # type: ignore[arg-type]  # only its house


class _Turn:
    def __init__(self, world: World) -> None:
        self.house = world.app.house


# ------------------------------------------------------------------ 冲正


async def _proposed(world: World, who: str = "wang") -> None:
    await world.said(who, "/review")
    await world.press(who, "已通过")
    await world.press(who, "1 周小满")
    await world.press(who, "冲正")
    assert "提出来了" in text(await world.press(who, "重复报了"))


async def test_two_officers_reverse_and_both_lines_stay(world: World) -> None:
    await settled(world)
    await served(world, "11月18日3小时帮厨")
    await _proposed(world)
    assert "今年已有 3 小时" in await hours(world)
    asked = world.last("lin")
    assert asked is not None
    assert "重复报了" in asked.text
    assert "周小满" not in asked.text
    assert "冲正了 3 小时" in text(await world.press("lin", "同意冲正"))
    told = world.last("zhou")
    assert told is not None
    assert "冲正" in told.text
    said = await hours(world)
    assert "今年已有 0 小时" in said
    assert "冲正 −3 小时" in said
    assert "3 小时，帮厨（补录）" in said
    assert [row.minutes for row in await rows(world, select(entries).order_by(entries.c.id))] == [
        180,
        -180,
    ]
    done = [row.action for row in await rows(world, select(audit)) if row.verdict == "done"]
    assert done[-2:] == ["reversal.propose", "reversal.confirm"]
    assert "刚刚变过" in text(await world.press("lin", "同意冲正"))
    await served(world, "11月18日3小时帮厨")  # a correction is a new entry
    assert "今年已有 3 小时" in await hours(world)


async def test_the_proposer_is_never_the_second(world: World) -> None:
    await settled(world)
    await served(world, "11月18日3小时帮厨")
    await _proposed(world, "lin")
    asked = world.last("wang")
    assert asked is not None
    (answer,) = await world.press("lin", "撤回")
    assert "保持不变" in answer.text
    assert [row.state for row in await rows(world, select(reversals))] == ["refused"]
    assert "刚刚变过" in text(await world.press("wang", "同意冲正"))


async def test_the_second_person_may_say_no(world: World) -> None:
    await settled(world)
    await served(world, "11月18日3小时帮厨")
    await _proposed(world)
    await world.press("lin", "不同意")
    told = world.last("wang")
    assert told is not None
    assert "没有同意" in told.text
    assert "今年已有 3 小时" in await hours(world)


async def test_it_waits_in_review_too(world: World) -> None:
    await settled(world)
    await served(world, "11月18日3小时帮厨")
    await _proposed(world)
    assert "冲正 1" in text(await world.said("lin", "/review"))
    await world.press("lin", "看冲正")
    (card,) = await world.press("lin", "1 周小满")
    assert list(card.buttons) == ["同意冲正", "不同意"]
    assert "冲正 0" in text(await world.said("wang", "/review")) or "没有等你" in text(
        await world.said("wang", "/review")
    )
    (again,) = await _entry(world, "wang")
    assert "等第二位" in again.text
    assert "冲正" not in again.buttons


async def _entry(world: World, who: str) -> Any:
    await world.said(who, "/review")
    await world.press(who, "已通过")
    return await world.press(who, "1 周小满")


async def test_a_secretary_sees_entries_and_reverses_none(world: World) -> None:
    await settled(world)
    await served(world, "11月18日3小时帮厨")
    (card,) = await _entry(world, "sun")
    assert "帮厨" in card.text
    assert "冲正" not in card.buttons


async def test_where_one_officer_is_alone_an_admin_is_the_second(world: World) -> None:
    unit = await world.unit("SOLO", "独团委", "district")
    await world.person("周小满", unit, "zhou")
    await world.person("林青", unit, "lin", "officer")
    await world.person("管一", unit, "root")  # named in app.admins
    await claimed(world, "zhou", "11月18日3小时帮厨")
    await world.press("lin", "通过")
    await _proposed(world, "lin")
    asked = world.last("root")
    assert asked is not None
    await world.press("root", "同意冲正")
    assert "今年已有 0 小时" in await hours(world)
    assert "by-admin" in {row.verdict for row in await rows(world, select(audit))}
