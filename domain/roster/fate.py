"""What an import would do with each line, and the line as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from domain.member_status import MemberStatus
from domain.roster.line import LineProblem, RosterLine


class Standing(StrEnum):
    """Whether somebody only stands on a roster or has an account."""

    ROSTER = "roster"
    ACTIVE = "active"


class Fate(StrEnum):
    """What becomes of a line (SPEC `import --json`)."""

    NEW = "new"
    CHANGE = "change"
    SAME = "same"
    ASK = "ask"
    REFUSED = "refused"


class FateReason(StrEnum):
    """Why a comparison with the known people needs somebody's decision."""

    NUMBER_OF_ANOTHER = "number_of_another"
    PHONE_OF_ANOTHER = "phone_of_another"
    SAME_NAME = "same_name"
    SEVERAL_MATCH = "several_match"
    OTHER_NUMBER = "other_number"
    OTHER_UNIT = "other_unit"
    HAS_ACCOUNT = "has_account"  # what a person stated is not overwritten by a sheet


@dataclass(frozen=True, slots=True)
class KnownPerson:
    """Somebody of the unit's subtree who may be meant by a line.

    `*_matches` compare encrypted fields with the line by keyed index: True, False, or None if
    either side has no value. `unit` is written like the line's (its code or its name).
    """

    id: int
    name: str
    number: str | None = None
    standing: Standing = Standing.ROSTER
    phone_matches: bool | None = None
    has_phone: bool = False
    birth_date_matches: bool | None = None
    has_birth_date: bool = False
    id_number_matches: bool | None = None
    has_id_number: bool = False
    member_status: MemberStatus | None = None
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class Judgement:
    """The fate of a line, its reason if there is one to tell, and the person it concerns."""

    fate: Fate
    reason: LineProblem | FateReason | None = None
    person: int | None = None


def fate(line: RosterLine, known: Sequence[KnownPerson]) -> Judgement:
    """Decide about a line: by number, else by ID number or phone, else by name.

    Nothing is guessed: a name alone never joins a number to somebody who is known.
    """
    if line.problem is LineProblem.REPEATED:
        return Judgement(Fate.SAME, line.problem)
    if line.problem is not None:
        return Judgement(Fate.REFUSED if line.problem.is_refusal else Fate.ASK, line.problem)
    by_number = [p for p in known if line.number and _same(p.number, line.number)]
    if by_number:
        return _decide(line, by_number, FateReason.NUMBER_OF_ANOTHER)
    by_contact = [p for p in known if p.id_number_matches or p.phone_matches]
    if by_contact:
        return _decide(line, by_contact, FateReason.PHONE_OF_ANOTHER)
    return _by_name(line, [p for p in known if _same(p.name, line.name)])


def _same(one: str | None, other: str | None) -> bool:
    return one is not None and other is not None and one.casefold() == other.casefold()


def _decide(line: RosterLine, found: Sequence[KnownPerson], stranger: FateReason) -> Judgement:
    if len(found) > 1:
        return Judgement(Fate.ASK, FateReason.SEVERAL_MATCH)
    person = found[0]
    if not _same(person.name, line.name):
        return Judgement(Fate.ASK, stranger, person.id)
    if line.number and person.number and not _same(person.number, line.number):
        return Judgement(Fate.ASK, FateReason.OTHER_NUMBER, person.id)
    return _compare(line, person)


def _by_name(line: RosterLine, found: Sequence[KnownPerson]) -> Judgement:
    if line.number:  # a namesake with a number of their own is somebody else
        found = [person for person in found if person.number is None]
    if not found:
        return Judgement(Fate.NEW)
    if len(found) > 1:
        return Judgement(Fate.ASK, FateReason.SEVERAL_MATCH)
    same = _compare(line, found[0])
    if same.fate is Fate.SAME:
        return same
    return Judgement(Fate.ASK, same.reason or FateReason.SAME_NAME, found[0].id)


def _compare(line: RosterLine, person: KnownPerson) -> Judgement:
    if line.unit and person.unit and not _same(line.unit, person.unit):
        return Judgement(Fate.ASK, FateReason.OTHER_UNIT, person.id)
    overwrites = False in (
        person.phone_matches,
        person.birth_date_matches,
        person.id_number_matches,
    )
    if overwrites and person.standing is Standing.ACTIVE:
        return Judgement(Fate.ASK, FateReason.HAS_ACCOUNT, person.id)
    changes = overwrites or any(
        (
            line.number and not person.number,
            line.phone and not person.has_phone,
            line.birth_date and not person.has_birth_date,
            line.id_number and not person.has_id_number,
            line.member_status and line.member_status is not person.member_status,
            line.unit and not person.unit,
        )
    )
    return Judgement(Fate.CHANGE if changes else Fate.SAME, None, person.id)


def as_json(
    line: RosterLine, fate: Fate, reason: LineProblem | FateReason | None
) -> dict[str, object]:
    """One object of `qingtuan import roster --json`; of an ID number only the last four show."""
    fields = {
        "name": line.name,
        "number": line.number,
        "phone": line.phone,
        "birth_date": line.birth_date and line.birth_date.isoformat(),
        "member_status": line.member_status and line.member_status.value,
        "unit": line.unit,
        "id_number": line.id_number and "*" * 14 + line.id_number[-4:],
    }
    return {
        "line": line.line,
        "fields": {name: value for name, value in fields.items() if value is not None},
        "fate": fate.value,
        "reason": None if reason is None else reason.value,
    }
