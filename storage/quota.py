"""What waits while a platform takes nothing more today: by the unit of its readers."""

from __future__ import annotations

from typing import Any

from sqlalchemy import bindparam, func, or_, select

from storage.prepared import Prepared
from storage.schema import accounts, outbox, persons, units
from storage.tx import Tx

_waits = (
    accounts.c.channel == bindparam("channel"),
    or_(outbox.c.state == "pending", outbox.c.state == "sending"),
)
_BY_UNIT = Prepared(
    select(units.c.id, units.c.name, func.count().label("count"))
    .select_from(
        outbox.join(accounts, accounts.c.id == outbox.c.account_id)
        .join(persons, persons.c.id == accounts.c.person_id)
        .join(units, units.c.id == persons.c.home_unit_id)
    )
    .where(*_waits, outbox.c.answer.is_(False), outbox.c.message.not_like("quota.%"))
    .group_by(units.c.id, units.c.name)
    .order_by(units.c.id)
)
_ALL = Prepared(
    select(func.count().label("count"))
    .select_from(outbox.join(accounts, accounts.c.id == outbox.c.account_id))
    .where(*_waits)
)
_WHO = Prepared(
    select(
        accounts.c.person_id,
        func.coalesce(persons.c.language, accounts.c.language).label("language"),
    )
    .outerjoin(persons, persons.c.id == accounts.c.person_id)
    .where(accounts.c.channel == bindparam("channel"), accounts.c.external == bindparam("external"))
)


async def by_unit(tx: Tx, channel: str) -> list[Any]:
    """How many notices wait for the members of each unit (id, name, count); none is left out."""
    return await tx.all(_BY_UNIT, channel=channel)


async def waiting(tx: Tx, channel: str) -> int:
    """How many messages wait in all."""
    return int(await tx.value(_ALL, channel=channel) or 0)


async def who(tx: Tx, channel: str, external: str) -> Any | None:
    """The person (person_id) and the language of an account; None if it is not known."""
    return await tx.one(_WHO, channel=channel, external=external)
