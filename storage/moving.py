"""Ids that a platform changed: the account stays, its former id means the same for ever."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import bindparam, select, update

from storage.prepared import Prepared, insert_once
from storage.schema import accounts, former_ids
from storage.tx import Tx

_ID = Prepared(
    select(accounts.c.id).where(
        accounts.c.channel == bindparam("channel"), accounts.c.external == bindparam("external")
    )
)
_FORMER = Prepared(
    select(former_ids.c.account_id, accounts.c.external)
    .join(accounts, accounts.c.id == former_ids.c.account_id)
    .where(
        former_ids.c.channel == bindparam("channel"), former_ids.c.external == bindparam("external")
    )
)
_RENAME = Prepared(
    update(accounts)
    .where(accounts.c.id == bindparam("key_id"))
    .values(external=bindparam("new_external"))
)
_ASIDE = Prepared(
    update(accounts)
    .where(accounts.c.id == bindparam("key_id"))
    .values(external=bindparam("new_external"), reachable=False, reason="moved")
)
_REMEMBER = insert_once(
    former_ids, "channel", "external", "account_id", "at", unique=("channel", "external")
)


async def current(tx: Tx, channel: str, external: str) -> str | None:
    """The id that an account has now which had this one before; None if none had."""
    row = await tx.one(_FORMER, channel=channel, external=external)
    return None if row is None else row.external


async def move(tx: Tx, channel: str, old: str, new: str, at: datetime) -> int | None:
    """Give the account of `old` the id `new`; None where there is nothing (more) to do.

    An account that was met under the new id meanwhile, and knows nobody, is set aside.
    """
    account = await tx.value(_ID, channel=channel, external=old)
    if account is None or old == new:
        return None
    there = await tx.value(_ID, channel=channel, external=new)
    if there is not None:
        await tx.run(_ASIDE, key_id=there, new_external=f"{new}#{there}"[:128])
    await tx.run(_RENAME, key_id=account, new_external=new)
    await tx.value(_REMEMBER, channel=channel, external=old, account_id=account, at=at)
    return int(account)
