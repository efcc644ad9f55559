"""/import in the chat: read, reported, written at once or not at all, taken back."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass

import xlsxwriter
from sqlalchemy import select

from bot.chat import Kind
from storage.schema import audit, consents, homes, persons
from tests.joining import invite, registered, rows
from tests.world import World


@dataclass
class Branch:
    """A branch below a district."""

    district: int
    unit: int
    other: int
    code: str


async def _branch(world: World) -> Branch:
    district = await world.unit("D1", "青禾区团委", "district")
    unit = await world.unit("B1", "一班团支部", "branch", district)
    other = await world.unit("B2", "二班团支部", "branch", district)
    secretary = await world.person("周书", unit, "sec", "secretary")
    await world.person("林青", district, "dist", "officer")
    return Branch(district, unit, other, await invite(world, unit, secretary))


async def _roster(world: World) -> list[tuple[str, int]]:
    found = await rows(
        world, select(persons).where(persons.c.status == "roster").order_by(persons.c.id)
    )
    return [(row.name, row.home_unit_id) for row in found]


async def test_pasted_text_is_reported_before_anything_is_written(world: World) -> None:
    here = await _branch(world)
    assert "一班团支部" in (await world.said("sec", "导入"))[0].text
    said = await world.said(
        "sec", "姓名,学号,手机\n王小明,20230101,13800138000\n李华,20230102,\n系统管理员,20230103,"
    )
    text = said[0].text
    assert "新增 2，变更 0，相同 0，需要确认 0，有问题 1" in text
    assert "姓名像官方账号" in text
    assert "13800138000" not in text
    assert await _roster(world) == []
    said = await world.press("sec", "确认导入")
    assert "新增 2 人" in said[0].text
    assert await _roster(world) == [("王小明", here.unit), ("李华", here.unit)]
    # the same again is the same
    await world.said("sec", "导入")
    said = await world.said("sec", "姓名,学号\n王小明,20230101\n李华,20230102")
    assert "相同 2" in said[0].text
    assert "确认导入" not in said[0].buttons
    said = await registered(world, "ann", here.code, "王小明", number="20230101")
    assert "名单上找到你了" in said[0].text


async def test_the_roster_may_come_with_the_command_and_be_corrected(world: World) -> None:
    here = await _branch(world)
    said = await world.said("sec", "/import 姓名,学号\n王小民,20230101")
    assert "新增 1" in said[0].text
    said = await world.said("sec", "姓名,学号\n王小明,20230101")
    assert "王小明" in said[0].text
    await world.said("sec", "确认导入")
    assert await _roster(world) == [("王小明", here.unit)]


async def test_cancelling_writes_nothing(world: World) -> None:
    await _branch(world)
    await world.said("sec", "导入")
    await world.said("sec", "王小明 20230101\n李华 20230102")
    await world.said("sec", "取消")
    assert await _roster(world) == []


async def test_a_workbook_with_the_columns_that_we_know(world: World) -> None:
    here = await _branch(world)
    file = io.BytesIO()
    with xlsxwriter.Workbook(file) as book:
        sheet = book.add_worksheet()
        for row, cells in enumerate(
            [("姓名", "学号", "职务", "政治面貌"), ("王小明", "20230101", "团支书", "共青团员")]
        ):
            sheet.write_row(row, 0, cells)
    content = base64.b64encode(file.getvalue()).decode()
    await world.said("sec", "导入")
    said = await world.send("sec", Kind.FILE, {"name": "名单.xlsx", "content": content})
    assert "新增 1" in said[0].text
    assert "没有用到：职务" in said[0].text
    await world.press("sec", "确认导入")
    assert await _roster(world) == [("王小明", here.unit)]


async def test_files_that_are_none_and_texts_that_were_cut(world: World) -> None:
    await _branch(world)
    await world.said("sec", "导入")
    said = await world.send("sec", Kind.FILE, {"name": "x.xlsx", "content": "%%%"})
    assert "读不了" in said[0].text
    said = await world.send("sec", Kind.FILE, {"name": "x.xlsx", "media": "1"})
    assert "贴成文字" in said[0].text
    said = await world.said("sec", "王小明 20230101\n" * 400)
    assert "太长" in said[0].text
    said = await world.said("sec", "备注：以上为本班名单")
    assert "没有看到人名" in said[0].text


async def test_a_row_for_a_unit_elsewhere_is_refused(world: World) -> None:
    here = await _branch(world)
    await world.said("sec", "导入")
    text = "姓名,组织代码\n王小明,B1\n李华,B2\n赵雷,NOPE"
    said = await world.said("sec", text)
    assert "新增 1" in said[0].text
    assert "有问题 2" in said[0].text
    assert said[0].text.count("没有这个组织") == 2  # elsewhere sounds like nowhere
    await world.press("sec", "确认导入")
    assert await _roster(world) == [("王小明", here.unit)]
    await world.said("dist", "导入")
    said = await world.said("dist", text)
    assert "新增 1，变更 0，相同 1" in said[0].text
    await world.press("dist", "确认导入")
    assert await _roster(world) == [("王小明", here.unit), ("李华", here.other)]


async def test_a_child_keeps_name_and_number_alone(world: World) -> None:
    await _branch(world)
    await world.said("sec", "导入")
    said = await world.said(
        "sec", "姓名,学号,手机,出生日期\n王小明,20230101,13800138000,2015-03-05"
    )
    assert "需要确认 1" in said[0].text
    assert "1 人未满 14 岁：只存姓名和编号" in said[0].text
    await world.press("sec", "确认导入")
    found = (await rows(world, select(persons).where(persons.c.status == "roster")))[0]
    assert found.number_sealed is not None
    assert (found.phone_sealed, found.birth_sealed, found.guardian) == (None, None, False)
    assert "缺监护人同意" in (await world.said("sec", "名单"))[0].text
    await world.press("sec", "王小明")
    await world.press("sec", "记录监护人同意")
    await world.said("sec", "母亲李女士 11月20日签字")
    await world.press("sec", "确认")
    assert "缺监护人同意" not in (await world.said("sec", "名单"))[0].text


async def test_what_needs_a_decision_is_left_alone(world: World) -> None:
    here = await _branch(world)
    await world.person("王小明", here.unit, status="roster", number="20230101")
    await world.said("sec", "导入")
    said = await world.said("sec", "姓名,学号\n王大明,20230101\n赵雷,1\n赵云,1")
    assert "需要确认 3" in said[0].text
    assert "编号是另一个人的" in said[0].text
    assert "确认导入" not in said[0].buttons


async def test_a_known_line_is_completed(world: World) -> None:
    here = await _branch(world)
    line = await world.person("王小明", here.unit, status="roster", number="20230101")
    await world.said("sec", "导入")
    said = await world.said("sec", "姓名,学号,手机\n王小明,20230101,13800138000")
    assert "变更 1" in said[0].text
    assert "补全 1 人" in (await world.press("sec", "确认导入"))[0].text
    found = await rows(world, select(persons).where(persons.c.id == line))
    assert found[0].phone_index is not None


async def test_the_lines_of_one_kind_in_pages(world: World) -> None:
    await _branch(world)
    await world.said("sec", "导入")
    lines = "\n".join(f"同学{'甲乙丙丁戊己庚辛壬癸'[n]},2023010{n}" for n in range(10))
    await world.said("sec", f"姓名,学号\n{lines}")
    said = await world.press("sec", "看新增")
    assert said[0].text.count("·") == 8
    said = await world.press("sec", "下一页")
    assert "同学癸" in said[0].text
    assert "确认导入" in (await world.press("sec", "返回"))[0].buttons


async def test_taken_back_within_a_day_except_what_was_claimed(world: World) -> None:
    here = await _branch(world)
    await world.said("sec", "导入")
    await world.said("sec", "姓名,学号,出生日期\n王小明,20230101,\n李华,20230102,2015-01-01")
    await world.press("sec", "确认导入")
    await registered(world, "ann", here.code, "王小明", number="20230101")
    said = await world.press("sec", "撤销导入")
    assert "撤销了 1 人" in said[0].text
    assert "1 人已经被认领" in said[0].text
    assert await _roster(world) == []
    names = await rows(world, select(persons.c.name).where(persons.c.name == "李华"))
    assert names == []
    assert len(await rows(world, select(consents).where(consents.c.purpose == "guardian"))) == 0


async def test_not_taken_back_after_a_day_nor_by_somebody_else(world: World) -> None:
    here = await _branch(world)
    await world.person("吴言", here.other, "sec2", "secretary")
    await world.said("sec", "导入")
    await world.said("sec", "王小明 20230101\n李华 20230102")
    await world.press("sec", "确认导入")
    world.clock.forward(hours=25)
    said = await world.press("sec", "撤销导入")
    assert "过期" in said[0].text
    assert len(await _roster(world)) == 2


async def test_who_may_not_import_cannot(world: World) -> None:
    here = await _branch(world)
    await world.person("王小明", here.unit, "ann", "organiser")
    assert "没有找到" in (await world.said("ann", "导入"))[0].text
    assert "没有找到" in (await world.said("stranger", "导入"))[0].text


async def test_all_or_nothing_and_one_line_of_audit(world: World) -> None:
    await _branch(world)
    homes_before = len(await rows(world, select(homes)))
    await world.said("sec", "导入")
    await world.said("sec", "王小明 20230101\n李华 20230102")
    await world.press("sec", "确认导入")
    found = await rows(world, select(audit).where(audit.c.action == "roster-import"))
    assert len(found) == 1
    assert len(found[0].facts["made"]) == 2
    assert "王小明" not in str(found[0].facts)
    assert len(await rows(world, select(homes))) == homes_before + 2
