"""What an address book means for people: found by their id on the platform, never by name alone."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from domain.contacts import Fate
from domain.names import NameProblem, clean_name
from domain.people import Standing


class PersonDoubt(StrEnum):
    """Why a member of the address book is not simply taken over."""

    NAMESAKE = "namesake"  # somebody of this name is in the unit: the same one, or another?
    NO_UNIT = "no_unit"  # none of their departments has a unit
    NAME_DIFFERS = "name_differs"
    REGISTERED = "registered"  # an active member moves by asking, not by a list
    LEFT = "left"  # has left by their own wish
    FORGOTTEN = "forgotten"  # was erased by their own wish


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody in the address book. `main`: the department that counts, where it is known."""

    user: str
    name: str
    departments: tuple[int, ...]
    main: int | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """The person of an account; `home` is None where there is none."""

    person: int
    name: str
    home: int | None
    status: Standing


@dataclass(frozen=True, slots=True)
class Book:
    """What stands here.

    `places`: the unit of each usable department, None while it is still to be made. `known`: the
    persons of the accounts, by user id. `names`: (unit, name) of everybody at home there. `paths`:
    the units from the root down to each. `forgotten`: user ids that were erased.
    """

    places: Mapping[int, int | None]
    known: Mapping[str, Known]
    names: Collection[tuple[int, str]]
    paths: Mapping[int, Collection[int]]
    forgotten: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class Judged:
    """A member and what becomes of them. `department`: where they belong, if anywhere."""

    user: str
    name: str
    fate: Fate
    reason: PersonDoubt | NameProblem | None = None
    department: int | None = None
    person: int | None = None


def judge(members: Sequence[Member], book: Book) -> list[Judged]:
    """What becomes of each member, and last those of ours who are not in the book (any more)."""
    found = [_judged(one, book) for one in members]
    seen = {one.user for one in members}
    gone = [
        Judged(user, one.name, Fate.GONE, person=one.person)
        for user, one in sorted(book.known.items())
        if user not in seen and one.status in (Standing.ROSTER, Standing.ACTIVE)
    ]
    return found + gone


def _judged(member: Member, book: Book) -> Judged:
    where = _department(member, book)
    name = clean_name(member.name)
    known = book.known.get(member.user)
    if known is not None:
        return _again(member, known, where, book)
    if member.user in book.forgotten:
        return Judged(member.user, "", Fate.REFUSED, PersonDoubt.FORGOTTEN)
    if isinstance(name, NameProblem):
        return Judged(member.user, member.name, Fate.REFUSED, name)
    if where is None:
        return Judged(member.user, name, Fate.ASK, PersonDoubt.NO_UNIT)
    unit = book.places[where]
    if unit is not None and (unit, name) in book.names:
        return Judged(member.user, name, Fate.ASK, PersonDoubt.NAMESAKE, where)
    return Judged(member.user, name, Fate.NEW, None, where)


def _department(member: Member, book: Book) -> int | None:
    """The main department, else the first, of those that have a unit."""
    first = () if member.main is None else (member.main,)
    return next((one for one in (*first, *member.departments) if one in book.places), None)


def _again(member: Member, known: Known, where: int | None, book: Book) -> Judged:
    """Somebody who is known by their id: at home where the book says, or elsewhere."""

    def told(fate: Fate, reason: PersonDoubt | None = None) -> Judged:
        return Judged(member.user, known.name, fate, reason, where, known.person)

    if known.status not in (Standing.ROSTER, Standing.ACTIVE):
        return told(Fate.ASK, PersonDoubt.LEFT)
    if where is None:
        return told(Fate.ASK, PersonDoubt.NO_UNIT)
    if not _at_home(member, known, book):
        if known.status is Standing.ACTIVE:
            return told(Fate.ASK, PersonDoubt.REGISTERED)
        return told(Fate.MOVED)
    same = clean_name(member.name) == known.name
    return told(Fate.SAME) if same else told(Fate.ASK, PersonDoubt.NAME_DIFFERS)


def _at_home(member: Member, known: Known, book: Book) -> bool:
    """Whether the home is the unit of one of the departments, or stands below it."""
    above = () if known.home is None else book.paths.get(known.home, ())
    return any(book.places.get(one) in above for one in member.departments if one in book.places)
