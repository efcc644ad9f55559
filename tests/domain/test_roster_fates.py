"""Rosters: what becomes of a line, and whatever comes."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.member_status import MemberStatus
from domain.roster import (
    Fate,
    FateReason,
    KnownPerson,
    LineProblem,
    RosterLine,
    SheetRow,
    Standing,
    as_json,
    fate,
    read_roster,
)
from tests.domain.rosters import AT, one

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
