"""The audit: lines written with their effect, linked into a chain a moment later, verified."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, bindparam, func, literal_column, or_, select, tuple_
from sqlalchemy.sql.elements import ColumnElement

from storage.prepared import Prepared, insert_row
from storage.schema import audit, audit_seal
from storage.tx import Tx
from storage.types import Id

GENESIS = "0" * 64
BATCH = 500

_ADD = insert_row(
    audit,
    *("at", "actor_id", "account_id", "action", "verdict", "unit_id", "object", "object_id"),
    "facts",
    returning=False,
)
# Lines are sealed in the order (writer, id): no line can appear before one that is sealed, because
# only lines of transactions older than every open one are taken. Nothing is scanned twice.
_unsealed = (
    select(audit)
    .where(
        or_(
            audit.c.writer > bindparam("writer"),
            and_(audit.c.writer == bindparam("writer"), audit.c.id > bindparam("after")),
        )
    )
    .order_by(audit.c.writer, audit.c.id)
    .limit(BATCH)
)
_UNSEALED = Prepared(_unsealed)
_settled: ColumnElement[bool] = audit.c.writer < literal_column(
    "pg_snapshot_xmin(pg_current_snapshot())::text::bigint"
)
_UNSEALED_SETTLED = Prepared(_unsealed.where(_settled))
_HEAD = Prepared(
    select(audit_seal.c.number, audit_seal.c.hash, audit.c.writer, audit.c.id)
    .join(audit, audit.c.id == audit_seal.c.audit_id)
    .order_by(audit_seal.c.number.desc())
    .limit(1)
)
_SEAL = insert_row(audit_seal, "number", "audit_id", "hash", "sealed_at", returning=False)
_LOCK = Prepared(select(func.pg_try_advisory_xact_lock(7_112_027).label("held")))
_SEALED = Prepared(
    select(audit_seal.c.number, audit_seal.c.hash, *[c for c in audit.columns if c.key != "writer"])
    .join(audit, audit.c.id == audit_seal.c.audit_id, isouter=True)
    .where(audit_seal.c.number > bindparam("after"))
    .order_by(audit_seal.c.number)
    .limit(5000)
)
_position = tuple_(audit.c.writer, audit.c.id)
_given = tuple_(bindparam("writer", type_=Id), bindparam("after", type_=Id))
# A line that stands before a sealed one and is not sealed itself was put there afterwards.
_STRAY = Prepared(
    select(audit.c.writer, audit.c.id)
    .outerjoin(audit_seal, audit_seal.c.audit_id == audit.c.id)
    .where(audit_seal.c.number.is_(None), _position < _given)
    .order_by(audit.c.writer, audit.c.id)
    .limit(1)
)
_BEFORE = Prepared(
    select(func.count().label("count"))
    .select_from(audit_seal)
    .join(audit, audit.c.id == audit_seal.c.audit_id)
    .where(_position < _given)
)
_COUNT = Prepared(select(func.count().label("count")).select_from(audit))


@dataclass(frozen=True, slots=True)
class Line:
    """What happened to what, by whom. `facts` hold no personal data."""

    action: str
    verdict: str = "done"
    object: str | None = None
    object_id: int | None = None
    unit: int | None = None
    facts: Mapping[str, Any] | None = None


async def add(tx: Tx, line: Line, actor: int | None, account: int | None, at: datetime) -> None:
    """Write a line in the transaction of its effect."""
    await tx.later(
        _ADD,
        at=at,
        actor_id=actor,
        account_id=account,
        action=line.action,
        verdict=line.verdict,
        unit_id=line.unit,
        object=line.object,
        object_id=line.object_id,
        facts=dict(line.facts or {}),
    )


async def seal(tx: Tx, at: datetime) -> int:
    """Link the next lines into the chain and answer how many. One sealer at a time."""
    postgres = tx.dialect.name == "postgresql"
    if postgres and not await tx.value(_LOCK):
        return 0
    head = await tx.one(_HEAD)
    number, last, writer, after = (0, GENESIS, -1, 0) if head is None else head
    rows = await tx.all(_UNSEALED_SETTLED if postgres else _UNSEALED, writer=writer, after=after)
    if not rows:
        return 0
    seals = []
    for row in rows:
        number, last = number + 1, _linked(last, row)
        seals.append({"number": number, "audit_id": row.id, "hash": last, "sealed_at": at})
    await tx.many(_SEAL, seals)
    return len(seals)


@dataclass(frozen=True, slots=True)
class Verified:
    """The result of `verify`: how many lines are sealed and how many wait; what is broken."""

    sealed: int
    unsealed: int
    head: str
    broken_at: int | None


async def verify(tx: Tx) -> Verified:
    """Walk the whole chain. A changed, missing, added or reordered line breaks it where it stands.

    Lines cut off at its end show only against a head that was noted elsewhere.
    """
    number, last = 0, GENESIS
    stray = await _stray(tx)
    while rows := await tx.all(_SEALED, after=number):
        for row in rows:
            expected = None if row.id is None else _linked(last, row)
            if row.number != number + 1 or row.hash != expected or stray == number:
                return Verified(number, await _unsealed_count(tx, number), last, number + 1)
            number, last = row.number, row.hash
    return Verified(number, await _unsealed_count(tx, number), last, None)


async def _stray(tx: Tx) -> int | None:
    """After how many sealed lines somebody has put one in between; None if nowhere."""
    head = await tx.one(_HEAD)
    found = None if head is None else await tx.one(_STRAY, writer=head.writer, after=head.id)
    if found is None:
        return None
    return int(await tx.value(_BEFORE, writer=found.writer, after=found.id) or 0)


async def _unsealed_count(tx: Tx, sealed: int) -> int:
    return int(await tx.value(_COUNT) or 0) - sealed


def _linked(last: str, row: Any) -> str:
    fields = [
        row.id,
        row.at.isoformat(),
        row.actor_id,
        row.account_id,
        row.action,
        row.verdict,
        row.unit_id,
        row.object,
        row.object_id,
        row.facts,
    ]
    line = json.dumps(fields, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return hashlib.sha256(f"{last}\n{line}".encode()).hexdigest()
