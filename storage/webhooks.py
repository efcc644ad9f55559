"""Groups that only hear us, and the sealed key by which they do: a robot's, or the chat's id."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, select

from storage import groups
from storage.prepared import Prepared, insert_row
from storage.schema import accounts, robots
from storage.schema import groups as group_rows
from storage.tx import Tx
from storage.vault import Sealed, Vault

CHANNEL = "wecom-robot"
_COLUMN = "robots.secret"

_NEW = insert_row(robots, "group_id", "secret", "secret_index", "created_at", returning=False)
_BY_INDEX = Prepared(
    select(robots.c.group_id).where(robots.c.secret_index == bindparam("looked_for"))
)
_SECRET = Prepared(
    select(robots.c.secret)
    .join(group_rows, group_rows.c.id == robots.c.group_id)
    .join(accounts, accounts.c.id == group_rows.c.account_id)
    .where(accounts.c.channel == bindparam("channel"), accounts.c.external == bindparam("external"))
)
_DROP = Prepared(delete(robots).where(robots.c.group_id == bindparam("key_id")))


async def find(tx: Tx, vault: Vault, key: str) -> int | None:
    """The group that hears us through the robot of this key."""
    for one in vault.lookups(_COLUMN, key):
        found: int | None = await tx.value(_BY_INDEX, looked_for=one)
        if found is not None:
            return found
    return None


async def add(
    tx: Tx,
    vault: Vault,
    external: str,
    title: str,
    key: str,
    at: datetime,
    channel: str = CHANNEL,
) -> Any:
    """Write a group down that is not bound yet. Refused if its key stands already."""
    group = await groups.met(tx, channel, external, title, at)
    await keep(tx, vault, group.id, key, at)
    return group


async def keep(tx: Tx, vault: Vault, group_id: int, key: str, at: datetime) -> None:
    """Seal the key of a group that has none."""
    sealed = {"secret": vault.seal(_COLUMN, key), "secret_index": vault.index(_COLUMN, key)}
    await tx.run(_NEW, group_id=group_id, created_at=at, **sealed)


async def key_of(tx: Tx, vault: Vault, external: str, channel: str = CHANNEL) -> str | None:
    """The key of a group; None if there is none any more, or sealed by a key that is gone."""
    sealed = await tx.value(_SECRET, external=external, channel=channel)
    try:
        return None if sealed is None else vault.open(_COLUMN, sealed)
    except Sealed:
        return None


async def drop(tx: Tx, group_id: int) -> None:
    """Forget the key of a group."""
    await tx.run(_DROP, key_id=group_id)
