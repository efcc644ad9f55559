"""The few rows of the demo district that no feature writes in this way."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, or_, select

from storage.prepared import Prepared, insert_row
from storage.schema import accounts, invites, units
from storage.tx import Tx

_ANY = Prepared(select(units.c.id).limit(1))
_ACCOUNT = insert_row(
    accounts, "channel", "external", "person_id", "language", "reachable", "created_at"
)
_INVITE = Prepared(
    select(invites.c.id, invites.c.version, invites.c.expires_at)
    .join(units, units.c.id == invites.c.unit_id)
    .where(
        units.c.code == bindparam("code"),
        units.c.name == bindparam("name"),
        units.c.closed_at.is_(None),
        invites.c.revoked_at.is_(None),
        invites.c.expires_at > bindparam("at"),
        or_(invites.c.uses.is_(None), invites.c.used < invites.c.uses),
    )
    .order_by(invites.c.id)
    .limit(1)
)


async def has_units(tx: Tx) -> bool:
    """Whether anything was ever founded here."""
    return await tx.value(_ANY) is not None


async def account(
    tx: Tx, external: str, person: int | None, language: str | None, at: datetime
) -> int:
    """A web account, of a person or of nobody yet."""
    new = await tx.value(
        _ACCOUNT,
        channel="web",
        external=external,
        person_id=person,
        language=language,
        reachable=True,
        created_at=at,
    )
    return int(new or 0)


async def invite(tx: Tx, code: str, name: str, at: datetime) -> Any | None:
    """The oldest invite that works of the unit of this code and name: id, version, expires_at."""
    return await tx.one(_INVITE, code=code, name=name, at=at)
