"""The first person of all: written down with an account, a home and what was consented to."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import bindparam, update

from storage.prepared import Prepared, insert_row
from storage.schema import accounts, consents, homes, persons
from storage.tx import Tx

_PERSON = insert_row(
    persons,
    *("name", "alias", "home_unit_id", "status", "guardian", "version"),
    *("created_at", "claimed_at"),
)
_HOME = insert_row(homes, "person_id", "unit_id", "since")
_ACCOUNT = Prepared(
    update(accounts)
    .where(accounts.c.id == bindparam("key_id"))
    .values(person_id=bindparam("new_person"))
)
_CONSENTS = Prepared(
    update(consents)
    .where(consents.c.account_id == bindparam("key_id"), consents.c.person_id.is_(None))
    .values(person_id=bindparam("new_person"))
)


async def add_person(tx: Tx, account: int, name: str, alias: str, unit: int, at: datetime) -> int:
    """An active person at home in a unit, with this account and its consents."""
    person = int(
        await tx.value(
            _PERSON,
            name=name,
            alias=alias,
            home_unit_id=unit,
            status="active",
            guardian=False,
            version=1,
            created_at=at,
            claimed_at=at,
        )
        or 0
    )
    await tx.value(_HOME, person_id=person, unit_id=unit, since=at)
    await tx.run(_ACCOUNT, key_id=account, new_person=person)
    await tx.run(_CONSENTS, key_id=account, new_person=person)
    return person
