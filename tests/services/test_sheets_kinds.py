"""Files as rows: Excel, text, Word."""

from __future__ import annotations

import io
import time
from datetime import datetime

import docx
import pytest
import xlsxwriter

from services.sheets import Sheet, pasted, rows
from tests.services.sheet_files import (
    cells,
    docx_of,
    repacked,
    xls,
)

# ------------------------------------------------------------------ Excel


def test_xlsx_values_become_what_the_user_sees() -> None:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        minute = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        sheet.write_row(2, 1, ["文", 20230101, 1.5, 13800000000, 110101199003078030, True])
        sheet.write_datetime(3, 1, datetime(2008, 3, 5), day)  # noqa: DTZ001 - a cell has no zone
        sheet.write_datetime(3, 2, datetime(2008, 3, 5, 14, 30), minute)  # noqa: DTZ001
        sheet.write_formula(3, 3, "=1+1", None, 2)
        sheet.write_string(3, 4, "=1+1")
        sheet.write_string(3, 5, "007")
    assert cells(rows(buffer.getvalue(), "a.xlsx")) == [
        (3, ("", "文", "20230101", "1.5", "13800000000", "1.10101E+17", "TRUE")),
        (4, ("", "2008-03-05", "2008-03-05 14:30:00", "2", "=1+1", "007")),
    ]


def test_xlsx_merged_title_merged_class_blank_edges_and_sheets() -> None:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        book.add_worksheet("空")
        hidden = book.add_worksheet("隐藏")
        hidden.write(0, 0, "旧名单")
        hidden.hide()
        sheet = book.add_worksheet("名单")
        sheet.merge_range("A1:C1", "XX中学团员名单")
        sheet.write_row(1, 0, ["姓名", "学号", "班级"])
        sheet.write_row(2, 0, ["张三", 1001])
        sheet.write_row(3, 0, ["李四", 1002])
        sheet.merge_range("C3:C6", "高一3班")
        sheet.write_blank(3000, 300, None, book.add_format({"bold": True}))
        book.add_worksheet("另一张").write(0, 0, "王五")
    read = rows(buffer.getvalue(), "名单.xlsx")
    assert cells(read) == [
        (1, ("XX中学团员名单",)),
        (2, ("姓名", "学号", "班级")),
        (3, ("张三", "1001", "高一3班")),
        (4, ("李四", "1002", "高一3班")),
    ]
    assert isinstance(read, Sheet)
    assert (read.kind, read.left_out) == ("xlsx", 1)


def test_xls() -> None:
    read = rows(xls([(0, 0, "姓名"), (0, 1, "学号"), (2, 0, "张三"), (2, 1, 20230101.0)]), "a.xls")
    assert cells(read) == [(1, ("姓名", "学号")), (3, ("张三", "20230101"))]
    assert isinstance(read, Sheet)
    assert read.kind == "xls"


# ------------------------------------------------------------------ text

CSV = "姓名,学号\r\n张三,001\r\n\r\n李四,002\r\n"


@pytest.mark.parametrize(
    "content",
    [
        CSV.encode(),
        CSV.encode("utf-8-sig"),
        CSV.encode("gb18030"),
        CSV.encode("utf-16"),
        b"\xfe\xff" + CSV.encode("utf-16-be"),
        CSV.encode("utf-16-le"),
        CSV.replace(",", ";").encode(),
        CSV.replace(",", "\t").encode(),
        CSV.replace(",", "，").encode(),
        CSV.replace(",", "、").encode(),
        CSV.replace(",", "   ").encode(),
        CSV.replace(",", "\u3000").encode("gb18030"),
        CSV.replace("\r\n", "\n").encode(),
        CSV.replace("\r\n", "\r").encode(),
        CSV.replace("张三", '"张三"').encode(),
    ],
)
def test_encodings_and_separators(content: bytes) -> None:
    expected = [(1, ("姓名", "学号")), (2, ("张三", "001")), (4, ("李四", "002"))]
    for name in ("a.csv", "a.txt", "a.xlsx", "a"):
        assert cells(rows(content, name)) == expected


def test_quotes_newlines_in_cells_and_the_first_line_of_excel() -> None:
    text = 'sep=;\n姓名;备注\n张三;"一;\n二"\n李四;"说""好"""\n'
    assert cells(pasted(text)) == [
        (2, ("姓名", "备注")), (3, ("张三", "一;\n二")), (5, ("李四", '说"好"')),
    ]  # fmt: skip


def test_a_quote_that_is_none_swallows_nothing() -> None:
    assert cells(pasted('姓名,学号\n"张三,1\n李四,2')) == [
        (1, ("姓名", "学号")), (2, ('"张三', "1")), (3, ("李四", "2")),
    ]  # fmt: skip


def test_ordinals_are_no_separators() -> None:
    assert cells(pasted("1、张三 20230101\n2、李四，20230102")) == [
        (1, ("1、", "张三", "20230101")), (2, ("2、", "李四", "20230102")),
    ]  # fmt: skip


# ------------------------------------------------------------------ Word


def test_docx_table_before_paragraphs() -> None:
    read = rows(docx_of([["姓名", "学号"], ["张三", "1001"], ["李 四", ""]], "名单"), "a.docx")
    assert cells(read) == [(1, ("姓名", "学号")), (2, ("张三", "1001")), (3, ("李 四",))]


def test_docx_merged_cells() -> None:
    document = docx.Document()
    grid = document.add_table(4, 3)
    grid.cell(0, 0).merge(grid.cell(0, 2)).text = "高一3班名单"
    for column, text in enumerate(["班级", "姓名", "学号"]):
        grid.cell(1, column).text = text
    grid.cell(2, 0).text = "高一3班"
    grid.cell(2, 0).merge(grid.cell(3, 0))
    for row, (name, number) in enumerate([("张三", "1"), ("李四", "2")], 2):
        grid.cell(row, 1).text, grid.cell(row, 2).text = name, number
    document.add_table(1, 1).cell(0, 0).text = "另一张表"
    buffer = io.BytesIO()
    document.save(buffer)
    read = rows(buffer.getvalue(), "a.docx")
    assert cells(read)[2:] == [(3, ("高一3班", "张三", "1")), (4, ("高一3班", "李四", "2"))]
    assert isinstance(read, Sheet)
    assert read.left_out == 1


def test_docx_paragraphs() -> None:
    read = rows(docx_of([], "#接龙", "", "1. 张三 20230101\n2. 李四"), "a.docx")
    assert cells(read) == [(1, ("#接龙",)), (3, ("1.", "张三", "20230101")), (4, ("2.", "李四"))]


def test_a_long_docx_table_takes_linear_time() -> None:
    row = "<w:tr>" + "<w:tc><w:p><w:r><w:t>张三</w:t></w:r></w:p></w:tc>" * 3 + "</w:tr>"
    body = (
        "<w:document xmlns:w='w'><w:body><w:tbl>" + row * 20_000 + "</w:tbl></w:body></w:document>"
    )
    started = time.process_time()
    assert (
        len(cells(rows(repacked(docx_of([]), {"word/document.xml": body.encode()}), ""))) == 20_000
    )
    assert time.process_time() - started < 10
