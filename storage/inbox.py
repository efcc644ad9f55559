"""What came in: written once under its unique key, taken in order per account."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, bindparam, func, select, update

from bot.chat import Event, Kind
from storage.prepared import Prepared, insert_once
from storage.schema import inbox
from storage.tx import Tx
from storage.vault import Sealed, Vault

TRIES = 3  # then the event is quarantined
_TURNS = 7_112_028  # the first half of the advisory locks of turns; others use one number

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
_HOLD = Prepared(
    select(func.pg_try_advisory_xact_lock(_TURNS, func.hashtext(bindparam("name"))).label("held"))
)
_DONE = Prepared(update(inbox).where(inbox.c.id == bindparam("key_id")).values(state="done"))
_TRY = Prepared(
    update(inbox)
    .where(
        inbox.c.id == bindparam("key_id"),
        inbox.c.state == "pending",
        inbox.c.tries == bindparam("old_tries"),
    )
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
_SINCE = Prepared(
    select(inbox.c.key, inbox.c.kind, inbox.c.private, inbox.c.payload, inbox.c.at)
    .where(
        inbox.c.state == "done",
        inbox.c.channel == bindparam("channel"),
        inbox.c.account == bindparam("account"),
        inbox.c.at >= bindparam("since", type_=inbox.c.at.type),
    )
    .order_by(inbox.c.id.desc())
    .limit(200)
)
_COUNT = Prepared(
    select(func.count().label("count"), func.min(inbox.c.received_at).label("oldest")).where(
        inbox.c.state == "pending"
    )
)
_COLUMN = "inbox.payload"


class Pending:
    """An event that waits for its turn. `tries` counts those that failed."""

    __slots__ = ("_row", "account", "at", "channel", "id", "next_try_at", "private", "tries")

    def __init__(self, row: Any, channel: str, account: str) -> None:
        self.id: int = row.id
        self.channel = channel
        self.account = account
        self.at: datetime = row.at
        self.private = bool(row.private)
        self.tries: int = row.tries
        self.next_try_at: datetime = row.next_try_at
        self._row = row

    def event(self, vault: Vault) -> Event:
        """What happened. Sealed or ValueError if it cannot be read any more."""
        row = self._row
        payload = vault.open_json(_COLUMN, row.payload)
        return Event(
            self.channel, self.account, row.key, Kind(row.kind), payload, self.at, self.private
        )


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


async def next_held(tx: Tx, channel: str, account: str) -> tuple[bool, Pending | None]:
    """Hold an account for this transaction, and the oldest event of it that waits.

    Not held: its turn runs in another process. Nobody waits for the other: a process that hangs
    must not take our threads with it.
    """
    if tx.dialect.name != "postgresql":
        return True, await next_for(tx, channel, account)  # one process, one writer
    who = {"channel": channel, "account": account}
    held, found = await tx.together((_HOLD, {"name": f"{channel}:{account}"}), (_NEXT, who))
    return bool(held[0].held), Pending(found[0], channel, account) if found else None


async def next_for(tx: Tx, channel: str, account: str) -> Pending | None:
    """The oldest event of an account that waits."""
    row = await tx.one(_NEXT, channel=channel, account=account)
    return None if row is None else Pending(row, channel, account)


async def done(tx: Tx, event_id: int) -> None:
    """The effect of the event is in this transaction."""
    await tx.later(_DONE, key_id=event_id)


async def failed(tx: Tx, pending: Pending, at: datetime) -> bool | None:
    """Count a try and answer whether that was the last one; None if another process was here."""
    tries = pending.tries + 1
    over = tries >= TRIES
    counted = await tx.run(
        _TRY,
        key_id=pending.id,
        old_tries=pending.tries,
        new_tries=tries,
        new_state="quarantined" if over else "pending",
        new_next=at + timedelta(seconds=wait_after(pending.tries)),
    )
    return over if counted else None


def wait_after(tries: int) -> float:
    """Seconds until an event is tried again that had failed `tries` times before it just did."""
    return float(0.2 * 5**tries)


async def waiting(tx: Tx, before: datetime) -> list[tuple[str, str, int]]:
    """(channel, account, how many) of events received up to `before` that nobody has done."""
    return [tuple(row) for row in await tx.all(_WAITING, before=before)]


async def done_since(
    tx: Tx, vault: Vault, channel: str, account: str, since: datetime
) -> list[Event]:
    """What happened to an account at `since` (the platform's time) or later, and is done."""
    found = []
    for row in await tx.all(_SINCE, channel=channel, account=account, since=since):
        try:
            payload = vault.open_json(_COLUMN, row.payload) if row.payload else {}
        except (Sealed, ValueError):
            payload = {}
        kind = Kind(row.kind)
        found.append(Event(channel, account, row.key, kind, payload, row.at, bool(row.private)))
    return found


async def backlog(tx: Tx) -> tuple[int, datetime | None]:
    """How many events wait, and since when the oldest does."""
    row: Any = await tx.one(_COUNT)
    return int(row.count), row.oldest


__all__ = [
    "TRIES",
    "Pending",
    "add",
    "backlog",
    "done",
    "done_since",
    "failed",
    "next_for",
    "wait_after",
    "waiting",
]
