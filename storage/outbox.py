"""What goes out: every message is a row before it leaves, and stays until its fate is known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, update

from storage.prepared import Prepared, insert_once
from storage.schema import accounts, outbox
from storage.tx import Tx
from storage.vault import Vault

LEASE = timedelta(seconds=30)
ATTEMPTS = 8  # of one message, where the platform does not say how long to wait
IN_FLIGHT = "in flight"  # the reason while an attempt runs that must not be repeated unseen
WAITS = "waits"  # the reason while it is put back until its account may hear more
REASON_LETTERS = PLATFORM_ID_LETTERS = 64
FACTS, WORDED = "outbox.facts", "outbox.worded"

_ADD = insert_once(
    outbox,
    *("key", "account_id", "message", "facts", "answer", "state", "attempts", "not_before"),
    *("fence", "owner", "lease_until", "inbox_id", "created_at"),
    unique=("key",),
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
_HASTEN = Prepared(
    update(outbox)
    .where(
        outbox.c.account_id == bindparam("key_account"),
        outbox.c.state == "pending",
        outbox.c.reason == WAITS,
        outbox.c.not_before > bindparam("new_not_before"),
    )
    .values(not_before=bindparam("new_not_before"))
)
_BEGIN = Prepared(
    update(outbox)
    .where(_mine, outbox.c.state == "sending")
    .values(lease_until=bindparam("new_lease"), reason=IN_FLIGHT, worded=bindparam("new_worded"))
)
_BEGIN_MANY = Prepared(
    update(outbox)
    .where(_mine, outbox.c.state == "sending")
    .values(
        lease_until=bindparam("new_lease"),
        reason=IN_FLIGHT,
        worded=bindparam("new_worded"),
        batch=bindparam("new_batch"),
    )
)
_UNREACHABLE = Prepared(
    update(accounts)
    .where(accounts.c.id == bindparam("key_id"))
    .values(reachable=False, reason=bindparam("new_reason"))
)


@dataclass(slots=True)
class Delivery:
    """One message to one account, claimed by this process under `fence` until `lease_until`.

    `say` is the JSON of a chat.Say; `worded` the JSON of the words of an earlier attempt.
    `attempted` says that an attempt which must not be repeated unseen was running when its
    process was lost. `paced` says that the account's own limit has let it pass. `batch` names
    those that went, or were to go, in one call. `plain`: its reader is told everything in words
    (None: nobody knows).
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
    lease_until: datetime | None = None
    paced: bool = False
    batch: str | None = None
    plain: bool | None = None


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
        facts=vault.seal_json(FACTS, new.say),
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


async def begin(tx: Tx, vault: Vault, delivery: Delivery, at: datetime) -> bool:
    """Write down that an attempt begins, with its exact words; False if another took over."""
    return bool(
        await tx.run(
            _BEGIN,
            key_id=delivery.id,
            key_fence=delivery.fence,
            new_lease=at + LEASE,
            new_worded=vault.seal_json(WORDED, delivery.worded),
        )
    )


async def begin_many(
    tx: Tx, vault: Vault, deliveries: Sequence[Delivery], batch: str, at: datetime
) -> int:
    """Write down that one call for all of them begins, with its words; how many are still ours."""
    worded = vault.seal_json(WORDED, deliveries[0].worded)  # the same for all
    rows = [
        {
            "key_id": one.id,
            "key_fence": one.fence,
            "new_lease": at + LEASE,
            "new_worded": worded,
            "new_batch": batch,
        }
        for one in deliveries
    ]
    return await tx.many(_BEGIN_MANY, rows)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a delivery: sent, failed or uncertain, with the reason."""

    state: str
    reason: str | None = None
    platform_id: str | None = None


async def ended(tx: Tx, vault: Vault, delivery: Delivery, outcome: Outcome, at: datetime) -> bool:
    """Record the end; False if another process took over meanwhile (its word counts)."""
    worded = _sealed_words(vault, delivery)
    return bool(await tx.run(_END, **_end(delivery, outcome, worded, at)))


def _end(
    delivery: Delivery, outcome: Outcome, worded: bytes | None, at: datetime
) -> dict[str, Any]:
    return {
        "key_id": delivery.id,
        "key_fence": delivery.fence,
        "new_state": outcome.state,
        "new_attempts": delivery.attempts,
        "new_reason": _short(outcome.reason, REASON_LETTERS),
        "new_platform": _short(outcome.platform_id, PLATFORM_ID_LETTERS),
        "new_worded": worded,
        "new_done": at,
    }


async def ended_together(
    tx: Tx, vault: Vault, ends: Sequence[tuple[Delivery, Outcome]], at: datetime
) -> None:
    """Record the ends of what went out in one call, with the same words for all."""
    if not ends:
        return
    worded = _sealed_words(vault, ends[0][0])
    rows = [_end(one, outcome, worded, at) for one, outcome in ends]
    await tx.many(_END, rows)


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
            new_reason=_short(reason, REASON_LETTERS),
            new_worded=_sealed_words(vault, delivery),
            new_not_before=not_before,
        )
    )


async def put_back(vault: Vault, deliveries: Sequence[Delivery], until: datetime, tx: Tx) -> None:
    """Give several back until then."""
    for delivery in deliveries:
        await again(tx, vault, delivery, WAITS, until)


async def hasten(account_ids: Sequence[int], at: datetime, tx: Tx) -> None:
    """What was put back for these accounts need not wait any longer."""
    await tx.many(_HASTEN, [{"key_account": one, "new_not_before": at} for one in account_ids])


def _short(text: str | None, most: int) -> str | None:
    """A platform's words, cut to their column; what PostgreSQL would refuse is left out."""
    return (
        None if text is None else text.replace("\0", "").encode("utf-8", "ignore").decode()[:most]
    )


def _sealed_words(vault: Vault, delivery: Delivery) -> bytes | None:
    return None if delivery.worded is None else vault.seal_json(WORDED, delivery.worded)


async def unreachable(tx: Tx, account_id: int, reason: str) -> None:
    """Nothing more is sent to this account until it comes back."""
    await tx.run(_UNREACHABLE, key_id=account_id, new_reason=_short(reason, REASON_LETTERS))
