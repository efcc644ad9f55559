"""Whom /roles offers and takes: registered, of age, told apart; and questions asked again."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select, update

from storage.prepared import Prepared, insert_row
from storage.schema import accounts, consents, persons, roles
from storage.tx import Tx
from tests.small_district import rows, settled
from tests.world import World

_CHOSEN = "梧桐社区团支部"


async def _picker(world: World, by: str, code: str, role: str) -> dict[str, str]:
    await world.said(by, f"/roles {code}")
    await world.press(by, "任命")
    return (await world.press(by, role))[0].buttons


async def test_an_unclaimed_line_is_not_offered(world: World) -> None:
    district = await settled(world)
    await world.person("何未领", district.one, status="roster")
    assert f"何未领（{_CHOSEN}）" not in await _picker(world, "wang", "ONE", "团支书")
    said = await world.said("wang", "何未领")
    assert "没有找到“何未领”" in said[0].text


async def test_who_lost_the_registration_meanwhile_is_refused(world: World) -> None:
    district = await settled(world)
    await _picker(world, "wang", "ONE", "团支书")

    async def work(tx: Tx) -> None:
        line = update(persons).where(persons.c.id == district.zhou).values(status="roster")
        await tx.run(Prepared(line))

    before = len(await rows(world, select(roles)))
    await world.app.store.turn(work)
    said = await world.press("wang", f"周小满（{_CHOSEN}）")
    assert "还没有登记" in said[0].text
    assert len(await rows(world, select(roles))) == before


@pytest.mark.parametrize(
    ("birth", "role", "word"),
    [
        (date(2014, 3, 5), "团支书", "还没满 18 岁"),
        (date(2008, 11, 23), "团支书", "还没满 18 岁"),
        (date(2010, 11, 23), "活动负责人", "还没满 16 岁"),
        (date(2010, 3, 5), "活动负责人", "缺监护人的同意"),
        (date(2008, 11, 22), "团支书", "任到什么时候"),
    ],
)
async def test_only_adults_answer_for_others(
    world: World, birth: date, role: str, word: str
) -> None:
    district = await settled(world)
    await world.person("何少年", district.one, "shao", birth=birth)
    await _picker(world, "wang", "ONE", role)
    assert word in (await world.press("wang", f"何少年（{_CHOSEN}）"))[0].text


async def test_a_missing_guardian_is_a_refusal(world: World) -> None:
    district = await settled(world)
    add = insert_row(consents, "person_id", "purpose", "text_version", "given_at")

    async def work(tx: Tx) -> None:
        row = {"person_id": district.zhou, "purpose": "guardian", "text_version": "1"}
        await tx.value(add, **row, given_at=world.clock())

    await world.app.store.turn(work)
    await _picker(world, "wang", "ONE", "团支书")
    said = await world.press("wang", f"周小满（{_CHOSEN}）")
    assert "缺监护人的同意" in said[0].text


async def test_told_is_said_only_where_somebody_was_told(world: World) -> None:
    district = await settled(world)
    await _picker(world, "wang", "ONE", "团支书")
    await world.press("wang", f"周小满（{_CHOSEN}）")
    await world.press("wang", "一年")
    said = await world.press("wang", "确认")
    assert "已通知本人" in said[0].text

    async def work(tx: Tx) -> None:
        line = update(accounts).where(accounts.c.person_id == district.zhou)
        await tx.run(Prepared(line.values(reachable=False)))

    await world.app.store.turn(work)
    await _picker(world, "wang", "ONE", "活动负责人")
    await world.press("wang", f"周小满（{_CHOSEN}）")
    await world.press("wang", "一年")
    said = await world.press("wang", "确认")
    assert "已通知" not in said[0].text
    assert "请当面说一声" in said[0].text


async def test_two_of_one_name_are_told_apart(world: World) -> None:
    district = await settled(world)
    await world.person("周小满", district.one, "zhou2", number="20260045")
    offered = await _picker(world, "wang", "ONE", "团支书")
    alike = sorted(label for label in offered if label.startswith("周小满"))
    assert alike == [f"周小满（{_CHOSEN}，共青团员）", f"周小满（{_CHOSEN}，编号***45）"]


async def test_nobody_to_choose_is_a_sentence(world: World) -> None:
    await settled(world)
    await world.said("wang", "/roles TWO")
    await world.press("wang", "任命")
    said = await world.press("wang", "团支书")
    assert "这里还没有能当团支书的人" in said[0].text
    assert "“”" not in said[0].text


async def test_a_wrong_day_keeps_the_buttons(world: World) -> None:
    await settled(world)
    await _picker(world, "wang", "ONE", "团支书")
    await world.press("wang", f"周小满（{_CHOSEN}）")
    for typed in ("下个月", "2026-11-21"):
        said = await world.said("wang", typed)
        assert set(said[0].buttons) == {"一年", "两年", "不限", "取消"}, typed
    said = await world.press("wang", "两年")
    assert "将任命 1 人：周小满" in said[0].text


async def test_a_wrong_word_asks_the_same_again(world: World) -> None:
    await settled(world)
    await world.said("wang", "/roles ONE")
    asked = await world.press("wang", "任命")
    said = await world.said("wang", "随便")
    assert (said[0].text, set(said[0].buttons)) == (asked[0].text, set(asked[0].buttons))
    await world.press("wang", "团支书")
    await world.press("wang", f"周小满（{_CHOSEN}）")
    asked = await world.press("wang", "一年")
    said = await world.said("wang", "嗯嗯")
    assert (said[0].text, set(said[0].buttons)) == (asked[0].text, {"确认", "取消"})
    said = await world.press("wang", "确认")
    assert "现在是“梧桐社区团支部 · 团支书”" in said[0].text
