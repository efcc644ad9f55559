"""What is not merged by its owner alone, and whom they are sent to."""

from __future__ import annotations

from datetime import date

from sqlalchemy import func, select

from storage import reversals
from storage.schema import entries
from tests.joining import rows
from tests.merging import LOG, WECOM, Twice
from tests.world import World


async def test_other_names_and_numbers_are_not_merged_by_oneself(world: World) -> None:
    both = await Twice(world).build(name="王大明")
    assert "名字不一样" in (await both.asked())[0].text
    assert "请找青禾区团委的干部" in str(world.last(WECOM))
    assert (await rows(world, select(func.count().label("n")).select_from(entries)))[0].n == 0
    assert (await both.of(both.twin)).status == "active"


async def test_a_birth_date_that_differs_is_no_proof(world: World) -> None:
    both = await Twice(world).build(birth=date(2001, 5, 6))
    third = await world.person("王小明", both.there, "bob", birth=date(2002, 5, 6))
    said = await world.said("bob", "/link")
    shown = await world.said(WECOM, said[-1].text)
    assert "编号或生日不一样" in shown[0].text
    assert (await both.of(third)).status == "active"


async def test_two_with_roles_and_judges_of_each_other_are_sent_to_the_officers(
    world: World,
) -> None:
    both = await Twice(world).build(role="organiser")
    await world.person("王小明", both.unit, "boss", "secretary")
    said = await world.said("boss", "/link")
    assert "都有任职" in (await world.said(WECOM, said[-1].text))[0].text


async def test_nobody_approves_their_own_by_way_of_a_second_registration(world: World) -> None:
    """A41: a secretary's second registration, whose hours they approved, stays another person."""
    both = await Twice(world).build()
    world.also("wecom")
    await world.person("周书", both.unit, "wecom:twin")
    await world.said("wecom:twin", LOG.format("下午2点到4点", "社区清扫"))
    await world.press("wecom:twin", "确认")
    await world.press("sec", "通过")
    said = await world.said("sec", "/link")
    shown = await world.said("wecom:twin", said[-1].text)
    assert "审过另一份的时长" in shown[0].text


async def test_an_entry_that_is_to_be_reversed_is_decided_first(world: World) -> None:
    both = await Twice(world).build()
    await both.served(WECOM, "下午2点到4点", "社区清扫")
    await world.app.store.turn(
        lambda tx: reversals.propose(tx, 1, both.web, "录错了", world.clock())
    )
    assert "在等冲正" in (await both.asked())[0].text
    assert await both.minutes(both.twin) == 120


async def test_two_accounts_on_one_channel_are_not_one_persons(world: World) -> None:
    both = await Twice(world).build()
    await world.person("王小明", both.there, "bob")
    said = await world.said("bob", "/link")
    assert "只留一个账号" in (await world.said("ann", said[-1].text))[0].text


async def test_what_changed_between_the_two_answers_is_looked_at_again(world: World) -> None:
    """The name was corrected after the question: then it is no longer one person by its name."""
    both = await Twice(world).build()
    await both.asked()
    await world.said("sec2", "/members")
    await world.press("sec2", "王小明")
    await world.press("sec2", "改名字")
    await world.said("sec2", "王大明")
    await world.press("sec2", "确认")
    assert (await both.of(both.twin)).name == "王大明"
    assert "名字不一样" in (await world.press("ann", "同意绑定"))[0].text
    assert (await both.of(both.twin)).status == "active"
