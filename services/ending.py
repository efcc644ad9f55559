"""Ending an appointment: somebody else's 卸任, or leaving the own office 辞去."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from domain.appointments import Term
from domain.rights import Action, Role, Verdict
from services import granting, proposals, targets
from services.granting import Checked, RoleRefusal, Wish
from services.org import Gone
from services.proposals import Proposed
from services.shown import who
from services.turn import Turn, permit
from storage import roles, tree


@dataclass(frozen=True, slots=True)
class Ending:
    """An office that ends: planned, or done. `second`: another person must confirm it."""

    id: int
    name: str
    unit: str
    role: Role
    own: bool
    second: bool = False
    told: bool = False


async def plan(turn: Turn, role_id: int) -> Ending | RoleRefusal:
    """Look at the end of an appointment before it is confirmed."""
    found = await _judged(turn, role_id)
    return found[0] if isinstance(found, tuple) else found


async def end(turn: Turn, role_id: int) -> Ending | Proposed | RoleRefusal:
    """End an appointment now, or propose it where a second person must confirm."""
    found = await _judged(turn, role_id)
    if not isinstance(found, tuple):
        return found
    ending, row, checked = found
    if ending.second:
        return await proposals.propose(turn, proposals.END, checked, role_id)
    done = await granting.end(turn, row)
    return replace(ending, told=done.told) if isinstance(done, granting.Ended) else done


async def _judged(turn: Turn, role_id: int) -> tuple[Ending, Any, Checked] | RoleRefusal:
    row = await roles.one(turn.tx, role_id)
    if row is None:
        return Gone.MISSING
    unit = await tree.unit(turn.tx, row.unit_id, lock=True)
    target = await targets.at_unit(turn, row.unit_id, owner=row.person_id, role=Role(row.role))
    verdict = await permit(turn, Action.END_APPOINTMENT, target, ("roles", role_id))
    if verdict not in (Verdict.ALLOW, Verdict.SECOND):
        return Gone.MISSING
    problem = await granting.may_end(turn, row)
    if problem is not None:
        return problem
    own = row.person_id == turn.actor.person
    name = who(turn, row.name, row.alias)
    second = verdict is Verdict.SECOND
    ending = Ending(row.id, name, row.unit_name, Role(row.role), own, second)
    wish = Wish(row.unit_id, Role(row.role), row.person_id, Term(row.since, row.until))
    return ending, row, Checked(wish, row, unit, target)
