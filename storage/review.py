"""What waits for a reviewer, and what was approved, in the units that they answer for."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, exists, func, or_, select

from domain.rights import Role
from storage.claims import OPEN
from storage.prepared import Prepared
from storage.schema import claims, entries, persons, reversals, roles, unit_tree, units, verdicts
from storage.tx import Tx

MOST = 400  # lines of one list; who has more waiting begins with the oldest

_mine = exists(
    select(verdicts.c.id).where(
        verdicts.c.claim_id == claims.c.id, verdicts.c.reviewer_id == bindparam("me")
    )
)
_QUEUE = Prepared(
    select(
        claims.c.id,
        claims.c.person_id,
        claims.c.unit_id,
        claims.c.what,
        claims.c.minutes,
        claims.c.state,
        claims.c.version,
        claims.c.created_at,
        persons.c.name,
        persons.c.alias,
        units.c.name.label("unit"),
        unit_tree.c.depth,
    )
    .join(unit_tree, unit_tree.c.unit_id == claims.c.unit_id)
    .join(persons, persons.c.id == claims.c.person_id)
    .join(units, units.c.id == claims.c.unit_id)
    .where(
        unit_tree.c.ancestor_id == bindparam("unit_id"),
        OPEN,
        claims.c.person_id != bindparam("me"),
        ~_mine,
    )
    .order_by(unit_tree.c.depth, claims.c.id)
    .limit(MOST)
)
_HOLDERS = Prepared(
    select(roles.c.person_id)
    .join(claims, claims.c.person_id == roles.c.person_id)
    .join(unit_tree, unit_tree.c.unit_id == claims.c.unit_id)
    .where(
        unit_tree.c.ancestor_id == bindparam("unit_id"),
        OPEN,
        or_(roles.c.role == Role.SECRETARY.value, roles.c.role == Role.OFFICER.value),
        or_(roles.c.until.is_(None), roles.c.until > bindparam("at", type_=roles.c.since.type)),
    )
    .distinct()
)
_reversal = entries.alias("reversal")
_entry_columns = (
    entries.c.id,
    entries.c.person_id,
    entries.c.unit_id,
    entries.c.day,
    entries.c.minutes,
    entries.c.starts_at,
    entries.c.ends_at,
    entries.c.what,
    entries.c.place,
    persons.c.name,
    persons.c.alias,
    units.c.name.label("unit"),
    _reversal.c.id.label("reversed_by"),
)
_entries = (
    select(*_entry_columns)
    .join(persons, persons.c.id == entries.c.person_id)
    .join(units, units.c.id == entries.c.unit_id)
    .outerjoin(_reversal, _reversal.c.reverses_id == entries.c.id)
)
_APPROVED = Prepared(
    _entries.join(unit_tree, unit_tree.c.unit_id == entries.c.unit_id)
    .where(
        unit_tree.c.ancestor_id == bindparam("unit_id"),
        entries.c.reverses_id.is_(None),
        entries.c.person_id != bindparam("me"),
    )
    .order_by(entries.c.id.desc())
    .limit(bindparam("most"))
    .offset(bindparam("skip"))
)
_recent = (
    select(entries.c.id)
    .join(unit_tree, unit_tree.c.unit_id == entries.c.unit_id)
    .where(
        unit_tree.c.ancestor_id == bindparam("unit_id"),
        entries.c.reverses_id.is_(None),
        entries.c.person_id != bindparam("me"),
    )
    .limit(MOST)
    .subquery()
)
_APPROVED_COUNT = Prepared(select(func.count().label("count")).select_from(_recent))
_ENTRY = Prepared(_entries.where(entries.c.id == bindparam("key_id")))
_PROPOSED = Prepared(
    select(
        reversals.c.id,
        reversals.c.entry_id,
        reversals.c.version,
        reversals.c.proposed_by,
        entries.c.minutes,
        entries.c.day,
        persons.c.alias,
        persons.c.name,
    )
    .join(entries, entries.c.id == reversals.c.entry_id)
    .join(persons, persons.c.id == entries.c.person_id)
    .join(unit_tree, unit_tree.c.unit_id == entries.c.unit_id)
    .where(
        unit_tree.c.ancestor_id == bindparam("unit_id"),
        reversals.c.state == "waiting",
        reversals.c.proposed_by != bindparam("me"),
        entries.c.person_id != bindparam("me"),
    )
    .order_by(reversals.c.id)
    .limit(MOST)
)


async def queue(tx: Tx, unit: int, me: int) -> list[Any]:
    """Open claims of a subtree that I neither made nor judged, nearest units first, then oldest."""
    return await tx.all(_QUEUE, unit_id=unit, me=me)


async def holders(tx: Tx, unit: int, at: datetime) -> set[int]:
    """Those with an open claim in a subtree who are a secretary or an officer somewhere."""
    return {row.person_id for row in await tx.all(_HOLDERS, unit_id=unit, at=at)}


async def approved(tx: Tx, unit: int, me: int, skip: int, most: int) -> tuple[list[Any], int]:
    """One page of a subtree's entries, the last first, and how many there are (up to 400)."""
    rows = await tx.all(_APPROVED, unit_id=unit, me=me, skip=skip, most=most)
    return rows, int(await tx.value(_APPROVED_COUNT, unit_id=unit, me=me) or 0)


async def entry(tx: Tx, entry_id: int) -> Any | None:
    """An entry with its person's and its unit's names, and the reversal if there is one."""
    return await tx.one(_ENTRY, key_id=entry_id)


async def proposed(tx: Tx, unit: int, me: int) -> list[Any]:
    """Reversals of a subtree that wait for a second person who is not me."""
    return await tx.all(_PROPOSED, unit_id=unit, me=me)
