"""核对 in /review: rings and outliers are listed for the level above, and accuse nobody (A41)."""

from __future__ import annotations

from tests.handlers.test_review import claimed, text
from tests.small_district import settled
from tests.world import World


async def _checked(world: World, who: str) -> str:
    await world.said(who, "/review")
    return text(await world.press(who, "核对"))


async def test_two_who_approve_each_other_are_shown_above(world: World) -> None:
    district = await settled(world)
    await world.person("侯二", district.one, "hou", "secretary")
    await claimed(world, "sun", "11月18日1小时帮厨")
    await world.press("hou", "通过")
    assert "互相审批" not in await _checked(world, "wang")
    await claimed(world, "hou", "11月18日1小时帮厨")
    await world.press("sun", "通过")
    await claimed(world, "hou", "11月19日1小时帮厨")
    await world.press("sun", "通过")
    assert "孙梧桐和侯二互相审批：2 条和 1 条" in await _checked(world, "wang")
    assert "孙梧桐和侯二" in await _checked(world, "lin")
    for who in ("sun", "hou", "qian"):  # not themselves, and nobody sideways
        assert "互相审批" not in await _checked(world, who)


async def test_very_many_claimed_hours_are_shown_above(world: World) -> None:
    await settled(world)
    for day in range(14, 19):
        await claimed(world, "zhou", f"11月{day}日8小时值守")
        await world.press("sun", "通过")
        if "第二位" in str(getattr(world.last("sun"), "text", "")):
            await world.press("wang", "通过")
    assert "周小满" not in await _checked(world, "sun")  # 40 hours are the limit
    await claimed(world, "zhou", "11月19日5分钟值守")
    await world.press("sun", "通过")
    await world.press("wang", "通过")
    for who in ("sun", "wang", "lin"):
        assert "周小满（梧桐社区团支部）30 天内补录 40 小时" in await _checked(world, who)
    assert "没有需要留意的" in await _checked(world, "qian")


async def test_who_reviews_nothing_checks_nothing(world: World) -> None:
    await settled(world)
    assert "没有找到" in text(await world.said("zhou", "/review"))
