"""What goes out: every message is a row before it leaves, and stays until its fate is known."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, func, or_, select, update

from storage.prepared import Prepared, insert_once
from storage.schema import accounts, outbox, persons
from storage.tx import Tx
from storage.vault import Vault

LEASE = timedelta(seconds=30)
_FACTS, _WORDED = "outbox.facts", "outbox.worded"

_ADD = insert_once(
    outbox,
    *("key", "account_id", "message", "facts", "answer", "state", "attempts", "not_before"),
    *("fence", "owner", "lease_until", "inbox_id", "created_at"),
    unique=("key",),
)
_due = (
    select(
        outbox.c.id,
        outbox.c.account_id,
        outbox.c.facts,
        outbox.c.answer,
        outbox.c.state,
        outbox.c.attempts,
        outbox.c.fence,
        outbox.c.worded,
        outbox.c.created_at,
        accounts.c.channel,
        accounts.c.external,
        accounts.c.person_id,
        accounts.c.reachable,
        func.coalesce(persons.c.language, accounts.c.language).label("language"),
    )
    .join(accounts, accounts.c.id == outbox.c.account_id)
    .outerjoin(persons, persons.c.id == accounts.c.person_id)
    .where(
        or_(
            (outbox.c.state == "pending") & (outbox.c.not_before <= bindparam("at")),
            (outbox.c.state == "sending") & (outbox.c.lease_until <= bindparam("at")),
        )
    )
    .order_by(outbox.c.answer.desc(), outbox.c.id)
    .limit(200)
    .with_for_update(of=outbox, skip_locked=True)
)
_DUE = Prepared(_due)
_CLAIM = Prepared(
    update(outbox)
    .where(outbox.c.id == bindparam("key_id"))
    .values(
        state="sending",
        fence=outbox.c.fence + 1,
        owner=bindparam("new_owner"),
        lease_until=bindparam("new_lease"),
    )
)
_mine = (outbox.c.id == bindparam("key_id")) & (outbox.c.fence == bindparam("key_fence"))
_END = Prepared(
    update(outbox)
    .where(_mine, outbox.c.state == "sending")
    .values(
        state=bindparam("new_state"),
        attempts=bindparam("new_attempts"),
        reason=bindparam("new_reason"),
        platform_id=bindparam("new_platform"),
        worded=bindparam("new_worded"),
        done_at=bindparam("new_done"),
        owner=None,
        lease_until=None,
    )
)
_AGAIN = Prepared(
    update(outbox)
    .where(_mine, outbox.c.state == "sending")
    .values(
        state="pending",
        attempts=bindparam("new_attempts"),
        reason=bindparam("new_reason"),
        worded=bindparam("new_worded"),
        not_before=bindparam("new_not_before"),
        owner=None,
        lease_until=None,
    )
)
_WORD = Prepared(
    update(outbox)
    .where(_mine)
    .values(worded=bindparam("new_worded"), attempts=bindparam("new_attempts"))
)
_RELEASE = Prepared(
    update(outbox)
    .where(outbox.c.state == "sending", outbox.c.owner == bindparam("old_owner"))
    .values(lease_until=bindparam("at"))
)
_ABANDONED = Prepared(
    update(outbox)
    .where(outbox.c.state == "sending", outbox.c.owner != bindparam("me"))
    .values(lease_until=bindparam("at"))
)
_UNREACHABLE = Prepared(
    update(accounts)
    .where(accounts.c.id == bindparam("key_id"))
    .values(reachable=False, reason=bindparam("new_reason"))
)


@dataclass(slots=True)
class Delivery:
    """One message to one account, claimed by this process under `fence`.

    `say` is the JSON of a chat.Say; `worded` the JSON of the words of an earlier attempt.
    `attempted` says that an earlier attempt had begun when its process was lost.
    """

    id: int
    account_id: int
    channel: str
    external: str
    person: int | None
    language: str | None
    say: Any
    answer: bool
    attempts: int
    fence: int
    created_at: datetime
    worded: Any = None
    attempted: bool = False
    reachable: bool = True
    extra: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class New:
    """A message to write down. With `owner` it is claimed at once by the process that adds it."""

    key: str
    account_id: int
    say: Any
    answer: bool
    inbox_id: int | None
    not_before: datetime
    owner: str | None = None


async def add(tx: Tx, vault: Vault, new: New, at: datetime) -> int | None:
    """Write a message down and answer its id; None if its key stands already."""
    claimed = new.owner is not None
    found: int | None = await tx.value(
        _ADD,
        key=new.key,
        account_id=new.account_id,
        message=new.say["name"],
        facts=vault.seal_json(_FACTS, new.say),
        answer=new.answer,
        state="sending" if claimed else "pending",
        attempts=0,
        not_before=new.not_before,
        fence=1 if claimed else 0,
        owner=new.owner,
        lease_until=at + LEASE if claimed else None,
        inbox_id=new.inbox_id,
        created_at=at,
    )
    return found


async def claim(tx: Tx, vault: Vault, owner: str, at: datetime) -> list[Delivery]:
    """Take what is due, and what another process left behind when its lease ended."""
    rows = await tx.all(_DUE, at=at)
    await tx.many(
        _CLAIM,
        [{"key_id": row.id, "new_owner": owner, "new_lease": at + LEASE} for row in rows],
    )
    return [_delivery(row, vault) for row in rows]


def _delivery(row: Any, vault: Vault) -> Delivery:
    return Delivery(
        id=row.id,
        account_id=row.account_id,
        channel=row.channel,
        external=row.external,
        person=row.person_id,
        language=row.language,
        say=vault.open_json(_FACTS, row.facts),
        answer=bool(row.answer),
        attempts=row.attempts,
        fence=row.fence + 1,
        created_at=row.created_at,
        worded=None if row.worded is None else vault.open_json(_WORDED, row.worded),
        attempted=row.state == "sending" and row.worded is not None,
        reachable=bool(row.reachable),
    )


async def worded(tx: Tx, vault: Vault, delivery: Delivery) -> bool:
    """Keep the exact words before they leave; False if another process took over."""
    sealed = vault.seal_json(_WORDED, delivery.worded)
    return bool(
        await tx.run(
            _WORD,
            key_id=delivery.id,
            key_fence=delivery.fence,
            new_worded=sealed,
            new_attempts=delivery.attempts,
        )
    )


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a delivery: sent, failed or uncertain, with the reason."""

    state: str
    reason: str | None = None
    platform_id: str | None = None


async def ended(tx: Tx, vault: Vault, delivery: Delivery, outcome: Outcome, at: datetime) -> bool:
    """Record the end; False if another process took over meanwhile (its word counts)."""
    return bool(
        await tx.run(
            _END,
            key_id=delivery.id,
            key_fence=delivery.fence,
            new_state=outcome.state,
            new_attempts=delivery.attempts,
            new_reason=outcome.reason,
            new_platform=outcome.platform_id,
            new_worded=_sealed_words(vault, delivery),
            new_done=at,
        )
    )


async def again(
    tx: Tx, vault: Vault, delivery: Delivery, reason: str, not_before: datetime
) -> bool:
    """Give it back to be tried later; False if another process took over meanwhile."""
    return bool(
        await tx.run(
            _AGAIN,
            key_id=delivery.id,
            key_fence=delivery.fence,
            new_attempts=delivery.attempts,
            new_reason=reason,
            new_worded=_sealed_words(vault, delivery),
            new_not_before=not_before,
        )
    )


def _sealed_words(vault: Vault, delivery: Delivery) -> bytes | None:
    return None if delivery.worded is None else vault.seal_json(_WORDED, delivery.worded)


async def unreachable(tx: Tx, account_id: int, reason: str) -> None:
    """Nothing more is sent to this account until it comes back."""
    await tx.run(_UNREACHABLE, key_id=account_id, new_reason=reason)


async def abandon(tx: Tx, owner: str, at: datetime) -> None:
    """End the leases of this process, which stops: others may take over now."""
    await tx.run(_RELEASE, old_owner=owner, at=at)


async def inherit(tx: Tx, owner: str, at: datetime) -> None:
    """End the leases of every other process: the embedded store has only one."""
    await tx.run(_ABANDONED, me=owner, at=at)
