"""Who could judge something of a unit: those who hold a role there or above, nearest first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, or_, select

from domain.rights import Grant, Role
from storage.prepared import Prepared
from storage.schema import accounts, roles, unit_tree
from storage.tx import Tx

_ABOVE = Prepared(
    select(
        roles.c.person_id,
        roles.c.role,
        roles.c.unit_id,
        roles.c.since,
        roles.c.until,
        unit_tree.c.depth,
    )
    .join(unit_tree, unit_tree.c.ancestor_id == roles.c.unit_id)
    .where(
        unit_tree.c.unit_id == bindparam("unit_id"),
        or_(roles.c.role == Role.SECRETARY.value, roles.c.role == Role.OFFICER.value),
        roles.c.since <= bindparam("at", type_=roles.c.since.type),
        or_(roles.c.until.is_(None), roles.c.until > bindparam("at", type_=roles.c.since.type)),
    )
    .order_by(unit_tree.c.depth, roles.c.id)
)
_ACCOUNT = Prepared(
    select(accounts.c.person_id).where(
        accounts.c.channel == bindparam("channel"), accounts.c.external == bindparam("external")
    )
)


@dataclass(frozen=True, slots=True)
class Holder:
    """A person with a role in force; `depth` is how many steps above the unit it is held."""

    person: int
    grant: Grant
    depth: int


async def above(tx: Tx, unit: int, at: datetime) -> list[Holder]:
    """Secretaries and officers of a unit and of all above it, the nearest first."""
    return [
        Holder(row.person_id, Grant(Role(row.role), row.unit_id, row.since, row.until), row.depth)
        for row in await tx.all(_ABOVE, unit_id=unit, at=at)
    ]


async def person_of(tx: Tx, account: str) -> int | None:
    """The person of an account that is named `channel:external`."""
    channel, _, external = account.partition(":")
    found: int | None = await tx.value(_ACCOUNT, channel=channel, external=external)
    return found
