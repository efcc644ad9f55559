"""Rosters as tables and as lines without a header."""

from __future__ import annotations

from datetime import date

import pytest

from domain.member_status import MemberStatus
from domain.roster import (
    LineProblem,
    SheetRow,
    SkipReason,
    read_roster,
)
from tests.domain.rosters import AT, one, roster, skipped

# ------------------------------------------------------------------ tables


def test_a_sheet_of_a_school() -> None:
    read = roster(
        "XX中学高一（3）班团员名单||||||\n"
        "||||||\n"
        "序号|姓 名*|性别|学号（必填）|出 生 年 月|政治面貌|所在团支部\n"
        "1|张三|男|20230101|2008-03-05|共青团员|高一3班\n"
        "2|李  四|女|20230102.0|2008年3月5日|群众|高一3班\n"
        "|||||共青团员|高一3班\n"
        "3|阿依古丽.买买提|女|20230103|20080305|入团积极分子|\n"
        "合计|3人|||||\n"
        "注：以上情况属实。||||||\n"
        "填表人：王老师|||||填表日期：2026年9月|"
    )
    assert read.header_line == 3
    assert read.ignored_columns == ("性别",)
    assert [(x.line, x.name, x.number, x.unit_name, x.problem) for x in read.lines] == [
        (4, "张三", "20230101", "高一3班", None),
        (5, "李四", "20230102", "高一3班", None),
        (7, "阿依古丽·买买提", "20230103", None, None),
    ]
    assert {x.birth_date for x in read.lines} == {date(2008, 3, 5)}
    assert [x.member_status for x in read.lines] == [
        MemberStatus.LEAGUE_MEMBER,
        MemberStatus.YOUTH,
        MemberStatus.ACTIVIST,
    ]
    assert skipped(read) == {
        1: SkipReason.TITLE,
        2: SkipReason.BLANK,
        3: SkipReason.HEADER,
        6: SkipReason.NOTE,
        8: SkipReason.NOTE,
        9: SkipReason.NOTE,
        10: SkipReason.NOTE,
    }


@pytest.mark.parametrize(
    ("header", "field"),
    [
        ("学号", "number"),
        ("工号", "number"),
        ("编号", "number"),
        ("团员编号", "number"),
        ("发展团员编号", "number"),
        ("Student ID", "number"),
        ("student_id", "number"),
        ("Number", "number"),
        ("手机", "phone"),
        ("手机号", "phone"),
        ("本人手机号码*", "phone"),
        ("联系电话", "phone"),
        ("联系方式（手机）", "phone"),
        ("phone", "phone"),
        ("出生日期", "birth_date"),
        ("生日", "birth_date"),
        ("出 生 年 月", "birth_date"),
        ("Birth Date", "birth_date"),
        ("出生日期(YYYY-MM-DD)", "birth_date"),
        ("政治面貌", "member_status"),
        ("身份", "member_status"),
        ("member status", "member_status"),
        ("组织", "unit_name"),
        ("支部", "unit_name"),
        ("所在团支部", "unit_name"),
        ("班级名称", "unit_name"),
        ("unit", "unit_name"),
        ("Branch", "unit_name"),
        ("身份证号", "id_number"),
        ("身份证件号码", "id_number"),
    ],
)
@pytest.mark.parametrize(
    "name_header", ["姓名", "名字", "Name", "学生姓名", "姓　名：", "团员姓名"]
)
def test_header_words(name_header: str, header: str, field: str) -> None:
    value = {
        "number": "S001",
        "phone": "13800000000",
        "birth_date": "2008-03-05",
        "member_status": "团员",
        "unit_name": "高一3班",
        "id_number": "11010119900307803X",
    }[field]
    line = one(f"{header}|{name_header}", f"{value}|张三")
    assert (line.name, line.problem) == ("张三", None)
    assert getattr(line, field) is not None


@pytest.mark.parametrize(
    "header",
    [
        "角色", "role", "is_admin", "权限", "职务", "家长电话", "父亲姓名", "紧急联系人电话",
        "入团日期", "班主任", "QQ号码", "家庭困难", "健康状况", "minutes", "branch_id", "密码",
    ],
)  # fmt: skip
def test_other_columns_are_ignored_and_named(header: str) -> None:
    read = roster(f"姓名|学号|{header}\n张三|1001|officer")
    assert read.ignored_columns == (header,)
    assert "officer" not in repr(read.lines)
    assert read.lines[0].problem is None


def test_the_better_of_two_columns_wins() -> None:
    read = roster("发展团员编号|姓名|联系电话|学号|手机号\n2026|张三|010-1|1001|13800000000")
    assert (read.lines[0].number, read.lines[0].phone) == ("1001", "13800000000")
    assert read.ignored_columns == ("发展团员编号", "联系电话")


def test_two_lists_side_by_side_and_a_repeated_header() -> None:
    read = roster(
        "序号|姓名|学号||序号|姓名|学号\n1|张三|1001||3|王五|1003\n2|李四|1002|||\n"
        "高一4班名单\n学号|姓名\n2001|赵六"
    )
    assert [(x.line, x.name, x.number) for x in read.lines] == [
        (2, "张三", "1001"), (2, "王五", "1003"), (3, "李四", "1002"), (6, "赵六", "2001"),
    ]  # fmt: skip


def test_a_row_that_slipped_asks() -> None:
    line = one("姓名|学号|手机", "张三|13800000000")
    assert line.problem is LineProblem.NOT_UNDERSTOOD


def test_missing_name_is_refused() -> None:
    assert one("姓名|学号", "|1001").problem is LineProblem.NO_NAME


@pytest.mark.parametrize("header", ["姓名 学号", "name number", ""])
def test_names_keep_their_spaces_when_the_text_was_cut_at_spaces(header: str) -> None:
    text = f"{header}\n1. 王 明 1001\nJohn Smith 1002"
    lines = enumerate(text.split("\n"), 1)
    rows = [SheetRow(number, tuple(line.split()), at_spaces=True) for number, line in lines]
    people = [(x.name, x.number, x.problem) for x in read_roster(rows, AT).lines]
    assert people == [("王明", "1001", None), ("John Smith", "1002", None)]


def test_a_cell_beyond_the_header_moves_nothing() -> None:
    line = one("序号|姓名|学号", "1|张三|1001|备注")
    assert (line.name, line.number) == ("张三", "1001")
    plain = one("学号|姓名", "1|张三|x")
    assert (plain.name, plain.number) == ("张三", "1")
    typed = one("姓名|学号", "1、|张三|1001")
    assert (typed.name, typed.number) == ("张三", "1001")


def test_commas_and_cells_separate_people() -> None:
    assert roster("Li Lei, Jim Green").lines[0].problem is LineProblem.NOT_UNDERSTOOD
    assert roster("Anna|Bob").lines[0].problem is LineProblem.NOT_UNDERSTOOD


def test_a_line_that_only_names_a_unit_is_a_note() -> None:
    read = roster("班级：高一3班\n1. 张三✅\n2. 李四")
    assert [x.name for x in read.lines] == ["张三", "李四"]
    assert skipped(read) == {1: SkipReason.NOTE}


# ------------------------------------------------------------------ outside the list


def test_people_above_the_header_are_read() -> None:
    read = roster("王小明 20230101\n李小红 20230102\n \n姓名|学号\n张三|20230103")
    assert [(x.line, x.name, x.number, x.problem) for x in read.lines] == [
        (1, "王小明", "20230101", None),
        (2, "李小红", "20230102", None),
        (5, "张三", "20230103", None),
    ]
    assert read.remarks == ()


@pytest.mark.parametrize("line", ["李四", "王五、赵六", "阿依古丽·买买提 20230101", "张三 1012"])
def test_who_may_be_somebody_above_the_header_is_asked_about(line: str) -> None:
    read = roster(f"{line}\n姓名|学号\n张三|20230103")
    assert {x.problem for x in read.lines[:-1]} == {LineProblem.OUTSIDE_LIST}
    assert read.remarks == ()


@pytest.mark.parametrize(
    "line",
    ["全体团员", "2026年9月 团员名单", "填报单位：高一3班 13800138000", "班主任王老师 13800138000",
     "联系电话 13800138000", "请大家如实填写这张表格 20230101"],
)  # fmt: skip
def test_titles_above_the_header_are_counted(line: str) -> None:
    read = roster(f"{line}\n姓名|学号\n张三|20230103")
    assert [x.name for x in read.lines] == ["张三"]
    assert read.remarks == (1,)


def test_a_header_far_below_is_nobody() -> None:
    people = "\n".join(f"张三|{number}" for number in range(20230001, 20230061))
    read = roster(f"{people}\n姓名|学号\n李四|20240001")
    assert [len(read.lines), read.lines[-1].name] == [61, "李四"]
    assert skipped(read) == {61: SkipReason.HEADER}


def test_who_forgot_the_number_of_a_chain_is_not_lost() -> None:
    read = roster("#接龙\n1. 张三 20230101\n李四 20230102\n3. 王五 20230103\n今天下班前填完")
    assert [(x.name, x.problem) for x in read.lines] == [
        ("张三", None), ("李四", None), ("王五", None),
    ]  # fmt: skip
    assert read.remarks == (1, 5)


# ------------------------------------------------------------------ without a header


@pytest.mark.parametrize(
    "text",
    [
        "张三",
        "1. 张三",
        "1、张三",
        "①张三",
        "（1）张三",
        "1张三",
        "张三 男",
        "姓名：张三",
        "1）张 三",
    ],
)
def test_a_name_alone(text: str) -> None:
    line = roster(text).lines[0]
    assert (line.name, line.number, line.problem) == ("张三", None, None)


@pytest.mark.parametrize(
    "text",
    [
        "1. 张三 20230101 13800000000",
        "张三，20230101，13800000000",
        "13800000000 张三 20230101",
        "张三20230101 +8613800000000",
        "张三（20230101），13800000000",
        "姓名：张三 学号：20230101 手机: 13800000000",
        "１．张三　２０２３０１０１　１３８００００００００",
        "张三|20230101|13800000000",
    ],
)
def test_shapes(text: str) -> None:
    line = roster(text).lines[0]
    found = (line.name, line.number, line.phone, line.problem)
    assert found == ("张三", "20230101", "13800000000", None)


def test_more_shapes() -> None:
    line = roster("高一3班 张三 20230101 2008/3/5 团员 11010119900307803X", " ").lines[0]
    assert (line.unit_name, line.member_status) == ("高一3班", MemberStatus.LEAGUE_MEMBER)
    assert line.birth_date == date(2008, 3, 5)
    assert line.problem is LineProblem.ID_NUMBER_DISAGREES


def test_a_chain_of_a_group_chat() -> None:
    read = roster(
        "#接龙\n高一3班统计一下\n例 姓名 学号\n\n1. 张三 20230101\n2. John Smith\n3. 李四 请假"
    )
    assert [(x.line, x.name, x.problem) for x in read.lines] == [
        (5, "张三", None),
        (6, "John Smith", None),
        (7, "李四", LineProblem.NOT_UNDERSTOOD),
    ]
    assert read.lines[2].not_understood == ("请假",)
    assert skipped(read) == {
        1: SkipReason.TITLE, 2: SkipReason.NOTE, 3: SkipReason.NOTE, 4: SkipReason.BLANK,
    }  # fmt: skip


def test_several_people_in_one_line() -> None:
    assert [x.name for x in roster("张三、李四、王五").lines] == ["张三", "李四", "王五"]
    assert [x.name for x in roster("张三 班长").lines] == ["张三"]


def test_prose_asks() -> None:
    line = roster("今天下午三点大家一起来学校开会").lines[0]
    assert line.problem is LineProblem.NAME_UNUSUAL
