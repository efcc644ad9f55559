"""Who holds what: the speaker's own appointments, those at a unit, and one of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from domain.appointments import GIVEN
from domain.rights import Action, Role, Target, Verdict, may
from services import targets
from services.org import Brief, Gone, brief, stations
from services.shown import who
from services.turn import PAGE, Turn, note, permit
from storage import org, roles, tree
from storage.audit import Line

NOBODY = 0
"""No person has this id: it stands for somebody else where a right is asked about in general."""


@dataclass(frozen=True, slots=True)
class Held:
    """One appointment, half-open [since, until). `name` is as the speaker may see it."""

    id: int
    person: int
    name: str
    unit_id: int
    unit: str
    role: Role
    since: datetime
    until: datetime | None
    own: bool


@dataclass(frozen=True, slots=True)
class Desk:
    """What the speaker holds, and the units whose appointments the speaker sees."""

    own: Sequence[Held]
    stations: Sequence[Brief]


@dataclass(frozen=True, slots=True)
class UnitRoles:
    """A page of the appointments at a unit, and the roles that the speaker may give there."""

    unit: Brief
    path: tuple[str, ...]
    items: Sequence[Held]
    number: int
    total: int
    units_below: int
    appointable: tuple[Role, ...]


@dataclass(frozen=True, slots=True)
class Office:
    """One appointment and what the speaker may do about it."""

    held: Held
    may_end: bool
    may_hand_over: bool


async def desk(turn: Turn) -> Desk:
    """Where /roles begins."""
    own = [] if turn.person is None else await roles.of_person(turn.tx, turn.person.id, turn.at)
    tops = await stations(turn, Role.OFFICER, Role.AUDITOR)
    if not own and not tops:
        await permit(turn, Action.ROLE_VIEW, await targets.at_unit(turn, turn.actor.home or 0))
    return Desk([_held(turn, row, False) for row in own], tops)


async def at(turn: Turn, unit_id: int, page: int = 0) -> UnitRoles | Gone:
    """The appointments at this very unit that hold now or later."""
    target = await targets.at_unit(turn, unit_id)
    verdict = await permit(turn, Action.ROLE_VIEW, target, ("units", unit_id))
    unit = await tree.unit(turn.tx, unit_id)
    if verdict not in (Verdict.ALLOW, Verdict.MASKED) or unit is None:
        return Gone.MISSING
    rows = await roles.at_unit(turn.tx, unit_id, turn.at, page * PAGE, PAGE)
    return UnitRoles(
        unit=brief(unit),
        path=tuple(await org.names(turn.tx, unit_id)),
        items=[_held(turn, row, verdict is Verdict.MASKED) for row in rows],
        number=page,
        total=await roles.count_at_unit(turn.tx, unit_id, turn.at),
        units_below=await org.child_count(turn.tx, unit_id),
        appointable=() if unit.closed_at is not None else await appointable(turn, unit_id),
    )


async def giving(turn: Turn, unit_id: int) -> UnitRoles | Gone:
    """The appointments at a unit, for who may give one there."""
    seen = await at(turn, unit_id)
    if isinstance(seen, Gone) or seen.appointable:
        return seen
    await note(turn, Line(str(Action.APPOINT), "refused", "units", unit_id, unit_id))
    return Gone.MISSING


async def appointable(turn: Turn, unit_id: int) -> tuple[Role, ...]:
    """The roles that the speaker may give, or propose to give, to somebody else at a unit."""
    target = await targets.at_unit(turn, unit_id, owner=NOBODY)
    return tuple(role for role in GIVEN if _may_give(turn, target, role))


def _may_give(turn: Turn, target: Target, role: Role) -> bool:
    asked = Target(units=target.units, kinds=target.kinds, owner=target.owner, role=role)
    return may(turn.actor, Action.APPOINT, asked, turn.at) in (Verdict.ALLOW, Verdict.SECOND)


async def office(turn: Turn, role_id: int) -> Office | Gone:
    """One appointment: the speaker's own, or one that the speaker may see."""
    row = await roles.one(turn.tx, role_id)
    if row is None:
        return Gone.MISSING
    own = row.person_id == turn.actor.person
    target = await targets.at_unit(turn, row.unit_id, owner=row.person_id, role=Role(row.role))
    verdict = Verdict.ALLOW
    if not own:
        verdict = await permit(turn, Action.ROLE_VIEW, target, ("roles", role_id))
    if verdict not in (Verdict.ALLOW, Verdict.MASKED):
        return Gone.MISSING
    if row.until is not None and row.until <= turn.at:
        return Gone.CHANGED
    ends = may(turn.actor, Action.END_APPOINTMENT, target, turn.at)
    held = _held(turn, row, verdict is Verdict.MASKED)
    return Office(held, ends in (Verdict.ALLOW, Verdict.SECOND), own and row.since <= turn.at)


def _held(turn: Turn, row: Any, masked: bool) -> Held:
    own = row.person_id == turn.actor.person
    name = row.name if own else who(turn, row.name, row.alias)
    return Held(
        id=row.id,
        person=row.person_id,
        name=row.alias if masked and not own else name,
        unit_id=row.unit_id,
        unit=row.unit_name,
        role=Role(row.role),
        since=row.since,
        until=row.until,
        own=own,
    )
