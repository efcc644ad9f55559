"""Proposals to reverse an entry: one person proposes, another confirms."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select, update

from storage.prepared import Prepared, insert_row
from storage.schema import reversals
from storage.tx import Tx

WAITING, DONE, REFUSED = "waiting", "done", "refused"

_NEW = insert_row(reversals, "entry_id", "proposed_by", "reason", "state", "at", "version")
_ONE = Prepared(select(reversals).where(reversals.c.id == bindparam("key_id")))
_LOCK = Prepared(select(reversals).where(reversals.c.id == bindparam("key_id")).with_for_update())
_OF_ENTRY = Prepared(
    select(reversals)
    .where(reversals.c.entry_id == bindparam("entry_id"), reversals.c.state == WAITING)
    .limit(1)
)
_STATE = Prepared(
    update(reversals)
    .where(reversals.c.id == bindparam("key_id"), reversals.c.version == bindparam("key_version"))
    .values(
        state=bindparam("new_state"),
        decided_by=bindparam("new_by"),
        decided_at=bindparam("new_at"),
        version=reversals.c.version + 1,
    )
)


async def propose(tx: Tx, entry: int, by: int, reason: str, at: datetime) -> int:
    """Write a proposal down and answer its id. Its first version is 1."""
    found = await tx.value(
        _NEW, entry_id=entry, proposed_by=by, reason=reason, state=WAITING, at=at, version=1
    )
    return int(found or 0)


async def reversal(tx: Tx, reversal_id: int, lock: bool = False) -> Any | None:
    """A proposal's row (all columns of storage.schema.reversals)."""
    return await tx.one(_LOCK if lock else _ONE, key_id=reversal_id)


async def waiting_for(tx: Tx, entry: int) -> Any | None:
    """The proposal that waits for an entry."""
    return await tx.one(_OF_ENTRY, entry_id=entry)


async def decide(tx: Tx, reversal_id: int, version: int, state: str, by: int, at: datetime) -> bool:
    """Give a proposal its end; False if it is no longer of this version."""
    touched = await tx.run(
        _STATE, key_id=reversal_id, key_version=version, new_state=state, new_by=by, new_at=at
    )
    return touched == 1
