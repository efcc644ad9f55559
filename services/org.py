"""The tree as its officers see it: the units they answer for, one unit, a search."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from domain.names import NameProblem
from domain.org import BELOW, DEEPEST, Node, OrgProblem, UnitKind
from domain.rights import Action, Role, Target, Verdict, may
from services import targets
from services.shown import who
from services.turn import PAGE, Turn, permit
from storage import comparing, org, roles, tree

_BUTTONS = (
    Action.UNIT_CREATE,
    Action.UNIT_RENAME,
    Action.UNIT_MOVE,
    Action.UNIT_MERGE,
    Action.UNIT_CLOSE,
    Action.INVITE,
    Action.ROLE_VIEW,
)


class Gone(StrEnum):
    """What is not there for the speaker, or not any more as they saw it."""

    MISSING = "missing"
    CHANGED = "changed"


Refusal = OrgProblem | NameProblem | Gone
"""Why nothing was done."""


@dataclass(frozen=True, slots=True)
class Brief:
    """A unit in a list."""

    id: int
    name: str
    kind: UnitKind
    code: str
    version: int


@dataclass(frozen=True, slots=True)
class Briefs:
    """A page of units; `number` counts from 0, `total` are all of the list."""

    items: Sequence[Brief]
    number: int
    total: int


@dataclass(frozen=True, slots=True)
class UnitView:
    """One unit: `path` are the names from the root to itself, `may` what the speaker may do here.

    `people` are at home in this very unit, `people_below` in it and below; `units_below` are open.
    `closed_below`: directly below, for who may open them again. `may` leaves out what there is
    nothing to choose for. `listed`: there is a list that newcomers are compared with.
    """

    unit: Brief
    parent: int | None
    path: tuple[str, ...]
    approval: bool
    listed: bool
    closed: bool
    merged_into: str | None
    people: int
    people_below: int
    units_below: int
    closed_below: int
    secretaries: tuple[str, ...]
    children: Briefs
    may: frozenset[Action]


@dataclass(frozen=True, slots=True)
class ClosedBelow:
    """A unit and a page of the closed ones directly below it."""

    unit: Brief
    items: Briefs


async def stations(turn: Turn, *held: Role) -> list[Brief]:
    """The open units at which the speaker holds one of these roles now; for an admin the root.

    A unit below another of the list is left out, because the other leads to it.
    """
    found = {one.unit for one in turn.actor.grants if one.role in held and one.holds(turn.at)}
    root = await tree.root(turn.tx) if turn.actor.admin else None
    if root is not None:
        found.add(root.id)
    tops = [one for one in sorted(found) if not await _below_another(turn, one, found)]
    rows = [await tree.unit(turn.tx, one) for one in tops]
    return [brief(row) for row in rows if row is not None and row.closed_at is None]


async def _below_another(turn: Turn, unit: int, others: set[int]) -> bool:
    path = await tree.path(turn.tx, unit)
    return not others.isdisjoint(path.units[:-1])


async def view(turn: Turn, unit_id: int, page: int = 0) -> UnitView | Gone:
    """One unit with a page of the open units directly below it."""
    target = await targets.at_unit(turn, unit_id)
    verdict = await permit(turn, Action.UNIT_VIEW, target, ("units", unit_id))
    row = await tree.unit(turn.tx, unit_id)
    if verdict is not Verdict.ALLOW or row is None:
        return Gone.MISSING
    into = None if row.merged_into is None else await tree.unit(turn.tx, row.merged_into)
    masked = may(turn.actor, Action.ROLE_VIEW, target, turn.at) is Verdict.MASKED
    allowed = _allowed(turn, target)
    reopens = Action.UNIT_CREATE in allowed  # asked about a unit below, UNIT_CLOSE says the same
    return UnitView(
        unit=brief(row),
        parent=row.parent_id,
        path=tuple(await org.names(turn.tx, unit_id)),
        approval=bool(row.approval),
        listed=await comparing.listed(turn.tx, unit_id),
        closed=row.closed_at is not None,
        merged_into=None if into is None else into.name,
        people=await org.people(turn.tx, unit_id),
        people_below=await org.people_below(turn.tx, unit_id),
        units_below=await org.units_below(turn.tx, unit_id),
        closed_below=await org.closed_count(turn.tx, unit_id) if reopens else 0,
        secretaries=await _secretaries(turn, unit_id, masked),
        children=await _children(turn, unit_id, page),
        may=frozenset([one for one in allowed if await _has_choice(turn, one, row, target)]),
    )


async def view_for(turn: Turn, unit_id: int, action: Action) -> UnitView | Gone:
    """One unit, for who may do this to it."""
    target = await targets.at_unit(turn, unit_id)
    verdict = await permit(turn, action, target, ("units", unit_id), (Verdict.ALLOW,))
    return await view(turn, unit_id) if verdict is Verdict.ALLOW else Gone.MISSING


def _allowed(turn: Turn, target: Target) -> frozenset[Action]:
    good = (Verdict.ALLOW, Verdict.MASKED)
    return frozenset(one for one in _BUTTONS if may(turn.actor, one, target, turn.at) in good)


async def _has_choice(turn: Turn, action: Action, row: Any, target: Target) -> bool:
    """Whether an action on a unit leads anywhere: a kind for a new one, a place to go to."""
    match action:
        case Action.UNIT_CREATE:
            return bool(BELOW[UnitKind(row.kind)]) and len(target.units) < DEEPEST
        case Action.UNIT_MOVE | Action.UNIT_MERGE if row.closed_at is None:
            return (await _places(turn, row, target, action, "", 0)).total > 0
        case _:
            return True


async def closed(turn: Turn, unit_id: int, page: int = 0) -> ClosedBelow | Gone:
    """A page of the closed units directly below one, for who may open them again.

    Who may make a unit here may also close and reopen it: both rights stand at the same place.
    """
    target = await targets.at_unit(turn, unit_id)
    verdict = await permit(turn, Action.UNIT_CREATE, target, ("units", unit_id))
    row = await tree.unit(turn.tx, unit_id)
    if verdict is not Verdict.ALLOW or row is None:
        return Gone.MISSING
    rows = await org.closed(turn.tx, unit_id, page * PAGE, PAGE)
    total = await org.closed_count(turn.tx, unit_id)
    return ClosedBelow(brief(row), Briefs([brief(one) for one in rows], page, total))


async def _secretaries(turn: Turn, unit_id: int, masked: bool) -> tuple[str, ...]:
    rows = await roles.at_unit(turn.tx, unit_id, turn.at, 0, 50)
    return tuple(
        row.alias if masked else who(turn, row.name, row.alias)
        for row in rows
        if row.role == Role.SECRETARY and row.since <= turn.at
    )


async def _children(turn: Turn, unit_id: int, page: int) -> Briefs:
    rows = await org.children(turn.tx, unit_id, page * PAGE, PAGE)
    total = await org.child_count(turn.tx, unit_id)
    return Briefs([brief(row) for row in rows], page, total)


async def entry(turn: Turn, text: str, action: Action, *held: Role, page: int = 0) -> Briefs | Gone:
    """Where a command about units begins: what the speaker answers for, or what the text finds.

    A code, or a piece of a name, is looked for at and below those units.
    """
    tops = await stations(turn, *held)
    if not tops:
        home = await targets.at_unit(turn, turn.actor.home or 0)
        await permit(turn, action, home)  # the refusal is audited where the speaker is at home
        return Gone.MISSING
    if not text:
        return Briefs(tops[page * PAGE : (page + 1) * PAGE], page, len(tops))
    found = await _found(turn, tops, text, page)
    if not found.total and action is Action.UNIT_VIEW:
        found = await _closed_one(turn, text)
    return found if found.total else Gone.MISSING


async def _found(turn: Turn, tops: Sequence[Brief], text: str, page: int) -> Briefs:
    items: list[Brief] = []
    skip, total = page * PAGE, 0
    for top in tops:
        rows, count = await org.search(turn.tx, top.id, text, max(0, skip - total))
        items += [brief(row) for row in rows]
        total += count
    return Briefs(items[:PAGE], page, total)


async def _closed_one(turn: Turn, code: str) -> Briefs:
    """The closed unit of a code, for who may open it again; else nothing."""
    row = await tree.unit_by_code(turn.tx, code.strip().upper())
    if row is None or row.closed_at is None or row.merged_into is not None:
        return Briefs((), 0, 0)
    target = await targets.at_unit(turn, row.id)
    if may(turn.actor, Action.UNIT_CLOSE, target, turn.at) is not Verdict.ALLOW:
        return Briefs((), 0, 0)
    return Briefs([brief(row)], 0, 1)


async def places(
    turn: Turn, unit_id: int, action: Action, text: str = "", page: int = 0
) -> Briefs | Gone:
    """Where a unit may be moved to (UNIT_MOVE) or merged into (UNIT_MERGE), by name or code."""
    target = await targets.at_unit(turn, unit_id)
    verdict = await permit(turn, action, target, ("units", unit_id))
    row = await tree.unit(turn.tx, unit_id)
    if verdict is not Verdict.ALLOW or row is None:
        return Gone.MISSING
    return await _places(turn, row, target, action, text, page)


async def _places(
    turn: Turn, row: Any, target: Target, action: Action, text: str, page: int
) -> Briefs:
    top = await _reach(turn, target.units)
    kinds = await _fitting(turn, row, action)
    # nobody merges into the unit they stand at; and where it hangs now is no move
    but = top if action is Action.UNIT_MERGE else row.parent_id
    rows, total = await org.search(turn.tx, top, text, page * PAGE, kinds, row.id, but)
    return Briefs([brief(one) for one in rows], page, total)


async def _reach(turn: Turn, path: Sequence[int]) -> int:
    """The highest unit of a path at which the speaker is an officer; an admin is one at the top."""
    if turn.actor.admin:
        return path[0]
    held = {
        one.unit for one in turn.actor.grants if one.role is Role.OFFICER and one.holds(turn.at)
    }
    return next(one for one in path if one in held)


async def _fitting(turn: Turn, row: Any, action: Action) -> Collection[UnitKind]:
    if action is Action.UNIT_MOVE:
        return [kind for kind in UnitKind if UnitKind(row.kind) in BELOW[kind]]
    children = {UnitKind(one.kind) for one in await org.all_children(turn.tx, row.id)}
    return [kind for kind in UnitKind if children <= set(BELOW[kind])]


async def node(turn: Turn, row: Any) -> Node:
    """A unit's row as the rules of the tree see it."""
    path = await tree.path(turn.tx, row.id)
    children = await org.all_children(turn.tx, row.id)
    return Node(
        kind=UnitKind(row.kind),
        path=path.units,
        closed=row.closed_at is not None,
        height=await tree.height(turn.tx, row.id),
        children=frozenset(UnitKind(one.kind) for one in children),
    )


def brief(row: Any) -> Brief:
    """A unit's row as a line of a list."""
    return Brief(row.id, row.name, UnitKind(row.kind), row.code, row.version)
