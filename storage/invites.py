"""Invites of a unit: made, listed, revoked, and counted without a race."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Integer, bindparam, func, or_, select, update

from storage.prepared import Prepared, insert_row
from storage.schema import invites, units
from storage.tx import Tx

_NEW = insert_row(
    invites,
    *("unit_id", "created_by", "created_at", "expires_at", "uses", "used", "version"),
)
_columns = (
    *invites.columns,
    units.c.name.label("unit_name"),
    units.c.code.label("unit_code"),
    units.c.closed_at,
)
_ONE = Prepared(
    select(*_columns)
    .join(units, units.c.id == invites.c.unit_id)
    .where(invites.c.id == bindparam("key_id"))
)
_live = (
    invites.c.unit_id == bindparam("unit_id"),
    invites.c.revoked_at.is_(None),
    invites.c.expires_at > bindparam("at"),
    or_(invites.c.uses.is_(None), invites.c.used < invites.c.uses),
)
_LIVE = Prepared(
    select(*_columns)
    .join(units, units.c.id == invites.c.unit_id)
    .where(*_live)
    .order_by(invites.c.id.desc())
    .limit(bindparam("size", type_=Integer))
    .offset(bindparam("skip", type_=Integer))
)
_LIVE_COUNT = Prepared(select(func.count().label("count")).select_from(invites).where(*_live))
_MADE = Prepared(
    select(func.count().label("count"))
    .select_from(invites)
    .where(
        invites.c.created_by == bindparam("made_by"),
        invites.c.revoked_at.is_(None),
        invites.c.expires_at > bindparam("at"),
    )
)
_REVOKE = Prepared(
    update(invites)
    .where(invites.c.id == bindparam("key_id"), invites.c.revoked_at.is_(None))
    .values(revoked_at=bindparam("new_revoked"), version=invites.c.version + 1)
)
_USE = Prepared(
    update(invites)
    .where(
        invites.c.id == bindparam("key_id"),
        invites.c.revoked_at.is_(None),
        invites.c.expires_at > bindparam("at"),
        or_(invites.c.uses.is_(None), invites.c.used < invites.c.uses),
    )
    .values(used=invites.c.used + 1)
)


async def add(
    tx: Tx, unit_id: int, by: int, uses: int | None, expires_at: datetime, at: datetime
) -> int:
    """Write an invite down."""
    new = await tx.value(
        _NEW,
        unit_id=unit_id,
        created_by=by,
        created_at=at,
        expires_at=expires_at,
        uses=uses,
        used=0,
        version=1,
    )
    return int(new or 0)


async def one(tx: Tx, invite_id: int) -> Any | None:
    """An invite with unit_name, unit_code and the closed_at of its unit."""
    return await tx.one(_ONE, key_id=invite_id)


async def live(tx: Tx, unit_id: int, at: datetime, skip: int, size: int) -> tuple[list[Any], int]:
    """The invites of a unit that still work, newest first, and how many there are."""
    rows = await tx.all(_LIVE, unit_id=unit_id, at=at, skip=skip, size=size)
    return rows, int(await tx.value(_LIVE_COUNT, unit_id=unit_id, at=at) or 0)


async def made(tx: Tx, by: int, at: datetime) -> int:
    """How many invites of a person have neither been ended nor expired."""
    return int(await tx.value(_MADE, made_by=by, at=at) or 0)


async def revoke(tx: Tx, invite_id: int, at: datetime) -> bool:
    """End an invite; False if it was ended before."""
    return bool(await tx.run(_REVOKE, key_id=invite_id, new_revoked=at))


async def use(tx: Tx, invite_id: int, at: datetime) -> bool:
    """Count one use; False if the invite has no more, is revoked or has expired."""
    return bool(await tx.run(_USE, key_id=invite_id, at=at))
