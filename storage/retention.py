"""Everything that has been kept long enough goes: a few rows at a time, the oldest first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    Integer,
    Table,
    and_,
    bindparam,
    delete,
    func,
    literal_column,
    or_,
    select,
    update,
)
from sqlalchemy.sql.elements import ColumnElement

from domain.forgetting import GONE, gone
from domain.people import Band, band
from domain.retention import Limits, Rule, before, oldest_year
from storage import audit
from storage.audit import Line
from storage.forgetting import ERASED
from storage.prepared import Prepared
from storage.schema import (
    accounts,
    claims,
    consents,
    dialogs,
    entries,
    groups,
    inbox,
    invites,
    links,
    outbox,
    persons,
    registrations,
    tries,
)
from storage.tx import Tx
from storage.types import Id, UtcDateTime
from storage.vault import Vault

BATCH = 200  # rows of a rule in one transaction: nobody waits for it long

_BEFORE = bindparam("before", type_=UtcDateTime())
_AFTER = bindparam("after", type_=Id)
_SIZE = bindparam("size", type_=Integer)


@dataclass(frozen=True, slots=True)
class Step:
    """One transaction's work: how many rows, and after which the next begins; None: no more."""

    rows: int
    after: int | None


class _Sweep:
    """A rule as statements: what it touches, and what becomes of that."""

    def __init__(self, table: Table, wanted: ColumnElement[bool], change: Any = None) -> None:
        key = next(iter(table.primary_key.columns))
        some = select(key).where(wanted).limit(_SIZE)  # what is done is wanted no more
        verb = delete(table) if change is None else update(table).values(**change)
        self.do = Prepared(verb.where(key.in_(some), wanted).returning(key))
        self.count = Prepared(select(func.count().label("count")).select_from(table).where(wanted))


def _holds(column: Any) -> ColumnElement[bool]:
    """Whether something is in a sealed column. With plain numbers: so its index is found."""
    found: ColumnElement[bool] = func.length(column) > literal_column("0")
    return found


def _not_the_newest(table: Table) -> ColumnElement[bool]:
    """SQLite gives the highest number again once its row is gone; messages are keyed by it."""
    newest = select(func.max(table.alias("newest").c.id)).scalar_subquery()
    found: ColumnElement[bool] = table.c.id < newest
    return found


def _links(*columns: Any) -> ColumnElement[bool]:
    return or_(*(column == accounts.c.id for column in columns))


_unsent = or_(outbox.c.state == "pending", outbox.c.state == "sending")
_told = select(outbox.c.id).where(
    outbox.c.account_id == dialogs.c.account_id, outbox.c.created_at >= _BEFORE
)
_decided = registrations.c.state != "waiting"
_named = select(registrations.c.id).where(registrations.c.invite_id == invites.c.id)
_forgotten = select(persons.c.id).where(
    persons.c.id == claims.c.person_id, persons.c.status == "deleted"
)
_waits = select(registrations.c.id).where(
    registrations.c.account_id == accounts.c.id, registrations.c.state == "waiting"
)
_agreed = select(consents.c.id).where(
    consents.c.account_id == accounts.c.id, consents.c.withdrawn_at.is_(None)
)
_spoke = select(inbox.c.id).where(
    or_(  # each state by itself, so that the index serves
        inbox.c.state == "pending",
        and_(inbox.c.state == "done", inbox.c.received_at >= _BEFORE),
        and_(inbox.c.state == "quarantined", inbox.c.received_at >= _BEFORE),
    ),
    inbox.c.channel == accounts.c.channel,
    inbox.c.account == accounts.c.external,
)
_grouped = select(groups.c.id).where(groups.c.account_id == accounts.c.id)
_linked = select(links.c.id).where(
    _links(links.c.account_id, links.c.other_id), links.c.expires_at > _BEFORE
)
_stranger = and_(
    accounts.c.person_id.is_(None),
    accounts.c.created_at < _BEFORE,
    accounts.c.external.not_like(f"{GONE}%"),
    *(~one.exists() for one in (_waits, _agreed, _spoke, _grouped, _linked)),
)

_SWEEPS = {
    Rule.INBOX_WORDS: _Sweep(
        inbox,
        and_(
            inbox.c.received_at < _BEFORE,
            inbox.c.state != "pending",
            inbox.c.payload.is_not(None),
        ),
        {"payload": None},
    ),
    Rule.INBOX_ROWS: _Sweep(
        inbox,
        and_(inbox.c.received_at < _BEFORE, inbox.c.state != "pending", _not_the_newest(inbox)),
    ),
    Rule.OUTBOX_WORDS: _Sweep(
        outbox,
        and_(outbox.c.done_at < _BEFORE, ~_unsent, _holds(outbox.c.facts)),
        {"facts": ERASED, "worded": None},
    ),
    Rule.DIALOGS: _Sweep(
        dialogs,
        and_(dialogs.c.expires_at < _BEFORE, dialogs.c.step.is_not(None)),
        {"step": None, "data": None},
    ),
    Rule.OFFERS: _Sweep(
        dialogs,
        and_(dialogs.c.expires_at < _BEFORE, dialogs.c.offers.is_not(None), ~_told.exists()),
        {"offers": None},
    ),
    Rule.REGISTRATIONS: _Sweep(
        registrations,
        and_(
            registrations.c.decided_at < _BEFORE, _decided, _holds(registrations.c.details_sealed)
        ),
        {"details_sealed": ERASED, "reason": None},
    ),
    Rule.INVITES: _Sweep(
        invites,
        and_(invites.c.expires_at < _BEFORE, ~_named.exists(), _not_the_newest(invites)),
    ),
    Rule.LOCKS: _Sweep(tries, tries.c.locked_until < _BEFORE),
    Rule.CODES: _Sweep(
        links,
        and_(links.c.expires_at < _BEFORE, links.c.code_index.is_not(None)),
        {"code_index": None},
    ),
    Rule.GUARDIANS: _Sweep(
        consents,
        and_(consents.c.withdrawn_at < _BEFORE, consents.c.guardian_sealed.is_not(None)),
        {"guardian_sealed": None},
    ),
    # what was written while somebody was being forgotten
    Rule.FORGOTTEN: _Sweep(
        claims, and_(claims.c.said != "", _forgotten.exists()), {"said": "", "said_key": None}
    ),
}
_GUARDED = Prepared(
    select(consents.c.id, persons.c.birth_sealed)
    .join(persons, persons.c.id == consents.c.person_id)
    .where(
        consents.c.guardian_sealed.is_not(None),
        consents.c.withdrawn_at.is_(None),
        persons.c.birth_sealed.is_not(None),
        consents.c.id > _AFTER,
    )
    .order_by(consents.c.id)
    .limit(_SIZE)
)
_UNGUARD = Prepared(
    update(consents).where(consents.c.id == bindparam("key_id")).values(guardian_sealed=None)
)
_STRANGERS = Prepared(
    select(accounts.c.id, accounts.c.channel, accounts.c.external)
    .where(_stranger, accounts.c.id > _AFTER)
    .order_by(accounts.c.id)
    .limit(_SIZE)
)
_UNKNOWN = Prepared(
    update(accounts)
    .where(accounts.c.id == bindparam("key_id"), accounts.c.person_id.is_(None))
    .values(external=bindparam("new_external"), reachable=False, reason="forgotten", language=None)
)
_OLD_LINES = Prepared(
    select(func.count().label("count"))
    .select_from(entries)
    .where(entries.c.year < bindparam("year"))
)


async def step(tx: Tx, vault: Vault, rule: Rule, limits: Limits, at: datetime, after: int) -> Step:
    """Let the next rows of a rule go, with an audit line that says how many."""
    limit = before(rule, limits, at)
    if rule is Rule.GROWN_UP:
        found = await _grown_up(tx, vault, at.astimezone(limits.zone).date(), after)
        for key in found.keys:
            await tx.run(_UNGUARD, key_id=key)
    elif rule is Rule.STRANGERS:
        found = await _strangers(tx, limits, limit, after)
        for key in found.keys:
            await tx.run(_UNKNOWN, key_id=key, new_external=gone(key))
    else:
        rows = await tx.all(_SWEEPS[rule].do, before=limit, size=BATCH)
        keys = [int(row[0]) for row in rows]
        found = _Found(keys, 0 if len(keys) == BATCH else None)
    if found.keys:
        facts = {"rule": str(rule), "rows": len(found.keys)}
        await audit.add(tx, Line("retention", facts=facts), None, None, at)
    return Step(len(found.keys), found.after)


@dataclass(frozen=True, slots=True)
class _Found:
    keys: list[int]
    after: int | None


async def count(tx: Tx, vault: Vault, rule: Rule, limits: Limits, at: datetime) -> int:
    """How many rows of a rule have been kept long enough. Nothing is changed."""
    limit = before(rule, limits, at)
    if rule in _SWEEPS:
        return int(await tx.value(_SWEEPS[rule].count, before=limit) or 0)
    total, after = 0, 0
    while True:
        if rule is Rule.GROWN_UP:
            found = await _grown_up(tx, vault, at.astimezone(limits.zone).date(), after)
        else:
            found = await _strangers(tx, limits, limit, after)
        total += len(found.keys)
        if found.after is None:
            return total
        after = found.after


async def _grown_up(tx: Tx, vault: Vault, today: date, after: int) -> _Found:
    """Consents of guardians of people who are of age by now."""
    rows = await tx.all(_GUARDED, after=after, size=BATCH)
    keys = [
        row.id
        for row in rows
        if band(date.fromisoformat(vault.open("persons.birth", row.birth_sealed)), today)
        is Band.ADULT
    ]
    return _Found(keys, rows[-1].id if len(rows) == BATCH else None)


async def _strangers(tx: Tx, limits: Limits, limit: datetime, after: int) -> _Found:
    """Accounts without a person that left nothing behind and have been silent."""
    rows = await tx.all(_STRANGERS, before=limit, after=after, size=BATCH)
    keys = [row.id for row in rows if f"{row.channel}:{row.external}" not in limits.spared]
    return _Found(keys, rows[-1].id if len(rows) == BATCH else None)


async def old_lines(tx: Tx, limits: Limits, at: datetime) -> int:
    """How many lines of the ledger are older than `privacy.record_years`: they stay."""
    return int(await tx.value(_OLD_LINES, year=oldest_year(limits, at)) or 0)
