"""What comes out of a file: a sheet, or the reason why not."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from domain.roster import SheetRow

MOST_BYTES = 20 * 1024 * 1024  # of the file, and of everything inside it, streamed (QUALITY A20)
MOST_ROWS = 50_000
MOST_COLUMNS = 50


class UnreadableReason(StrEnum):
    """Why a file is not read."""

    EMPTY = "empty"
    TOO_BIG = "too_big"
    TOO_MANY_ROWS = "too_many_rows"
    TOO_MANY_COLUMNS = "too_many_columns"
    ENCRYPTED = "encrypted"
    MACROS = "macros"
    HTML = "html"
    UNKNOWN_KIND = "unknown_kind"
    NOT_A_TABLE = "not_a_table"
    DAMAGED = "damaged"


@dataclass(frozen=True, slots=True)
class Unreadable:
    """The refusal of a file; `detail` is for the log and holds nothing of its content."""

    reason: UnreadableReason
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """The filled rows of one table, with their line numbers in the file.

    `kind` is xlsx, xls, docx or text. `left_out` counts further filled tables that were not read.
    """

    rows: tuple[SheetRow, ...]
    kind: str
    left_out: int = 0


def sheet_of(found: Iterable[SheetRow], kind: str, left_out: int = 0) -> Sheet | Unreadable:
    """Rows as a sheet: blank rows and blank ends of rows dropped, limits held."""
    kept: list[SheetRow] = []
    for row in found:
        cells = row.cells
        width = next((i for i in range(len(cells), 0, -1) if cells[i - 1].strip()), 0)
        if width > MOST_COLUMNS:
            return Unreadable(UnreadableReason.TOO_MANY_COLUMNS, f"line {row.line}")
        if width:
            kept.append(SheetRow(row.line, cells[:width], row.at_spaces))
        if len(kept) > MOST_ROWS:
            return Unreadable(UnreadableReason.TOO_MANY_ROWS)
    return Sheet(tuple(kept), kind, left_out) if kept else Unreadable(UnreadableReason.EMPTY)
