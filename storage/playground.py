"""What the playground shows: both sides of a chat, and who the web accounts are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, or_, select

from domain.forgetting import GONE
from storage.prepared import Prepared
from storage.schema import accounts, inbox, outbox, persons, roles, units
from storage.tx import Tx
from storage.vault import Vault

CHANNEL = "web"
_LAST = 200

_SPOKEN = Prepared(
    select(outbox.c.id, outbox.c.facts, outbox.c.worded, outbox.c.done_at)
    .join(accounts, accounts.c.id == outbox.c.account_id)
    .where(
        accounts.c.channel == CHANNEL,
        accounts.c.external == bindparam("account"),
        outbox.c.state == "sent",
        outbox.c.id > bindparam("after"),
    )
    .order_by(outbox.c.id.desc())
    .limit(_LAST)
)
_SAID = Prepared(
    select(inbox.c.key, inbox.c.kind, inbox.c.payload, inbox.c.received_at)
    .where(
        # each state by itself, so that the index serves
        or_(inbox.c.state == "done", inbox.c.state == "pending", inbox.c.state == "quarantined"),
        inbox.c.channel == CHANNEL,
        inbox.c.account == bindparam("account"),
        inbox.c.payload.is_not(None),
    )
    .order_by(inbox.c.id.desc())
    .limit(_LAST)
)
_PEOPLE = Prepared(
    select(
        accounts.c.external,
        accounts.c.person_id,
        accounts.c.language.label("account_language"),
        persons.c.name,
        persons.c.language.label("person_language"),
        units.c.name.label("unit"),
    )
    .outerjoin(persons, (persons.c.id == accounts.c.person_id) & (persons.c.status == "active"))
    .outerjoin(units, units.c.id == persons.c.home_unit_id)
    .where(accounts.c.channel == CHANNEL, accounts.c.external.not_like(f"{GONE}%"))
    .order_by(accounts.c.id)
    .limit(300)
)
_ROLES = Prepared(
    select(roles.c.person_id, roles.c.role, units.c.name.label("unit"))
    .join(units, units.c.id == roles.c.unit_id)
    .join(accounts, accounts.c.person_id == roles.c.person_id)
    .where(
        accounts.c.channel == CHANNEL,
        roles.c.since <= bindparam("at"),
        or_(roles.c.until.is_(None), roles.c.until > bindparam("at")),
    )
    .order_by(roles.c.id)
)


@dataclass(frozen=True, slots=True)
class Spoken:
    """A message that was sent: its outbox id, its words, its attachment (base64), and when."""

    id: int
    worded: Any
    attachment: Any
    at: datetime


@dataclass(frozen=True, slots=True)
class Heard:
    """What an account itself said: the inbox key, the kind of event and its payload."""

    key: str
    kind: str
    payload: Any
    at: datetime


@dataclass(frozen=True, slots=True)
class WebPerson:
    """A web account; without `name` nobody has registered with it. `held`: (role, unit) pairs."""

    account: str
    name: str | None
    unit: str | None
    language: str | None
    held: tuple[tuple[str, str], ...]


async def spoken_after(tx: Tx, vault: Vault, account: str, after: int) -> list[Spoken]:
    """The last 200 messages that were sent to a web account after an id, oldest first."""
    rows = await tx.all(_SPOKEN, account=account, after=after)
    found = []
    for row in reversed(rows):
        if row.worded is None:
            continue
        attachment = vault.open_json("outbox.facts", row.facts).get("attachment")
        words = vault.open_json("outbox.worded", row.worded)
        found.append(Spoken(row.id, words, attachment, row.done_at))
    return found


async def heard_from(tx: Tx, vault: Vault, account: str) -> list[Heard]:
    """The last 200 things that a web account said and that are still kept, oldest first."""
    rows = await tx.all(_SAID, account=account)
    return [
        Heard(row.key, row.kind, vault.open_json("inbox.payload", row.payload), row.received_at)
        for row in reversed(rows)
    ]


async def web_people(tx: Tx, at: datetime) -> list[WebPerson]:
    """Who the web accounts are at this time, the oldest account first (300 at the most)."""
    held: dict[int, list[tuple[str, str]]] = {}
    for row in await tx.all(_ROLES, at=at):
        held.setdefault(row.person_id, []).append((row.role, row.unit))
    return [
        WebPerson(
            row.external,
            row.name,
            row.unit,
            row.person_language or row.account_language,
            tuple(held.get(row.person_id, ())) if row.name is not None else (),
        )
        for row in await tx.all(_PEOPLE, at=at)
    ]
