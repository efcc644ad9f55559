"""What the sync of an address book compares with and writes: departments, people, what was said."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, or_, select, update

from storage.prepared import Prepared, insert_once, insert_row
from storage.schema import (
    accounts,
    contact_changes,
    contact_refusals,
    contact_units,
    persons,
    units,
)
from storage.tx import Tx
from storage.vault import Vault

BOOK = "wecom"  # the channel whose address book is read
_COLUMN = "contacts.user"

_MAPPED = Prepared(select(contact_units))
_UNITS = Prepared(
    select(
        *(units.c.id, units.c.parent_id, units.c.kind, units.c.name, units.c.code),
        *(units.c.closed_at, units.c.merged_into),
    )
)
_PEOPLE = Prepared(
    select(
        accounts.c.external,
        accounts.c.person_id,
        persons.c.name,
        persons.c.home_unit_id,
        persons.c.status,
    )
    .join(persons, persons.c.id == accounts.c.person_id)
    .where(accounts.c.channel == BOOK)
)
_NAMES = Prepared(
    select(persons.c.home_unit_id, persons.c.name).where(
        or_(persons.c.status == "active", persons.c.status == "roster"),
        persons.c.home_unit_id.is_not(None),
    )
)
_NEW_MAPPED = insert_row(
    contact_units, "department", "unit_id", "name", "parent", "at", returning=False
)
_SET_MAPPED = Prepared(
    update(contact_units)
    .where(contact_units.c.department == bindparam("key_department"))
    .values(
        unit_id=bindparam("new_unit"),
        name=bindparam("new_name"),
        parent=bindparam("new_parent"),
        at=bindparam("new_at"),
    )
)
_ACCOUNT = insert_once(
    accounts, "channel", "external", "reachable", "created_at", unique=("channel", "external")
)
_ACCOUNT_ID = Prepared(
    select(accounts.c.id).where(
        accounts.c.channel == BOOK, accounts.c.external == bindparam("external")
    )
)
_HOME = Prepared(
    update(persons)
    .where(persons.c.id == bindparam("key_id"), persons.c.status == "roster")
    .values(home_unit_id=bindparam("new_home"), version=persons.c.version + 1)
)
_CHANGES = Prepared(select(contact_changes).order_by(contact_changes.c.kind))
_NEW_CHANGE = insert_once(contact_changes, "kind", "count", "at", unique=("kind",))
_COUNT_CHANGE = Prepared(
    update(contact_changes)
    .where(contact_changes.c.kind == bindparam("key_kind"))
    .values(count=contact_changes.c.count + 1, at=bindparam("new_at"))
)
_SEEN = Prepared(delete(contact_changes))
_REFUSE = insert_once(contact_refusals, "user_index", "at", unique=("user_index",))
_REFUSED = Prepared(select(contact_refusals.c.user_index))


async def mapped(tx: Tx) -> list[Any]:
    """The departments that have a unit: department, unit_id, name, parent, at."""
    return await tx.all(_MAPPED)


async def all_units(tx: Tx) -> list[Any]:
    """Every unit: id, parent_id, kind, name, code, closed_at, merged_into."""
    return await tx.all(_UNITS)


async def people(tx: Tx) -> list[Any]:
    """Whose the accounts there are: external, person_id, name, home_unit_id, status."""
    return await tx.all(_PEOPLE)


async def names(tx: Tx) -> set[tuple[int, str]]:
    """(unit, name) of everybody who is at home somewhere."""
    return {(row.home_unit_id, row.name) for row in await tx.all(_NAMES)}


async def keep(tx: Tx, department: int, unit: int, name: str, parent: int, at: datetime) -> None:
    """Write down which unit a department is, and how it was called."""
    new = {"new_unit": unit, "new_name": name[:120], "new_parent": parent, "new_at": at}
    if not await tx.run(_SET_MAPPED, key_department=department, **new):
        values = {"unit_id": unit, "name": name[:120], "parent": parent, "at": at}
        await tx.run(_NEW_MAPPED, department=department, **values)


async def account(tx: Tx, user: str, at: datetime) -> int:
    """The account of a member; one that was never met is written down."""
    await tx.value(_ACCOUNT, channel=BOOK, external=user, reachable=True, created_at=at)
    return int(await tx.value(_ACCOUNT_ID, external=user) or 0)


async def rehome(tx: Tx, person: int, unit: int) -> bool:
    """Write another home into the line of somebody; False if they have registered meanwhile."""
    return bool(await tx.run(_HOME, key_id=person, new_home=unit))


async def count_change(tx: Tx, kind: str, at: datetime) -> None:
    """The platform said that its address book has changed."""
    await tx.value(_NEW_CHANGE, kind=kind[:32], count=0, at=at)
    await tx.run(_COUNT_CHANGE, key_kind=kind[:32], new_at=at)


async def changes(tx: Tx) -> dict[str, int]:
    """How often it said so since the last sync, by kind."""
    return {row.kind: row.count for row in await tx.all(_CHANGES)}


async def changes_seen(tx: Tx) -> None:
    """The book was read and taken over: what was said before is in it."""
    await tx.run(_SEEN)


async def leave_out(tx: Tx, vault: Vault, channel: str, external: str, at: datetime) -> None:
    """Remember that this account was forgotten by its owner's wish: no sync brings them back."""
    if channel == BOOK:
        await tx.value(_REFUSE, user_index=vault.index(_COLUMN, external), at=at)


async def left_out(tx: Tx, vault: Vault, users: list[str]) -> set[str]:
    """Which of these were forgotten."""
    stored = {row.user_index for row in await tx.all(_REFUSED)}
    if not stored:
        return set()
    return {one for one in users if not stored.isdisjoint(vault.lookups(_COLUMN, one))}
