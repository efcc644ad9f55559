"""Codes that join accounts, and the accounts of a person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, or_, select, update

from domain.linking import State
from storage.prepared import Prepared, insert_row
from storage.schema import accounts, consents, dialogs, links
from storage.tx import Tx

_NEW = insert_row(links, "person_id", "account_id", "state", "version", "created_at", "expires_at")
_INDEX = Prepared(
    update(links).where(links.c.id == bindparam("key_id")).values(code_index=bindparam("new_index"))
)
_ONE = Prepared(select(links).where(links.c.id == bindparam("key_id")))
_LOCK = Prepared(select(links).where(links.c.id == bindparam("key_id")).with_for_update())
_BY_CODE = Prepared(
    select(links).where(
        links.c.code_index == bindparam("looked_for"),
        links.c.state == str(State.CODE),
        links.c.expires_at > bindparam("at", type_=links.c.expires_at.type),
    )
)
_open = or_(links.c.state == str(State.CODE), links.c.state == str(State.ASKED))
_LIVE = Prepared(
    select(links)
    .where(
        links.c.person_id == bindparam("person_id"),
        _open,
        links.c.expires_at > bindparam("at", type_=links.c.expires_at.type),
    )
    .order_by(links.c.id)
)
_TAKE = Prepared(
    update(links)
    .where(
        links.c.id == bindparam("key_id"),
        links.c.version == bindparam("key_version"),
        links.c.state == str(State.CODE),
        links.c.expires_at > bindparam("at", type_=links.c.expires_at.type),
    )
    .values(
        state=str(State.ASKED),
        version=links.c.version + 1,
        other_id=bindparam("new_other"),
        other_person_id=bindparam("new_person"),
        expires_at=bindparam("new_expires"),
        code_index=None,
    )
)
_TURN = Prepared(
    update(links)
    .where(links.c.id == bindparam("key_id"), links.c.version == bindparam("key_version"))
    .values(
        state=bindparam("new_state"),
        version=links.c.version + 1,
        decided_at=bindparam("new_decided"),
        expires_at=bindparam("new_expires"),
        merge_id=bindparam("new_merge"),
        person_id=bindparam("new_owner"),
        code_index=None,
    )
)
_JOINED = Prepared(
    select(links)
    .where(links.c.other_id == bindparam("other_id"), links.c.state == str(State.DONE))
    .order_by(links.c.id.desc())
    .limit(1)
)
_RECENT = Prepared(
    select(links)
    .where(
        links.c.person_id == bindparam("person_id"),
        links.c.state == str(State.DONE),
        links.c.expires_at > bindparam("at", type_=links.c.expires_at.type),
    )
    .order_by(links.c.id)
)
_RELEASE = Prepared(
    update(consents)
    .where(
        consents.c.account_id == bindparam("key_account"),
        consents.c.person_id == bindparam("key_person"),
        consents.c.given_at <= bindparam("before", type_=consents.c.given_at.type),
    )
    .values(person_id=None)
)
_of_account = (
    accounts.c.id,
    accounts.c.channel,
    accounts.c.external,
    accounts.c.person_id,
    accounts.c.preferred,
    accounts.c.reachable,
)
_ACCOUNTS = Prepared(
    select(*_of_account)
    .where(accounts.c.person_id == bindparam("person_id"))
    .order_by(accounts.c.id)
)
_account = select(*_of_account).where(accounts.c.id == bindparam("key_id"))
_ACCOUNT = Prepared(_account)
_LOCK_ACCOUNT = Prepared(_account.with_for_update())
_OWNER = Prepared(
    update(accounts)
    .where(accounts.c.id == bindparam("key_id"))
    .values(person_id=bindparam("new_person"), preferred=None)
)
_PREFER = Prepared(
    update(accounts)
    .where(accounts.c.id == bindparam("key_id"))
    .values(preferred=bindparam("new_preferred"))
)
_FORGET_DIALOG = Prepared(
    update(dialogs)
    .where(dialogs.c.account_id == bindparam("key_id"))
    .values(step=None, data=None, offers=None)
)


@dataclass(frozen=True, slots=True)
class Turned:
    """What a link becomes: its state, when, until when it can be undone, and the merge.

    `owner` is whose accounts it joins, where that is another person than who made the code.
    """

    state: State
    at: datetime
    expires: datetime
    merge: int | None = None
    owner: int | None = None


async def add(tx: Tx, person: int, account: int, expires: datetime, at: datetime) -> int:
    """Write a new code's row down (without the code: `set_index`) and answer its id."""
    found = await tx.value(
        _NEW,
        person_id=person,
        account_id=account,
        state=str(State.CODE),
        version=1,
        created_at=at,
        expires_at=expires,
    )
    return int(found or 0)


async def set_index(tx: Tx, link: int, index: str) -> None:
    """The keyed index under which a code is found."""
    await tx.run(_INDEX, key_id=link, new_index=index)


async def one(tx: Tx, link: int, lock: bool = False) -> Any | None:
    """A link's row (all columns of storage.schema.links), held against others if wanted."""
    return await tx.one(_LOCK if lock else _ONE, key_id=link)


async def by_code(tx: Tx, indexes: Sequence[str], at: datetime) -> Any | None:
    """The one code that is alive under one of these indexes; None if there are several too."""
    found = [row for one in indexes for row in await tx.all(_BY_CODE, looked_for=one, at=at)]
    return found[0] if len(found) == 1 else None


async def live(tx: Tx, person: int, at: datetime) -> list[Any]:
    """The codes of a person that nobody used yet, and the questions that wait for them."""
    return await tx.all(_LIVE, person_id=person, at=at)


async def take(
    tx: Tx, row: Any, other: int, other_person: int | None, expires: datetime, at: datetime
) -> bool:
    """Use a code once, under any race; False if somebody did or it has ended."""
    touched = await tx.run(
        _TAKE,
        key_id=row.id,
        key_version=row.version,
        new_other=other,
        new_person=other_person,
        new_expires=expires,
        at=at,
    )
    return touched == 1


async def turn_to(tx: Tx, row: Any, turned: Turned) -> bool:
    """Give a link its next state; False if it is no longer of this version."""
    touched = await tx.run(
        _TURN,
        key_id=row.id,
        key_version=row.version,
        new_state=str(turned.state),
        new_decided=turned.at,
        new_expires=turned.expires,
        new_merge=turned.merge or row.merge_id,
        new_owner=turned.owner or row.person_id,
    )
    return touched == 1


async def joined_by(tx: Tx, account: int) -> Any | None:
    """The link by which an account came to its person, if it did."""
    return await tx.one(_JOINED, other_id=account)


async def recent(tx: Tx, person: int, at: datetime) -> list[Any]:
    """The links of a person that can still be undone, the oldest first."""
    return await tx.all(_RECENT, person_id=person, at=at)


async def release_consents(tx: Tx, number: int, person: int, before: datetime) -> None:
    """The consents that an account had given before it was linked are its own again."""
    await tx.run(_RELEASE, key_account=number, key_person=person, before=before)


async def accounts_of(tx: Tx, person: int) -> list[Any]:
    """The accounts of a person: id, channel, external, person_id, preferred, reachable."""
    return await tx.all(_ACCOUNTS, person_id=person)


async def account(tx: Tx, number: int, lock: bool = False) -> Any | None:
    """An account's row, held against others if wanted: after its person's, never before."""
    return await tx.one(_LOCK_ACCOUNT if lock else _ACCOUNT, key_id=number)


async def set_owner(tx: Tx, number: int, person: int | None) -> None:
    """Say whose account this is from now on.

    What was open on it belonged to somebody else: its dialog and the buttons that may be said by
    their labels are forgotten, and it is no longer where notices go first.
    """
    await tx.run(_OWNER, key_id=number, new_person=person)
    await tx.run(_FORGET_DIALOG, key_id=number)


async def prefer(tx: Tx, person: int, number: int | None) -> None:
    """Send a person's notices to this account first, or to none in particular."""
    for row in await accounts_of(tx, person):
        wanted = True if row.id == number else None
        if row.preferred != wanted:
            await tx.run(_PREFER, key_id=row.id, new_preferred=wanted)
