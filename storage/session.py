"""Who is speaking: account, person, roles and the open dialog, in two looks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, or_, select, update

from domain.layout import is_plain
from domain.rights import Grant, Role
from storage import moving
from storage.prepared import Prepared, insert_once
from storage.schema import accounts, dialogs, persons, roles, units
from storage.tx import Tx
from storage.vault import Vault

_PERSON = (
    persons.c.name,
    persons.c.alias,
    persons.c.home_unit_id,
    units.c.name.label("home_name"),
    persons.c.status,
    persons.c.member_status,
    persons.c.created_at,
    persons.c.claimed_at,
    persons.c.version,
)
_ONE_PERSON = Prepared(
    select(persons.c.id.label("person_id"), *_PERSON)
    .outerjoin(units, units.c.id == persons.c.home_unit_id)
    .where(persons.c.id == bindparam("key_id"))
)
_WHO = Prepared(
    select(
        accounts.c.id,
        accounts.c.channel,
        accounts.c.external,
        accounts.c.person_id,
        accounts.c.reachable,
        accounts.c.reads,
        accounts.c.language.label("account_language"),
        *_PERSON,
        persons.c.language.label("person_language"),
        dialogs.c.step,
        dialogs.c.data,
        dialogs.c.offers,
        dialogs.c.expires_at,
    )
    .outerjoin(persons, persons.c.id == accounts.c.person_id)
    .outerjoin(units, units.c.id == persons.c.home_unit_id)
    .outerjoin(dialogs, dialogs.c.account_id == accounts.c.id)
    .where(accounts.c.channel == bindparam("channel"), accounts.c.external == bindparam("external"))
)
_NEW_ACCOUNT = insert_once(
    accounts,
    *("channel", "external", "reachable", "created_at"),
    unique=("channel", "external"),
)
_BACK = Prepared(
    update(accounts).where(accounts.c.id == bindparam("key_id")).values(reachable=True, reason=None)
)
_ROLES = Prepared(
    select(roles.c.role, roles.c.unit_id, roles.c.since, roles.c.until).where(
        roles.c.person_id == bindparam("person_id"),
        or_(roles.c.until.is_(None), roles.c.until > bindparam("at")),
    )
)
_ROLES_OF_ACCOUNT = Prepared(
    select(roles.c.role, roles.c.unit_id, roles.c.since, roles.c.until)
    .join(accounts, accounts.c.person_id == roles.c.person_id)
    .where(
        accounts.c.channel == bindparam("channel"),
        accounts.c.external == bindparam("external"),
        or_(roles.c.until.is_(None), roles.c.until > bindparam("at")),
    )
)
_REACH = Prepared(
    select(
        accounts.c.id,
        accounts.c.channel,
        accounts.c.external,
        accounts.c.person_id,
        accounts.c.reachable,
        accounts.c.reads,
        accounts.c.language.label("account_language"),
        persons.c.language.label("person_language"),
    )
    .outerjoin(persons, persons.c.id == accounts.c.person_id)
    .where(accounts.c.person_id == bindparam("person_id"))
    .order_by(
        accounts.c.reachable.desc(),
        accounts.c.preferred.is_(None),  # what the person chose comes first
        accounts.c.id,
    )
)
NEW_DIALOG = insert_once(
    dialogs, "account_id", "step", "data", "expires_at", "offers", unique=("account_id",)
)
_SET_DIALOG = Prepared(
    update(dialogs)
    .where(dialogs.c.account_id == bindparam("key_id"))
    .values(
        step=bindparam("new_step"),
        data=bindparam("new_data"),
        expires_at=bindparam("new_expires"),
        offers=bindparam("new_offers"),
    )
)
_DATA, OFFERS = "dialogs.data", "dialogs.offers"


@dataclass(slots=True)
class Account:
    """One identity on one channel. `language` is what was chosen, on it or by its person.

    `reads`: what is known of where it reads, a domain.layout.Reads.
    """

    id: int
    channel: str
    external: str
    person: int | None
    language: str | None
    reachable: bool = True
    reads: str | None = None

    @property
    def plain(self) -> bool | None:
        """Whether it is to be told everything in words; None where nobody knows."""
        return is_plain(self.reads)

    @property
    def name(self) -> str:
        """`channel:external`, as `app.admins` writes it."""
        return f"{self.channel}:{self.external}"


@dataclass(slots=True)
class Person:
    """The person who speaks. `status` is roster, active, left or deleted.

    `since`: when they registered, or else were written down; aware.
    """

    id: int
    name: str
    alias: str
    home: int | None
    home_name: str
    status: str
    member_status: str | None
    since: datetime
    version: int


@dataclass(slots=True)
class Dialog:
    """The open step and its data, and the buttons last shown. `stored` says that a row exists."""

    step: str | None = None
    data: dict[str, Any] | None = None
    expires_at: datetime | None = None
    offers: list[dict[str, Any]] | None = None
    stored: bool = False
    changed: bool = False


@dataclass(slots=True)
class Session:
    """Everything that a turn knows about its speaker before it begins."""

    account: Account
    person: Person | None
    grants: tuple[Grant, ...]
    dialog: Dialog


async def load(tx: Tx, vault: Vault, channel: str, external: str, at: datetime) -> Session:
    """Load who speaks; a new account is written down, one that was lost is reachable again."""
    row, grants = await _known(tx, channel, external, at)
    if row is None and (now := await moving.current(tx, channel, external)) is not None:
        external = now  # a late event of an id that the platform has changed
        row, grants = await _known(tx, channel, external, at)
    if row is None:
        await tx.value(
            _NEW_ACCOUNT, channel=channel, external=external, reachable=True, created_at=at
        )
        row, grants = await _known(tx, channel, external, at)
    if not row.reachable:
        await tx.later(_BACK, key_id=row.id)
    account = Account(row.id, channel, external, row.person_id, _language(row), reads=row.reads)
    person = None if row.person_id is None else _person(row)
    return Session(account, person, grants, _dialog(row, vault, at))


async def _known(
    tx: Tx, channel: str, external: str, at: datetime
) -> tuple[Any, tuple[Grant, ...]]:
    """What stands of an account, or None, and the roles of its person."""
    who = {"channel": channel, "external": external}
    found, held = await tx.together((_WHO, who), (_ROLES_OF_ACCOUNT, {**who, "at": at}))
    return (found[0] if found else None), _grants(held)


async def person(tx: Tx, person_id: int) -> Person | None:
    """A person as a turn knows its speaker."""
    row = await tx.one(_ONE_PERSON, key_id=person_id)
    return None if row is None else _person(row)


def _person(row: Any) -> Person:
    return Person(
        id=row.person_id,
        name=row.name,
        alias=row.alias,
        home=row.home_unit_id,
        home_name=row.home_name or "",
        status=row.status,
        member_status=row.member_status,
        since=row.claimed_at or row.created_at,
        version=row.version,
    )


async def grants_of(tx: Tx, person: int, at: datetime) -> tuple[Grant, ...]:
    """The roles that a person holds now or later."""
    return _grants(await tx.all(_ROLES, person_id=person, at=at))


def _grants(rows: list[Any]) -> tuple[Grant, ...]:
    return tuple(Grant(Role(row.role), row.unit_id, row.since, row.until) for row in rows)


def _language(row: Any) -> str | None:
    language: str | None = row.person_language or row.account_language
    return language


def _dialog(row: Any, vault: Vault, at: datetime) -> Dialog:
    dialog = Dialog(stored=row.offers is not None or row.expires_at is not None)
    if row.offers is not None:
        dialog.offers = vault.open_json(OFFERS, row.offers)
    if row.step is not None and row.expires_at is not None and row.expires_at > at:
        dialog.step = row.step
        dialog.data = vault.open_json(_DATA, row.data)
        dialog.expires_at = row.expires_at
    return dialog


async def keep_dialog(tx: Tx, vault: Vault, account_id: int, dialog: Dialog, at: datetime) -> None:
    """Write the dialog of the speaker, if the turn changed it."""
    if not dialog.changed:
        return
    sealed = {
        "step": dialog.step,
        "data": None if dialog.data is None else vault.seal_json(_DATA, dialog.data),
        "expires": dialog.expires_at or at,
        "offers": vault.seal_json(OFFERS, dialog.offers or []),
    }
    values = {f"new_{name}": value for name, value in sealed.items()}
    if not dialog.stored:
        sealed["expires_at"] = sealed.pop("expires")
        made = await tx.value(NEW_DIALOG, account_id=account_id, **sealed)
        if made is not None:
            return
    await tx.later(_SET_DIALOG, key_id=account_id, **values)


async def reach(tx: Tx, person: int) -> list[Account]:
    """The accounts of a person: those that can be reached first, of them the preferred one."""
    rows = await tx.all(_REACH, person_id=person)
    return [
        Account(
            row.id,
            row.channel,
            row.external,
            person,
            _language(row),
            bool(row.reachable),
            row.reads,
        )
        for row in rows
    ]
