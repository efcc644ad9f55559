"""What waits for a reviewer, and what was approved, in the units that they answer for."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Integer, bindparam, distinct, exists, func, or_, select

from domain.rights import Role
from storage.claims import OPEN
from storage.prepared import Prepared
from storage.schema import claims, entries, persons, reversals, roles, unit_tree, units, verdicts
from storage.tx import Tx

MOST = 400  # lines of one list; who has more waiting begins with the oldest
RECENT = 100_000  # entries of the whole house that the list of approved ones reaches back

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
        entries.c.id > bindparam("after"),
        entries.c.minutes > 0,  # no reversal: see storage.ledger
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
        entries.c.id > bindparam("after"),
        entries.c.minutes > 0,  # no reversal: see storage.ledger
        entries.c.person_id != bindparam("me"),
    )
    .limit(MOST)
    .subquery()
)
_APPROVED_COUNT = Prepared(select(func.count().label("count")).select_from(_recent))
_LAST = Prepared(select(func.max(entries.c.id).label("last")))
_ENTRY = Prepared(_entries.where(entries.c.id == bindparam("key_id")))
_PROPOSED = Prepared(
    select(
        reversals.c.id,
        reversals.c.entry_id,
        reversals.c.version,
        reversals.c.proposed_by,
        entries.c.unit_id,
        entries.c.person_id,
        entries.c.minutes,
        entries.c.day,
        persons.c.alias,
        persons.c.name,
    )
    .join(entries, entries.c.id == reversals.c.entry_id)
    .join(persons, persons.c.id == entries.c.person_id)
    .where(
        reversals.c.state == "waiting",
        reversals.c.proposed_by != bindparam("me"),
        entries.c.person_id != bindparam("me"),
        # not a join: proposals are few, and the entries of a district are many
        exists(
            select(unit_tree.c.unit_id).where(
                unit_tree.c.ancestor_id == bindparam("unit_id"),
                unit_tree.c.unit_id == entries.c.unit_id,
            )
        ),
    )
    .order_by(reversals.c.id)
    .limit(MOST)
)
_first, _second = claims.alias("first"), claims.alias("second")
_given, _back = verdicts.alias("given"), verdicts.alias("back")
_one, _other = persons.alias("one"), persons.alias("other")
_RINGS = Prepared(
    select(
        _one.c.name.label("name"),
        _one.c.alias.label("alias"),
        _other.c.name.label("other_name"),
        _other.c.alias.label("other_alias"),
        func.count(distinct(_first.c.id)).label("given"),
        func.count(distinct(_second.c.id)).label("back"),
    )
    .select_from(unit_tree)
    .join(_first, _first.c.unit_id == unit_tree.c.unit_id)
    .join(_given, _given.c.claim_id == _first.c.id)
    .join(_second, _second.c.person_id == _given.c.reviewer_id)
    .join(_back, _back.c.claim_id == _second.c.id)
    .join(_one, _one.c.id == _given.c.reviewer_id)
    .join(_other, _other.c.id == _first.c.person_id)
    .where(
        unit_tree.c.ancestor_id == bindparam("unit_id"),
        _back.c.reviewer_id == _first.c.person_id,
        _given.c.reviewer_id < _back.c.reviewer_id,
        _given.c.reviewer_id != bindparam("me"),
        _back.c.reviewer_id != bindparam("me"),
        _given.c.verdict == "approved",
        _back.c.verdict == "approved",
        _first.c.created_at >= bindparam("since", type_=claims.c.created_at.type),
        _second.c.created_at >= bindparam("since", type_=claims.c.created_at.type),
    )
    .group_by(_one.c.id, _other.c.id)
    .order_by(_one.c.id, _other.c.id)
    .limit(bindparam("most", type_=Integer))
)
_MANY = Prepared(
    select(
        persons.c.name,
        persons.c.alias,
        units.c.name.label("unit"),
        func.sum(entries.c.minutes).label("minutes"),
    )
    .select_from(unit_tree)
    .join(entries, entries.c.unit_id == unit_tree.c.unit_id)
    .join(persons, persons.c.id == entries.c.person_id)
    .join(units, units.c.id == entries.c.unit_id)
    .where(
        unit_tree.c.ancestor_id == bindparam("unit_id"),
        entries.c.source == "claim",
        entries.c.id > bindparam("after"),
        entries.c.day >= bindparam("since", type_=entries.c.day.type),
        entries.c.person_id != bindparam("me"),
    )
    .group_by(persons.c.id, units.c.id)
    .having(func.sum(entries.c.minutes) > bindparam("over", type_=Integer))
    .order_by(persons.c.id)  # never by hours: it is no ranking
    .limit(bindparam("most", type_=Integer))
)


async def rings(tx: Tx, unit: int, me: int, since: datetime, most: int) -> list[Any]:
    """Pairs who approved each other's claims made since then: names, aliases, how many each way."""
    return await tx.all(_RINGS, unit_id=unit, me=me, since=since, most=most)


async def many(tx: Tx, unit: int, me: int, since: date, over: int, most: int) -> list[Any]:
    """People with more claimed minutes than `over` since a day, in the order of their ids."""
    after = int(await tx.value(_LAST) or 0) - RECENT
    return await tx.all(_MANY, unit_id=unit, me=me, since=since, over=over, most=most, after=after)


async def queue(tx: Tx, unit: int, me: int) -> list[Any]:
    """Open claims of a subtree that I neither made nor judged, nearest units first, then oldest."""
    return await tx.all(_QUEUE, unit_id=unit, me=me)


async def holders(tx: Tx, unit: int, at: datetime) -> set[int]:
    """Those with an open claim in a subtree who are a secretary or an officer somewhere."""
    return {row.person_id for row in await tx.all(_HOLDERS, unit_id=unit, at=at)}


async def approved(tx: Tx, unit: int, me: int, skip: int, most: int) -> tuple[list[Any], int]:
    """One page of a subtree's recent entries, the last first, and how many there are (to 400)."""
    after = int(await tx.value(_LAST) or 0) - RECENT
    rows = await tx.all(_APPROVED, unit_id=unit, me=me, after=after, skip=skip, most=most)
    total = await tx.value(_APPROVED_COUNT, unit_id=unit, me=me, after=after)
    return rows, int(total or 0)


async def entry(tx: Tx, entry_id: int) -> Any | None:
    """An entry with its person's and its unit's names, and the reversal if there is one."""
    return await tx.one(_ENTRY, key_id=entry_id)


async def proposed(tx: Tx, unit: int, me: int) -> list[Any]:
    """Reversals of a subtree that wait for a second person who is not me."""
    return await tx.all(_PROPOSED, unit_id=unit, me=me)
