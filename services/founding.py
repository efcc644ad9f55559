"""The first admin founds the root unit and becomes its officer (SPEC section 2)."""

from __future__ import annotations

from dataclasses import dataclass, replace

from domain import org
from domain.names import NameProblem, spoken_name
from domain.org import UnitKind
from domain.rights import Action, Grant, Role, Target, Verdict, may
from services.people import Entry, activate
from services.turn import Turn, note, permit
from storage import roles, tree
from storage.audit import Line
from storage.org import found_once


@dataclass(frozen=True, slots=True)
class Founded:
    """The root unit, and who answers for it now."""

    unit_id: int
    unit_name: str
    code: str
    person_id: int


FoundingRefusal = NameProblem | Verdict
"""A name that cannot be one, or Verdict.DENY: not an admin, or the root stands already."""


async def needed(turn: Turn) -> bool:
    """Whether this account is an admin's and nothing has been founded yet."""
    if may(turn.actor, Action.FOUND, Target(()), turn.at) is not Verdict.ALLOW:
        return False
    return await tree.root(turn.tx) is None


async def found(
    turn: Turn,
    name_of_unit: str,
    own_name: str,
    kind: UnitKind = UnitKind.DISTRICT,
    code: str | None = None,
) -> Founded | FoundingRefusal:
    """Make the root unit, the person who speaks, and that person's appointment as its officer."""
    unit_name, name = org.unit_name(name_of_unit), spoken_name(own_name)
    if isinstance(unit_name, NameProblem):
        return unit_name
    if isinstance(name, NameProblem):
        return name
    if await permit(turn, Action.FOUND, Target(())) is not Verdict.ALLOW:
        return Verdict.DENY
    if await tree.root(turn.tx) is not None or not await found_once(turn.tx, turn.at):
        return Verdict.DENY
    values = {
        "parent_id": None,
        "code": code or "ROOT",
        "kind": str(kind),
        "name": unit_name,
        "approval": False,
    }
    unit = await tree.founded(turn.tx, values, turn.at)
    person = await _person(turn, unit, name)
    await _officer(turn, unit, person)
    await note(turn, Line(str(Action.FOUND), "done", "units", unit, unit, {"person": person}))
    return Founded(unit, unit_name, str(values["code"]), person)


async def _person(turn: Turn, unit: int, name: str) -> int:
    """The speaker as a person at home in the new unit; from now on also in this turn."""
    if turn.person is not None:
        return turn.person.id
    entry = Entry(unit, name, birth=None, number=None, phone=None, status=None, guardian=False)
    return int(await activate(turn, entry, turn.account) or 0)  # a new person is never refused


async def _officer(turn: Turn, unit: int, person: int) -> None:
    values = {
        "person_id": person,
        "unit_id": unit,
        "role": str(Role.OFFICER),
        "since": turn.at,
        "until": None,
        "appointed_by": person,
    }
    await roles.grant(turn.tx, values, turn.at)
    grant = Grant(Role.OFFICER, unit, turn.at, None)
    turn.actor = replace(turn.actor, grants=(*turn.actor.grants, grant))
