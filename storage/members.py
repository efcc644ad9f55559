"""The people of a unit in pages, and the units where somebody answers for people."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Integer, bindparam, func, literal, or_, select

from storage.consents import GUARDIAN_ASKED
from storage.org import pattern
from storage.prepared import Prepared
from storage.schema import consents, homes, persons, roles, unit_tree, units
from storage.tx import Tx

_size = bindparam("size", type_=Integer)
_skip = bindparam("skip", type_=Integer)
_here = or_(persons.c.status == "active", persons.c.status == "roster")
_asks_guardian = (
    select(literal(1))
    .where(consents.c.person_id == persons.c.id, consents.c.purpose == GUARDIAN_ASKED)
    .correlate(persons)
    .exists()
    .label("asks_guardian")
)
_line = (
    persons.c.id,
    persons.c.name,
    persons.c.alias,
    persons.c.status,
    persons.c.member_status,
    persons.c.birth_sealed,
    persons.c.guardian,
    persons.c.version,
    _asks_guardian,
)
_of_unit = (persons.c.home_unit_id == bindparam("unit_id"), _here)
_PAGE = Prepared(select(*_line).where(*_of_unit).order_by(persons.c.id).limit(_size).offset(_skip))
_COUNT = Prepared(select(func.count().label("count")).select_from(persons).where(*_of_unit))
_below = persons.join(unit_tree, unit_tree.c.unit_id == persons.c.home_unit_id)
_named = (
    unit_tree.c.ancestor_id == bindparam("unit_id"),
    _here,
    func.lower(persons.c.name).like(bindparam("pattern"), escape="\\"),
)
_FOUND = Prepared(
    select(*_line)
    .select_from(_below)
    .where(*_named)
    .order_by(unit_tree.c.depth, persons.c.id)
    .limit(_size)
    .offset(_skip)
)
_FOUND_COUNT = Prepared(select(func.count().label("count")).select_from(_below).where(*_named))
_PLACES = Prepared(
    select(units.c.id, units.c.name)
    .distinct()
    .join(roles, roles.c.unit_id == units.c.id)
    .where(
        roles.c.person_id == bindparam("person_id"),
        or_(
            roles.c.role == "secretary",
            roles.c.role == "officer",
            roles.c.role == "auditor",
        ),
        roles.c.since <= bindparam("at"),
        or_(roles.c.until.is_(None), roles.c.until > bindparam("at")),
        units.c.closed_at.is_(None),
    )
    .order_by(units.c.id)
)
_LAST_HOME = Prepared(
    select(homes.c.unit_id)
    .where(homes.c.person_id == bindparam("person_id"))
    .order_by(homes.c.id.desc())
    .limit(1)
)


async def page(tx: Tx, unit: int, text: str, skip: int, size: int) -> tuple[list[Any], int]:
    """People of this very unit, or, with a text, those of its subtree whose name has it.

    Rows: id, name, alias, status, member_status, birth_sealed, guardian, version,
    asks_guardian; and how many there are in all.
    """
    if not text:
        rows = await tx.all(_PAGE, unit_id=unit, skip=skip, size=size)
        return rows, int(await tx.value(_COUNT, unit_id=unit) or 0)
    wanted = pattern(text)
    rows = await tx.all(_FOUND, unit_id=unit, pattern=wanted, skip=skip, size=size)
    return rows, int(await tx.value(_FOUND_COUNT, unit_id=unit, pattern=wanted) or 0)


async def places(tx: Tx, person: int, at: datetime) -> list[tuple[int, str]]:
    """The open units where somebody answers for people or audits: (id, name)."""
    return [(row.id, row.name) for row in await tx.all(_PLACES, person_id=person, at=at)]


async def last_home(tx: Tx, person: int) -> int | None:
    """The unit where somebody is or was at home last."""
    found: int | None = await tx.value(_LAST_HOME, person_id=person)
    return found
