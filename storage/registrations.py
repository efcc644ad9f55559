"""Registrations: what was answered, sealed, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Integer, bindparam, func, literal, or_, select, update

from storage.prepared import Prepared, insert_row
from storage.schema import accounts, persons, registrations, roles, unit_tree, units
from storage.tx import Tx
from storage.vault import Vault

_DETAILS = "registrations.details"
_NEW = insert_row(
    registrations,
    *("account_id", "unit_id", "invite_id", "person_id", "details_sealed", "state"),
    *("version", "created_at", "decided_at"),
)
_read = select(
    registrations.c.id,
    registrations.c.account_id,
    registrations.c.unit_id,
    registrations.c.invite_id,
    registrations.c.person_id,
    registrations.c.details_sealed,
    registrations.c.state,
    registrations.c.version,
    registrations.c.created_at,
    registrations.c.decided_by,
    units.c.name.label("unit_name"),
    accounts.c.person_id.label("applicant_id"),
).select_from(
    registrations.join(units, units.c.id == registrations.c.unit_id).join(
        accounts, accounts.c.id == registrations.c.account_id
    )
)
_one = _read.where(registrations.c.id == bindparam("key_id"))
_ONE = Prepared(_one)
_LOCKED = Prepared(_one.with_for_update(of=registrations))
_OF_ACCOUNT = Prepared(
    _read.where(
        registrations.c.account_id == bindparam("account_id"),
        registrations.c.state == "waiting",
    ).order_by(registrations.c.id)
)
_OF_PERSON = Prepared(
    select(registrations.c.id).where(
        registrations.c.person_id == bindparam("person_id"),
        registrations.c.state == "waiting",
    )
)
_reviews = (
    select(literal(1))
    .select_from(roles.join(unit_tree, unit_tree.c.ancestor_id == roles.c.unit_id))
    .where(
        unit_tree.c.unit_id == registrations.c.unit_id,
        roles.c.person_id == bindparam("reviewer"),
        or_(roles.c.role == "secretary", roles.c.role == "officer"),
        roles.c.since <= bindparam("at"),
        or_(roles.c.until.is_(None), roles.c.until > bindparam("at")),
    )
    .correlate(registrations)
    .exists()
)
_waits = (
    registrations.c.state == "waiting",
    or_(accounts.c.person_id.is_(None), accounts.c.person_id != bindparam("reviewer")),
)
_size = bindparam("size", type_=Integer)
_skip = bindparam("skip", type_=Integer)


def _page(*more: Any) -> Prepared:
    return Prepared(
        _read.where(*_waits, *more).order_by(registrations.c.id).limit(_size).offset(_skip)
    )


def _total(*more: Any) -> Prepared:
    return Prepared(
        select(func.count().label("count"))
        .select_from(registrations.join(accounts, accounts.c.id == registrations.c.account_id))
        .where(*_waits, *more)
    )


_WAITING, _WAITING_ALL = _page(_reviews), _page()
_COUNT, _COUNT_ALL = _total(_reviews), _total()
_DECIDE = Prepared(
    update(registrations)
    .where(registrations.c.id == bindparam("key_id"), registrations.c.state == "waiting")
    .values(
        state=bindparam("new_state"),
        reason=bindparam("new_reason"),
        person_id=bindparam("new_person"),
        decided_at=bindparam("new_at"),
        decided_by=bindparam("new_by"),
        version=registrations.c.version + 1,
    )
)
_REVIEWERS = Prepared(
    select(roles.c.person_id, unit_tree.c.depth)
    .select_from(roles.join(unit_tree, unit_tree.c.ancestor_id == roles.c.unit_id))
    .where(
        unit_tree.c.unit_id == bindparam("unit_id"),
        or_(roles.c.role == "secretary", roles.c.role == "officer"),
        roles.c.since <= bindparam("at"),
        or_(roles.c.until.is_(None), roles.c.until > bindparam("at")),
    )
    .order_by(unit_tree.c.depth, roles.c.id)
)
_DECIDER = Prepared(
    select(persons.c.id, persons.c.alias)
    .join(registrations, registrations.c.decided_by == persons.c.id)
    .where(registrations.c.id == bindparam("key_id"))
)


@dataclass(frozen=True, slots=True)
class Registration:
    """A registration, opened. `applicant`: the person of the account, if it has one.

    `person`: the roster line that will be claimed, or who moves. `details`: kind (join, move,
    transfer), the answers of the form, asks and like (see domain.people.Wait).
    """

    id: int
    account: int
    unit: int
    unit_name: str
    invite: int | None
    person: int | None
    applicant: int | None
    details: Mapping[str, Any]
    state: str
    version: int
    created_at: datetime


_ERASED: Mapping[str, Any] = {  # long decided, or its applicant was forgotten
    **dict.fromkeys(("birth", "number", "phone", "status", "like")),
    "kind": "join",
    "name": "—",
    "asks": [],
    "guardian": False,
}


def _opened(vault: Vault, row: Any) -> Registration:
    return Registration(
        id=row.id,
        account=row.account_id,
        unit=row.unit_id,
        unit_name=row.unit_name,
        invite=row.invite_id,
        person=row.person_id,
        applicant=row.applicant_id,
        details=vault.open_json(_DETAILS, row.details_sealed) if row.details_sealed else _ERASED,
        state=row.state,
        version=row.version,
        created_at=row.created_at,
    )


async def add(
    tx: Tx, vault: Vault, values: Mapping[str, Any], details: Mapping[str, Any], at: datetime
) -> int:
    """Write a registration (account_id, unit_id, invite_id, person_id, state) down."""
    sealed = vault.seal_json(_DETAILS, dict(details))
    decided = None if values["state"] == "waiting" else at
    new = await tx.value(
        _NEW, **values, details_sealed=sealed, version=1, created_at=at, decided_at=decided
    )
    return int(new or 0)


async def one(tx: Tx, vault: Vault, key: int, lock: bool = False) -> Registration | None:
    """One registration, locked against others if wanted."""
    row = await tx.one(_LOCKED if lock else _ONE, key_id=key)
    return None if row is None else _opened(vault, row)


async def of_account(tx: Tx, vault: Vault, account: int) -> list[Registration]:
    """What waits for a verdict and came from this account."""
    return [_opened(vault, row) for row in await tx.all(_OF_ACCOUNT, account_id=account)]


async def of_person(tx: Tx, person: int) -> list[int]:
    """What waits for a verdict and concerns this person."""
    return [row.id for row in await tx.all(_OF_PERSON, person_id=person)]


async def waiting(
    tx: Tx, vault: Vault, reviewer: int | None, at: datetime, window: tuple[int, int]
) -> Sequence[Registration]:
    """What waits for this reviewer, the oldest first; `window` is (skip, size).

    Without a reviewer: all that waits, as an admin of the installation sees it.
    """
    skip, size = window
    values = {"reviewer": reviewer or 0, "skip": skip, "size": size}
    if reviewer is None:
        rows = await tx.all(_WAITING_ALL, **values)
    else:
        rows = await tx.all(_WAITING, **values, at=at)
    return [_opened(vault, row) for row in rows]


async def count(tx: Tx, reviewer: int | None, at: datetime) -> int:
    """How many `waiting` has in all."""
    if reviewer is None:
        return int(await tx.value(_COUNT_ALL, reviewer=0) or 0)
    return int(await tx.value(_COUNT, reviewer=reviewer, at=at) or 0)


async def decide(tx: Tx, key: int, values: Mapping[str, Any], at: datetime) -> bool:
    """Record the verdict (state, reason, person, by); False if there is one already."""
    return bool(
        await tx.run(
            _DECIDE,
            key_id=key,
            new_state=values["state"],
            new_reason=values.get("reason"),
            new_person=values.get("person"),
            new_by=values.get("by"),
            new_at=at,
        )
    )


async def reviewers(tx: Tx, unit: int, at: datetime) -> list[int]:
    """Who answers for the people of a unit: its secretaries and officers, else the next above."""
    rows = await tx.all(_REVIEWERS, unit_id=unit, at=at)
    nearest = [row.person_id for row in rows if row.depth == rows[0].depth]
    return list(dict.fromkeys(nearest))


async def decider(tx: Tx, key: int) -> Any | None:
    """Who decided: id and alias."""
    return await tx.one(_DECIDER, key_id=key)
