"""Files as rows: bombs, disguises, and arbitrary bytes."""

from __future__ import annotations

import csv
import functools
import io
import struct
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.roster import Roster, read_roster
from services.sheets import Sheet, Unreadable, UnreadableReason, pasted, rows
from tests.services.sheet_files import (
    AT,
    Table,
    cells,
    docx_of,
    reason,
    repacked,
    xls,
    xlsx,
    zipped,
)

# ------------------------------------------------------------------ bombs and disguises


def test_zip_bomb_declared() -> None:
    bomb = repacked(xlsx([["张三"]]), {"xl/media/a.bin": b"\0" * 60_000_000})
    assert len(bomb) < 100_000
    assert reason(bomb) is UnreadableReason.TOO_BIG


def test_zip_bomb_that_lies_about_its_size() -> None:
    bomb = bytearray(repacked(xlsx([["张三"]]), {"xl/a.xml": b" " * 60_000_000}))
    real, lie = struct.pack("<I", 60_000_000), struct.pack("<I", 1_000)
    assert real in bomb
    assert reason(bytes(bomb).replace(real, lie)) in {
        UnreadableReason.TOO_BIG,
        UnreadableReason.DAMAGED,
    }


def test_too_many_entries() -> None:
    many = repacked(xlsx([["张三"]]), {f"xl/{n}.xml": b"" for n in range(1_001)})
    assert reason(many) is UnreadableReason.TOO_BIG


def test_too_big_a_file() -> None:
    assert reason(b"a" * (20 * 1024 * 1024 + 1)) is UnreadableReason.TOO_BIG


def test_two_cells_that_span_seventeen_billion() -> None:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write(0, 0, "张三")
        sheet.write(1_048_575, 16_383, "x")
    assert reason(buffer.getvalue()) in {
        UnreadableReason.TOO_BIG,
        UnreadableReason.TOO_MANY_ROWS,
    }


def test_a_million_columns() -> None:
    row = b"<row r='1'>" + b"<c><v>1</v></c>" * 1_000_000 + b"</row>"
    start = (
        b"<worksheet xmlns='http://schemas.openxmlformats.org/spreadsheetml/2006/main'><sheetData>"
    )
    wide = {"xl/worksheets/sheet1.xml": start + row + b"</sheetData></worksheet>"}
    assert reason(repacked(xlsx([["张三"]]), wide)) in {
        UnreadableReason.TOO_BIG,
        UnreadableReason.TOO_MANY_COLUMNS,
        UnreadableReason.DAMAGED,
    }
    assert reason(b"a," * 1_000_000) is UnreadableReason.TOO_MANY_COLUMNS


def test_limits_of_rows_and_columns() -> None:
    assert len(cells(pasted("张三\n" * 50_000))) == 50_000
    assert reason("张三\n".encode() * 50_001) is UnreadableReason.TOO_MANY_ROWS
    assert reason(b"\n" * 1_000_000 + b"a") is UnreadableReason.TOO_MANY_ROWS
    assert len(cells(rows(xlsx([["a"] * 50]), ""))[0][1]) == 50
    assert reason(xlsx([["a"] * 51])) is UnreadableReason.TOO_MANY_COLUMNS
    assert reason(docx_of([["a"] * 51])) is UnreadableReason.TOO_MANY_COLUMNS


@pytest.mark.parametrize("far", [65_535, 0xFFFF_FFFE])
def test_xls_that_promises_too_much(far: int) -> None:
    size = struct.pack("<HHIIHHH", 0x200, 14, 0, far, 0, 255, 0)
    read = rows(xls([(0, 0, "张三")], size), "a.xls")
    if isinstance(read, Sheet):
        assert cells(read) == [(1, ("张三",))]
    else:
        assert read.reason in {UnreadableReason.TOO_BIG, UnreadableReason.DAMAGED}
    assert reason(xls([(0, 0, "a"), (65_535, 255, "b")])) in {
        UnreadableReason.TOO_BIG,
        UnreadableReason.TOO_MANY_ROWS,
    }


def test_document_types_are_refused() -> None:
    laughs = b"<!DOCTYPE x [<!ENTITY a 'ha'><!ENTITY b '&a;&a;&a;'>]><w:document xmlns:w='w'>&b;"
    laughs += b"</w:document>"
    assert reason(repacked(docx_of([]), {"word/document.xml": laughs})) is UnreadableReason.DAMAGED
    utf16 = laughs.decode().encode("utf-16")
    assert reason(repacked(docx_of([]), {"word/document.xml": utf16})) is UnreadableReason.DAMAGED
    assert reason(repacked(xlsx([["a"]]), {"xl/styles.xml": laughs})) is UnreadableReason.DAMAGED


def test_macros() -> None:
    with_code = repacked(xlsx([["张三"]]), {"xl/vbaProject.bin": b"x"})
    assert reason(with_code) is UnreadableReason.MACROS
    kind = b"application/vnd.ms-excel.sheet.macroEnabled.main+xml"
    named = repacked(xlsx([["张三"]]), {"[Content_Types].xml": b"<Types>" + kind + b"</Types>"})
    assert reason(named) is UnreadableReason.MACROS
    old = xls([(0, 0, "张三")]) + "_VBA_PROJECT_CUR".encode("utf-16-le") + b"\0\0"
    assert reason(old) is UnreadableReason.MACROS


def test_encrypted() -> None:
    magic = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 504
    office = magic + "EncryptedPackage".encode("utf-16-le") + b"\0\0"
    assert reason(office) is UnreadableReason.ENCRYPTED
    archive = bytearray(xlsx([["张三"]]))
    central = archive.index(b"PK\x01\x02")
    archive[central + 8] |= 1
    assert reason(bytes(archive)) is UnreadableReason.ENCRYPTED


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", UnreadableReason.EMPTY),
        (b" \r\n\t ", UnreadableReason.EMPTY),
        ("\ufeff".encode(), UnreadableReason.EMPTY),
        (b"%PDF-1.7\n", UnreadableReason.UNKNOWN_KIND),
        (b"\x89PNG\r\n\x1a\n", UnreadableReason.UNKNOWN_KIND),
        (b"\xff\xd8\xff\xe0", UnreadableReason.UNKNOWN_KIND),
        (b"Rar!\x1a\x07", UnreadableReason.UNKNOWN_KIND),
        (bytes(range(256)) * 8, UnreadableReason.UNKNOWN_KIND),
        (b"<html><table><tr><td>x</table>", UnreadableReason.HTML),
        (b"\xef\xbb\xbf\n <!DOCTYPE html>", UnreadableReason.HTML),
        (b"<?xml version='1.0'?><Workbook/>", UnreadableReason.HTML),
        (b"<svg onload='x'/>", UnreadableReason.HTML),
        (b"PK\x03\x04 not a zip", UnreadableReason.DAMAGED),
        (b"PK\x05\x06" + b"\0" * 18, UnreadableReason.UNKNOWN_KIND),
        (zipped({"a.txt": b"x"}), UnreadableReason.UNKNOWN_KIND),
        (xlsx([]), UnreadableReason.EMPTY),
        (xlsx([["  "]]), UnreadableReason.EMPTY),
        (docx_of([]), UnreadableReason.EMPTY),
        (xlsx([["张三"]])[:-200], UnreadableReason.DAMAGED),
        (xlsx([["张三"]]) + b"<html>", UnreadableReason.DAMAGED),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, UnreadableReason.UNKNOWN_KIND),
        (xls([(0, 0, "张三")])[:1600], UnreadableReason.DAMAGED),
    ],
)
def test_refused(content: bytes, expected: UnreadableReason) -> None:
    assert reason(content) is expected


def test_a_refusal_tells_nothing_of_the_content() -> None:
    refused = rows(b"%PDF 13800000000", "张三13800000000.xlsx")
    assert refused == Unreadable(UnreadableReason.UNKNOWN_KIND, "xlsx")


# ------------------------------------------------------------------ whatever comes

STARTS = [
    b"",
    b"PK\x03\x04",
    b"\xff\xfe",
    b"\xfe\xff",
    b"\xff\xfe\0\0",
    b"\xef\xbb\xbf",
    b'"',
    b"a,\n",
]


@given(st.sampled_from(STARTS), st.binary(max_size=300), st.text(max_size=10))
def test_arbitrary_bytes_never_raise(start: bytes, body: bytes, name: str) -> None:
    read = rows(start + body, name)
    if isinstance(read, Sheet):
        read_roster(read.rows, AT)


@given(st.text(st.characters(exclude_categories=()), max_size=200))
def test_arbitrary_text_never_raises(text: str) -> None:
    read = pasted(text)
    if isinstance(read, Sheet):
        read_roster(read.rows, AT)


@functools.cache
def _whole() -> tuple[bytes, ...]:
    """Made once: they hold the time, and are not always of one length."""
    return xlsx([["姓名"], ["张三"]]), docx_of([["姓名"]]), xls([(0, 0, "张三")])


@given(st.data())
@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_damaged_office_files_never_raise(data: st.DataObject) -> None:
    whole = data.draw(st.sampled_from(_whole()))
    broken = bytearray(whole)
    for _ in range(data.draw(st.integers(1, 6))):
        broken[data.draw(st.integers(8, len(broken) - 1))] = data.draw(st.integers(0, 255))
    assert isinstance(rows(bytes(broken), "a"), Sheet | Unreadable)


PEOPLE = st.lists(
    st.tuples(
        st.text("张王李赵欧阳明芳伟娜强磊洋艳勇军杰娟涛超秀霞平刚桂英", min_size=2, max_size=4),
        st.integers(0, 9_999).map("2023{:04}".format),
        st.integers(0, 99_999_999).map("138{:08}".format),
        st.dates(date(1990, 1, 1), date(2010, 12, 31)).map(date.isoformat),
    ),
    min_size=1,
    max_size=8,
    unique_by=lambda person: person[1],
)
HEADER = ("姓名", "学号", "手机", "出生日期")


def _read(content: bytes) -> Roster:
    read = rows(content, "名单")
    assert isinstance(read, Sheet), read
    return read_roster(read.rows, AT)


@given(PEOPLE)
@settings(max_examples=15, deadline=None)
def test_one_roster_in_every_clothing_gives_the_same_lines(
    people: list[tuple[str, str, str, str]],
) -> None:
    table: Table = [HEADER, *people]
    buffer = io.StringIO()
    csv.writer(buffer, quoting=csv.QUOTE_ALL).writerows(table)
    plain = _read("\n".join(" ".join(row) for row in [HEADER, *people]).encode())
    assert [(x.name, x.number, x.phone, str(x.birth_date)) for x in plain.lines] == people
    assert {x.problem for x in plain.lines} == {None}
    for content in (
        buffer.getvalue().encode("utf-8-sig"),
        buffer.getvalue().encode("gb18030"),
        "\n".join("\t".join(row) for row in [HEADER, *people]).encode("utf-16"),
        xlsx(table),
        docx_of(table),
    ):
        assert _read(content).lines == plain.lines
    chain = "#接龙\n" + "\n".join(f"{n}. {'，'.join(row)}" for n, row in enumerate(people, 1))
    assert [
        (x.name, x.number, x.phone, str(x.birth_date)) for x in _read(chain.encode()).lines
    ] == (people)


def test_importing_costs_nothing() -> None:
    code = (
        "import sys, services.sheets; "
        "print([m for m in ('python_calamine', 'defusedxml', 'docx', 'zipfile', 'subprocess') "
        "if m in sys.modules])"
    )
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=root
    )
    assert done.stdout.strip() == "[]"
