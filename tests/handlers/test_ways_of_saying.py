"""The same thing said in the ways that people say it, and words that mean a command anywhere."""

from __future__ import annotations

import pytest

from tests.world import World


async def _branch(world: World) -> None:
    unit = await world.unit("B1", "一班团支部")
    await world.person("李雷", unit, "sec", role="secretary")
    await world.person("韩梅梅", unit, "ann")


@pytest.mark.parametrize(
    "said",
    [
        "补录 昨天下午2点到4点扫地",
        "补录昨天下午2点到4点扫地",
        "补录：昨天下午2点到4点扫地",
        "我要补录 昨天下午2点到4点扫地",
        "/log 昨天下午2点到4点扫地",
        "/log昨天下午2点到4点扫地",
        "昨天下午2点到4点扫地",
    ],
)
async def test_a_claim_in_any_way(world: World, said: str) -> None:
    await _branch(world)
    (read_back,) = await world.said("ann", said)
    assert "14:00–16:00" in read_back.text
    assert "内容：扫地" in read_back.text
    assert "确认" in read_back.buttons


async def test_a_guest_and_a_word_that_only_begins_like_a_command(world: World) -> None:
    await _branch(world)
    (answer,) = await world.said("stranger", "昨天下午2点到4点扫地")
    assert "确认" not in answer.buttons
    (answer,) = await world.said("ann", "login")
    assert "没看懂" in answer.text


async def test_a_command_word_is_never_an_answer_and_loses_nothing(world: World) -> None:
    await _branch(world)
    await world.said("ann", "补录")
    (helped,) = await world.said("ann", "帮助")
    assert "补录" in helped.text
    (read_back,) = await world.said("ann", "昨天下午2点到4点扫地")  # the question stood open
    assert "确认" in read_back.buttons
    await world.said("ann", "时长")
    (done,) = await world.press("ann", "确认")
    assert "2 小时" in done.text


async def test_a_label_may_be_typed_after_another_message(world: World) -> None:
    await _branch(world)
    await world.said("ann", "补录 昨天下午2点到4点扫地")
    await world.said("ann", "帮助")
    (done,) = await world.said("ann", "确认")
    assert "2 小时" in done.text


async def test_cancel_leaves_and_a_dead_end_shows_a_way_on(world: World) -> None:
    await _branch(world)
    await world.said("ann", "补录")
    await world.said("ann", "取消")
    (unknown,) = await world.said("ann", "一句别的话")
    assert "没看懂" in unknown.text
    (refused,) = await world.said("ann", "审批")
    assert "帮助" in refused.buttons
