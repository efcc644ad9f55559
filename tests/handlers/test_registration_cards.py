"""What a waiting registration's card says: a guardian's word, and who may be the same human."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from bot.chat import Kind
from domain.tokens import Press, sign_button
from storage.schema import registrations
from tests.joining import TEEN, Class, registered, rows, school_class
from tests.world import World

_DOUBLE = "可能已经登记过：和王*明"


async def test_what_was_said_about_a_guardian_is_on_the_card_and_no_more_than_that(
    world: World,
) -> None:
    here = await school_class(world, approval=True)
    await registered(world, "kid", here.code, "王小明", TEEN)
    await world.said("sec", "审批")
    await world.press("sec", "看人员")
    (card,) = await world.press("sec", "王小明")
    assert "本人说监护人已同意，还没有核实" in card.text
    await world.press("sec", "通过")
    await world.said("sec", "名单")
    (member,) = await world.press("sec", "王小明")
    assert "监护人同意：本人说监护人已同意，没有核实记录" in member.text
    await registered(world, "teen", here.code, "李大明", TEEN, guardian=False)
    await world.said("sec", "审批")
    await world.press("sec", "看人员")
    (card,) = await world.press("sec", "李大明")
    assert "本人说" not in card.text
    await world.press("sec", "通过")
    await world.said("sec", "母亲李女士 11月20日电话里同意")
    await world.press("sec", "确认")
    await world.said("sec", "名单")
    (member,) = await world.press("sec", "李大明")
    assert "监护人同意：已记录" in member.text


async def test_two_that_wait_and_may_be_one_human_are_compared_when_shown(world: World) -> None:
    here = await school_class(world, approval=True)
    await registered(world, "ann", here.code, "王小明")
    await registered(world, "ann2", here.code, "王小明")
    await registered(world, "bob", here.code, "王小明", birth="2001-04-06")
    assert [_DOUBLE in text for text in await _cards(world, here)] == [True, True, False]
    first, *_ = await _waiting(world)
    assert "一员" in await _press(world, here, "reg.ok", first)
    assert [_DOUBLE in text for text in await _cards(world, here)] == [True, False]


async def _waiting(world: World) -> list[int]:
    found = select(registrations.c.id).where(registrations.c.state == "waiting")
    return [row.id for row in await rows(world, found.order_by(registrations.c.id))]


async def _press(world: World, here: Class, purpose: str, key: int) -> str:
    reader, expires = f"person:{here.secretary}", world.clock() + timedelta(hours=1)
    token = sign_button(world.app.house.key, reader, Press(purpose, key, 1), expires)
    return (await world.send("sec", Kind.BUTTON, {"token": token}))[0].text


async def _cards(world: World, here: Class) -> list[str]:
    return [await _press(world, here, "reg.see", key) for key in await _waiting(world)]
