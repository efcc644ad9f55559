"""Appointments and what is proposed about them: history is never deleted, `until` ends it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Integer, bindparam, func, literal, or_, select, update

from storage.consents import GUARDIAN_ASKED
from storage.org import pattern
from storage.prepared import Prepared, insert_row
from storage.schema import accounts, consents, persons, proposals, roles, unit_tree, units
from storage.tx import Tx
from storage.vault import Vault

_FACTS = "proposals.facts"
_size = bindparam("size", type_=Integer)
_skip = bindparam("skip", type_=Integer)
_later = or_(roles.c.until.is_(None), roles.c.until > bindparam("at"))
_asks_guardian = (
    select(literal(1))
    .where(consents.c.person_id == persons.c.id, consents.c.purpose == GUARDIAN_ASKED)
    .correlate(persons)
    .exists()
    .label("asks_guardian")
)
_alike = func.count().over(partition_by=(persons.c.home_unit_id, persons.c.name)).label("alike")

_listed = (
    roles.c.id,
    roles.c.person_id,
    roles.c.unit_id,
    roles.c.role,
    roles.c.since,
    roles.c.until,
    roles.c.ended_by,
    persons.c.name,
    persons.c.alias,
    units.c.name.label("unit_name"),
)
_joined = roles.join(persons, persons.c.id == roles.c.person_id).join(
    units, units.c.id == roles.c.unit_id
)
_AT_UNIT = Prepared(
    select(*_listed)
    .select_from(_joined)
    .where(roles.c.unit_id == bindparam("unit_id"), _later)
    .order_by(roles.c.role, roles.c.since, roles.c.id)
    .limit(_size)
    .offset(_skip)
)
_AT_UNIT_COUNT = Prepared(
    select(func.count().label("count"))
    .select_from(roles)
    .where(roles.c.unit_id == bindparam("unit_id"), _later)
)
_OF_PERSON = Prepared(
    select(*_listed)
    .select_from(_joined)
    .where(roles.c.person_id == bindparam("person_id"), _later)
    .order_by(roles.c.since, roles.c.id)
)
_ONE = Prepared(select(*_listed).select_from(_joined).where(roles.c.id == bindparam("key_id")))
_ON_PATH = Prepared(
    select(roles.c.person_id, persons.c.home_unit_id)
    .distinct()
    .select_from(
        roles.join(unit_tree, unit_tree.c.ancestor_id == roles.c.unit_id).join(
            persons, persons.c.id == roles.c.person_id
        )
    )
    .where(unit_tree.c.unit_id == bindparam("unit_id"), _later)
)
_GRANT = insert_row(
    roles, "person_id", "unit_id", "role", "since", "until", "appointed_by", "created_at"
)
_END = Prepared(
    update(roles)
    .where(
        roles.c.id == bindparam("key_id"),
        or_(roles.c.until.is_(None), roles.c.until > bindparam("new_until")),
    )
    .values(until=bindparam("new_until"), ended_by=bindparam("new_ended"))
)
_candidates = persons.join(unit_tree, unit_tree.c.unit_id == persons.c.home_unit_id).join(
    units, units.c.id == persons.c.home_unit_id
)
_candidate = (
    unit_tree.c.ancestor_id == bindparam("unit_id"),
    persons.c.id != bindparam("but"),
    persons.c.status == "active",  # a line that nobody has claimed holds no office
    func.lower(persons.c.name).like(bindparam("pattern"), escape="\\"),
)
_CANDIDATES = Prepared(
    select(
        persons.c.id,
        persons.c.name,
        persons.c.alias,
        persons.c.number_sealed,
        persons.c.member_status,
        _alike,
        units.c.name.label("unit_name"),
    )
    .select_from(_candidates)
    .where(*_candidate)
    .order_by(unit_tree.c.depth, persons.c.name, persons.c.id)
    .limit(_size)
    .offset(_skip)
)
_CANDIDATE_COUNT = Prepared(
    select(func.count().label("count")).select_from(_candidates).where(*_candidate)
)
_PERSON = Prepared(
    select(
        persons.c.id,
        persons.c.name,
        persons.c.alias,
        persons.c.status,
        persons.c.home_unit_id,
        persons.c.birth_sealed,
        persons.c.guardian,
        _asks_guardian,
        units.c.name.label("unit_name"),
    )
    .outerjoin(units, units.c.id == persons.c.home_unit_id)
    .where(persons.c.id == bindparam("key_id"))
)
_ACCOUNT = Prepared(
    select(accounts.c.person_id).where(
        accounts.c.channel == bindparam("channel"), accounts.c.external == bindparam("external")
    )
)
_PROPOSE = insert_row(
    proposals,
    *("action", "unit_id", "object_id", "facts", "proposed_by", "state", "version", "created_at"),
)
_PROPOSAL = Prepared(
    select(proposals).where(proposals.c.id == bindparam("key_id")).with_for_update()
)
_PROPOSALS = Prepared(
    select(proposals)
    .join(unit_tree, unit_tree.c.unit_id == proposals.c.unit_id)
    .where(unit_tree.c.ancestor_id == bindparam("unit_id"), proposals.c.state == "waiting")
    .order_by(proposals.c.id)
    .limit(_size)
)
_DECIDE = Prepared(
    update(proposals)
    .where(proposals.c.id == bindparam("key_id"), proposals.c.state == "waiting")
    .values(
        state=bindparam("new_state"),
        decided_by=bindparam("new_decided_by"),
        decided_at=bindparam("new_decided_at"),
        version=proposals.c.version + 1,
    )
)


async def at_unit(tx: Tx, unit_id: int, at: datetime, skip: int, size: int) -> list[Any]:
    """Appointments at this very unit that hold now or later, with name, alias and unit_name."""
    return await tx.all(_AT_UNIT, unit_id=unit_id, at=at, skip=skip, size=size)


async def count_at_unit(tx: Tx, unit_id: int, at: datetime) -> int:
    """How many `at_unit` has in all."""
    return int(await tx.value(_AT_UNIT_COUNT, unit_id=unit_id, at=at) or 0)


async def of_person(tx: Tx, person_id: int, at: datetime) -> list[Any]:
    """Appointments of a person that hold now or later."""
    return await tx.all(_OF_PERSON, person_id=person_id, at=at)


async def one(tx: Tx, role_id: int) -> Any | None:
    """One appointment, also one of the past."""
    return await tx.one(_ONE, key_id=role_id)


async def on_path(tx: Tx, unit_id: int, at: datetime) -> list[Any]:
    """Everybody who holds a role at this unit or above it: person_id, home_unit_id."""
    return await tx.all(_ON_PATH, unit_id=unit_id, at=at)


async def grant(tx: Tx, values: dict[str, Any], at: datetime) -> int:
    """Write an appointment (person_id, unit_id, role, since, until, appointed_by) down."""
    return int(await tx.value(_GRANT, **values, created_at=at) or 0)


async def end(tx: Tx, role_id: int, until: datetime, by: int | None) -> bool:
    """End an appointment at a time; False if it ends earlier already."""
    return bool(await tx.run(_END, key_id=role_id, new_until=until, new_ended=by))


async def candidates(
    tx: Tx, unit_id: int, text: str, but: int, skip: int, size: int
) -> tuple[list[Any], int]:
    """Registered people at home at or below a unit whose name has the text, and how many in all.

    Not the person `but`. Rows: id, name, alias, number_sealed, member_status, unit_name, and
    `alike`: how many of that name are found in that unit.
    """
    wanted = {"unit_id": unit_id, "pattern": pattern(text), "but": but}
    rows = await tx.all(_CANDIDATES, **wanted, skip=skip, size=size)
    return rows, int(await tx.value(_CANDIDATE_COUNT, **wanted) or 0)


async def person(tx: Tx, person_id: int) -> Any | None:
    """A person: id, name, alias, status, home_unit_id, birth_sealed, guardian, asks_guardian,
    unit_name.
    """
    return await tx.one(_PERSON, key_id=person_id)


async def person_of_account(tx: Tx, channel: str, external: str) -> int | None:
    """Whose account this is, if it is anybody's."""
    found: int | None = await tx.value(_ACCOUNT, channel=channel, external=external)
    return found


async def propose(
    tx: Tx, vault: Vault, values: dict[str, Any], facts: dict[str, Any], at: datetime
) -> int:
    """Write a proposal (action, unit_id, object_id, proposed_by) down."""
    sealed = vault.seal_json(_FACTS, facts)
    new = await tx.value(
        _PROPOSE, **values, facts=sealed, state="waiting", version=1, created_at=at
    )
    return int(new or 0)


async def proposal(tx: Tx, vault: Vault, proposal_id: int) -> tuple[Any, dict[str, Any]] | None:
    """A proposal's row, locked, and its facts."""
    row = await tx.one(_PROPOSAL, key_id=proposal_id)
    return None if row is None else (row, vault.open_json(_FACTS, row.facts))


async def waiting(
    tx: Tx, vault: Vault, unit_id: int, size: int
) -> list[tuple[Any, dict[str, Any]]]:
    """The oldest proposals that wait at or below a unit."""
    rows = await tx.all(_PROPOSALS, unit_id=unit_id, size=size)
    return [(row, vault.open_json(_FACTS, row.facts)) for row in rows]


async def decide(tx: Tx, proposal_id: int, state: str, by: int | None, at: datetime) -> bool:
    """Record what became of a proposal: done, refused or withdrawn. False if it is decided."""
    return bool(
        await tx.run(
            _DECIDE, key_id=proposal_id, new_state=state, new_decided_by=by, new_decided_at=at
        )
    )
