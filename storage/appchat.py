"""Who would be in a group that the app makes for a unit: its members who use WeCom."""

from __future__ import annotations

from sqlalchemy import bindparam, select

from storage.prepared import Prepared
from storage.schema import accounts, persons
from storage.tx import Tx

CHANNEL = "wecom-chat"
PEOPLE = "wecom"  # the channel on which its members are

_here = (accounts.c.channel == PEOPLE, accounts.c.reachable.is_(True))
_MEMBERS = Prepared(
    select(persons.c.id, accounts.c.external)
    .join(accounts, accounts.c.person_id == persons.c.id)
    .where(persons.c.home_unit_id == bindparam("unit_id"), persons.c.status == "active", *_here)
    .order_by(accounts.c.id)
)
_ONE = Prepared(
    select(accounts.c.external)
    .where(accounts.c.person_id == bindparam("person_id"), *_here)
    .order_by(accounts.c.id)
    .limit(1)
)


async def members(tx: Tx, unit: int) -> dict[int, str]:
    """The user id of each active member of a unit who can be reached there."""
    found: dict[int, str] = {}
    for row in await tx.all(_MEMBERS, unit_id=unit):
        found.setdefault(row.id, row.external)
    return found


async def member(tx: Tx, person: int) -> str | None:
    """The user id of one person."""
    found: str | None = await tx.value(_ONE, person_id=person)
    return found
