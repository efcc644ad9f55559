"""/units in the chat: founding, looking, changing, undoing, and what others may not."""

from __future__ import annotations

from sqlalchemy import select

from bot.chat import Kind
from storage.schema import audit, persons, roles, unit_tree, units
from tests.small_district import District, rows, settled
from tests.world import World


async def _found(world: World) -> None:
    await world.said("root", "/start")
    await world.press("root", "同意并开始")
    await world.said("root", "青禾区团委")
    await world.press("root", "区县团委")
    await world.said("root", "林青")
    await world.press("root", "确认")


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


async def test_what_is_founded_is_read_back_and_can_be_changed(world: World) -> None:
    await world.said("root", "/start")
    await world.press("root", "同意并开始")
    await world.said("root", "青禾区团委")
    await world.press("root", "区县团委")
    for odd in ("你好", "hello", "您好。", "ＨＩ"):
        assert "取消" in (await world.said("root", odd))[0].buttons, odd
        assert await rows(world, select(units)) == []
    (sure,) = await world.said("root", "林轻")
    assert "青禾区团委（区县团委）" in sure.text
    assert "林轻" in sure.text
    assert {"确认", "改组织", "改姓名", "取消"} == set(sure.buttons)
    await world.press("root", "改姓名")
    await world.said("root", "我叫林青")
    await world.press("root", "改组织")
    await world.said("root", "青禾区")
    (sure,) = await world.press("root", "区县团委")
    assert "林青" in sure.text
    assert await rows(world, select(persons)) == []
    await world.press("root", "确认")
    assert [row.name for row in await rows(world, select(persons))] == ["林青"]
    assert (await _unit(world, "ROOT"))["name"] == "青禾区"
    assert "已经办好" in (await world.press("root", "确认"))[0].text


async def test_only_an_admin_founds_and_only_once(world: World) -> None:
    said = await world.said("stranger", "/start")
    assert "同意并开始" not in said[0].buttons
    await world.said("root", "/start")
    await world.press("root", "同意并开始")
    await world.said("root", "青禾区团委")
    await world.press("root", "区县团委")
    await world.unit("ELSE", "另一个区", "district")  # somebody was faster
    await world.said("root", "林青")
    said = await world.press("root", "确认")
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
        assert set(said[0].buttons) <= {"帮助"}  # nothing of the unit
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
    await world.press("wang", "改代码")
    said = await world.said("wang", "one")
    assert "已经有组织在用" in said[0].text
    said = await world.said("wang", "wt2")
    assert "代码 WT2" in said[0].text
    said = await world.press("wang", "确认")
    assert "建好了" in said[0].text
    assert await _code_below(world, district.east) == ["ONE", "TWO", "WT2"]
    again = await world.press("wang", "确认")  # twice pressed is once done
    assert "建好了" not in again[0].text
    assert await _code_below(world, district.east) == ["ONE", "TWO", "WT2"]
    said = await world.press("wang", "撤销")  # wang does not stand above EAST, but above WT2
    assert "已关闭，不再出现在名单里" in said[0].text
    assert "组织 WT2" in said[0].text
    assert (await _unit(world, "WT2"))["closed_at"] is not None
    await _closure_is_the_tree(world)


async def test_what_does_not_fit_is_not_offered(world: World) -> None:
    await settled(world)
    await world.said("wang", "/units")
    said = await world.press("wang", "新建下级")
    assert set(said[0].buttons) == {"学校团委", "团总支", "团支部", "取消"}
    said = await world.said("wang", "/units ONE")
    assert "新建下级" not in said[0].buttons  # nothing hangs below a branch
    assert "移动" not in said[0].buttons  # wang answers for EAST alone, where it hangs already
    assert "合并" in said[0].buttons  # into TWO
    said = await world.said("qian", "/units THREE")
    assert not {"移动", "合并"} & set(said[0].buttons)
    said = await world.said("lin", "/units ONE")
    assert {"移动", "合并"} <= set(said[0].buttons)


async def test_a_wrong_word_asks_the_same_again(world: World) -> None:
    await world.said("root", "/start")
    await world.press("root", "同意并开始")
    asked = await world.said("root", "青禾区团委")
    again = await world.said("root", "不知道")
    assert (again[0].text, set(again[0].buttons)) == (asked[0].text, set(asked[0].buttons))
    await world.press("root", "区县团委")
    await world.said("root", "林青")
    await world.press("root", "确认")
    asked = await world.press("root", "新建下级")
    again = await world.said("root", "不知道")
    assert (again[0].text, set(again[0].buttons)) == (asked[0].text, set(asked[0].buttons))
    await world.press("root", "团支部")
    asked = await world.said("root", "机关团支部")
    again = await world.said("root", "嗯嗯")
    assert (again[0].text, set(again[0].buttons)) == (asked[0].text, {"确认", "改代码", "取消"})
    await world.press("root", "确认")
    await world.press("root", "看这个组织")
    await world.press("root", "改名")
    asked = await world.said("root", "机关二支部")
    again = await world.said("root", "嗯嗯")
    assert (again[0].text, set(again[0].buttons)) == (asked[0].text, {"确认", "取消"})
    await world.press("root", "确认")
    assert (await rows(world, select(units.c.name).order_by(units.c.id)))[1].name == "机关二支部"


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


async def test_a_district_of_someone_else_stays_unknown_to_buttons(world: World) -> None:
    """A button is for its reader: another's token is as good as none."""
    district: District = await settled(world)
    said = await world.said("lin", "/units ONE")
    token = said[0].buttons["改名"]
    stolen = await world.send("wang", Kind.BUTTON, {"token": token})
    assert "过期" in stolen[0].text
    assert (await _unit(world, "ONE"))["id"] == district.one


async def test_the_card_says_who_waits_where_there_is_a_list(world: World) -> None:
    district = await settled(world)
    assert "不用审批" in (await world.said("lin", "/units TWO"))[0].text
    await world.person("郑小雨", district.two, status="roster", number="20230101")
    (card,) = await world.said("lin", "/units TWO")
    assert "对不上的等审批" in card.text
    assert "不用审批" not in card.text
