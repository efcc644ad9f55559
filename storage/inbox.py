"""What came in: written once under its unique key, taken in order per account."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, bindparam, func, select, update
from sqlalchemy import delete as remove

from bot.chat import Event, Kind
from storage.prepared import Prepared, insert_once
from storage.schema import inbox
from storage.tx import Tx
from storage.vault import Vault

TRIES = 3  # then the event is quarantined

_ADD = insert_once(
    inbox,
    *("channel", "account", "key", "kind", "private", "payload", "at", "received_at", "state"),
    *("tries", "next_try_at"),
    unique=("channel", "key"),
)
_next: Select[Any] = (
    select(
        inbox.c.id,
        inbox.c.key,
        inbox.c.kind,
        inbox.c.private,
        inbox.c.payload,
        inbox.c.at,
        inbox.c.tries,
        inbox.c.next_try_at,
    )
    .where(
        inbox.c.state == "pending",
        inbox.c.channel == bindparam("channel"),
        inbox.c.account == bindparam("account"),
    )
    .order_by(inbox.c.id)
    .limit(1)
)
_NEXT = Prepared(_next)
_LOCK = Prepared(
    select(func.pg_advisory_xact_lock(func.hashtext(bindparam("name"))).label("locked"))
)
_DONE = Prepared(update(inbox).where(inbox.c.id == bindparam("key_id")).values(state="done"))
_TRY = Prepared(
    update(inbox)
    .where(inbox.c.id == bindparam("key_id"))
    .values(
        tries=bindparam("new_tries"),
        state=bindparam("new_state"),
        next_try_at=bindparam("new_next"),
    )
)
_WAITING = Prepared(
    select(inbox.c.channel, inbox.c.account, func.count().label("count"))
    .where(inbox.c.state == "pending", inbox.c.received_at <= bindparam("before"))
    .group_by(inbox.c.channel, inbox.c.account)
)
_COUNT = Prepared(
    select(func.count().label("count"), func.min(inbox.c.received_at).label("oldest")).where(
        inbox.c.state == "pending"
    )
)
_PURGE = Prepared(
    update(inbox)
    .where(
        inbox.c.received_at < bindparam("before"),
        inbox.c.state != "pending",
        inbox.c.payload.is_not(None),
    )
    .values(payload=None)
)
_FORGET = Prepared(
    remove(inbox).where(inbox.c.received_at < bindparam("before"), inbox.c.state == "done")
)
_COLUMN = "inbox.payload"


class Pending:
    """An event that waits for its turn. `tries` counts those that failed."""

    __slots__ = ("event", "id", "next_try_at", "tries")

    def __init__(self, row: Any, channel: str, account: str, vault: Vault) -> None:
        self.id: int = row.id
        self.tries: int = row.tries
        self.next_try_at: datetime = row.next_try_at
        payload = vault.open_json(_COLUMN, row.payload)
        self.event = Event(channel, account, row.key, Kind(row.kind), payload, row.at, row.private)


async def add(tx: Tx, vault: Vault, event: Event, at: datetime) -> int | None:
    """Write an event down; None if it stands already."""
    found: int | None = await tx.value(
        _ADD,
        channel=event.channel,
        account=event.account,
        key=event.key,
        kind=event.kind.value,
        private=event.private,
        payload=vault.seal_json(_COLUMN, dict(event.payload)),
        at=event.at,
        received_at=at,
        state="pending",
        tries=0,
        next_try_at=at,
    )
    return found


async def next_for(tx: Tx, vault: Vault, channel: str, account: str) -> Pending | None:
    """The oldest event of an account that waits; holds the account against other replicas."""
    if tx.dialect.name == "postgresql":
        await tx.one(_LOCK, name=f"{channel}:{account}")
    row = await tx.one(_NEXT, channel=channel, account=account)
    return None if row is None else Pending(row, channel, account, vault)


async def done(tx: Tx, event_id: int) -> None:
    """The effect of the event is in this transaction."""
    await tx.run(_DONE, key_id=event_id)


async def failed(tx: Tx, pending: Pending, at: datetime) -> bool:
    """Count a try and answer whether that was the last one."""
    tries = pending.tries + 1
    over = tries >= TRIES
    await tx.run(
        _TRY,
        key_id=pending.id,
        new_tries=tries,
        new_state="quarantined" if over else "pending",
        new_next=at + timedelta(seconds=0.2 * 5 ** (tries - 1)),
    )
    return over


async def waiting(tx: Tx, before: datetime) -> list[tuple[str, str, int]]:
    """(channel, account, how many) of events received up to `before` that nobody has done."""
    return [tuple(row) for row in await tx.all(_WAITING, before=before)]


async def backlog(tx: Tx) -> tuple[int, datetime | None]:
    """How many events wait, and since when the oldest does."""
    row: Any = await tx.one(_COUNT)
    return int(row.count), row.oldest


async def purge(tx: Tx, payloads_before: datetime, rows_before: datetime) -> int:
    """Empty old payloads and drop rows that no platform will repeat any more."""
    await tx.run(_FORGET, before=rows_before)
    return await tx.run(_PURGE, before=payloads_before)


__all__ = ["TRIES", "Pending", "add", "backlog", "done", "failed", "next_for", "purge", "waiting"]
