"""How old somebody is on a day, and what becomes of a registration."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from domain.roster.values import age_on

CONSENT_AGE = 14  # below it only a guardian can consent (个人信息保护法 art. 31)
ADULT_AGE = 18


class Band(StrEnum):
    """What others learn of somebody's age: never the birth date itself."""

    CHILD = "child"  # under 14
    TEEN = "teen"  # 14 to 17
    ADULT = "adult"
    UNKNOWN = "unknown"

    @property
    def is_minor(self) -> bool:
        """Under 18 for certain."""
        return self in (Band.CHILD, Band.TEEN)


def band(born: date | None, day: date) -> Band:
    """The age band of somebody on a local day."""
    if born is None:
        return Band.UNKNOWN
    age = age_on(born, day)
    if age < CONSENT_AGE:
        return Band.CHILD
    return Band.TEEN if age < ADULT_AGE else Band.ADULT


def masked_phone(phone: str | None) -> str | None:
    """138****5678, as everybody sees it who has not given a reason to see more."""
    return None if phone is None else f"{phone[:3]}****{phone[-4:]}"


def masked_number(number: str | None) -> str | None:
    """The last two signs of a number, so that its owner knows which one is meant."""
    return None if number is None else f"***{number[-2:]}"


class Standing(StrEnum):
    """Values of persons.status."""

    ROSTER = "roster"
    ACTIVE = "active"
    LEFT = "left"
    DELETED = "deleted"
    MERGED = "merged"  # it turned out to be another registration's person (services.merging)


class Ask(StrEnum):
    """Why a secretary has to look at a registration."""

    UNIT_ASKS = "unit_asks"  # the unit wants to see every new person
    UNLISTED = "unlisted"  # the unit has a list, and nobody on it is meant
    BY_NAME = "by_name"  # the name stands on the roster, and no number proves it
    NUMBER_DIFFERS = "number_differs"  # the same name, but the roster has another number
    SEVERAL = "several"  # more than one line may be meant
    NAME_DIFFERS = "name_differs"  # the number is on the roster under another name
    BIRTH_DIFFERS = "birth_differs"
    TAKEN = "taken"  # the number belongs to somebody who has registered
    DUPLICATE = "duplicate"  # the same name and birth date, or the same phone
    ROLE = "role"  # the line holds a role, which would come with it
    LINE_GUARDIAN = "line_guardian"  # the line is a child's and lacks the guardian's consent
    GUARDIAN = "guardian"  # 14 to 17 and no word of a guardian yet
    MOVE = "move"  # comes from another unit
    CLAIMED = "claimed"  # the line that was meant has gone to somebody else meanwhile


@dataclass(frozen=True, slots=True)
class Known:
    """Somebody in the store who may be the applicant.

    `same_*` compare with what the applicant said; None if either side has nothing. `own` is the
    person of the applicant's account, who left before. `in_unit`: at home in the very unit of
    the invite; `in_subtree`: in it or below. `other_number`: both have a number, not the same.
    `lacks_guardian`: a child's line without the recorded consent. `holds_role`: now or later.
    """

    id: int
    standing: Standing
    same_name: bool
    same_number: bool = False
    same_phone: bool = False
    same_birth: bool | None = None
    in_unit: bool = False
    in_subtree: bool = False
    guardian: bool = False
    own: bool = False
    other_number: bool = False
    lacks_guardian: bool = False
    holds_role: bool = False

    @property
    def is_double(self) -> bool:
        """Probably one human twice: one name and one birth date, or one phone."""
        return (self.same_name and self.same_birth is True) or self.same_phone


@dataclass(frozen=True, slots=True)
class Applicant:
    """Who registers. `guardian`: a guardian knows and agrees, as the applicant says."""

    band: Band
    guardian: bool = False


@dataclass(frozen=True, slots=True)
class Claim:
    """The roster line that becomes this person at once. `double`: as in Fresh."""

    person: int
    double: int | None = None


@dataclass(frozen=True, slots=True)
class Fresh:
    """A new person, active at once. `namesake`: a member of the unit with the same name.

    `double`: somebody who is probably the same human, for the secretary to look at.
    """

    namesake: int | None = None
    double: int | None = None


@dataclass(frozen=True, slots=True)
class Wait:
    """A secretary decides. `person` is the line that will be claimed if the answer is yes,
    `like` somebody to compare with."""

    asks: tuple[Ask, ...]
    person: int | None = None
    like: int | None = None


@dataclass(frozen=True, slots=True)
class NeedsGuardian:
    """Under 14 without the recorded consent of a guardian: nothing may be kept."""


Verdict = Claim | Fresh | Wait | NeedsGuardian


_OF_OTHERS = frozenset((Ask.TAKEN, Ask.SEVERAL, Ask.DUPLICATE))
"""What speaks of other people: where all are let in at once it must not keep anybody out."""


def decide(
    applicant: Applicant, known: Sequence[Known], approval: bool, listed: bool = False
) -> Verdict:
    """Decide about a registration (issue 2, item 7; SPEC section 4, Privacy).

    A number with its name proves a roster line, also where the unit wants to see new people:
    the secretary has put that line there. Everything else that matches is only a hint. A line of
    a child without a guardian's consent, or one that holds a role, is never given away at once.

    Whether somebody waits must not tell who is known here (QUALITY A44). So without that proof
    all wait where the unit asks or is `listed` (lines in it or below that nobody has claimed),
    and elsewhere all are let in, and the secretary hears of doubles. Who gives number and name of
    a line that is claimed already has that proof too, and waits.
    """
    found = _match(known)
    line = next((one for one in known if one.id == found.person), None)
    recorded = line is not None and line.guardian and line.same_name and _proves(line)
    if applicant.band is Band.CHILD and not recorded:
        return NeedsGuardian()
    asks = found.asks + _of_line(line)
    if applicant.band is Band.TEEN and not (applicant.guardian or recorded):
        asks += (Ask.GUARDIAN,)
    sure = any(one.same_number and one.same_name and one.in_subtree for one in known)
    looked = approval or listed or any(_is_free(one) for one in known)
    if looked and not asks and (line is None or line.standing is not Standing.ROSTER):
        asks += (Ask.UNIT_ASKS if approval else Ask.UNLISTED,)
    if asks if looked or sure else set(asks) - _OF_OTHERS:
        return Wait(asks, found.person, found.like)
    if line is None:
        return Fresh(_namesake(known), found.like)
    return Claim(line.id, found.like)


def _proves(line: Known) -> bool:
    return line.same_number or line.own


def _is_free(one: Known) -> bool:
    return one.standing is Standing.ROSTER and one.in_subtree


def _of_line(line: Known | None) -> tuple[Ask, ...]:
    """What about the line itself forbids to give it away at once."""
    if line is None:
        return ()
    role = (Ask.ROLE,) if line.holds_role else ()
    return (*role, Ask.LINE_GUARDIAN) if line.lacks_guardian else role


def _namesake(known: Sequence[Known]) -> int | None:
    found = (one for one in known if one.same_name and one.in_unit)
    return next((one.id for one in found if one.standing is Standing.ACTIVE), None)


def _match(known: Sequence[Known]) -> Wait:
    """Whom the applicant means, and what speaks against being sure."""
    own = next((one for one in known if one.own), None)
    by_number = [one for one in known if one.same_number and one.in_subtree and not one.own]
    if own is not None:
        return _own(own, by_number)
    if len(by_number) > 1:
        return Wait((Ask.SEVERAL,), like=by_number[0].id)
    if by_number:
        return _numbered(by_number[0], known)
    return _named(known)


def _own(own: Known, by_number: Sequence[Known]) -> Wait:
    asks = _differences(own, () if own.same_name else (Ask.NAME_DIFFERS,))
    if by_number:
        return Wait((*asks, Ask.SEVERAL), own.id, by_number[0].id)
    return Wait(asks, own.id)


def _differences(line: Known, asks: tuple[Ask, ...] = ()) -> tuple[Ask, ...]:
    return (*asks, Ask.BIRTH_DIFFERS) if line.same_birth is False else asks


def _numbered(line: Known, known: Sequence[Known]) -> Wait:
    if line.standing is not Standing.ROSTER:
        return Wait((Ask.TAKEN,), like=line.id)
    if not line.same_name:
        return Wait(_differences(line, (Ask.NAME_DIFFERS,)), line.id, line.id)
    if line.same_birth is False:
        return Wait((Ask.BIRTH_DIFFERS,), line.id, line.id)
    double = next((one for one in known if one.id != line.id and one.is_double), None)
    return Wait((), line.id, double.id if double else None)


def _named(known: Sequence[Known]) -> Wait:
    lines = [
        one for one in known if one.same_name and one.in_unit and one.standing is Standing.ROSTER
    ]
    double = next((one for one in known if one.is_double and one not in lines), None)
    doubled = (Ask.DUPLICATE,) if double else ()
    like = double.id if double else None
    if len(lines) > 1:
        return Wait((Ask.SEVERAL, *doubled), like=like or lines[0].id)
    if lines:
        by_name = Ask.NUMBER_DIFFERS if lines[0].other_number else Ask.BY_NAME
        return Wait((*_differences(lines[0], (by_name,)), *doubled), lines[0].id, like)
    return Wait(doubled, like=like)
