"""The process that reads a workbook: bytes on stdin, rows as JSON on stdout.

It imports nothing of the project, so that it starts in milliseconds.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from datetime import date, datetime, time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from python_calamine import CalamineSheet

_MEMORY = 1024 * 1024 * 1024  # bytes of address space; reserved, hardly ever touched
_SECONDS = 15  # of processor time
_MOST_ROWS = 50_000
_MOST_SHEETS = 50
_MOST_CELLS = 10_000_000  # blank ones included: formatting far to the right is common
_EXACT = 10**15  # Excel keeps 15 digits; what is longer has lost its end

Row = tuple[int, list[str]]


def main(folders: Sequence[str]) -> None:
    """Read stdin, answer on stdout."""
    _limit()
    sys.path.extend(folders)
    content = sys.stdin.buffer.read()
    try:
        answer = _read(content)
    except BaseException as error:  # noqa: BLE001 - a panic of the Rust library is a BaseException
        reason = "encrypted" if type(error).__name__ == "PasswordError" else "damaged"
        answer = {"refused": reason, "detail": type(error).__name__}
    sys.stdout.write(json.dumps(answer))


def _limit() -> None:
    try:
        import resource  # noqa: PLC0415 - not on every system
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (_SECONDS, _SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _read(content: bytes) -> dict[str, object]:
    import io  # noqa: PLC0415 - after the limits are set

    from python_calamine import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum  # noqa: PLC0415

    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    visible = [
        meta.name
        for meta in book.sheets_metadata
        if meta.visible is SheetVisibleEnum.Visible and meta.typ is SheetTypeEnum.WorkSheet
    ]
    first: list[Row] = []
    filled = 0
    for name in visible[:_MOST_SHEETS]:
        sheet = book.get_sheet_by_name(name)
        filled += bool(sheet.height)
        if first or not sheet.height:
            continue
        if refusal := _too_big(sheet):
            return {"refused": refusal, "detail": f"{sheet.total_height} x {sheet.total_width}"}
        first = _rows(sheet)
        filled -= not first  # only spaces
    if first:
        return {"rows": first, "left_out": filled - 1}
    return {"refused": "empty" if visible else "not_a_table"}


def _too_big(sheet: CalamineSheet) -> str | None:
    """Blank edges are cheap, so only what would be costly to look through is refused here."""
    if sheet.total_height * sheet.total_width <= _MOST_CELLS:
        return None
    return "too_many_rows" if sheet.total_height > _MOST_ROWS else "too_many_columns"


def _rows(sheet: CalamineSheet) -> list[Row]:
    grid = [[_text(cell) for cell in row] for row in sheet.to_python(skip_empty_area=False)]
    _fill_merged(grid, sheet.merged_cell_ranges or [])
    found: list[Row] = []
    for number, row in enumerate(grid, start=1):
        width = next((i for i in range(len(row), 0, -1) if row[i - 1].strip()), 0)
        if width:
            found.append((number, row[:width]))
    return found


def _fill_merged(
    grid: list[list[str]], merged: Sequence[tuple[tuple[int, int], tuple[int, int]]]
) -> None:
    """A class that is written once beside its thirty people counts for each of them."""
    for (top, left), (bottom, right) in merged[:_MOST_ROWS]:
        if left != right or top >= len(grid) or left >= len(grid[top]):
            continue
        for row in grid[top + 1 : bottom + 1]:
            if not row[left] and any(row):
                row[left] = grid[top][left]


def _text(cell: object) -> str:
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float):
        if not abs(cell) < _EXACT:
            return f"{cell:.5E}"  # as Excel shows it; also nan and inf
        return str(int(cell)) if cell.is_integer() else repr(cell)
    if isinstance(cell, datetime):
        midnight = cell.time() == time()
        return cell.date().isoformat() if midnight else cell.isoformat(sep=" ")
    if isinstance(cell, date | time):
        return cell.isoformat()
    return str(cell)


if __name__ == "__main__":
    main(sys.argv[1:])
