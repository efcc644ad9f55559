"""Units as officers see them: counts, children, searches, and what a change of the tree moves."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Integer,
    bindparam,
    func,
    literal_column,
    or_,
    select,
    update,
)
from sqlalchemy.sql.elements import ColumnElement

from storage import tree
from storage.prepared import Prepared, insert_once
from storage.schema import (
    audit,
    claims,
    persons,
    registrations,
    roles,
    run_keys,
    unit_tree,
    units,
)
from storage.tx import Tx

_here = or_(persons.c.status == "active", persons.c.status == "roster")
_open_claim = or_(claims.c.state == "waiting", claims.c.state == "second")
_size = bindparam("size", type_=Integer)
_skip = bindparam("skip", type_=Integer)

_PEOPLE = Prepared(
    select(func.count().label("count"))
    .select_from(persons)
    .where(persons.c.home_unit_id == bindparam("unit_id"), _here)
)
_PEOPLE_BELOW = Prepared(
    select(func.count().label("count"))
    .select_from(persons)
    .join(unit_tree, unit_tree.c.unit_id == persons.c.home_unit_id)
    .where(unit_tree.c.ancestor_id == bindparam("unit_id"), _here)
)
_UNITS_BELOW = Prepared(
    select(func.count().label("count"))
    .select_from(units)
    .join(unit_tree, unit_tree.c.unit_id == units.c.id)
    .where(
        unit_tree.c.ancestor_id == bindparam("unit_id"),
        unit_tree.c.depth > 0,
        units.c.closed_at.is_(None),
    )
)
_child = (units.c.parent_id == bindparam("unit_id"), units.c.closed_at.is_(None))
_CHILD_COUNT = Prepared(select(func.count().label("count")).select_from(units).where(*_child))
_CHILDREN = Prepared(
    select(units).where(*_child).order_by(units.c.name, units.c.id).limit(_size).offset(_skip)
)
_ALL_CHILDREN = Prepared(select(units).where(units.c.parent_id == bindparam("unit_id")))
_closed = (
    units.c.parent_id == bindparam("unit_id"),
    units.c.closed_at.is_not(None),
    units.c.merged_into.is_(None),  # what was merged stays closed
)
_CLOSED_COUNT = Prepared(select(func.count().label("count")).select_from(units).where(*_closed))
_CLOSED = Prepared(
    select(units).where(*_closed).order_by(units.c.name, units.c.id).limit(_size).offset(_skip)
)
_NAMES = Prepared(
    select(units.c.id, units.c.name, units.c.kind)
    .join(unit_tree, unit_tree.c.ancestor_id == units.c.id)
    .where(unit_tree.c.unit_id == bindparam("unit_id"))
    .order_by(unit_tree.c.depth.desc())
)
_REGISTRATIONS = Prepared(
    select(func.count().label("count"))
    .select_from(registrations)
    .where(registrations.c.unit_id == bindparam("unit_id"), registrations.c.state == "waiting")
)
_CLAIMS = Prepared(
    select(func.count().label("count"))
    .select_from(claims)
    .where(claims.c.unit_id == bindparam("unit_id"), _open_claim)
)
_ROLES = Prepared(
    select(roles.c.person_id, roles.c.role, roles.c.since, roles.c.ended_by).where(
        roles.c.unit_id == bindparam("unit_id"),
        or_(roles.c.until.is_(None), roles.c.until > bindparam("at")),
    )
)
_CHANGED = Prepared(
    select(audit.c.facts)
    .where(
        audit.c.object == bindparam("table"),
        audit.c.object_id == bindparam("row_id"),
        audit.c.action == bindparam("done_action"),
        audit.c.verdict == "done",
    )
    .order_by(audit.c.id.desc())
    .limit(1)
)
_FOUNDING = insert_once(run_keys, "key", "at", unique=("key",))


def _set(**values: Any) -> Prepared:
    return Prepared(
        update(units)
        .where(units.c.id == bindparam("key_id"))
        .values(version=units.c.version + 1, **values)
    )


_RENAME = _set(name=bindparam("new_name"))
_APPROVAL = _set(approval=bindparam("new_approval"))
_PARENT = _set(parent_id=bindparam("new_parent"))
_CLOSE = _set(closed_at=bindparam("new_closed"), merged_into=bindparam("new_merged"))


async def people(tx: Tx, unit_id: int) -> int:
    """How many are at home in this very unit (active or on its roster)."""
    return int(await tx.value(_PEOPLE, unit_id=unit_id) or 0)


async def people_below(tx: Tx, unit_id: int) -> int:
    """How many are at home in the unit or below it."""
    return int(await tx.value(_PEOPLE_BELOW, unit_id=unit_id) or 0)


async def units_below(tx: Tx, unit_id: int) -> int:
    """How many open units are below."""
    return int(await tx.value(_UNITS_BELOW, unit_id=unit_id) or 0)


async def child_count(tx: Tx, unit_id: int) -> int:
    """How many open units are directly below."""
    return int(await tx.value(_CHILD_COUNT, unit_id=unit_id) or 0)


async def children(tx: Tx, unit_id: int, skip: int, size: int) -> list[Any]:
    """Open units directly below, by name."""
    return await tx.all(_CHILDREN, unit_id=unit_id, skip=skip, size=size)


async def closed_count(tx: Tx, unit_id: int) -> int:
    """How many units directly below are closed and may open again."""
    return int(await tx.value(_CLOSED_COUNT, unit_id=unit_id) or 0)


async def closed(tx: Tx, unit_id: int, skip: int, size: int) -> list[Any]:
    """Closed units directly below that may open again, by name."""
    return await tx.all(_CLOSED, unit_id=unit_id, skip=skip, size=size)


async def all_children(tx: Tx, unit_id: int) -> list[Any]:
    """Every unit directly below, closed ones too."""
    return await tx.all(_ALL_CHILDREN, unit_id=unit_id)


async def names(tx: Tx, unit_id: int) -> list[str]:
    """The names on the path, from the root down to the unit."""
    return [row.name for row in await tx.all(_NAMES, unit_id=unit_id)]


async def waiting(tx: Tx, unit_id: int) -> tuple[int, int]:
    """How many registrations and how many claims wait for a verdict in this very unit."""
    return (
        int(await tx.value(_REGISTRATIONS, unit_id=unit_id) or 0),
        int(await tx.value(_CLAIMS, unit_id=unit_id) or 0),
    )


async def holders(tx: Tx, unit_id: int, at: datetime) -> list[Any]:
    """Who holds or will hold what at this very unit: person_id, role, since, ended_by."""
    return await tx.all(_ROLES, unit_id=unit_id, at=at)


def pattern(text: str) -> str:
    """A LIKE pattern that finds a piece of text, with backslash as its escape."""
    plain = text.lower().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{plain}%"


async def search(
    tx: Tx,
    ancestor: int,
    text: str,
    skip: int,
    kinds: Collection[str] = (),
    outside: int | None = None,
    but: int | None = None,
) -> tuple[list[Any], int]:
    """Eight open units at or below `ancestor` whose name or code has the text, and how many in all.

    Only of these kinds if any are given; not `outside` with what is below it, and not `but`.
    """
    wanted = [unit_tree.c.ancestor_id == ancestor, units.c.closed_at.is_(None), _called(text)]
    if kinds:
        wanted.append(or_(*[units.c.kind == str(kind) for kind in kinds]))
    if but is not None:
        wanted.append(units.c.id != but)
    if outside is not None:
        wanted.append(~_inside(outside))
    found = units.join(unit_tree, unit_tree.c.unit_id == units.c.id)
    order = (unit_tree.c.depth, units.c.name, units.c.id)
    page = select(units).select_from(found).where(*wanted).order_by(*order).limit(8).offset(skip)
    count = select(func.count().label("count")).select_from(found).where(*wanted)
    return await tx.query(page), int((await tx.query(count))[0].count)


def _called(text: str) -> ColumnElement[bool]:
    in_name = func.lower(units.c.name).like(pattern(text), escape="\\")
    return or_(in_name, units.c.code == text.upper())


def _inside(ancestor: int) -> ColumnElement[bool]:
    inside = unit_tree.alias()
    return (
        select(literal_column("1"))
        .where(inside.c.ancestor_id == ancestor, inside.c.unit_id == units.c.id)
        .correlate(units)
        .exists()
    )


async def rename(tx: Tx, unit_id: int, name: str) -> None:
    """Give a unit another name."""
    await tx.run(_RENAME, key_id=unit_id, new_name=name)


async def set_approval(tx: Tx, unit_id: int, approval: bool) -> None:
    """Say whether new people of a unit wait for its secretary."""
    await tx.run(_APPROVAL, key_id=unit_id, new_approval=approval)


async def move(tx: Tx, unit_id: int, parent_id: int) -> None:
    """Hang a unit, with all that is below it, under another parent."""
    await tree.relink(tx, unit_id, parent_id)
    await tx.run(_PARENT, key_id=unit_id, new_parent=parent_id)


async def set_closed(
    tx: Tx, unit_id: int, closed_at: datetime | None, merged_into: int | None = None
) -> None:
    """Close a unit, or open it again."""
    await tx.run(_CLOSE, key_id=unit_id, new_closed=closed_at, new_merged=merged_into)


async def last_change(tx: Tx, table: str, row_id: int, action: str) -> Any:
    """The facts of the last audit line of this action on a row of a table, or None."""
    return await tx.value(_CHANGED, table=table, row_id=row_id, done_action=action)


async def found_once(tx: Tx, at: datetime) -> bool:
    """Take the right to found the root: True for the first who asks, for ever."""
    return await tx.value(_FOUNDING, key="founding", at=at) is not None
