"""From rows of strings to the lines of a roster, with or without a header."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from domain.roster.columns import Block, Columns, Field
from domain.roster.doubles import mark_doubles
from domain.roster.line import (
    LineProblem,
    Roster,
    RosterLine,
    SheetRow,
    SkippedRow,
    SkipReason,
)
from domain.roster.outside import people_outside
from domain.roster.person import Values, person_line
from domain.roster.remarks import opens_chain, remark
from domain.roster.shape import guess, is_numbered, join_names, names_only, pieces, without_ordinal
from domain.roster.values import read_phone, tidy

_TYPED_ORDINAL = re.compile(r"[(（]?\d{1,3}[)）.．、]$")
_HEADER_WITHIN = 50  # rows; above it stand titles and instructions
# A row that holds only a unit or a member status was filled down for nobody.
_TELLING = frozenset(
    (Field.NAME, Field.NUMBER, Field.PHONE, Field.ID_NUMBER, Field.BIRTH_DATE),
)


@dataclass(slots=True)
class _Reading:
    at: date
    lines: list[RosterLine] = field(default_factory=list)
    skipped: list[SkippedRow] = field(default_factory=list)
    ignored: dict[str, None] = field(default_factory=dict)

    def skip(self, row: SheetRow, reason: SkipReason) -> None:
        self.skipped.append(SkippedRow(row.line, reason))


def read_roster(rows: Sequence[SheetRow], at: date) -> Roster:
    """The lines of a roster; `at` is the local day of the import (ages, future dates).

    Never raises, whatever the cells hold. Columns that are not on the list of fields are named
    in `ignored_columns` and not looked at, so nobody gets a role from a sheet (QUALITY A39).
    """
    reading = _Reading(at)
    first = next(
        (i for i, r in enumerate(rows[:_HEADER_WITHIN]) if Columns(r.cells).is_header), None
    )
    if first is None:
        _without_header(rows, reading)
    else:
        _with_header(rows, first, reading)
    return Roster(
        lines=mark_doubles(reading.lines),
        skipped=tuple(reading.skipped),
        ignored_columns=tuple(reading.ignored),
        header_line=None if first is None else rows[first].line,
    )


def _with_header(rows: Sequence[SheetRow], first: int, reading: _Reading) -> None:
    for row in rows[:first]:
        _outside_row(row, reading, SkipReason.TITLE)
    columns = Columns(rows[first].cells)
    for row in rows[first:]:
        again = Columns(row.cells) if row is rows[first] or _may_be_header(row) else None
        if again is not None and again.is_header:
            columns = again
            reading.ignored.update(dict.fromkeys(columns.ignored))
            reading.skip(row, SkipReason.HEADER)
        elif reason := remark([text for cell in row.cells if (text := tidy(cell))]):
            reading.skip(row, reason)
        else:
            _table_row(row, columns, reading)


def _outside_row(row: SheetRow, reading: _Reading, reason: SkipReason) -> None:
    """Above a header and between the numbers of a chain stand remarks, and people all the same."""
    found = people_outside(row, reading.at)
    reading.lines += found
    if not found:
        reading.skip(row, reason if any(map(tidy, row.cells)) else SkipReason.BLANK)


def _may_be_header(row: SheetRow) -> bool:
    """A cheap look before the expensive one: headers hold no digits, people's rows mostly do."""
    return not any(char.isdigit() for cell in row.cells for char in cell[:40])


def _table_row(row: SheetRow, columns: Columns, reading: _Reading) -> None:
    cells: Sequence[str] = row.cells
    if len(cells) > columns.width and not any(Field.ORDINAL in b for b in columns.blocks):
        cells = without_ordinal(cells) if row.at_spaces or _TYPED_ORDINAL.match(cells[0]) else cells
    if len(cells) > columns.width and row.at_spaces:
        cells = join_names(cells)
    read = [_values(cells, block) for block in columns.blocks]
    filled = [values for values in read if any(values.get(field) for field in _TELLING)]
    for values in filled:
        slipped = (values[Field.NUMBER],) if _has_slipped(values) else ()
        reading.lines.append(person_line(row.line, values, slipped, reading.at))
    if not filled:
        reading.skip(row, SkipReason.NOTE)


def _values(cells: Sequence[str], block: Block) -> Values:
    found = {f: cells[column] if column < len(cells) else "" for f, column in block.items()}
    found.pop(Field.ORDINAL, None)
    return {f: text if f is Field.NAME and tidy(text) else tidy(text) for f, text in found.items()}


def _has_slipped(values: Values) -> bool:
    """A mobile number under 学号 while 手机 is empty: cells are missing in between."""
    if values.get(Field.PHONE) != "" or not values.get(Field.NUMBER):
        return False
    return not isinstance(read_phone(values[Field.NUMBER]), LineProblem)


def _without_header(rows: Sequence[SheetRow], reading: _Reading) -> None:
    tidied = [[text for cell in row.cells if (text := tidy(cell))] for row in rows]
    filled = [" ".join(cells) for cells in tidied if cells]
    numbered = sum(map(is_numbered, filled))
    only_numbered = (
        bool(filled) and numbered > 0 and (opens_chain(filled[0]) or numbered * 2 > len(filled))
    )
    for row, cells in zip(rows, tidied, strict=True):
        reason = remark(cells)
        if reason is not None:
            reading.skip(row, reason)
        elif _may_be_header(row) and Columns(row.cells).is_header:  # far below the first people
            reading.skip(row, SkipReason.HEADER)
        elif only_numbered and not is_numbered(" ".join(cells)):
            _outside_row(row, reading, SkipReason.NOTE)
        else:
            _shaped_row(row, cells, reading)


def _shaped_row(row: SheetRow, cells: Sequence[str], reading: _Reading) -> None:
    parts = pieces(cells, at_spaces=row.at_spaces)
    if names_only(parts):
        reading.lines += [person_line(row.line, {Field.NAME: p}, (), reading.at) for p in parts]
        return
    values, unread = guess(parts, reading.at)
    if not unread and _TELLING.isdisjoint(values):
        reading.skip(row, SkipReason.NOTE)
        return
    reading.lines.append(person_line(row.line, values, unread, reading.at))
