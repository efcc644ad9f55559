"""Units move, merge and close in the chat; the table of ancestors stays the tree."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import select

from storage.schema import claims, homes, invites, persons, unit_tree, units
from storage.tx import Tx
from tests.small_district import rows, settled
from tests.world import World


async def _unit(world: World, code: str) -> dict[str, object]:
    found = await rows(world, select(units).where(units.c.code == code))
    return dict(found[0]._asdict())


async def _code_below(world: World, parent: int) -> list[str]:
    found = await rows(world, select(units).where(units.c.parent_id == parent))
    return sorted(str(row.code) for row in found)


async def _closure_is_the_tree(world: World) -> None:
    """The table of ancestors says exactly what the parents say."""
    parents = {row.id: row.parent_id for row in await rows(world, select(units))}
    expected = set()
    for unit in parents:
        above, depth = unit, 0
        while above is not None:
            expected.add((above, unit, depth))
            above, depth = parents[above], depth + 1
            assert depth <= 6
    found = {tuple(row) for row in await rows(world, select(unit_tree))}
    assert found == expected


async def _move(world: World, account: str, code: str, to: str) -> str:
    await world.said(account, f"/units {code}")
    await world.press(account, "移动")
    said = await world.said(account, to)
    label = next((one for one in said[0].buttons if one.endswith(f"（{to}）")), None)
    if label is None:
        return said[0].text
    said = await world.press(account, label)
    if "确认" not in said[0].buttons:
        return said[0].text
    return (await world.press(account, "确认"))[0].text


async def test_moving_takes_rights_along_and_back(world: World) -> None:
    district = await settled(world)
    assert "移好了" in await _move(world, "lin", "ONE", "WEST")
    assert (await _unit(world, "ONE"))["parent_id"] == district.west
    await _closure_is_the_tree(world)
    told = world.last("sun")
    assert told is not None
    assert "已移到“西街道团工委”下面" in told.text
    assert "没有找到" in (await world.said("wang", "/units ONE"))[0].text
    assert "梧桐" in (await world.said("qian", "/units ONE"))[0].text
    await world.press("lin", "撤销")
    assert (await _unit(world, "ONE"))["parent_id"] == district.east
    await _closure_is_the_tree(world)
    assert "没有找到" in (await world.said("qian", "/units ONE"))[0].text


async def test_a_unit_moves_only_where_its_mover_may_create(world: World) -> None:
    await settled(world)
    for account, code in (("wang", "ONE"), ("lin", "EAST")):
        said = await world.said(account, f"/units {code}")
        assert "移动" not in said[0].buttons, code  # nowhere but where it hangs already
    assert "没有找到合适的组织" in await _move(world, "lin", "ONE", "TWO")


async def _claim(world: World, person: int, unit: int) -> None:
    from storage.prepared import insert_row

    add = insert_row(
        claims,
        *("person_id", "unit_id", "what", "said", "minutes", "state", "version"),
        *("created_at", "inbox_id"),
    )
    row = {"person_id": person, "unit_id": unit, "what": "清扫", "said": "清扫", "minutes": 60}

    async def work(tx: Tx) -> None:
        await tx.value(add, **row, state="waiting", version=1, created_at=world.clock(), inbox_id=0)

    await world.app.store.turn(work)


async def _merge(world: World, account: str, code: str, into: str) -> str:
    await world.said(account, f"/units {code}")
    await world.press(account, "合并")
    said = await world.said(account, into)
    await world.press(account, next(one for one in said[0].buttons if one.endswith(f"（{into}）")))
    said = await world.press(account, "确认")
    return said[0].text


async def test_merging_moves_everything_and_ends_offices(world: World) -> None:
    district = await settled(world)
    await _claim(world, district.zhou, district.one)
    await world.said("sun", "/invite")
    await world.press("sun", "30 天")
    await world.press("sun", "不限人数")
    await world.said("wang", "/units ONE")
    await world.press("wang", "合并")
    said = await world.press("wang", "银杏社区团支部（TWO）")
    assert "2 人、0 个下级组织、1 件待审的事都转过去，1 个任职到此结束" in said[0].text
    assert "不能撤销" in said[0].text
    said = await world.press("wang", "确认")
    assert "撤销" not in said[0].buttons
    source = await _unit(world, "ONE")
    assert source["merged_into"] == district.two
    assert source["closed_at"] is not None
    here = await rows(world, select(persons).where(persons.c.home_unit_id == district.two))
    assert {row.id for row in here} == {district.sun, district.zhou}
    kept = await rows(world, select(homes).where(homes.c.person_id == district.zhou))
    assert [(row.unit_id, row.until is None) for row in sorted(kept)] == [
        (district.one, False),
        (district.two, True),
    ]
    assert [row.unit_id for row in await rows(world, select(claims))] == [district.two]
    assert (await rows(world, select(invites)))[0].revoked_at is not None
    told = world.last("sun")
    assert told is not None
    assert "任职随之结束" in told.text
    assert "没有找到" in (await world.said("sun", "/invite"))[0].text
    assert (await world.said("wang", "/units ONE"))[0].text.startswith("没有找到")


async def test_merging_a_township_moves_its_branches(world: World) -> None:
    district = await settled(world)
    assert "已并入“西街道团工委”" in await _merge(world, "lin", "EAST", "WEST")
    assert await _code_below(world, district.west) == ["ONE", "THREE", "TWO"]
    await _closure_is_the_tree(world)
    assert "没有找到" in (await world.said("wang", "/units"))[0].text
    assert "梧桐" in (await world.said("qian", "/units ONE"))[0].text


async def test_closing_says_what_to_do_first_and_opens_again(world: World) -> None:
    district = await settled(world)
    await world.said("lin", "/units EAST")
    assert "还有没关闭的组织" in (await world.press("lin", "关闭"))[0].text
    await world.said("lin", "/units ONE")
    assert "这里还有人" in (await world.press("lin", "关闭"))[0].text
    await world.said("lin", "/units TWO")
    said = await world.press("lin", "关闭")
    assert "将关闭" in said[0].text
    said = await world.press("lin", "确认")
    assert await _code_below(world, district.east) == ["ONE", "TWO"]
    await world.press("lin", "重新开放")
    assert (await _unit(world, "TWO"))["closed_at"] is None
    assert "银杏" in (await world.said("lin", "/units TWO"))[0].text


async def test_a_closed_unit_is_found_by_who_may_reopen_it(world: World) -> None:
    district = await settled(world)
    await world.said("wang", "/units TWO")
    await world.press("wang", "关闭")
    await world.press("wang", "确认")
    await world.person("吴审", district.root, "wu", "auditor")
    for account in ("sun", "qian", "zhou", "wu"):
        assert "没有找到" in (await world.said(account, "/units TWO"))[0].text, account
    said = await world.said("wang", "组织 two")
    assert "这个组织已关闭" in said[0].text
    assert "重新开放" in said[0].buttons
    said = await world.said("wu", "/units EAST")
    assert "已关闭" not in said[0].text
    said = await world.said("wang", "/units")
    assert "下级组织 1 个，已关闭 1 个" in said[0].text
    said = await world.press("wang", "已关闭 1 个")
    assert "“东街道团工委”下面已关闭的组织，共 1 个" in said[0].text
    await world.press("wang", "银杏社区团支部（TWO）")
    await world.press("wang", "重新开放")
    assert (await _unit(world, "TWO"))["closed_at"] is None
    assert "已关闭" not in (await world.said("wang", "/units"))[0].text


async def test_a_wrong_word_asks_where_again(world: World) -> None:
    await settled(world)
    for button, to in (("移动", "西街道团工委（WEST）"), ("合并", "银杏社区团支部（TWO）")):
        await world.said("lin", "/units ONE")
        await world.press("lin", button)
        asked = await world.press("lin", to)
        again = await world.said("lin", "嗯嗯")
        assert (again[0].text, set(again[0].buttons)) == (asked[0].text, {"确认", "取消"})
        await world.said("lin", "取消")


@pytest.mark.slow
async def test_two_who_move_units_below_each_other_make_no_cycle(world: World) -> None:
    root = await world.unit("ROOT", "青禾区团委", "district")
    await world.person("林青", root, "lin", "officer")
    await world.person("何苗", root, "he", "officer")
    for code in ("S1", "S2"):
        await world.unit(code, f"学校{code}", "school", root)
    for account, unit, to in (("lin", "S1", "S2"), ("he", "S2", "S1")):
        await world.said(account, f"/units {unit}")
        await world.press(account, "移动")
        await world.press(account, f"学校{to}（{to}）")
    told = await asyncio.gather(world.press("lin", "确认"), world.press("he", "确认"))
    texts = [world.last(account).text for account in ("lin", "he")]  # type: ignore[union-attr]
    assert told
    assert sorted("移好了" in text for text in texts) == [False, True]
    await _closure_is_the_tree(world)
