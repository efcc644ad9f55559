"""A person's own hours: sums of a window, lines of the ledger, claims that wait."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import Integer, bindparam, func, select

from storage.claims import OPEN
from storage.prepared import Prepared
from storage.schema import claim_stretches, claims, entries
from storage.tx import Tx

_SUMS = Prepared(
    select(entries.c.source, func.sum(entries.c.minutes).label("minutes"))
    .where(
        entries.c.person_id == bindparam("person_id"),
        entries.c.day >= bindparam("since", type_=entries.c.day.type),
        entries.c.day < bindparam("until", type_=entries.c.day.type),
    )
    .group_by(entries.c.source)
)
_LINES = Prepared(
    select(
        entries.c.id,
        entries.c.day,
        entries.c.minutes,
        entries.c.starts_at,
        entries.c.ends_at,
        entries.c.what,
        entries.c.source,
        entries.c.reverses_id,
    )
    .where(entries.c.person_id == bindparam("person_id"))
    .order_by(entries.c.day.desc(), entries.c.id.desc())
    .limit(bindparam("most", type_=Integer))
    .offset(bindparam("skip", type_=Integer))
)
_COUNT = Prepared(
    select(func.count().label("count"))
    .select_from(entries)
    .where(entries.c.person_id == bindparam("person_id"))
)
_WAITING = Prepared(
    select(
        claims.c.id,
        claims.c.version,
        claims.c.what,
        claims.c.minutes,
        claims.c.state,
        func.min(claim_stretches.c.day).label("day"),
    )
    .join(claim_stretches, claim_stretches.c.claim_id == claims.c.id)
    .where(claims.c.person_id == bindparam("person_id"), OPEN)
    .group_by(claims.c.id, claims.c.version, claims.c.what, claims.c.minutes, claims.c.state)
    .order_by(claims.c.id)
    .limit(bindparam("most", type_=Integer))
    .offset(bindparam("skip", type_=Integer))
)
_WAITING_COUNT = Prepared(
    select(func.count().label("count"))
    .select_from(claims)
    .where(claims.c.person_id == bindparam("person_id"), OPEN)
)


async def sums(tx: Tx, person_id: int, since: date, until: date) -> dict[str, int]:
    """Minutes of the local days [since, until) by source, reversals taken off."""
    return _by_source(await tx.all(_SUMS, person_id=person_id, since=since, until=until))


async def overview(
    tx: Tx, person_id: int, since: date, until: date, most_lines: int, most_waiting: int
) -> tuple[dict[str, int], list[Any], list[Any]]:
    """The sums of a window, the first lines and the first open claims, in one look."""
    who = {"person_id": person_id}
    found, lines_, waiting_ = await tx.together(
        (_SUMS, {**who, "since": since, "until": until}),
        (_LINES, {**who, "skip": 0, "most": most_lines}),
        (_WAITING, {**who, "skip": 0, "most": most_waiting}),
    )
    return _by_source(found), lines_, waiting_


def _by_source(rows: list[Any]) -> dict[str, int]:
    return {row.source: int(row.minutes) for row in rows}


async def lines(tx: Tx, person_id: int, skip: int, most: int) -> list[Any]:
    """Lines of the ledger, the latest service first, reversals among them."""
    return await tx.all(_LINES, person_id=person_id, skip=skip, most=most)


async def count(tx: Tx, person_id: int) -> int:
    """How many lines a person has."""
    return int(await tx.value(_COUNT, person_id=person_id) or 0)


async def waiting(tx: Tx, person_id: int, skip: int, most: int) -> list[Any]:
    """Open claims with the first day of each, the oldest claim first."""
    return await tx.all(_WAITING, person_id=person_id, skip=skip, most=most)


async def waiting_count(tx: Tx, person_id: int) -> int:
    """How many claims of a person are open."""
    return int(await tx.value(_WAITING_COUNT, person_id=person_id) or 0)
