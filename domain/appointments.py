"""Appointments: from when to when, who may be appointed, and when an office may end."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from domain.rights import Role

GIVEN = (Role.ORGANISER, Role.SECRETARY, Role.OFFICER, Role.AUDITOR)
"""The roles that are given by appointment; a member joins instead."""

LEAST_AGE = {Role.ORGANISER: 16}
"""The age in whole years from which a role may be held, where it is another than `OFFICE_AGE`.

An organiser runs single activities and sees their attendance only, and the leaders of school
societies are 16 and 17; nobody younger answers for others.
"""

OFFICE_AGE = 18
"""Secretaries, officers and auditors see private fields of others and decide about them, minors
too: somebody who may be held to that must be an adult (民法典 art. 17). Counted on the day
of the appointment. Whoever registers says the birth date, so an unknown age is the first admin's
or that of an older record, and no reason to refuse; a missing guardian's consent is.
"""

YEARS = (1, 2)
"""The usual terms, in years."""

_DATE = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?")
_BETWEEN = re.compile(r"[\s至到~～—–,，-]*|\s*to\s*")


class RoleProblem(StrEnum):
    """Why somebody is not appointed, or an office does not end."""

    DATE = "date"  # not a date, or one that does not exist
    PAST = "past"
    ORDER = "order"  # ends before it begins
    HOLDS = "holds"  # has this role at this unit already
    PERSON = "person"  # has left, or is nobody of this part of the tree
    UNREGISTERED = "unregistered"  # a roster line that nobody has claimed: nobody to tell
    AGE = "age"  # too young for the role
    GUARDIAN = "guardian"  # a guardian's consent is missing
    CLOSED = "closed"
    LAST_OFFICER = "last_officer"  # the top unit is never without an officer
    ENDED = "ended"
    SELF = "self"  # nobody hands an office over to themselves


@dataclass(frozen=True, slots=True)
class Term:
    """When an appointment is in force: half-open [since, until), aware; `until` None is open."""

    since: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Appointee:
    """Who is to be appointed: persons.status, and the age in whole years if known.

    `unguarded`: the record waits for a guardian's consent.
    """

    status: str
    age: int | None = None
    unguarded: bool = False


def read_days(text: str) -> tuple[date, ...] | RoleProblem:
    """One or two days as people type them: 2027-11-30, 2026年12月1日至2027年11月30日."""
    found = list(_DATE.finditer(text))
    rest = _DATE.split(text)[::4]
    if not 1 <= len(found) <= 2 or not all(_BETWEEN.fullmatch(one) for one in rest):
        return RoleProblem.DATE
    try:
        return tuple(date(*map(int, one.groups())) for one in found)
    except ValueError:
        return RoleProblem.DATE


def term(first: date | None, last: date | None, at: datetime, zone: ZoneInfo) -> Term | RoleProblem:
    """The term from a local day to a local day, both included; from now if the first is today.

    `first` None is today, `last` None is without end.
    """
    today = at.astimezone(zone).date()
    first = first or today
    if first < today or (last is not None and last < today):
        return RoleProblem.PAST
    if last is not None and last < first:
        return RoleProblem.ORDER
    since = at if first == today else _midnight(first, zone)
    return Term(since, None if last is None else _midnight(last + timedelta(days=1), zone))


def years_from(day: date, years: int) -> date:
    """The last day of a term of some years that begins on `day`: 2026-11-22 and 1 is 2027-11-21."""
    try:
        same = day.replace(year=day.year + years)
    except ValueError:  # 29 February
        same = date(day.year + years, 3, 1)
    return same - timedelta(days=1)


def last_day(until: datetime, zone: ZoneInfo) -> date:
    """The last local day on which something that ends at `until` is in force."""
    return (until.astimezone(zone) - timedelta(microseconds=1)).date()


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone)


def appoint(
    wanted: Term, role: Role, who: Appointee, held: tuple[Term, ...], closed: bool
) -> RoleProblem | None:
    """Decide whether somebody may hold a role at a unit for a term.

    `held` are the terms of the same role at the same unit that the person has already.
    """
    if closed:
        return RoleProblem.CLOSED
    problem = fit(role, who)
    if problem is not None:
        return problem
    if wanted.until is not None and wanted.until <= wanted.since:
        return RoleProblem.ORDER
    return RoleProblem.HOLDS if any(_overlap(wanted, one) for one in held) else None


def least_age(role: Role) -> int:
    """The age in whole years from which a role may be held."""
    return LEAST_AGE.get(role, OFFICE_AGE)


def fit(role: Role, who: Appointee) -> RoleProblem | None:
    """Decide whether somebody may hold a role at all: registered, and old enough for it."""
    if who.status == "roster":
        return RoleProblem.UNREGISTERED
    if who.status != "active":
        return RoleProblem.PERSON
    if who.age is not None and who.age < least_age(role):
        return RoleProblem.AGE
    return RoleProblem.GUARDIAN if who.unguarded else None


def _overlap(one: Term, other: Term) -> bool:
    begins_in = other.until is None or one.since < other.until
    return begins_in and (one.until is None or other.since < one.until)


def end(held: Term, role: Role, at_root: bool, officers: int, at: datetime) -> RoleProblem | None:
    """Decide whether an office may end now. `officers`: others who are officers of the root now."""
    if held.until is not None and held.until <= at:
        return RoleProblem.ENDED
    if at_root and role is Role.OFFICER and held.since <= at and officers == 0:
        return RoleProblem.LAST_OFFICER
    return None
