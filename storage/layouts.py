"""Where an account reads, as far as it is known."""

from __future__ import annotations

from sqlalchemy import bindparam, update

from storage.prepared import Prepared
from storage.schema import accounts
from storage.session import Account
from storage.tx import Tx

_SET = Prepared(
    update(accounts)
    .where(accounts.c.id == bindparam("key_id"))
    .values(reads=bindparam("new_reads"))
)


async def set_reads(tx: Tx, account: Account, reads: str) -> None:
    """Remember it (domain.layout.Reads), also for what is posted in this turn."""
    await tx.run(_SET, key_id=account.id, new_reads=reads)
    account.reads = reads
