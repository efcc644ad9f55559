"""A unit is dissolved into another: everything that is not history goes over."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import bindparam, insert, or_, select, update

from storage import org
from storage.prepared import Prepared
from storage.schema import (
    claims,
    groups,
    homes,
    invites,
    persons,
    proposals,
    registrations,
    roles,
    units,
)
from storage.tx import Tx

_here = or_(persons.c.status == "active", persons.c.status == "roster")
_open_claim = or_(claims.c.state == "waiting", claims.c.state == "second")
_source = bindparam("source_id", type_=units.c.id.type)
_target = bindparam("target_id", type_=units.c.id.type)
_HOMES_END = Prepared(
    update(homes)
    .where(homes.c.unit_id == _source, homes.c.until.is_(None))
    .values(until=bindparam("new_until"))
)
_HOMES_BEGIN = Prepared(
    insert(homes).from_select(
        ["person_id", "unit_id", "since"],
        select(persons.c.id, _target, bindparam("new_since", type_=homes.c.since.type)).where(
            persons.c.home_unit_id == _source, _here
        ),
    )
)
_PERSONS = Prepared(
    update(persons)
    .where(persons.c.home_unit_id == _source, _here)
    .values(home_unit_id=_target, version=persons.c.version + 1)
)
_MOVE_REGISTRATIONS = Prepared(
    update(registrations)
    .where(registrations.c.unit_id == _source, registrations.c.state == "waiting")
    .values(unit_id=_target)
)
_MOVE_CLAIMS = Prepared(
    update(claims).where(claims.c.unit_id == _source, _open_claim).values(unit_id=_target)
)
_MOVE_GROUPS = Prepared(update(groups).where(groups.c.unit_id == _source).values(unit_id=_target))
_END_INVITES = Prepared(
    update(invites)
    .where(invites.c.unit_id == _source, invites.c.revoked_at.is_(None))
    .values(revoked_at=bindparam("new_revoked"), version=invites.c.version + 1)
)
_END_ROLES = Prepared(
    update(roles)
    .where(
        roles.c.unit_id == _source, or_(roles.c.until.is_(None), roles.c.until > bindparam("at"))
    )
    .values(until=bindparam("new_until"), ended_by=bindparam("new_ended"))
)
_END_PROPOSALS = Prepared(
    update(proposals)
    .where(proposals.c.unit_id == _source, proposals.c.state == "waiting")
    .values(
        state="withdrawn",
        decided_at=bindparam("new_decided"),
        version=proposals.c.version + 1,
    )
)


async def dissolve(tx: Tx, source: int, target: int, by: int | None, at: datetime) -> None:
    """Hand everything of one unit to another: people, subunits, what waits. Its offices end."""
    for child in await org.all_children(tx, source):
        await org.move(tx, child.id, target)
    await tx.run(_HOMES_END, source_id=source, new_until=at)
    await tx.run(_HOMES_BEGIN, source_id=source, target_id=target, new_since=at)
    await tx.run(_PERSONS, source_id=source, target_id=target)
    await tx.run(_MOVE_REGISTRATIONS, source_id=source, target_id=target)
    await tx.run(_MOVE_CLAIMS, source_id=source, target_id=target)
    await tx.run(_MOVE_GROUPS, source_id=source, target_id=target)
    await tx.run(_END_INVITES, source_id=source, new_revoked=at)
    await tx.run(_END_ROLES, source_id=source, at=at, new_until=at, new_ended=by)
    await tx.run(_END_PROPOSALS, source_id=source, new_decided=at)
    await org.set_closed(tx, source, at, target)
