"""Wrong tries of an account, counted, and until when they lock."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, select, update

from storage.prepared import Prepared
from storage.schema import tries
from storage.tx import Tx

_mine = (tries.c.account_id == bindparam("key_account"), tries.c.kind == bindparam("key_kind"))
_LOCKED = Prepared(select(tries.c.locked_until).where(*_mine))
_WRONG = Prepared(
    lambda insert: (
        insert(tries)
        .values(
            account_id=bindparam("key_account"),
            kind=bindparam("key_kind"),
            wrong=1,
            locked_until=None,
        )
        .on_conflict_do_update(
            index_elements=["account_id", "kind"], set_={"wrong": tries.c.wrong + 1}
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


async def count_wrong(tx: Tx, account: int, kind: str) -> int:
    """Count one more wrong try since the last right one or the last lock."""
    found: Any = await tx.value(_WRONG, key_account=account, key_kind=kind)
    return int(found or 0)


async def lock(tx: Tx, account: int, kind: str, until: datetime) -> None:
    """Lock, and begin to count anew."""
    await tx.run(_LOCK, key_account=account, key_kind=kind, new_until=until)


async def forget(tx: Tx, account: int, kind: str) -> None:
    """A right try: what was wrong before is forgotten."""
    await tx.run(_FORGET, key_account=account, key_kind=kind)
