"""Closing an empty unit, opening it again, and whether its new people need approval."""

from __future__ import annotations

from domain import org as rules
from domain.org import OrgProblem, Weight
from domain.rights import Action
from services.org import Gone, Refusal, node
from services.org_changes import Changed, Plan, allowed, lock_tree, record, stale, tell_holders
from services.turn import Turn
from storage import org, tree


async def plan_close(turn: Turn, unit_id: int, version: int) -> Plan | Refusal:
    """A unit that is empty, to be closed."""
    row = await allowed(turn, Action.UNIT_CLOSE, unit_id)
    if row is None:
        return Gone.MISSING
    if stale(row, version):
        return Gone.CHANGED
    weight = Weight(
        units=await org.child_count(turn.tx, unit_id),
        people=await org.people(turn.tx, unit_id),
        waiting=sum(await org.waiting(turn.tx, unit_id)),
    )
    problem = rules.close(await node(turn, row), weight)
    if problem is not None:
        return problem
    offices = len(await org.holders(turn.tx, unit_id, turn.at))
    return Plan(unit_id, row.version, row.name, code=row.code, offices=offices)


async def close(turn: Turn, unit_id: int, version: int) -> Changed | Refusal:
    """Close a unit. Appointments and invites stand still with it, and work again if it reopens."""
    await lock_tree(turn)
    await tree.unit(turn.tx, unit_id, lock=True)
    plan = await plan_close(turn, unit_id, version)
    if not isinstance(plan, Plan):
        return plan
    await org.set_closed(turn.tx, unit_id, turn.at)
    await record(turn, str(Action.UNIT_CLOSE), unit_id, {})
    changed = Changed(unit_id, plan.version + 1, plan.name, code=plan.code)
    await tell_holders(turn, changed, "units.told.closed")
    return changed


async def reopen(turn: Turn, unit_id: int, version: int) -> Changed | Refusal:
    """Open a closed unit again where it stands; a merged one stays closed."""
    await lock_tree(turn)
    row = await allowed(turn, Action.UNIT_CLOSE, unit_id)
    parent = None if row is None else await tree.unit(turn.tx, row.parent_id or 0)
    if row is None or parent is None:
        return Gone.MISSING
    if stale(row, version):
        return Gone.CHANGED
    merged = row.merged_into is not None
    problem = rules.reopen(await node(turn, row), await node(turn, parent), merged)
    if problem is not None:
        return problem
    await org.set_closed(turn.tx, unit_id, None)
    await record(turn, "unit-reopen", unit_id, {})
    changed = Changed(unit_id, row.version + 1, row.name)
    await tell_holders(turn, changed, "units.told.reopened")
    return changed


async def set_approval(turn: Turn, unit_id: int, version: int, approval: bool) -> Changed | Refusal:
    """Say whether people who join the unit wait for its secretary."""
    await tree.unit(turn.tx, unit_id, lock=True)
    row = await allowed(turn, Action.UNIT_RENAME, unit_id)
    if row is None:
        return Gone.MISSING
    if row.closed_at is not None:
        return OrgProblem.CLOSED
    if stale(row, version):
        return Gone.CHANGED
    await org.set_approval(turn.tx, unit_id, approval)
    await record(turn, "unit-approval", unit_id, {"approval": approval})
    return Changed(unit_id, row.version + 1, row.name)
