"""Consents: per purpose, with the version of the text, given and withdrawn."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, or_, select, update

from domain.abroad import ABROAD, PURPOSE
from storage.prepared import Prepared, insert_row
from storage.schema import accounts, consents, groups, outbox
from storage.tx import Tx
from storage.vault import Vault

GUARDIAN_ASKED = "guardian"
"""The purpose of a consent that was never given: a child's line that waits for a guardian."""

_GUARDIAN = "consents.guardian"
_NEW = insert_row(
    consents,
    *("account_id", "person_id", "purpose", "text_version", "given_at"),
    *("guardian_sealed", "recorded_by"),
)
_mine = or_(
    consents.c.account_id == bindparam("account_id"),
    consents.c.person_id == bindparam("person_id"),
)
_ALL = Prepared(
    select(
        consents.c.id,
        consents.c.purpose,
        consents.c.text_version,
        consents.c.given_at,
        consents.c.withdrawn_at,
        consents.c.recorded_by,
        consents.c.guardian_sealed.is_not(None).label("guardian"),
    )
    .where(_mine)
    .order_by(consents.c.id)
)
_STANDING = Prepared(
    select(consents.c.id).where(
        _mine,
        consents.c.purpose == bindparam("purpose"),
        consents.c.text_version == bindparam("text_version"),
        consents.c.withdrawn_at.is_(None),
        consents.c.recorded_by.is_(None),
    )
)
_WITHDRAW = Prepared(
    update(consents)
    .where(
        or_(
            consents.c.account_id == bindparam("key_account"),
            consents.c.person_id == bindparam("key_person"),
        ),
        consents.c.purpose == bindparam("key_purpose"),
        consents.c.withdrawn_at.is_(None),
        consents.c.recorded_by.is_(None),
    )
    .values(withdrawn_at=bindparam("new_withdrawn"))
)
_ADOPT = Prepared(
    update(consents)
    .where(consents.c.account_id == bindparam("key_account"), consents.c.person_id.is_(None))
    .values(person_id=bindparam("new_person"))
)

_TRAVELS = Prepared(
    select(consents.c.id).where(
        _mine,
        consents.c.purpose == bindparam("purpose"),
        consents.c.withdrawn_at.is_(None),
        consents.c.recorded_by.is_(None),
    )
)
_GROUP = Prepared(select(groups.c.id).where(groups.c.account_id == bindparam("account_id")))
_abroad = select(accounts.c.id).where(
    or_(*(accounts.c.channel == name for name in sorted(ABROAD))),
    or_(accounts.c.id == bindparam("key_account"), accounts.c.person_id == bindparam("key_person")),
)
_HUSH = Prepared(
    update(outbox)
    .where(
        outbox.c.account_id.in_(_abroad),
        outbox.c.answer.is_(False),
        or_(outbox.c.state == "pending", outbox.c.state == "sending"),
    )
    .values(
        state="failed",
        reason="consent withdrawn",
        fence=outbox.c.fence + 1,
        owner=None,
        lease_until=None,
        done_at=bindparam("new_done"),
    )
)


_RECORDED = Prepared(
    select(consents.c.id)
    .where(
        consents.c.person_id == bindparam("person_id"),
        consents.c.guardian_sealed.is_not(None),
        consents.c.recorded_by.is_not(None),
        consents.c.withdrawn_at.is_(None),
    )
    .limit(1)
)


async def guardian_recorded(tx: Tx, person: int) -> bool:
    """Whether somebody who answers for the person wrote down that a guardian agreed.

    False where only the person has said so.
    """
    return await tx.value(_RECORDED, person_id=person) is not None


async def add(
    tx: Tx,
    vault: Vault,
    values: dict[str, Any],
    guardian: dict[str, Any] | None,
    at: datetime,
) -> int:
    """Write a consent (account_id, person_id, purpose, text_version, recorded_by) down.

    `guardian` is who consented for a minor, and how.
    """
    sealed = None if guardian is None else vault.seal_json(_GUARDIAN, guardian)
    return int(await tx.value(_NEW, **values, guardian_sealed=sealed, given_at=at) or 0)


async def of(tx: Tx, account: int | None, person: int | None) -> list[Any]:
    """Every consent of an account or its person, the oldest first, withdrawn ones too.

    Rows: id, purpose, text_version, given_at, withdrawn_at, recorded_by, guardian (agreed).
    """
    return await tx.all(_ALL, account_id=account, person_id=person)


async def stands(
    tx: Tx, account: int | None, person: int | None, purpose: str, text_version: str
) -> bool:
    """Whether the person's own consent to this version of the text stands."""
    found = await tx.one(
        _STANDING,
        account_id=account,
        person_id=person,
        purpose=purpose,
        text_version=text_version,
    )
    return found is not None


async def withdraw(
    tx: Tx, account: int | None, person: int | None, purpose: str, at: datetime
) -> int:
    """End a person's own consent; what a guardian gave stays. Answers how many stood."""
    return await tx.run(
        _WITHDRAW,
        key_account=account,
        key_person=person,
        key_purpose=purpose,
        new_withdrawn=at,
    )


async def travels(tx: Tx, account: int, person: int | None) -> bool:
    """Whether what nobody here asked for may go to an account abroad: of who agreed, or a group.

    What groups get holds no personal data. Consent to an earlier text stands until it is
    withdrawn; the new one is asked for in its turn.
    """
    found = await tx.one(_TRAVELS, account_id=account, person_id=person, purpose=PURPOSE)
    return found is not None or await tx.one(_GROUP, account_id=account) is not None


async def hush(tx: Tx, account: int, person: int | None, at: datetime) -> None:
    """Nothing that waits to be told goes to the accounts abroad; answers do.

    Another fence: who is sending one just now does not begin another attempt.
    """
    await tx.run(_HUSH, key_account=account, key_person=person, new_done=at)


async def adopt(tx: Tx, account: int, person: int) -> None:
    """The consents of an account belong to its person from now on."""
    await tx.run(_ADOPT, key_account=account, new_person=person)
