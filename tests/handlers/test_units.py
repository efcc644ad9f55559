"""/units in the chat: founding, looking, changing, undoing, and what others may not."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import select

from storage.schema import audit, claims, homes, invites, persons, roles, unit_tree, units
from storage.tx import Tx
from tests.small_district import District, rows, settled
from tests.world import World


async def _found(world: World) -> None:
    await world.said("root", "/start")
    await world.press("root", "同意并开始")
    await world.said("root", "青禾区团委")
    await world.press("root", "区县团委")
    await world.said("root", "林青")


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


async def test_the_first_admin_founds_the_district_and_is_its_officer(world: World) -> None:
    await _found(world)
    last = world.last("root")
    assert last is not None
    assert "青禾区团委" in last.text
    unit = await _unit(world, "ROOT")
    assert (unit["name"], unit["kind"], unit["parent_id"]) == ("青禾区团委", "district", None)
    held = await rows(world, select(roles))
    assert [(row.role, row.unit_id, row.until) for row in held] == [("officer", unit["id"], None)]
    # the buttons of the very answer are signed for the new person
    said = await world.press("root", "新建下级")
    assert "哪一种" in said[0].text


async def test_only_an_admin_founds_and_only_once(world: World) -> None:
    said = await world.said("stranger", "/start")
    assert "同意并开始" not in said[0].buttons
    await world.said("root", "/start")
    await world.press("root", "同意并开始")
    await world.said("root", "青禾区团委")
    await world.press("root", "区县团委")
    await world.unit("ELSE", "另一个区", "district")  # somebody was faster
    said = await world.said("root", "林青")
    assert "没有找到" in said[0].text
    assert len(await rows(world, select(units))) == 1
    assert await rows(world, select(persons)) == []


async def test_a_bad_name_is_asked_for_again(world: World) -> None:
    await world.said("root", "/start")
    await world.press("root", "同意并开始")
    said = await world.said("root", "？？")
    assert "名字里没有字" in said[0].text
    said = await world.said("root", "青禾区团委")
    assert "哪一级" in said[0].text


async def test_an_officer_sees_the_own_unit_with_counts(world: World) -> None:
    await settled(world)
    said = await world.said("lin", "组织")
    assert "人数 1，连同下级共 5" in said[0].text
    assert "下级组织 5 个" in said[0].text
    assert [label for label in said[0].buttons if "（" in label] == [
        "东街道团工委（EAST）",
        "西街道团工委（WEST）",
    ]
    said = await world.press("lin", "东街道团工委（EAST）")
    said = await world.said("lin", "梧桐社区团支部（ONE）")  # a label typed does the same
    assert "青禾区团委 › 东街道团工委 › 梧桐社区团支部" in said[0].text
    assert "团支书：孙梧桐" in said[0].text


async def test_rights_follow_the_tree(world: World) -> None:
    district = await settled(world)
    for account, text in (
        ("sun", "/units"),
        ("zhou", "/units ONE"),
        ("stranger", "/units"),
        ("wang", "/units WEST"),
        ("wang", "/units ROOT"),
        ("wang", "/units 水杉"),
        ("wang", "/units 没有这个"),
    ):
        said = await world.said(account, text)
        assert "没有找到" in said[0].text, (account, text)
        assert said[0].buttons == {}
    said = await world.said("wang", "/units")
    assert "上一级" in said[0].buttons
    said = await world.press("wang", "上一级")
    assert "没有找到" in said[0].text
    refused = await rows(world, select(audit).where(audit.c.verdict == "refused"))
    assert (district.root, "unit-view") in {(row.unit_id, row.action) for row in refused}
    # who does not stand above a unit neither moves nor closes it
    said = await world.said("wang", "/units")
    assert not {"移动", "合并", "关闭"} & set(said[0].buttons)


async def test_a_new_unit_with_a_warning_and_a_code_of_its_own(world: World) -> None:
    district = await settled(world)
    await world.said("wang", "/units")
    await world.press("wang", "新建下级")
    await world.press("wang", "团支部")
    said = await world.said("wang", "梧桐社区 团支部")
    assert "很像的“梧桐社区团支部”" in said[0].text
    await world.press("wang", "改编号")
    said = await world.said("wang", "one")
    assert "已经有组织在用" in said[0].text
    said = await world.said("wang", "wt2")
    assert "编号 WT2" in said[0].text
    said = await world.press("wang", "确认")
    assert "建好了" in said[0].text
    assert await _code_below(world, district.east) == ["ONE", "TWO", "WT2"]
    again = await world.press("wang", "确认")  # twice pressed is once done
    assert "建好了" not in again[0].text
    assert await _code_below(world, district.east) == ["ONE", "TWO", "WT2"]
    await world.press("wang", "撤销")  # a wang does not stand above EAST, but above WT2
    assert (await _unit(world, "WT2"))["closed_at"] is not None
    await _closure_is_the_tree(world)


async def test_what_does_not_fit_is_not_offered(world: World) -> None:
    await settled(world)
    await world.said("wang", "/units")
    said = await world.press("wang", "新建下级")
    assert set(said[0].buttons) == {"学校团委", "团总支", "团支部", "取消"}
    await world.said("wang", "/units ONE")
    said = await world.press("wang", "新建下级")
    assert "不能这样上下搭配" in said[0].text


async def test_renaming_and_back(world: World) -> None:
    await settled(world)
    await world.said("lin", "/units ONE")
    await world.press("lin", "改名")
    said = await world.said("lin", "银杏社区团支部")
    assert "很像的“银杏社区团支部”" in said[0].text
    said = await world.said("lin", "/units ONE")  # leaves the dialog
    await world.press("lin", "改名")
    said = await world.said("lin", "凤凰社区团支部")
    assert "共 2 人" in said[0].text
    await world.press("lin", "确认")
    assert (await _unit(world, "ONE"))["name"] == "凤凰社区团支部"
    await world.press("lin", "撤销")
    assert (await _unit(world, "ONE"))["name"] == "梧桐社区团支部"
    lines = await rows(world, select(audit).where(audit.c.action == "unit-rename"))
    assert [row.facts["to"] for row in lines] == ["凤凰社区团支部", "梧桐社区团支部"]


async def test_a_change_that_somebody_else_overtook(world: World) -> None:
    await settled(world)
    for account, name in (("lin", "凤凰社区团支部"), ("wang", "香樟社区团支部")):
        await world.said(account, "/units ONE")
        await world.press(account, "改名")
        await world.said(account, name)
    await world.press("lin", "确认")
    said = await world.press("wang", "确认")
    assert "刚刚变过" in said[0].text
    assert (await _unit(world, "ONE"))["name"] == "凤凰社区团支部"


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
    assert "没有找到合适的组织" in await _move(world, "wang", "ONE", "WEST")
    assert "没有找到合适的组织" in await _move(world, "lin", "EAST", "ONE")


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
    assert "没有找到" in (await world.said("lin", "/units TWO"))[0].text
    await world.press("lin", "重新开放")
    assert (await _unit(world, "TWO"))["closed_at"] is None
    assert "银杏" in (await world.said("lin", "/units TWO"))[0].text


async def test_approval_is_switched_and_back(world: World) -> None:
    await settled(world)
    await world.said("lin", "/units ONE")
    await world.press("lin", "新人要审批")
    assert (await _unit(world, "ONE"))["approval"] in (True, 1)
    await world.press("lin", "撤销")
    assert (await _unit(world, "ONE"))["approval"] in (False, 0)


async def test_more_than_eight_units_come_in_pages(world: World) -> None:
    district = await settled(world)
    for number in range(9):
        await world.unit(f"P{number}", f"分页第{number}支部", "branch", district.west)
    said = await world.said("qian", "/units")
    assert len([label for label in said[0].buttons if "（" in label]) == 8
    said = await world.press("qian", "下一页")
    assert len([label for label in said[0].buttons if "（" in label]) == 2
    said = await world.said("qian", "/units 分页")
    assert "找到 9 个组织" in said[0].text
    said = await world.press("qian", "下一页")
    assert len([label for label in said[0].buttons if "（" in label]) == 1


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


async def test_a_district_of_someone_else_stays_unknown_to_buttons(world: World) -> None:
    """A button is for its reader: another's token is as good as none."""
    district: District = await settled(world)
    said = await world.said("lin", "/units ONE")
    token = said[0].buttons["改名"]
    from bot.chat import Kind

    stolen = await world.send("wang", Kind.BUTTON, {"token": token})
    assert "过期" in stolen[0].text
    assert (await _unit(world, "ONE"))["id"] == district.one
