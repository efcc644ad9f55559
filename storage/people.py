"""People: their open and sealed fields, how they are found, and where they are at home."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import bindparam, func, or_, select, update

from storage.connections import Refused
from storage.consents import GUARDIAN_ASKED
from storage.prepared import Prepared, insert_row
from storage.schema import accounts, claims, consents, homes, persons, roles, units
from storage.session import Account
from storage.tx import Tx
from storage.vault import Vault

_PLAIN = ("name", "alias", "home_unit_id", "status", "member_status", "member_status_since")
_SEALED = ("number", "phone", "identity")
_KEPT = (
    *_PLAIN,
    *[f"{name}_{part}" for name in _SEALED for part in ("sealed", "index")],
    *("birth_sealed", "guardian", "language", "claimed_at"),
)
_ONE = select(persons).where(persons.c.id == bindparam("key_id"))
_READ = Prepared(_ONE)
_LOCK = Prepared(_ONE.with_for_update())
_people = select(persons).where(persons.c.status != "merged")  # found under who they are now
_BY_NUMBER = Prepared(_people.where(persons.c.number_index == bindparam("looked_for")))
_BY_PHONE = Prepared(_people.where(persons.c.phone_index == bindparam("looked_for")))
_BY_NAME = Prepared(_people.where(persons.c.name == bindparam("looked_for")))
_NEW = insert_row(persons, *_KEPT, "version", "created_at")
_SAVE = Prepared(
    update(persons)
    .where(persons.c.id == bindparam("key_id"), persons.c.version == bindparam("old_version"))
    .values(
        version=persons.c.version + 1,
        **{name: bindparam(f"new_{name}", type_=persons.c[name].type) for name in _KEPT},
    )
)
_HOME = insert_row(homes, "person_id", "unit_id", "since")
_HOME_ENDS = Prepared(
    update(homes)
    .where(homes.c.person_id == bindparam("key_id"), homes.c.until.is_(None))
    .values(until=bindparam("new_until"))
)
_BIND = Prepared(
    update(accounts)
    .where(
        accounts.c.id == bindparam("key_id"),
        func.coalesce(accounts.c.person_id, 0) == bindparam("old_person"),
    )
    .values(person_id=bindparam("new_person"))
)
_ACCOUNT = Prepared(
    select(
        accounts.c.id,
        accounts.c.channel,
        accounts.c.external,
        accounts.c.person_id,
        accounts.c.reachable,
        accounts.c.language,
        accounts.c.reads,
    ).where(accounts.c.id == bindparam("key_id"))
)
_ACCOUNTS = Prepared(
    select(accounts.c.channel, accounts.c.reachable)
    .where(accounts.c.person_id == bindparam("person_id"))
    .order_by(accounts.c.id)
)
_running = or_(roles.c.until.is_(None), roles.c.until > bindparam("at"))
_END_ROLES = Prepared(
    update(roles)
    .where(roles.c.person_id == bindparam("key_id"), _running)
    .values(until=bindparam("at"), ended_by=bindparam("new_ended"))
)
_ROLES = Prepared(
    select(roles.c.role, units.c.name.label("unit"))
    .join(units, units.c.id == roles.c.unit_id)
    .where(roles.c.person_id == bindparam("person_id"), _running, roles.c.since <= bindparam("at"))
    .order_by(roles.c.id)
)
_HELD = Prepared(select(roles.c.id).where(roles.c.person_id == bindparam("person_id"), _running))
_ASKS_GUARDIAN = Prepared(
    select(consents.c.id).where(
        consents.c.person_id == bindparam("person_id"), consents.c.purpose == GUARDIAN_ASKED
    )
)
_END_GUARDIAN = Prepared(
    update(consents)
    .where(
        consents.c.person_id == bindparam("key_person"),
        consents.c.guardian_sealed.is_not(None),
        consents.c.withdrawn_at.is_(None),
    )
    .values(withdrawn_at=bindparam("new_withdrawn"))
)
_CLAIMS = Prepared(
    select(claims.c.id).where(
        claims.c.person_id == bindparam("person_id"),
        or_(claims.c.state == "waiting", claims.c.state == "second"),
    )
)


@dataclass(frozen=True, slots=True)
class Record:
    """A person as the services see one, opened. `id` and `version` are 0 before it is kept."""

    name: str
    alias: str
    home: int | None
    status: str
    member_status: str | None = None
    since: date | None = None  # of the member status
    number: str | None = None
    phone: str | None = None
    identity: str | None = None
    birth: date | None = None
    guardian: bool = False
    language: str | None = None
    claimed_at: datetime | None = None
    id: int = 0
    version: int = 0
    created_at: datetime | None = None


def opened(vault: Vault, row: Any) -> Record:
    """A row of persons with its sealed fields opened."""
    return Record(
        name=row.name,
        alias=row.alias,
        home=row.home_unit_id,
        status=row.status,
        member_status=row.member_status,
        since=row.member_status_since,
        number=_open(vault, "number", row.number_sealed),
        phone=_open(vault, "phone", row.phone_sealed),
        identity=_open(vault, "identity", row.identity_sealed),
        birth=birth_of(vault, row),
        guardian=bool(row.guardian),
        language=row.language,
        claimed_at=row.claimed_at,
        id=row.id,
        version=row.version,
        created_at=row.created_at,
    )


def birth_of(vault: Vault, row: Any) -> date | None:
    """The birth date of a row of persons."""
    birth = _open(vault, "birth", row.birth_sealed)
    return date.fromisoformat(birth) if birth else None


def _open(vault: Vault, field: str, sealed: bytes | None) -> str | None:
    return None if sealed is None else vault.open(f"persons.{field}", sealed)


def lookups(vault: Vault, field: str, value: str) -> list[str]:
    """The keyed indexes under which a number, phone or identity may stand, of every key."""
    return vault.lookups(f"persons.{field}", value.casefold())


def _values(vault: Vault, record: Record) -> dict[str, Any]:
    values: dict[str, Any] = {
        "name": record.name,
        "alias": record.alias,
        "home_unit_id": record.home,
        "status": record.status,
        "member_status": record.member_status,
        "member_status_since": record.since,
        "guardian": record.guardian,
        "language": record.language,
        "claimed_at": record.claimed_at,
        "birth_sealed": None,
    }
    if record.birth is not None:
        values["birth_sealed"] = vault.seal("persons.birth", record.birth.isoformat())
    for field in _SEALED:
        value: str | None = getattr(record, field)
        values[f"{field}_sealed"] = None if value is None else vault.seal(f"persons.{field}", value)
        values[f"{field}_index"] = None if value is None else lookups(vault, field, value)[0]
    return values


async def load(tx: Tx, vault: Vault, person: int, lock: bool = False) -> Record | None:
    """A person, locked against others if wanted."""
    row = await tx.one(_LOCK if lock else _READ, key_id=person)
    return None if row is None else opened(vault, row)


async def add(tx: Tx, vault: Vault, record: Record, at: datetime) -> int:
    """Write a new person down, with a home from now on."""
    new = await tx.value(_NEW, **_values(vault, record), version=1, created_at=at)
    if record.home is not None:
        await tx.value(_HOME, person_id=new, unit_id=record.home, since=at)
    return int(new or 0)


async def save(tx: Tx, vault: Vault, record: Record) -> bool:
    """Keep a changed record; False if somebody changed the person since it was loaded."""
    values = {f"new_{name}": value for name, value in _values(vault, record).items()}
    return bool(await tx.run(_SAVE, key_id=record.id, old_version=record.version, **values))


async def rehome(tx: Tx, person: int, unit: int | None, at: datetime) -> None:
    """End the home of a person in the history and begin the next one, if there is one."""
    await tx.run(_HOME_ENDS, key_id=person, new_until=at)
    if unit is not None:
        await tx.value(_HOME, person_id=person, unit_id=unit, since=at)


async def by_number(tx: Tx, vault: Vault, number: str) -> list[Record]:
    """Everybody with this number."""
    return await _found(tx, vault, _BY_NUMBER, lookups(vault, "number", number))


async def by_phone(tx: Tx, vault: Vault, phone: str) -> list[Record]:
    """Everybody with this phone."""
    return await _found(tx, vault, _BY_PHONE, lookups(vault, "phone", phone))


async def by_name(tx: Tx, vault: Vault, name: str) -> list[Record]:
    """Everybody of exactly this name."""
    return await _found(tx, vault, _BY_NAME, [name])


async def _found(tx: Tx, vault: Vault, query: Prepared, wanted: list[str]) -> list[Record]:
    return [opened(vault, row) for one in wanted for row in await tx.all(query, looked_for=one)]


async def bind(tx: Tx, account: int, person: int, before: int | None = None) -> None:
    """Say whose account this is, which was `before`'s. Refused if that changed meanwhile."""
    if await tx.run(_BIND, key_id=account, new_person=person, old_person=before or 0) != 1:
        raise Refused(f"accounts: {account} has another person")


async def account(tx: Tx, account_id: int) -> Account | None:
    """An account by its id."""
    row = await tx.one(_ACCOUNT, key_id=account_id)
    if row is None:
        return None
    return Account(
        *(row.id, row.channel, row.external, row.person_id, row.language, bool(row.reachable)),
        reads=row.reads,
    )


async def channels(tx: Tx, person: int) -> list[str]:
    """The channels on which a person has an account, the first first."""
    return [row.channel for row in await tx.all(_ACCOUNTS, person_id=person)]


async def end_roles(tx: Tx, person: int, by: int | None, at: datetime) -> int:
    """End every role of a person now, also those that were to come; answers how many."""
    return await tx.run(_END_ROLES, key_id=person, new_ended=by, at=at)


async def roles_of(tx: Tx, person: int, at: datetime) -> list[tuple[str, str]]:
    """The roles that a person holds now: (role, name of the unit)."""
    return [(row.role, row.unit) for row in await tx.all(_ROLES, person_id=person, at=at)]


async def holds_role(tx: Tx, person: int, at: datetime) -> bool:
    """Whether a person holds a role now or will."""
    return await tx.one(_HELD, person_id=person, at=at) is not None


async def asks_guardian(tx: Tx, person: int) -> bool:
    """Whether the line was written down as that of a child, which needs a guardian's consent."""
    return await tx.one(_ASKS_GUARDIAN, person_id=person) is not None


async def end_guardian(tx: Tx, person: int, at: datetime) -> None:
    """What a guardian agreed to, for this person, ends."""
    await tx.run(_END_GUARDIAN, key_person=person, new_withdrawn=at)


async def claims_waiting(tx: Tx, person: int) -> int:
    """How many claims of a person wait for a verdict."""
    return len(await tx.all(_CLAIMS, person_id=person))
