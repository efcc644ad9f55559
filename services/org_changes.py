"""Changing the tree: each change is first planned, shown with what it touches, then done."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bot.chat import Say
from domain import org as rules
from domain.names import NameProblem
from domain.org import NameWarning, OrgProblem, UnitKind
from domain.rights import Action, Verdict
from services import appchat, groups, targets
from services.org import Gone, Refusal, node
from services.turn import Turn, note, permit, tell
from storage import dissolving, org, tree
from storage.audit import Line

Chance = Callable[[int], int]
Warnings = tuple[tuple[NameWarning, str], ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """What a change would touch. `other` is the parent, the new parent or the target of a merge."""

    unit_id: int
    version: int
    name: str
    other_id: int = 0
    other: str = ""
    code: str = ""
    people: int = 0
    units: int = 0
    waiting: int = 0
    offices: int = 0
    warnings: Warnings = ()


@dataclass(frozen=True, slots=True)
class Changed:
    """A change that was made: the unit as it is now. `other` as in the plan."""

    unit_id: int
    version: int
    name: str
    other_id: int = 0
    other: str = ""
    code: str = ""


async def plan_create(
    turn: Turn,
    parent_id: int,
    kind: UnitKind,
    name_text: str,
    code_text: str | None = None,
    chance: Chance = secrets.randbelow,
) -> Plan | Refusal:
    """A new unit below another; without a code one is made from `chance`."""
    parent = await allowed(turn, Action.UNIT_CREATE, parent_id)
    if parent is None:
        return Gone.MISSING
    name = rules.unit_name(name_text)
    if isinstance(name, NameProblem):
        return name
    problem = rules.create(await node(turn, parent), kind)
    if problem is not None:
        return problem
    code = await _code(turn, kind, code_text, chance)
    if isinstance(code, OrgProblem):
        return code
    warnings = await _warnings(turn, parent_id, name, None)
    return Plan(0, parent.version, name, parent_id, parent.name, code, warnings=warnings)


async def create(
    turn: Turn, parent_id: int, kind: UnitKind, name: str, code: str
) -> Changed | Refusal:
    """Make the unit that was planned."""
    await lock_tree(turn)
    plan = await plan_create(turn, parent_id, kind, name, code)
    if not isinstance(plan, Plan):
        return plan
    values = {
        "parent_id": parent_id,
        "code": plan.code,
        "kind": str(kind),
        "name": plan.name,
        "approval": False,
    }
    new = await tree.founded(turn.tx, values, turn.at)
    await record(turn, str(Action.UNIT_CREATE), new, {"parent": parent_id, "kind": str(kind)})
    return Changed(new, 1, plan.name, parent_id, plan.other)


async def _code(turn: Turn, kind: UnitKind, text: str | None, chance: Chance) -> str | OrgProblem:
    if text is None:
        while True:
            made = rules.made_code(kind, chance)
            if await tree.unit_by_code(turn.tx, made) is None:
                return made
    code = rules.unit_code(text)
    if isinstance(code, OrgProblem):
        return code
    taken = await tree.unit_by_code(turn.tx, code)
    return OrgProblem.CODE_TAKEN if taken is not None else code


async def _warnings(turn: Turn, parent_id: int | None, name: str, own: int | None) -> Warnings:
    siblings = [] if parent_id is None else await org.all_children(turn.tx, parent_id)
    names = [one.name for one in siblings if one.id != own and one.closed_at is None]
    return rules.name_warnings(name, names)


async def plan_rename(turn: Turn, unit_id: int, version: int, text: str) -> Plan | Refusal:
    """Another name for a unit; `other` is the old one."""
    row = await allowed(turn, Action.UNIT_RENAME, unit_id)
    if row is None:
        return Gone.MISSING
    if stale(row, version):
        return Gone.CHANGED
    name = rules.unit_name(text)
    if isinstance(name, NameProblem):
        return name
    problem = rules.rename(row.name, name, row.closed_at is not None)
    if problem is not None:
        return problem
    return Plan(
        unit_id,
        row.version,
        name,
        other=row.name,
        people=await org.people_below(turn.tx, unit_id),
        warnings=await _warnings(turn, row.parent_id, name, unit_id),
    )


async def rename(turn: Turn, unit_id: int, version: int, name: str) -> Changed | Refusal:
    """Rename a unit."""
    await tree.unit(turn.tx, unit_id, lock=True)
    plan = await plan_rename(turn, unit_id, version, name)
    if not isinstance(plan, Plan):
        return plan
    await org.rename(turn.tx, unit_id, plan.name)
    said = Say("room.renamed", {"old": plan.other, "unit": plan.name})
    await groups.tell(turn, unit_id, said, f"renamed/{unit_id}/{plan.version}")
    await record(turn, str(Action.UNIT_RENAME), unit_id, {"from": plan.other, "to": plan.name})
    return Changed(unit_id, plan.version + 1, plan.name, other=plan.other)


async def undo_rename(turn: Turn, unit_id: int, version: int) -> Changed | Refusal:
    """Give a unit back the name that it had before."""
    facts = await org.last_change(turn.tx, "units", unit_id, str(Action.UNIT_RENAME))
    if facts is None:
        return Gone.MISSING
    return await rename(turn, unit_id, version, facts["from"])


async def plan_move(turn: Turn, unit_id: int, version: int, parent_id: int) -> Plan | Refusal:
    """A unit, with all that is below it, under another parent."""
    row = await allowed(turn, Action.UNIT_MOVE, unit_id)
    parent = await allowed(turn, Action.UNIT_CREATE, parent_id)
    if row is None or parent is None:
        return Gone.MISSING
    if stale(row, version):
        return Gone.CHANGED
    problem = rules.move(await node(turn, row), await node(turn, parent))
    if problem is not None:
        return problem
    return Plan(
        unit_id,
        row.version,
        row.name,
        parent_id,
        parent.name,
        people=await org.people_below(turn.tx, unit_id),
        units=await org.units_below(turn.tx, unit_id),
    )


async def move(turn: Turn, unit_id: int, version: int, parent_id: int) -> Changed | Refusal:
    """Move a unit. Who decides about its people and claims follows from the tree by itself."""
    await lock_tree(turn)
    before = await tree.unit(turn.tx, unit_id, lock=True)
    plan = await plan_move(turn, unit_id, version, parent_id)
    if not isinstance(plan, Plan):
        return plan
    await org.move(turn.tx, unit_id, parent_id)
    old = None if before is None else before.parent_id
    await record(turn, str(Action.UNIT_MOVE), unit_id, {"from": old, "to": parent_id})
    changed = Changed(unit_id, plan.version + 1, plan.name, parent_id, plan.other)
    await tell_holders(turn, changed, "units.told.moved")
    return changed


async def undo_move(turn: Turn, unit_id: int, version: int) -> Changed | Refusal:
    """Hang a unit back to where it was before its last move."""
    facts = await org.last_change(turn.tx, "units", unit_id, str(Action.UNIT_MOVE))
    if facts is None:
        return Gone.MISSING
    return await move(turn, unit_id, version, int(facts["from"]))


async def plan_merge(turn: Turn, unit_id: int, version: int, target_id: int) -> Plan | Refusal:
    """A unit dissolved into another, which takes its people, subunits and what waits."""
    row = await allowed(turn, Action.UNIT_MERGE, unit_id)
    other = await allowed(turn, Action.UNIT_MERGE, target_id)
    if row is None or other is None:
        return Gone.MISSING
    if stale(row, version):
        return Gone.CHANGED
    problem = rules.merge(await node(turn, row), await node(turn, other))
    if problem is not None:
        return problem
    return Plan(
        unit_id,
        row.version,
        row.name,
        target_id,
        other.name,
        people=await org.people(turn.tx, unit_id),
        units=await org.child_count(turn.tx, unit_id),
        waiting=sum(await org.waiting(turn.tx, unit_id)),
        offices=len(await org.holders(turn.tx, unit_id, turn.at)),
    )


async def merge(turn: Turn, unit_id: int, version: int, target_id: int) -> Changed | Refusal:
    """Merge. It cannot be undone; hours in the ledger stay with the unit of their time."""
    await lock_tree(turn)
    for one in sorted((unit_id, target_id)):
        await tree.unit(turn.tx, one, lock=True)
    plan = await plan_merge(turn, unit_id, version, target_id)
    if not isinstance(plan, Plan):
        return plan
    changed = Changed(unit_id, plan.version + 1, plan.name, target_id, plan.other)
    await tell_holders(turn, changed, "units.told.merged")
    await appchat.merged(turn, unit_id, target_id)
    said = Say("room.merged", {"old": plan.name, "unit": plan.other})
    await groups.tell(turn, unit_id, said, f"merged/{unit_id}/{plan.version}")
    by = None if turn.person is None else turn.person.id
    await dissolving.dissolve(turn.tx, unit_id, target_id, by, turn.at)
    facts = {"into": target_id, "people": plan.people, "units": plan.units}
    await record(turn, str(Action.UNIT_MERGE), unit_id, facts)
    return changed


async def allowed(turn: Turn, action: Action, unit_id: int) -> Any | None:
    """The unit's row if the speaker may do this to it."""
    target = await targets.at_unit(turn, unit_id)
    verdict = await permit(turn, action, target, ("units", unit_id))
    return await tree.unit(turn.tx, unit_id) if verdict is Verdict.ALLOW else None


async def lock_tree(turn: Turn) -> None:
    """Let nobody else change the shape of the tree until this turn is over."""
    root = await tree.root(turn.tx)
    if root is not None:
        await tree.unit(turn.tx, root.id, lock=True)


def stale(row: Any, version: int) -> bool:
    """Whether the unit was changed since the speaker saw it (a button knows 16 bits of it)."""
    return bool(row.version & 0xFFFF != version & 0xFFFF)


async def tell_holders(turn: Turn, changed: Changed, name: str) -> None:
    """Tell who holds a role at this very unit, the speaker aside."""
    facts = {"unit": changed.name, "other": changed.other}
    holders = {one.person_id for one in await org.holders(turn.tx, changed.unit_id, turn.at)}
    for person in sorted(holders - {turn.actor.person}):
        await tell(turn, person, Say(name, facts), f"{name}/{changed.unit_id}/{changed.version}")


async def record(turn: Turn, action: str, unit_id: int, facts: dict[str, Any]) -> None:
    """Write the one audit line of a change of a unit."""
    await note(turn, Line(action, "done", "units", unit_id, unit_id, facts))
