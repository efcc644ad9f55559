"""撤销 below an approval: the way to the reversal by two, from where the approval is said."""

from __future__ import annotations

from sqlalchemy import select

from storage.schema import entries
from tests.small_district import rows, settled
from tests.world import Spoken, World


async def _approved(world: World, words: str, who: str = "wang") -> Spoken:
    """Claimed by a member and approved; the answer to who approved."""
    await world.said("zhou", f"/log {words}")
    await world.press("zhou", "确认")
    for label in ("审批", "看补录", "1 周小满"):
        await world.said(who, label)
    (answer,) = await world.press(who, "通过")
    assert "已经生效" in answer.text
    return answer


async def _minutes(world: World) -> list[int]:
    return [row.minutes for row in await rows(world, select(entries).order_by(entries.c.id))]


async def test_an_approval_is_undone_by_two(world: World) -> None:
    await settled(world)
    answer = await _approved(world, "昨天下午2点到5点清扫")
    assert list(answer.buttons) == ["下一条", "看补录", "撤销"]
    (asked,) = await world.press("wang", "撤销")
    assert "要两位负责人都同意" in asked.text
    (said,) = await world.said("wang", "按错了")
    assert "第二位负责人" in said.text
    assert await _minutes(world) == [180]  # one alone changes nothing
    await world.press("lin", "同意冲正")
    assert await _minutes(world) == [180, -180]
    assert "冲正" in str(world.last("zhou"))


async def test_of_several_entries_one_is_chosen(world: World) -> None:
    await settled(world)
    await _approved(world, "昨天上午9点到10点和下午2点到5点清扫")
    (listed,) = await world.press("wang", "撤销")
    assert listed.text.startswith("已通过的记录")
    assert listed.text.count("周小满") == 2


async def test_after_many_at_once_the_list_is_offered(world: World) -> None:
    await settled(world)
    await world.said("zhou", "/log 昨天下午2点到5点清扫")
    await world.press("zhou", "确认")
    for label in ("审批", "看补录", "通过本页"):
        await world.said("wang", label)
    await world.press("wang", "确认通过")
    (listed,) = await world.press("wang", "撤销")
    assert "周小满" in listed.text


async def test_who_may_not_reverse_is_not_offered_it(world: World) -> None:
    """A secretary approves, officers reverse (QUALITY 2.2)."""
    await settled(world)
    answer = await _approved(world, "昨天下午2点到5点清扫", "sun")
    assert list(answer.buttons) == ["下一条", "看补录"]


async def _proposed(world: World, who: str) -> Spoken:
    """`who` proposes to reverse the newest entry; the answer."""
    for label in ("审批", "已通过", "1 周小满", "冲正"):
        await world.said(who, label)
    (answer,) = await world.said(who, "按错了")
    return answer


async def test_who_may_not_confirm_is_shown_no_reversals(world: World) -> None:
    """Neither counted nor listed for a secretary; for the officer above both."""
    await settled(world)
    await _approved(world, "昨天下午2点到5点清扫")
    await _proposed(world, "wang")
    (none,) = await world.said("sun", "/review")
    assert "没有等你审批的" in none.text
    assert "看冲正" not in none.buttons
    (one,) = await world.said("lin", "/review")
    assert "看冲正" in one.buttons
    await world.press("lin", "看冲正")
    (card,) = await world.press("lin", "1 周小满")
    assert "同意冲正" in card.buttons


async def test_who_proposed_alone_is_shown_the_way_to_a_second(world: World) -> None:
    """The one officer of a district appoints another, who confirms what waited."""
    root = await world.unit("ROOT", "青禾区团委", "district")
    one = await world.unit("ONE", "梧桐社区团支部", "branch", root)
    await world.person("林青", root, "lin", "officer")
    await world.person("孙梧桐", one, "sun", "secretary")
    await world.person("周小满", one, "zhou")
    await _approved(world, "昨天下午2点到5点清扫", "sun")
    answer = await _proposed(world, "lin")
    assert "先任命一位团委干部" in answer.text
    assert list(answer.buttons) == ["任职", "撤回", "已通过"]
    await world.person("钱西", one, "qian", "officer")
    await world.said("qian", "审批")
    await world.press("qian", "看冲正")
    await world.press("qian", "1 周小满")
    await world.press("qian", "同意冲正")
    assert await _minutes(world) == [180, -180]
