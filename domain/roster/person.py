"""One line about a person from the texts of its fields."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

from domain.member_status import MemberStatus, member_status
from domain.names import NameProblem, clean_name, is_usual_name
from domain.roster.columns import Field
from domain.roster.line import GRAVITY, LineProblem, RosterLine
from domain.roster.values import (
    age_on,
    born_by_id,
    read_birth_date,
    read_id_number,
    read_number,
    read_phone,
)

Values = dict[Field, str]

CONSENT_AGE = 14  # below it a guardian consents (个人信息保护法 art. 31)
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,31}")
_LONGEST_UNIT = 60  # characters
_NAME_PROBLEMS = {
    NameProblem.EMPTY: LineProblem.NO_NAME,
    NameProblem.TOO_LONG: LineProblem.NAME_TOO_LONG,
    NameProblem.UNPRINTABLE: LineProblem.NAME_UNPRINTABLE,
    NameProblem.NO_LETTER: LineProblem.NAME_WITHOUT_LETTER,
    NameProblem.OFFICIAL: LineProblem.NAME_LOOKS_OFFICIAL,
}


def person_line(line: int, values: Values, not_understood: tuple[str, ...], at: date) -> RosterLine:
    """Read every field; a value that cannot be read is left out and its problem kept."""
    problems = [LineProblem.NOT_UNDERSTOOD] if not_understood else []
    id_number = _read(values.get(Field.ID_NUMBER), lambda t: read_id_number(t, at), problems)
    birth_date = _birth_date(values.get(Field.BIRTH_DATE), id_number, at, problems)
    born = birth_date or (born_by_id(id_number) if id_number else None)
    if born is not None and age_on(born, at) < CONSENT_AGE:
        problems.append(LineProblem.UNDER_14)
    unit_name, unit_code = _unit(values, problems)
    return RosterLine(
        line=line,
        name=_name(values.get(Field.NAME, ""), problems),
        number=_read(values.get(Field.NUMBER), read_number, problems),
        phone=_read(values.get(Field.PHONE), read_phone, problems),
        birth_date=birth_date,
        member_status=_member_status(values.get(Field.MEMBER_STATUS), problems),
        unit_name=unit_name,
        unit_code=unit_code,
        id_number=id_number,
        not_understood=not_understood,
        problem=min(problems, key=GRAVITY.__getitem__, default=None),
    )


def _read(
    text: str | None, reader: Callable[[str], str | LineProblem], problems: list[LineProblem]
) -> str | None:
    value = reader(text) if text else None
    if isinstance(value, LineProblem):
        problems.append(value)
        return None
    return value


def _name(text: str, problems: list[LineProblem]) -> str | None:
    name = clean_name(text)
    if isinstance(name, NameProblem):
        problems.append(_NAME_PROBLEMS[name])
        return None
    if not is_usual_name(name):
        problems.append(LineProblem.NAME_UNUSUAL)
    return name


def _birth_date(
    text: str | None, id_number: str | None, at: date, problems: list[LineProblem]
) -> date | None:
    """The birth date of its own column; an ID number may confirm it or supply a missing day."""
    if not text:
        return None
    read = read_birth_date(text, at)
    by_id = born_by_id(id_number) if id_number else None
    if read is LineProblem.BIRTH_DATE_NEEDS_DAY and by_id is not None:
        if _agrees(text, by_id):
            return by_id
        read = LineProblem.ID_NUMBER_DISAGREES
    if isinstance(read, LineProblem):
        problems.append(read)
        return None
    if by_id is not None and read != by_id:
        problems.append(LineProblem.ID_NUMBER_DISAGREES)
    return read


def _agrees(month_only: str, day: date) -> bool:
    digits = re.findall(r"[0-9]+", month_only)
    year, month = (digits[0][:4], digits[0][4:]) if len(digits) == 1 else digits[:2]
    return int(year) == day.year and (not month or int(month) == day.month)


def _member_status(text: str | None, problems: list[LineProblem]) -> MemberStatus | None:
    status = member_status(text) if text else None
    if text and status is None:
        problems.append(LineProblem.MEMBER_STATUS_UNKNOWN)
    return status


def _unit(values: Values, problems: list[LineProblem]) -> tuple[str | None, str | None]:
    """Name and code; a unit column that holds only a code is taken as one."""
    name, code = values.get(Field.UNIT), values.get(Field.UNIT_CODE)
    if not code and name and _CODE.fullmatch(name):
        name, code = None, name
    if (code and not _CODE.fullmatch(code)) or (name and len(name) > _LONGEST_UNIT):
        problems.append(LineProblem.UNIT_UNREADABLE)
        return None, None
    return name or None, code or None
