"""Tries of an account, counted, and until when they lock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, case, delete, select, update

from storage.prepared import Prepared
from storage.schema import tries
from storage.tx import Tx

_EVER = datetime(1970, 1, 1, tzinfo=UTC)  # no try is older: none is forgotten
_mine = (tries.c.account_id == bindparam("key_account"), tries.c.kind == bindparam("key_kind"))
_at = tries.c.tried_at.type
_LOCKED = Prepared(select(tries.c.locked_until).where(*_mine))
_COUNT = Prepared(
    lambda insert: (
        insert(tries)
        .values(
            account_id=bindparam("key_account"),
            kind=bindparam("key_kind"),
            wrong=1,
            tried_at=bindparam("now", type_=_at),
            locked_until=None,
        )
        .on_conflict_do_update(
            index_elements=["account_id", "kind"],
            set_={
                "wrong": case(
                    (tries.c.tried_at <= bindparam("stale", type_=_at), 1),
                    else_=tries.c.wrong + 1,
                ),
                "tried_at": bindparam("now", type_=_at),
            },
        )
        .returning(tries.c.wrong)
    )
)
_LOCK = Prepared(update(tries).where(*_mine).values(wrong=0, locked_until=bindparam("new_until")))
_FORGET = Prepared(delete(tries).where(*_mine))


async def locked_until(tx: Tx, account: int, kind: str) -> datetime | None:
    """Until when the last lock held, also if that is past."""
    found: datetime | None = await tx.value(_LOCKED, key_account=account, key_kind=kind)
    return found


async def count(
    tx: Tx, account: int, kind: str, at: datetime, rest: timedelta | None = None
) -> int:
    """Count one more try since the last right one, the last lock, or a `rest` without any."""
    stale = _EVER if rest is None else at - rest
    found: Any = await tx.value(_COUNT, key_account=account, key_kind=kind, now=at, stale=stale)
    return int(found or 0)


async def lock(tx: Tx, account: int, kind: str, until: datetime) -> None:
    """Lock, and begin to count anew."""
    await tx.run(_LOCK, key_account=account, key_kind=kind, new_until=until)


async def forget(tx: Tx, account: int, kind: str) -> None:
    """A right try: what was wrong before is forgotten."""
    await tx.run(_FORGET, key_account=account, key_kind=kind)
