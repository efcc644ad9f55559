"""The tree of units: paths and subtrees by the table of ancestors, at a flat cost."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, func, select

from storage.prepared import Prepared, insert_row
from storage.schema import unit_tree, units
from storage.tx import Tx

_PATH = Prepared(
    select(units.c.id, units.c.kind)
    .join(unit_tree, unit_tree.c.ancestor_id == units.c.id)
    .where(unit_tree.c.unit_id == bindparam("unit_id"))
    .order_by(unit_tree.c.depth.desc())
)
_UNIT = Prepared(select(units).where(units.c.id == bindparam("key_id")))
_LOCKED = Prepared(select(units).where(units.c.id == bindparam("key_id")).with_for_update())
_CODE = Prepared(select(units).where(units.c.code == bindparam("code")))
_ROOT = Prepared(select(units).where(units.c.parent_id.is_(None)).order_by(units.c.id).limit(1))
_BELOW = Prepared(
    select(units.c.id)
    .join(unit_tree, unit_tree.c.unit_id == units.c.id)
    .where(unit_tree.c.ancestor_id == bindparam("unit_id"))
)
_HEIGHT = Prepared(
    select(func.max(unit_tree.c.depth).label("height")).where(
        unit_tree.c.ancestor_id == bindparam("unit_id")
    )
)
_LINK = insert_row(unit_tree, "ancestor_id", "unit_id", "depth", returning=False)
_ANCESTORS = Prepared(
    select(unit_tree.c.ancestor_id, unit_tree.c.depth).where(
        unit_tree.c.unit_id == bindparam("unit_id")
    )
)
_DESCENDANTS = Prepared(
    select(unit_tree.c.unit_id, unit_tree.c.depth).where(
        unit_tree.c.ancestor_id == bindparam("unit_id")
    )
)
_UNLINK = Prepared(
    delete(unit_tree).where(
        unit_tree.c.unit_id == bindparam("unit_id"),
        unit_tree.c.ancestor_id == bindparam("ancestor_id"),
    )
)


@dataclass(frozen=True, slots=True)
class Path:
    """Unit ids from the root down to a unit, and their kinds."""

    units: tuple[int, ...]
    kinds: tuple[str, ...]


async def path(tx: Tx, unit: int) -> Path:
    """The path of a unit; empty if there is none of that id."""
    rows = await tx.all(_PATH, unit_id=unit)
    return Path(tuple(row.id for row in rows), tuple(row.kind for row in rows))


async def unit(tx: Tx, unit_id: int, lock: bool = False) -> Any | None:
    """A unit's row (all columns of storage.schema.units), locked against others if wanted."""
    return await tx.one(_LOCKED if lock else _UNIT, key_id=unit_id)


async def unit_by_code(tx: Tx, code: str) -> Any | None:
    """A unit's row by its short code."""
    return await tx.one(_CODE, code=code)


async def root(tx: Tx) -> Any | None:
    """The row of the top unit, or None while nothing is set up."""
    return await tx.one(_ROOT)


async def height(tx: Tx, unit_id: int) -> int:
    """Steps from a unit down to its deepest descendant."""
    return int(await tx.value(_HEIGHT, unit_id=unit_id) or 0)


async def subtree(tx: Tx, unit_id: int) -> set[int]:
    """The ids of a unit and of everything below it."""
    return {row.id for row in await tx.all(_BELOW, unit_id=unit_id)}


async def link(tx: Tx, unit_id: int, parent_id: int | None) -> None:
    """Hang a new unit under its parent."""
    above = [] if parent_id is None else await tx.all(_ANCESTORS, unit_id=parent_id)
    rows = [(row.ancestor_id, row.depth + 1) for row in above] + [(unit_id, 0)]
    await tx.many(
        _LINK, [{"ancestor_id": one, "unit_id": unit_id, "depth": depth} for one, depth in rows]
    )


async def relink(tx: Tx, unit_id: int, parent_id: int) -> None:
    """Hang a unit with everything below it under another parent."""
    below = await tx.all(_DESCENDANTS, unit_id=unit_id)
    inside = {row.unit_id for row in below}
    old = [row for row in await tx.all(_ANCESTORS, unit_id=unit_id) if row.ancestor_id != unit_id]
    await tx.many(
        _UNLINK,
        [{"unit_id": one, "ancestor_id": row.ancestor_id} for one in inside for row in old],
    )
    above = await tx.all(_ANCESTORS, unit_id=parent_id)
    await tx.many(
        _LINK,
        [
            {
                "ancestor_id": ancestor.ancestor_id,
                "unit_id": one.unit_id,
                "depth": ancestor.depth + 1 + one.depth,
            }
            for ancestor in above
            for one in below
        ],
    )


async def founded(tx: Tx, values: dict[str, Any], at: datetime) -> int:
    """Write a new unit down (parent_id, code, kind, name, approval) and hang it up."""
    new = await tx.value(_NEW, **values, version=1, created_at=at)
    await link(tx, int(new or 0), values["parent_id"])
    return int(new or 0)


_NEW = insert_row(units, "parent_id", "code", "kind", "name", "approval", "version", "created_at")
