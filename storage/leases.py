"""Which process holds which message: claims, leases, and fences that tell old holders from new."""

from __future__ import annotations

from collections.abc import Container
from datetime import datetime
from typing import Any

from sqlalchemy import Integer, bindparam, func, or_, select, update

from domain.layout import is_plain
from storage.outbox import FACTS, IN_FLIGHT, LEASE, WORDED, Delivery
from storage.prepared import Prepared
from storage.schema import accounts, outbox, persons
from storage.tx import Tx
from storage.vault import Sealed, Vault

PAGE = 200  # messages that are taken at a time
_due = (
    select(
        outbox.c.id,
        outbox.c.account_id,
        outbox.c.facts,
        outbox.c.answer,
        outbox.c.state,
        outbox.c.attempts,
        outbox.c.fence,
        outbox.c.owner,
        outbox.c.reason,
        outbox.c.worded,
        outbox.c.batch,
        outbox.c.created_at,
        accounts.c.channel,
        accounts.c.external,
        accounts.c.person_id,
        accounts.c.reachable,
        accounts.c.reads,
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
    .with_for_update(of=outbox, skip_locked=True)
)
_DUE = Prepared(
    _due.order_by(outbox.c.answer.desc(), outbox.c.id).limit(bindparam("most", type_=Integer))
)
_BATCH = Prepared(_due.where(outbox.c.batch == bindparam("batch")))
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
_RENEW = Prepared(
    update(outbox)
    .where(
        outbox.c.id == bindparam("key_id"),
        outbox.c.fence == bindparam("key_fence"),
        outbox.c.state == "sending",
    )
    .values(lease_until=bindparam("new_lease"), reason=bindparam("new_reason"))
)
_UNREADABLE = Prepared(
    update(outbox)
    .where(outbox.c.id == bindparam("key_id"))
    .values(state="failed", reason="unreadable", done_at=bindparam("new_done"), owner=None)
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


async def claim(
    tx: Tx, vault: Vault, owner: str, at: datetime, held: Container[int] = (), most: int = PAGE
) -> list[Delivery]:
    """Take what is due, and what another process left behind when its lease ended.

    At most `most`, but never a part of a batch: it must go out again as it was.
    What this process still has in hand (`held`, ids) only gets a new lease. What cannot be read
    any more has failed.
    """
    rows = await tx.all(_DUE, at=at, most=most)
    known = {row.id for row in rows}
    for batch in {row.batch for row in rows if row.batch is not None}:
        rest = await tx.all(_BATCH, at=at, batch=batch)
        rows += [row for row in rest if row.id not in known]
    ours = [row for row in rows if row.owner == owner and row.id in held]
    await tx.many(_RENEW, [_renewal(row.id, row.fence, at, row.reason) for row in ours])
    kept = {row.id for row in ours}
    new = [row for row in rows if row.id not in kept]
    await tx.many(
        _CLAIM, [{"key_id": row.id, "new_owner": owner, "new_lease": at + LEASE} for row in new]
    )
    found = []
    for row in new:
        try:
            found.append(_delivery(row, vault, at))
        except (Sealed, ValueError):
            await tx.run(_UNREADABLE, key_id=row.id, new_done=at)
    return found


def _renewal(number: int, fence: int, at: datetime, reason: str | None) -> dict[str, Any]:
    return {"key_id": number, "key_fence": fence, "new_lease": at + LEASE, "new_reason": reason}


def _delivery(row: Any, vault: Vault, at: datetime) -> Delivery:
    return Delivery(
        id=row.id,
        account_id=row.account_id,
        channel=row.channel,
        external=row.external,
        person=row.person_id,
        language=row.language,
        say=vault.open_json(FACTS, row.facts),
        answer=bool(row.answer),
        attempts=row.attempts,
        fence=row.fence + 1,
        created_at=row.created_at,
        worded=None if row.worded is None else vault.open_json(WORDED, row.worded),
        attempted=row.reason == IN_FLIGHT,
        batch=row.batch,
        reachable=bool(row.reachable),
        lease_until=at + LEASE,
        plain=is_plain(row.reads),
    )


async def renew(delivery: Delivery, at: datetime, tx: Tx) -> bool:
    """Hold a message longer, no attempt running; False if another process took over."""
    return bool(await tx.run(_RENEW, **_renewal(delivery.id, delivery.fence, at, None)))


async def abandon(tx: Tx, owner: str, at: datetime) -> None:
    """End the leases of this process, which stops: others may take over now."""
    await tx.run(_RELEASE, old_owner=owner, at=at)


async def inherit(tx: Tx, owner: str, at: datetime) -> None:
    """End the leases of every other process: the embedded store has only one."""
    await tx.run(_ABANDONED, me=owner, at=at)
