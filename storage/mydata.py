"""Everything that is kept about one person, or one account without a person, as plain rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Table, and_, bindparam, or_, select
from sqlalchemy.sql.elements import ColumnElement

from storage import schema
from storage.prepared import Prepared
from storage.privacy import LEAVES, PRIVACY, WHO
from storage.schema import metadata
from storage.tx import Tx
from storage.types import Id
from storage.vault import Vault

ME, ACCOUNT = bindparam("my_person", type_=Id), bindparam("my_account", type_=Id)
_NOBODY = 0  # no row has it

MY_ACCOUNTS = or_(schema.accounts.c.id == ACCOUNT, schema.accounts.c.person_id == ME)
_accounts = select(schema.accounts.c.id).where(MY_ACCOUNTS)
_claims = select(schema.claims.c.id).where(schema.claims.c.person_id == ME)
_entries = select(schema.entries.c.id).where(schema.entries.c.person_id == ME)
_heard = (
    select(schema.accounts.c.id)
    .where(
        MY_ACCOUNTS,
        schema.accounts.c.channel == schema.inbox.c.channel,
        schema.accounts.c.external == schema.inbox.c.account,
    )
    .correlate(schema.inbox)
    .exists()
)


def _mine(table: Table) -> ColumnElement[bool]:
    return or_(table.c.account_id.in_(_accounts), table.c.person_id == ME)


def _of_account(table: Table) -> ColumnElement[bool]:
    return table.c.account_id.in_(_accounts)


def _by(*columns: Any) -> ColumnElement[bool]:
    return or_(*(column == ME for column in columns))


_audit = schema.audit.c
_SUFFIXES = ("_by_me", "_about_me")


def _table(section: str) -> Table:
    for suffix in _SUFFIXES:
        section = section.removesuffix(suffix)
    return metadata.tables[section]


_SECTIONS: Mapping[str, tuple[Table, ColumnElement[bool], frozenset[str]]] = {
    name: (_table(name), whose, frozenset(without.split()))
    for name, whose, without in (
        ("persons", schema.persons.c.id == ME, ""),
        ("accounts", MY_ACCOUNTS, ""),
        ("former_ids", _of_account(schema.former_ids), ""),
        ("homes", schema.homes.c.person_id == ME, ""),
        ("roles", schema.roles.c.person_id == ME, ""),
        ("roles_by_me", _by(schema.roles.c.appointed_by, schema.roles.c.ended_by), ""),
        ("consents", _mine(schema.consents), ""),
        ("consents_by_me", _by(schema.consents.c.recorded_by), ""),
        ("registrations", _of_account(schema.registrations), ""),
        (  # somebody else asked: to move me, or for my line, and what they said is theirs
            "registrations_about_me",
            and_(schema.registrations.c.person_id == ME, ~_of_account(schema.registrations)),
            "details_sealed reason",
        ),
        ("registrations_by_me", _by(schema.registrations.c.decided_by), "details_sealed reason"),
        ("invites", _by(schema.invites.c.created_by), ""),
        ("groups", or_(_of_account(schema.groups), _by(schema.groups.c.bound_by)), ""),
        (
            "links",
            or_(
                schema.links.c.person_id == ME,
                schema.links.c.account_id.in_(_accounts),
                schema.links.c.other_id.in_(_accounts),
            ),
            "",
        ),
        ("merges", _by(schema.merges.c.kept_id, schema.merges.c.absorbed_id), ""),
        ("menus", _of_account(schema.menus), ""),
        ("tries", _of_account(schema.tries), ""),
        ("claims", schema.claims.c.person_id == ME, ""),
        ("claim_stretches", schema.claim_stretches.c.claim_id.in_(_claims), ""),
        ("verdicts", schema.verdicts.c.claim_id.in_(_claims), ""),
        ("verdicts_by_me", _by(schema.verdicts.c.reviewer_id), "reason"),
        ("entries", schema.entries.c.person_id == ME, ""),
        ("entries_by_me", _by(schema.entries.c.recorded_by), "what place"),
        ("balances", schema.balances.c.person_id == ME, ""),
        ("reversals", schema.reversals.c.entry_id.in_(_entries), ""),
        (
            "reversals_by_me",
            _by(schema.reversals.c.proposed_by, schema.reversals.c.decided_by),
            "reason",
        ),
        ("proposals", _by(schema.proposals.c.proposed_by, schema.proposals.c.decided_by), ""),
        (
            "audit",
            or_(
                _audit.actor_id == ME,
                _audit.account_id.in_(_accounts),
                and_(_audit.object == "persons", _audit.object_id == ME),
            ),
            "",
        ),
        ("inbox", _heard, ""),
        ("outbox", _of_account(schema.outbox), ""),
        ("dialogs", _of_account(schema.dialogs), ""),
    )
}
TABLES = frozenset(table.name for table, _, _ in _SECTIONS.values())
"""The tables that the own data are taken from."""


def _leaving(table: Table, without: frozenset[str]) -> list[Any]:
    return [
        column
        for column in table.columns
        if PRIVACY.get(f"{table.name}.{column.name}") in LEAVES and column.name not in without
    ]


_READ = {
    name: Prepared(
        select(*_leaving(table, without)).where(whose).order_by(*table.primary_key.columns)
    )
    for name, (table, whose, without) in _SECTIONS.items()
}
_UNITS = Prepared(
    select(schema.units.c.name).where(schema.units.c.id == bindparam("unit_id", type_=Id))
)

_ABSORBED = Prepared(
    select(schema.merges.c.absorbed_id).where(
        schema.merges.c.kept_id == ME, schema.merges.c.state == "done"
    )
)

Rows = dict[str, list[dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose data: the person, if there is one, and the account that speaks.

    `absorbed`: earlier registrations of the same human (storage.schema.merges).
    """

    person: int | None
    account: int
    absorbed: tuple[int, ...] = ()

    @property
    def persons(self) -> tuple[int, ...]:
        """Every person that is this one, the present one first."""
        return () if self.person is None else (self.person, *self.absorbed)

    def values(self) -> dict[str, Any]:
        """For the statements about the person and every account."""
        return {"my_person": self.person or _NOBODY, "my_account": self.account}


async def subject(tx: Tx, person: int | None, account: int) -> Subject:
    """Whose data are asked for, with every registration that turned out to be theirs."""
    found: list[int] = []
    wanted = [] if person is None else [person]
    while wanted:
        rows = await tx.all(_ABSORBED, my_person=wanted.pop())
        new = [row.absorbed_id for row in rows if row.absorbed_id not in (person, *found)]
        found += new
        wanted += new
    return Subject(person, account, tuple(found))


async def collect(tx: Tx, vault: Vault, subject: Subject) -> Rows:
    """Every section with its rows: sealed fields opened, units by name, others by what they are.

    Times are aware, days are dates; `details` of a registration is a mapping.
    """
    units: dict[int, str | None] = {}
    found: Rows = {}
    for name, statement in _READ.items():
        table = _SECTIONS[name][0]
        rows = await tx.all(statement, **subject.values())
        for person in subject.absorbed:
            more = await tx.all(statement, my_person=person, my_account=_NOBODY)
            known = set(rows)  # a deed of one about the other is found twice
            rows += [row for row in more if row not in known]
        made = [_fields(vault, table, row, subject) for row in rows]
        for one in made:
            for field in [key for key, value in one.items() if isinstance(value, _Unit)]:
                key = one[field].id
                if key not in units:
                    units[key] = await tx.value(_UNITS, unit_id=key)
                one[field] = units[key]
        found[name] = made
    return found


@dataclass(frozen=True, slots=True)
class _Unit:
    id: int


def _fields(vault: Vault, table: Table, row: Any, subject: Subject) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for name, value in row._asdict().items():
        tag = PRIVACY[f"{table.name}.{name}"]
        change = _CHANGES.get(tag)
        plain = name.removesuffix("_sealed").removesuffix("_id")
        made[plain] = (
            value
            if value is None or change is None
            else change(value, f"{table.name}.{name}", (vault, subject))
        )
    return made


def _opened(value: Any, column: str, known: tuple[Vault, Subject]) -> Any:
    if not value:
        return None  # erased
    text = known[0].open(column.removesuffix("_sealed"), value)
    if column != "registrations.details_sealed":
        return text
    details = known[0].open_json("registrations.details", value)
    if details["kind"] == "transfer":  # by an officer: about somebody else
        return {"kind": "transfer"}
    return {name: details.get(name) for name in DETAILS}


DETAILS = ("kind", "name", "birth", "number", "phone", "status", "guardian")
"""What the applicant answered; whom a registration was compared with is another's."""


def _called(value: Any, column: str, known: tuple[Vault, Subject]) -> str:
    return "self" if value in known[1].persons else WHO[column]


def _unit(value: Any, column: str, known: tuple[Vault, Subject]) -> _Unit:
    return _Unit(int(value))


_CHANGES: Mapping[str, Callable[[Any, str, tuple[Vault, Subject]], Any]] = {
    "sealed": _opened,
    "other": _called,
    "unit": _unit,
}
