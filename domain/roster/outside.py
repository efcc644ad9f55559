"""Lines outside the list proper that may be about people nevertheless."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from domain.names import COMPOUND_SURNAMES, is_han
from domain.roster.columns import Field, field_of
from domain.roster.line import GRAVITY, LineProblem, RosterLine, SheetRow
from domain.roster.person import Values, person_line
from domain.roster.remarks import is_title, remark
from domain.roster.shape import guess, is_duty, is_han_name, names_only, pieces
from domain.roster.values import tidy

_TELLING = (Field.NUMBER, Field.PHONE, Field.ID_NUMBER)
_LONGEST_BARE = 3  # characters; 全体团员 above a header is a title, 欧阳一鸣 is not
_LONGEST_NAME = 4  # characters of a Chinese name without a dot
_SHORTEST_NUMBER = 5  # what is shorter may be a year or a count


def people_outside(row: SheetRow, at: date) -> list[RosterLine]:
    """The people of a row above the header, or of one without a number among numbered ones.

    A name with a student number or a phone is read as everywhere; what only may be somebody asks
    (OUTSIDE_LIST). Empty if the row is a title, a note or prose.
    """
    cells = [text for cell in row.cells if (text := tidy(cell))]
    if remark(cells) is not None or is_title(" ".join(cells)):
        return []
    parts = pieces(cells, at_spaces=row.at_spaces)
    if names_only(parts):
        return [_asked(person_line(row.line, {Field.NAME: part}, (), at)) for part in parts]
    values, unread = guess(parts, at)
    if not _may_be_somebody(values):
        return []
    line = person_line(row.line, values, unread, at)
    return [line if _is_somebody(values) else _asked(line)]


def _may_be_somebody(values: Values) -> bool:
    name = values.get(Field.NAME, "")
    if not name or is_duty(name) or field_of(name) is not None:
        return False
    if any(field in values for field in _TELLING):
        return "·" in name or len(name) <= _LONGEST_NAME or not any(map(is_han, name))
    return is_han_name(name) and (len(name) <= _LONGEST_BARE or name[:2] in COMPOUND_SURNAMES)


def _is_somebody(values: Values) -> bool:
    number = values.get(Field.NUMBER, "")
    told = Field.PHONE in values or Field.ID_NUMBER in values or len(number) >= _SHORTEST_NUMBER
    return told and is_han_name(values[Field.NAME])


def _asked(line: RosterLine) -> RosterLine:
    if line.problem and GRAVITY[line.problem] <= GRAVITY[LineProblem.OUTSIDE_LIST]:
        return line
    return replace(line, problem=LineProblem.OUTSIDE_LIST)
