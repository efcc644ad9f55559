"""Word documents: the first filled table, else the paragraphs.

Read straight from the XML: nothing that the document points to is looked at, document types are
refused, and a table of 50,000 rows takes linear time.
"""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree.ElementTree import Element, ParseError

from domain.roster import SheetRow
from services.sheets.sheet import Sheet, Unreadable, UnreadableReason, sheet_of
from services.sheets.text import split_line

_WIDEST_SPAN = 60  # columns; a cell that claims more is cut by the limit of the sheet anyway


def read_document(document: bytes) -> Sheet | Unreadable:
    """Rows of `word/document.xml`; paragraphs are numbered and cut like the lines of a text."""
    # Imported only when a document comes: start-up pays nothing for it.
    from defusedxml import DefusedXmlException  # noqa: PLC0415
    from defusedxml.ElementTree import fromstring  # noqa: PLC0415

    try:
        root: Element = fromstring(document, forbid_dtd=True)
    except (DefusedXmlException, ParseError, ValueError, LookupError) as error:
        return Unreadable(UnreadableReason.DAMAGED, type(error).__name__)
    tables = [_table(element) for element in _walk(root, into_tables=False) if _is(element, "tbl")]
    filled = [table for table in tables if any("".join(row).strip() for row in table)]
    if filled:
        rows = (SheetRow(number, tuple(cells)) for number, cells in enumerate(filled[0], 1))
        return sheet_of(rows, "docx", len(filled) - 1)
    paragraphs = (_text(e) for e in _walk(root, into_tables=False) if _is(e, "p"))
    lines = (line for paragraph in paragraphs for line in paragraph.split("\n"))
    return sheet_of((split_line(number, line) for number, line in enumerate(lines, 1)), "docx")


def _is(element: Element, *names: str) -> bool:
    """By local name: the strict and the usual flavour of the format differ in the namespace."""
    return str(element.tag).rpartition("}")[2] in names


def _walk(root: Element, *, into_tables: bool) -> Iterator[Element]:
    """Elements in document order, without the second copy that a text box keeps for old Word."""
    stack = [root]
    while stack:
        element = stack.pop()
        yield element
        if not _is(element, "Fallback") and (into_tables or not _is(element, "tbl")):
            stack.extend(reversed(element))


def _text(element: Element) -> str:
    pieces: list[str] = []
    for part in _walk(element, into_tables=True):
        if _is(part, "t"):
            pieces.append(part.text or "")
        elif _is(part, "br", "cr"):
            pieces.append("\n")
        elif _is(part, "tab"):
            pieces.append("\t")
        elif _is(part, "p") and any(pieces):
            pieces.append("\n")
    return "".join(pieces).strip("\n")


def _table(table: Element) -> list[list[str]]:
    rows: list[list[str]] = []
    for row in _children(table, "tr"):
        cells: list[str] = []
        for cell in _children(row, "tc"):
            above = rows[-1] if rows else []
            span, goes_on = _merged(cell)
            text = " ".join(_text(cell).split())
            if goes_on and not text and len(cells) < len(above):
                text = above[len(cells)]  # a class written once beside its people
            cells += [text] + [""] * (span - 1)
        rows.append(cells)
    return rows


def _children(parent: Element, name: str) -> Iterator[Element]:
    """Rows of a table or cells of a row, also those inside a content control."""
    stack = list(reversed(parent))
    while stack:
        element = stack.pop()
        if _is(element, name):
            yield element
        elif _is(element, "sdt", "sdtContent", "ins", "customXml", "smartTag"):
            stack.extend(reversed(element))


def _merged(cell: Element) -> tuple[int, bool]:
    """How many columns a cell covers, and whether it continues the one above."""
    span, goes_on = 1, False
    for properties in _children(cell, "tcPr"):
        for element in properties:
            value = next((v for key, v in element.attrib.items() if key.endswith("val")), "")
            if _is(element, "gridSpan") and value.isascii() and value.isdigit():
                span = max(1, min(int(value[:4]), _WIDEST_SPAN))
            elif _is(element, "vMerge"):
                goes_on = value != "restart"
    return span, goes_on
