"""/import in the chat: the preview tells everything, and its button writes nothing else."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence

import pytest
import xlsxwriter
from sqlalchemy import select

from bot.chat import Kind
from storage.schema import persons
from tests.joining import rows
from tests.world import Spoken, World


async def _branch(world: World) -> int:
    unit = await world.unit("B1", "一班团支部", "branch")
    await world.person("周书", unit, "sec", "secretary")
    return unit


async def _roster(world: World) -> list[str]:
    found = await rows(
        world, select(persons.c.name).where(persons.c.status == "roster").order_by(persons.c.id)
    )
    return [row.name for row in found]


async def _again(world: World, spoken: Spoken, label: str) -> str:
    """Press a button of an older message."""
    said = await world.send("sec", Kind.BUTTON, {"token": spoken.buttons[label]})
    return said[0].text


def _workbook(*sheets: Sequence[Sequence[str]]) -> dict[str, str]:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file) as book:
        for lines in sheets:
            sheet = book.add_worksheet()
            for row, cells in enumerate(lines):
                sheet.write_row(row, 0, cells)
    return {"name": "名单.xlsx", "content": base64.b64encode(file.getvalue()).decode()}


async def test_an_old_button_never_writes_another_roster(world: World) -> None:
    await _branch(world)
    await world.said("sec", "导入")
    first = (await world.said("sec", "王小明 20230101\n李华 20230102"))[0]
    await world.said("sec", "取消")
    assert "看新增" in first.buttons
    await world.said("sec", "导入")
    second = (await world.said("sec", "赵雷 20230103\n孙权 20230104"))[0]
    assert "已经换过了" in await _again(world, first, "确认导入")
    assert "已经换过了" in await _again(world, first, "看新增")
    assert await _roster(world) == []
    assert "赵雷" in (await world.press("sec", "看现在这份"))[0].text
    assert "新增 2 人" in await _again(world, second, "确认导入")
    assert await _roster(world) == ["赵雷", "孙权"]


async def test_the_button_stays_good_while_the_preview_is_looked_at(world: World) -> None:
    await _branch(world)
    await world.said("sec", "导入")
    shown = (await world.said("sec", "王小明 20230101\n李华 20230102"))[0]
    await world.press("sec", "看新增")
    await world.press("sec", "返回")
    assert "新增 2 人" in await _again(world, shown, "确认导入")


async def test_nobody_vanishes_and_what_is_skipped_is_counted(world: World) -> None:
    await _branch(world)
    await world.said("sec", "导入")
    said = await world.said(
        "sec",
        "一班团员名单\n王小明 20230101\n李小红 20230102\n\n姓名 学号\n张三 20230103\n备注：完",
    )
    assert "新增 3" in said[0].text
    assert "跳过 2 行：标题、说明（第 1、7 行）" in said[0].text
    await world.press("sec", "确认导入")
    assert await _roster(world) == ["王小明", "李小红", "张三"]


async def test_a_second_sheet_is_told(world: World) -> None:
    await _branch(world)
    await world.said("sec", "导入")
    one, other = [("姓名", "学号"), ("王小明", "20230101")], [("姓名", "学号"), ("李华", "2")]
    said = await world.send("sec", Kind.FILE, _workbook(one, other))
    assert "还有 1 张有内容的表没有读" in said[0].text
    await world.press("sec", "看新增")
    assert "还有 1 张" in (await world.press("sec", "返回"))[0].text


async def test_a_file_or_a_line_while_a_preview_is_open_is_the_new_roster(world: World) -> None:
    await _branch(world)
    await world.said("sec", "导入")
    first = (await world.said("sec", "王小明 20230101\n李华 20230102"))[0]
    said = await world.send("sec", Kind.FILE, _workbook([("姓名", "学号"), ("赵雷", "20230103")]))
    assert "新增 1" in said[0].text
    assert "赵雷" in said[0].text
    assert "孙权" in (await world.said("sec", "孙权 20230104"))[0].text
    said = await world.send("sec", Kind.FILE, {"name": "x.xlsx", "content": "%%%"})
    assert "读不了" in said[0].text
    await _again(world, first, "确认导入")
    assert await _roster(world) == []


async def test_a_photo_gets_a_hint(world: World) -> None:
    await _branch(world)
    await world.said("sec", "导入")
    said = await world.send("sec", Kind.PHOTO, {"media": "1", "name": "x.jpg"})
    assert "照片里的名单我读不了" in said[0].text
    await world.said("sec", "王小明 20230101\n李华 20230102")
    said = await world.send("sec", Kind.PHOTO, {"media": "1", "name": "x.jpg"})
    assert "照片里的名单我读不了" in said[0].text
    await world.press("sec", "看现在这份")
    await world.press("sec", "确认导入")
    assert await _roster(world) == ["王小明", "李华"]


async def test_how_many_are_written_and_what_becomes_of_the_rest(world: World) -> None:
    await _branch(world)
    await world.said("sec", "导入")
    text = "姓名,学号\n赵雷,20230101\n赵雷,20230101\n张三,20230102\n张三,\n系统管理员,20230103"
    said = (await world.said("sec", text))[0].text
    assert "新增 2，变更 0，相同 1，需要确认 1，有问题 1" in said
    assert "写入 2 人" in said
    assert "需要确认的 1 行这次不写入" in said
    assert "有问题的 1 行不写入" in said
    assert "张三 　需要确认：名单里同名的不止一个，这一行没有编号" in said
    assert "和前面一行完全一样" in (await world.press("sec", "看相同"))[0].text
    await world.press("sec", "确认导入")
    assert await _roster(world) == ["赵雷", "张三"]


@pytest.mark.parametrize("more", ["", "\n李华,20230102,,"])
async def test_a_change_says_what_changes_and_that_it_stays(world: World, more: str) -> None:
    unit = await _branch(world)
    await world.person("王小明", unit, status="roster", number="20230101")
    await world.said("sec", "导入")
    await world.said("sec", "姓名,学号,手机\n王小明,20230101,13800138000")
    await world.press("sec", "确认导入")
    await world.said("sec", "导入")
    text = "姓名,学号,手机,身份\n王小明,20230101,13900139999,青年"
    said = (await world.said("sec", text + more))[0].text
    assert "变更：手机（原 ***00）、身份（原 共青团员）" in said
    assert "13800138000" not in said
    assert "13900139999" not in said
    assert "变更的 1 人写入后不能撤销" in said
    said = (await world.press("sec", "确认导入"))[0].text
    assert ("补全的 1 人不会变回去" if more else "补全的资料不能撤销") in said
