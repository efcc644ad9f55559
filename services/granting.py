"""What an appointment needs, and writing it down once it is decided."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from bot.chat import Say
from bot.going import go
from domain import appointments
from domain.appointments import Appointee, RoleProblem, Term, last_day
from domain.people import band
from domain.rights import Action, Role, Target, sole_holder
from domain.rights import Actor as Asking
from domain.roster.values import age_on
from services import targets
from services.org import Gone
from services.turn import Turn, note, tell
from storage import org, roles, session, tree
from storage.audit import Line

RoleRefusal = RoleProblem | Gone
"""Why an appointment stays as it is."""


@dataclass(frozen=True, slots=True)
class Wish:
    """An appointment to be made. `ends` is the own appointment that is handed over with it."""

    unit: int
    role: Role
    person: int
    term: Term
    ends: int | None = None

    def facts(self) -> dict[str, Any]:
        """The wish as JSON."""
        until = self.term.until
        return {
            "unit": self.unit,
            "role": str(self.role),
            "person": self.person,
            "since": self.term.since.isoformat(),
            "until": None if until is None else until.isoformat(),
            "ends": self.ends,
        }

    @staticmethod
    def of(facts: Any) -> Wish:
        """The wish from its JSON."""
        until = facts["until"]
        term = Term(
            datetime.fromisoformat(facts["since"]),
            None if until is None else datetime.fromisoformat(until),
        )
        ends = facts["ends"]
        return Wish(facts["unit"], Role(facts["role"]), facts["person"], term, ends)


@dataclass(frozen=True, slots=True)
class Granted:
    """An appointment that was written down. `told`: a message to the person is on its way."""

    id: int
    told: bool


@dataclass(frozen=True, slots=True)
class Ended:
    """An office that has ended. `told`: a message to its holder is on its way."""

    told: bool


@dataclass(frozen=True, slots=True)
class Checked:
    """A wish that may come true: the rows of the person and of the unit, and the target."""

    wish: Wish
    person: Any
    unit: Any
    target: Target


async def check(turn: Turn, wish: Wish, by: int | None) -> Checked | RoleRefusal:
    """Look whether a wish of the person `by` is sound; the unit's row is locked from here on."""
    unit = await tree.unit(turn.tx, wish.unit, lock=True)
    person = await roles.person(turn.tx, wish.person)
    if unit is None or person is None:
        return Gone.MISSING
    if wish.person == by:
        return RoleProblem.SELF
    if wish.ends is not None:
        problem = await _handed(turn, wish, by)
        if problem is not None:
            return problem
    held = tuple(
        Term(row.since, row.until)
        for row in await roles.of_person(turn.tx, wish.person, turn.at)
        if row.unit_id == wish.unit and row.role == wish.role
    )
    closed = unit.closed_at is not None
    chosen = appointee(turn, person)
    fault = appointments.appoint(wish.term, wish.role, chosen, held, closed)
    if fault is not None:
        return fault
    target = await targets.at_unit(turn, wish.unit, owner=wish.person, role=wish.role)
    return Checked(wish, person, unit, target)


def appointee(turn: Turn, person: Any) -> Appointee:
    """A row of `storage.roles.person` as the rules of appointments see it today."""
    day = turn.at.astimezone(turn.house.zone).date()
    born = None
    if person.birth_sealed is not None:
        born = date.fromisoformat(turn.house.vault.open("persons.birth", person.birth_sealed))
    young = band(born, day).is_minor or (born is None and bool(person.asks_guardian))
    age = None if born is None else age_on(born, day)
    return Appointee(person.status, age, young and not person.guardian)


async def _handed(turn: Turn, wish: Wish, by: int | None) -> RoleRefusal | None:
    """What is handed over must be the own appointment and still be in force on that day."""
    row = await roles.one(turn.tx, wish.ends or 0)
    if row is None or row.person_id != by:
        return Gone.MISSING
    if (row.unit_id, row.role) != (wish.unit, wish.role):
        return Gone.CHANGED
    over = row.until is not None and row.until <= max(wish.term.since, turn.at)
    return RoleProblem.ENDED if over else None


async def grant(turn: Turn, checked: Checked, by: int | None) -> Granted:
    """Write the appointment down, end what is handed over, and tell the person."""
    wish = checked.wish
    since = max(wish.term.since, turn.at)  # a proposal may have waited past its first day
    values = {
        "person_id": wish.person,
        "unit_id": wish.unit,
        "role": str(wish.role),
        "since": since,
        "until": wish.term.until,
        "appointed_by": by,
    }
    new = await roles.grant(turn.tx, values, turn.at)
    if wish.ends is not None:
        await roles.end(turn.tx, wish.ends, since, by)
    facts = {"person": wish.person, "role": str(wish.role), "hands_over": wish.ends or 0}
    await note(turn, Line(str(Action.APPOINT), "done", "roles", new, wish.unit, facts))
    words = {
        "unit": checked.unit.name,
        "role": str(wish.role),
        "since": since.astimezone(turn.house.zone).date(),
        "term": term_words(turn, Term(since, wish.term.until)),
    }
    say = Say("roles.told.given", words, ((go("help"),),))  # there it stands what the role may do
    if since > turn.at:
        say = Say("roles.told.later", words)
    told = await tell(turn, wish.person, say, f"role-given/{new}")
    return Granted(new, told)


async def end(turn: Turn, row: Any) -> Ended | RoleRefusal:
    """End an appointment now and tell the person. The unit's row must be locked."""
    if not await roles.end(turn.tx, row.id, turn.at, turn.actor.person):
        return RoleProblem.ENDED
    until = None if row.until is None else row.until.isoformat()
    facts = {"person": row.person_id, "role": row.role, "until": until}
    action = str(Action.END_APPOINTMENT)
    await note(turn, Line(action, "done", "roles", row.id, row.unit_id, facts))
    if row.person_id == turn.actor.person:
        return Ended(told=False)
    words = {"unit": row.unit_name, "role": row.role}
    say = Say("roles.told.ended", words)
    return Ended(await tell(turn, row.person_id, say, f"role-ended/{row.id}"))


async def may_end(turn: Turn, row: Any) -> RoleProblem | None:
    """Look whether an office may end now. The unit's row must be locked."""
    path = await tree.path(turn.tx, row.unit_id)
    at_root = len(path.units) == 1
    others = [
        one
        for one in await org.holders(turn.tx, row.unit_id, turn.at)
        if one.role == Role.OFFICER
        and one.person_id != row.person_id
        and one.since <= turn.at
        # who was ended by a turn that began a moment after ours does not stay either
        and one.ended_by is None
    ]
    term = Term(row.since, row.until)
    return appointments.end(term, Role(row.role), at_root, len(others), turn.at)


async def actor_of(turn: Turn, person: int) -> Asking:
    """Somebody else as the rights see them now, with what app.admins gives them."""
    row = await roles.person(turn.tx, person)
    grants = await session.grants_of(turn.tx, person, turn.at)
    admin = person in await admins(turn)
    return Asking(person, None if row is None else row.home_unit_id, grants, admin)


async def admins(turn: Turn) -> frozenset[int]:
    """The people whose accounts app.admins names."""
    found = set()
    for name in turn.house.admins:
        channel, _, external = name.partition(":")
        found.add(await roles.person_of_account(turn.tx, channel, external) or 0)
    return frozenset(found - {0})


async def holders(turn: Turn, unit: int) -> list[Asking]:
    """Everybody who holds a role at a unit or above it, as the rights ask about them."""
    rows = await roles.on_path(turn.tx, unit, turn.at)
    return [
        Asking(
            row.person_id,
            row.home_unit_id,
            await session.grants_of(turn.tx, row.person_id, turn.at),
        )
        for row in rows
    ]


async def sole(turn: Turn, action: Action, target: Target) -> bool:
    """Whether at most one person holds the right, so that an admin may be the second."""
    unit = target.units[-1] if target.units else 0
    return sole_holder(await holders(turn, unit), action, target, turn.at)


def term_words(turn: Turn, term: Term) -> Say:
    """A term as it is said: whole local days."""
    zone = turn.house.zone
    since = term.since.astimezone(zone).date()
    if term.until is None:
        return Say("roles.term.open", {"since": since})
    return Say("roles.term", {"since": since, "until": last_day(term.until, zone)})
