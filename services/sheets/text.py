"""CSV and plain text: decoding, lines, and what separates the cells of a line."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterator

from domain.roster import SheetRow
from services.sheets.sheet import (
    MOST_BYTES,
    MOST_ROWS,
    Sheet,
    Unreadable,
    UnreadableReason,
    sheet_of,
)

_NEWLINE = re.compile(r"\r\n|\n|\r")
_MOST_LINES = 10 * MOST_ROWS  # blank ones included
_MARKUP = re.compile(
    r"\s*<(?:!doctype|html|head|body|table|meta|script|style|svg|\?xml|!--|div|xml|workbook|frameset)",
    re.IGNORECASE,
)
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# The first that occurs in a line separates it. A 1、 at the start is an ordinal, no separator.
_SEPARATORS = ("\t", ",，", ";；", "|｜", "、")
_ORDINAL = re.compile(r"\s*[(（]?\d{1,4}[)）.．、]\s*")
_SEP_LINE = re.compile(r"sep=.", re.IGNORECASE)  # Excel's own first line of a CSV


def text_file(content: bytes) -> Sheet | Unreadable:
    """Rows of bytes that are UTF-8, UTF-16 or GB18030 text, with or without a mark."""
    text = _decode(content)
    if text is None:
        return Unreadable(UnreadableReason.UNKNOWN_KIND, "no text")
    if _MARKUP.match(text):
        return Unreadable(UnreadableReason.HTML)
    return pasted(text)


def pasted(text: str) -> Sheet | Unreadable:
    """Rows of a text as it was pasted into a chat, or of a CSV; quotes are understood."""
    if len(text) > MOST_BYTES:
        return Unreadable(UnreadableReason.TOO_BIG)
    if text.count("\n") + text.count("\r") > _MOST_LINES:
        return Unreadable(UnreadableReason.TOO_MANY_ROWS)
    if '"' in text and (quoted := _quoted(text)) is not None:
        return sheet_of(quoted, "text")
    lines = enumerate(_NEWLINE.split(text), start=1)
    return sheet_of(
        (split_line(n, line) for n, line in lines if not (n == 1 and _SEP_LINE.fullmatch(line))),
        "text",
    )


def split_line(number: int, line: str) -> SheetRow:
    """The cells of one line: cut at tabs, else commas, semicolons, bars, 、, else spaces."""
    ordinal = _ORDINAL.match(line)
    body = line[ordinal.end() :] if ordinal else line
    separators = next((s for s in _SEPARATORS if any(char in body for char in s)), None)
    if separators is None:
        cells = body.split()
    else:
        cells = [cell.strip() for cell in re.split(f"[{re.escape(separators)}]", body)]
    first = [ordinal.group().strip()] if ordinal else []
    return SheetRow(number, tuple(first + cells), at_spaces=separators is None)


def _decode(content: bytes) -> str | None:
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return _strictly(content, encoding)
    if b"\0" in content[:1000] and (guessed := _wide(content)):
        return _strictly(content, guessed)
    text = _strictly(content, "utf-8")
    return text if text is not None else _strictly(content, "gb18030")


def _wide(content: bytes) -> str | None:
    """UTF-16 without a mark shows zeros on one side of its ASCII pairs only."""
    even, odd = content[0:1000:2].count(0), content[1:1000:2].count(0)
    if len(content) % 2 == 0 and max(even, odd) > 1 and min(even, odd) == 0:
        return "utf-16-le" if odd else "utf-16-be"
    return None


def _strictly(content: bytes, encoding: str) -> str | None:
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        return None
    # A stray control character is refused with its line later; many of them are no text.
    return None if len(_CONTROL.findall(text)) * 10 > len(text) else text


def _quoted(text: str) -> list[SheetRow] | None:
    """A CSV with quotes, each row under the number of its first line; None if it is none."""
    head = text[:20_000]
    delimiter = max(",\t;", key=head.count)
    if delimiter not in head:
        return None
    try:
        found: list[SheetRow] = []
        for row in _records(text, delimiter):
            found.append(row)
            if len(found) > _MOST_LINES:
                break
    except csv.Error:
        return None  # quotes that are no CSV quotes: read line by line
    return found


def _records(text: str, delimiter: str) -> Iterator[SheetRow]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    before = 0
    for row in reader:
        if not (before == 0 and _SEP_LINE.fullmatch(delimiter.join(row))):
            yield SheetRow(before + 1, tuple(row))
        before = reader.line_num
