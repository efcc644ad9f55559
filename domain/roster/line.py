"""What a roster consists of: rows as read, lines about people, and their problems."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from domain.member_status import MemberStatus


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One row of a table; `line` is 1-based, as the user counts it in the file.

    `at_spaces`: the row is a line of text that only spaces cut, so a name may be in two cells.
    """

    line: int
    cells: tuple[str, ...]
    at_spaces: bool = False


class LineProblem(StrEnum):
    """Why a line cannot be taken as it stands, the gravest first.

    `is_refusal` tells a wrong line from one that only needs somebody's decision.
    """

    NO_NAME = "no_name"
    NAME_TOO_LONG = "name_too_long"
    NAME_UNPRINTABLE = "name_unprintable"
    NAME_WITHOUT_LETTER = "name_without_letter"
    NAME_LOOKS_OFFICIAL = "name_looks_official"
    NUMBER_UNREADABLE = "number_unreadable"
    DIGITS_LOST = "digits_lost"  # Excel wrote 1.10101E+17: the true digits are gone
    PHONE_UNREADABLE = "phone_unreadable"
    BIRTH_DATE_UNREADABLE = "birth_date_unreadable"
    BIRTH_DATE_IN_FUTURE = "birth_date_in_future"
    BIRTH_DATE_TOO_OLD = "birth_date_too_old"
    ID_NUMBER_UNREADABLE = "id_number_unreadable"

    UNDER_14 = "under_14"  # only with the recorded consent of a guardian (SPEC Privacy)
    BIRTH_DATE_NEEDS_DAY = "birth_date_needs_day"
    ID_NUMBER_DISAGREES = "id_number_disagrees_with_birth_date"
    MEMBER_STATUS_UNKNOWN = "member_status_unknown"
    UNIT_UNREADABLE = "unit_unreadable"
    NAME_UNUSUAL = "name_unusual"
    NOT_UNDERSTOOD = "not_understood"
    DUPLICATE_NUMBER = "duplicate_number"
    DUPLICATE_ID_NUMBER = "duplicate_id_number"
    SAME_NAME_TWICE = "same_name_twice"
    OUTSIDE_LIST = "outside_list"  # above the header, or without the number that the others have
    REPEATED = "repeated"  # says exactly what an earlier line says: counts once

    @property
    def is_refusal(self) -> bool:
        """The line is wrong and has to be corrected; otherwise a person decides."""
        return self in _REFUSALS


GRAVITY = {problem: rank for rank, problem in enumerate(LineProblem)}
_REFUSALS = frozenset(p for p in LineProblem if GRAVITY[p] < GRAVITY[LineProblem.UNDER_14])


@dataclass(frozen=True, slots=True)
class RosterLine:
    """One person of a roster; a value that was missing or could not be read is None.

    `problem` is the gravest one found. `not_understood` holds text of a line without columns
    that is none of the known values.
    """

    line: int
    name: str | None = None
    number: str | None = None
    phone: str | None = None
    birth_date: date | None = None
    member_status: MemberStatus | None = None
    unit_name: str | None = None
    unit_code: str | None = None
    id_number: str | None = None
    not_understood: tuple[str, ...] = ()
    problem: LineProblem | None = None

    @property
    def unit(self) -> str | None:
        """The code of the unit if the line has one, else its name."""
        return self.unit_code or self.unit_name


class SkipReason(StrEnum):
    """Why a row is no line about a person."""

    BLANK = "blank"
    TITLE = "title"
    HEADER = "header"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class SkippedRow:
    """A row that was passed over."""

    line: int
    reason: SkipReason


@dataclass(frozen=True, slots=True)
class Roster:
    """What was read. `ignored_columns` are headers whose values were not even looked at."""

    lines: tuple[RosterLine, ...] = ()
    skipped: tuple[SkippedRow, ...] = ()
    ignored_columns: tuple[str, ...] = ()
    header_line: int | None = None

    @property
    def remarks(self) -> tuple[int, ...]:
        """The numbers of the lines that were taken for titles and notes."""
        taken = (SkipReason.TITLE, SkipReason.NOTE)
        return tuple(row.line for row in self.skipped if row.reason in taken)
