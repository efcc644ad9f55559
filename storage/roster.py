"""What an import compares with and writes: the people of a subtree, its units, and the way back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, bindparam, delete, literal, or_, select

from storage import people
from storage.consents import GUARDIAN_ASKED
from storage.people import Record
from storage.prepared import Prepared, insert_row
from storage.schema import audit, consents, homes, persons, registrations, roles, unit_tree, units
from storage.tx import Tx
from storage.vault import Vault

_UNITS = Prepared(
    select(units.c.id, units.c.code, units.c.name, units.c.parent_id)
    .join(unit_tree, unit_tree.c.unit_id == units.c.id)
    .where(unit_tree.c.ancestor_id == bindparam("unit_id"), units.c.closed_at.is_(None))
)
_PEOPLE = Prepared(
    select(persons)
    .join(unit_tree, unit_tree.c.unit_id == persons.c.home_unit_id)
    .where(
        unit_tree.c.ancestor_id == bindparam("unit_id"),
        or_(persons.c.status == "active", persons.c.status == "roster"),
    )
)
_MARK = insert_row(
    consents,
    *("person_id", "purpose", "text_version", "given_at", "withdrawn_at", "recorded_by"),
)
_IMPORT = Prepared(
    select(audit.c.facts, audit.c.unit_id, audit.c.at)
    .where(
        audit.c.object == "persons",
        audit.c.object_id == bindparam("first"),
        audit.c.action == "roster-import",
        audit.c.verdict == "done",
    )
    .order_by(audit.c.id.desc())
    .limit(1)
)
_key: BindParameter[int] = bindparam("key_id", type_=persons.c.id.type)
_TOUCHED = Prepared(
    select(persons.c.id).where(
        persons.c.id == _key,
        or_(
            persons.c.version != 1,
            persons.c.status != "roster",
            select(literal(1)).where(registrations.c.person_id == _key).exists(),
            select(literal(1)).where(roles.c.person_id == _key).exists(),
            select(literal(1))
            .where(consents.c.person_id == _key, consents.c.purpose != GUARDIAN_ASKED)
            .exists(),
        ),
    )
)
_REMOVE = tuple(
    Prepared(delete(table).where(column == _key))
    for table, column in (
        (consents, consents.c.person_id),
        (homes, homes.c.person_id),
        (persons, persons.c.id),
    )
)


@dataclass(frozen=True, slots=True)
class Import:
    """An import as the audit has it: where, when, and whom it made."""

    unit: int
    at: datetime
    made: tuple[int, ...]


async def units_below(tx: Tx, unit: int) -> list[Any]:
    """The open units at and below one: id, code, name, parent_id."""
    return await tx.all(_UNITS, unit_id=unit)


async def people_below(tx: Tx, unit: int) -> list[Any]:
    """The rows of everybody at home at or below a unit; sealed fields as they are stored."""
    return await tx.all(_PEOPLE, unit_id=unit)


async def add(
    tx: Tx, vault: Vault, record: Record, asks_guardian: str | None, by: int | None, at: datetime
) -> int:
    """Write a line down. `asks_guardian`: the text version that a guardian has to agree to."""
    new = await people.add(tx, vault, record, at)
    if asks_guardian is not None:
        await tx.value(
            _MARK,
            person_id=new,
            purpose=GUARDIAN_ASKED,
            text_version=asks_guardian,
            given_at=at,
            withdrawn_at=at,
            recorded_by=by,
        )
    return new


async def made_by(tx: Tx, first: int) -> Import | None:
    """The import whose first new person this is."""
    row = await tx.one(_IMPORT, first=first)
    if row is None:
        return None
    return Import(row.unit_id, row.at, tuple(row.facts["made"]))


async def take_back(tx: Tx, vault: Vault, person: int) -> bool:
    """Remove a line that nobody claimed or touched since it was made; False if somebody did."""
    record = await people.load(tx, vault, person, lock=True)
    if record is None or await tx.one(_TOUCHED, key_id=person) is not None:
        return False
    for statement in _REMOVE:
        await tx.run(statement, key_id=person)
    return True
