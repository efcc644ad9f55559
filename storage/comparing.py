"""Who may be meant by a registration: one look, of one shape whatever it finds (QUALITY A44)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, exists, or_, select

from storage.consents import GUARDIAN_ASKED
from storage.prepared import Prepared
from storage.schema import consents, persons, roles, unit_tree
from storage.tx import Tx

_held = exists().where(
    roles.c.person_id == persons.c.id,
    or_(roles.c.until.is_(None), roles.c.until > bindparam("at", type_=roles.c.until.type)),
)
_asked = exists().where(consents.c.person_id == persons.c.id, consents.c.purpose == GUARDIAN_ASKED)
_LIKE = Prepared(
    select(
        persons.c.id,
        persons.c.name,
        persons.c.alias,
        persons.c.status,
        persons.c.home_unit_id,
        persons.c.guardian,
        persons.c.number_index,
        persons.c.phone_index,
        persons.c.birth_sealed,
        _held.label("holds_role"),
        _asked.label("asks_guardian"),
    )
    .where(
        persons.c.status != "merged",
        persons.c.status != "deleted",
        or_(
            persons.c.name == bindparam("name"),
            persons.c.number_index == bindparam("number"),
            persons.c.phone_index == bindparam("phone"),
            persons.c.id == bindparam("own"),
        ),
    )
    .order_by(persons.c.id)
)
_LISTED = Prepared(
    select(persons.c.id)
    .join(unit_tree, unit_tree.c.unit_id == persons.c.home_unit_id)
    .where(unit_tree.c.ancestor_id == bindparam("unit"), persons.c.status == "roster")
    .limit(1)
)


async def like(
    tx: Tx, name: str, indexes: list[tuple[str, str]], own: int, at: datetime
) -> list[Any]:
    """Everybody of this name, with this number or phone, and the person `own`.

    `indexes`: the keyed indexes of number and phone under each key, one look for each key. Rows
    have holds_role (now or later) and asks_guardian (written down as a child's).
    """
    found: dict[int, Any] = {}
    for number, phone in indexes:
        rows = await tx.all(_LIKE, name=name, number=number, phone=phone, own=own, at=at)
        found.update({row.id: row for row in rows})
    return list(found.values())


async def listed(tx: Tx, unit: int) -> bool:
    """Whether a unit or one below it has lines that nobody has claimed."""
    return await tx.one(_LISTED, unit=unit) is not None
