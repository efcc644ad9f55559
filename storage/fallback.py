"""What an account could not be given goes to the person's next account, once each."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, or_, select, update

from domain.abroad import ABROAD
from storage import consents, outbox, session
from storage.offers import keep_offers
from storage.outbox import FACTS, New
from storage.prepared import Prepared
from storage.schema import accounts
from storage.schema import outbox as messages
from storage.session import Account
from storage.tx import Tx
from storage.vault import Vault

UNREACHABLE = "unreachable"  # the reason of what is not tried any more
_MARK = "/fallback/"
_LONGEST_KEY = 128  # letters of a key that leave room for the mark and an id

_PERSON = Prepared(select(accounts.c.person_id).where(accounts.c.id == bindparam("key_id")))
_LEFT = Prepared(
    select(
        messages.c.id,
        messages.c.key,
        messages.c.facts,
        messages.c.not_before,
        messages.c.created_at,
        messages.c.inbox_id,
    )
    .where(
        messages.c.account_id == bindparam("account_id"),
        messages.c.answer.is_(False),
        or_(messages.c.state == "pending", messages.c.state == "sending"),
    )
    .order_by(messages.c.id)
)
_GIVEN_UP = Prepared(
    update(messages)
    .where(
        messages.c.account_id == bindparam("key_account"),
        messages.c.answer.is_(False),
        messages.c.state == "pending",
    )
    .values(state="failed", reason=UNREACHABLE, done_at=bindparam("new_done"))
)


async def pass_on(tx: Tx, vault: Vault, account: int, life: timedelta, at: datetime) -> int:
    """Post the notices that an account did not get to the next account of its person.

    Call it in the transaction that marks the account unreachable, while the message that failed
    is still `sending`. Answers, which belong to the place where somebody asked, stay. Each
    message reaches each account at most once, however often accounts come and go; buttons are
    signed for the person, so they work there too, and live `life` from when they were first
    posted. Nothing goes abroad without consent. Answers how many were passed on; they are due now.
    """
    person = await tx.value(_PERSON, key_id=account)
    if person is None:
        return 0
    there = await _next(tx, int(person), account)
    if there is None:
        return 0
    rows = await tx.all(_LEFT, account_id=account)
    await tx.run(_GIVEN_UP, key_account=account, new_done=at)
    found = 0
    for row in rows:
        say = _as_first_posted(vault.open_json(FACTS, row.facts), row.created_at + life)
        found += await _posted(tx, vault, row, there, say, at)
    return found


async def _next(tx: Tx, person: int, but: int) -> Account | None:
    """The account that comes first without the one that is lost; abroad only with consent."""
    for one in await session.reach(tx, person):
        if one.id == but or not one.reachable:
            continue
        if one.channel not in ABROAD or await consents.travels(tx, one.id, person):
            return one
    return None


def _as_first_posted(say: Any, end: datetime) -> Any:
    """The message without its place on the old channel, its buttons ending when they would have."""
    rows = [
        [{**choice, "expires": choice["expires"] or end.isoformat()} for choice in row]
        for row in say["rows"]
    ]
    return {**say, "rows": rows, "replaces": None}


async def _posted(  # what a message is made of
    tx: Tx, vault: Vault, row: Any, there: Account, say: Any, at: datetime
) -> bool:
    base = row.key.partition(_MARK)[0][:_LONGEST_KEY]
    new = New(
        key=f"{base}{_MARK}{there.id}",
        account_id=there.id,
        say=say,
        answer=False,
        inbox_id=row.inbox_id,
        not_before=max(at, row.not_before),
    )
    if await outbox.add(tx, vault, new, at) is None:
        return False
    offers = [choice for line in say["rows"] for choice in line if choice["purpose"]]
    if offers:
        await keep_offers(tx, vault, there.id, offers, at)
    return True
