"""Somebody is forgotten: what is erased, what is ended, what stays under a pseudonym.

Entries, balances and the audit are not touched: they hold numbers, and the service that was done
belongs to the unit's record (志愿服务记录与证明出具办法 art. 5-10).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, func, or_, select, update
from sqlalchemy.sql.elements import ColumnElement

from domain.forgetting import GONE, NO_WORDS, PSEUDONYM, Held, gone
from storage.mydata import ME, MY_ACCOUNTS, Subject
from storage.prepared import Prepared, insert_row
from storage.schema import (
    accounts,
    claims,
    consents,
    dialogs,
    entries,
    former_ids,
    homes,
    inbox,
    invites,
    links,
    menus,
    outbox,
    persons,
    proposals,
    registrations,
    reversals,
    roles,
    tries,
    units,
    verdicts,
)
from storage.tx import Tx
from storage.types import UtcDateTime
from storage.vault import Vault

ERASED = b""  # of a sealed column that may not be empty: nothing opens it, nothing is in it
_AT = bindparam("at", type_=UtcDateTime())
_mine = select(accounts.c.id).where(MY_ACCOUNTS)
_open_claim = or_(claims.c.state == "waiting", claims.c.state == "second")
_claims_of_mine = select(claims.c.id).where(claims.c.person_id == ME)
_recorded = select(entries.c.id).where(entries.c.claim_id == claims.c.id).correlate(claims).exists()
_running = or_(roles.c.until.is_(None), roles.c.until > _AT)
_live_invite = (invites.c.created_by == ME, invites.c.revoked_at.is_(None))


def _ours(table: Any) -> ColumnElement[bool]:
    found: ColumnElement[bool] = table.c.account_id.in_(_mine)
    return found


_ACCOUNTS = Prepared(
    select(
        accounts.c.id,
        accounts.c.channel,
        accounts.c.external,
        accounts.c.reachable,
        accounts.c.reads,
        func.coalesce(persons.c.language, accounts.c.language).label("language"),
    )
    .outerjoin(persons, persons.c.id == accounts.c.person_id)
    .where(MY_ACCOUNTS)
    .order_by(accounts.c.id)
)
_held = (
    select(roles.c.role, roles.c.unit_id, roles.c.person_id, units.c.name.label("unit_name"))
    .join(units, units.c.id == roles.c.unit_id)
    .where(roles.c.since <= _AT, _running)
)
_my_units = select(roles.c.unit_id).where(roles.c.person_id == ME, roles.c.since <= _AT, _running)
_HELD = Prepared(_held.where(roles.c.unit_id.in_(_my_units)).order_by(roles.c.id))
_MINUTES = Prepared(
    select(func.sum(entries.c.minutes).label("minutes")).where(entries.c.person_id == ME)
)
_OPEN_CLAIMS = Prepared(
    select(func.count().label("count"))
    .select_from(claims)
    .where(claims.c.person_id == ME, _open_claim)
)
_REGISTRATIONS = Prepared(
    select(
        registrations.c.id,
        registrations.c.account_id,
        registrations.c.person_id,
        registrations.c.details_sealed,
        registrations.c.state,
    )
    .where(or_(_ours(registrations), registrations.c.person_id == ME))
    .order_by(registrations.c.id)
)
_OPEN_REGISTRATIONS = Prepared(
    select(func.count().label("count"))
    .select_from(registrations)
    .where(_ours(registrations), registrations.c.state == "waiting")
)
_ERASE_REGISTRATION = Prepared(
    update(registrations)
    .where(registrations.c.id == bindparam("key_id"))
    .values(
        details_sealed=ERASED,
        reason=None,
        state=bindparam("new_state"),
        decided_at=func.coalesce(registrations.c.decided_at, _AT),
        version=registrations.c.version + 1,
    )
)
_PROPOSALS = Prepared(select(proposals).where(proposals.c.state == "waiting"))
_END_PROPOSAL = Prepared(
    update(proposals)
    .where(proposals.c.id == bindparam("key_id"), proposals.c.state == "waiting")
    .values(state="withdrawn", decided_at=_AT, version=proposals.c.version + 1)
)
_OF_PERSON: Sequence[Prepared] = tuple(
    Prepared(statement)
    for statement in (
        update(persons)
        .where(persons.c.id == ME)
        .values(
            name=PSEUDONYM,
            alias=PSEUDONYM,
            home_unit_id=None,
            status="deleted",
            guardian=False,
            version=persons.c.version + 1,
            **dict.fromkeys(
                (
                    *("member_status", "member_status_since", "number_sealed", "number_index"),
                    *("phone_sealed", "phone_index", "identity_sealed", "identity_index"),
                    *("birth_sealed", "language"),
                )
            ),
        ),
        update(homes).where(homes.c.person_id == ME, homes.c.until.is_(None)).values(until=_AT),
        update(roles).where(roles.c.person_id == ME, _running).values(until=_AT, ended_by=ME),
        update(invites).where(*_live_invite).values(revoked_at=_AT, version=invites.c.version + 1),
        update(claims)
        .where(claims.c.person_id == ME, _open_claim)
        .values(state="withdrawn", version=claims.c.version + 1),
        update(claims).where(claims.c.person_id == ME).values(said="", said_key=None),
        update(claims)  # what was never recorded is nobody's record
        .where(claims.c.person_id == ME, ~_recorded)
        .values(what=NO_WORDS, place=None),
        update(verdicts).where(verdicts.c.claim_id.in_(_claims_of_mine)).values(reason=None),
        update(reversals)
        .where(reversals.c.entry_id.in_(select(entries.c.id).where(entries.c.person_id == ME)))
        .values(reason=NO_WORDS),
    )
)
_heard = (
    select(accounts.c.id)
    .where(
        MY_ACCOUNTS,
        accounts.c.channel == inbox.c.channel,
        accounts.c.external == inbox.c.account,
    )
    .correlate(inbox)
)
_other_side = links.c.other_id.in_(_mine)
_OF_ACCOUNTS: Sequence[Prepared] = tuple(
    Prepared(statement)
    for statement in (
        update(consents)
        .where(or_(_ours(consents), consents.c.person_id == ME), consents.c.withdrawn_at.is_(None))
        .values(withdrawn_at=_AT),
        update(consents)
        .where(or_(_ours(consents), consents.c.person_id == ME))
        .values(guardian_sealed=None),
        update(links)  # a code, a question or an undo that is open
        .where(or_(links.c.person_id == ME, links.c.account_id.in_(_mine), _other_side))
        .values(code_index=None, state="ended", expires_at=_AT, version=links.c.version + 1),
        delete(tries).where(_ours(tries)),
        delete(menus).where(_ours(menus)),
        delete(former_ids).where(_ours(former_ids)),
        delete(dialogs).where(_ours(dialogs)),
        update(outbox)  # with another fence whoever is sending it now writes nothing back
        .where(_ours(outbox), or_(outbox.c.state == "pending", outbox.c.state == "sending"))
        .values(
            state="failed",
            reason="forgotten",
            fence=outbox.c.fence + 1,
            owner=None,
            lease_until=None,
            done_at=_AT,
        ),
        update(outbox).where(_ours(outbox)).values(facts=ERASED, worded=None, platform_id=None),
        # events that were done stay as keys, so that a repetition is known; without whose they were
        update(inbox)
        .where(inbox.c.state != "pending", _heard.exists())
        .values(payload=None, account=GONE),
    )
)
_GONE = Prepared(
    update(accounts)
    .where(accounts.c.id == bindparam("key_id"))
    .values(
        external=bindparam("new_external"),
        person_id=None,
        language=None,
        reachable=False,
        reason="forgotten",
    )
)
_FRESH = insert_row(accounts, "channel", "external", "language", "reads", "reachable", "created_at")


@dataclass(frozen=True, slots=True)
class Known:
    """What stands about somebody: minutes in the ledger (None: no entry), and what waits."""

    minutes: int | None
    claims: int
    registrations: int
    accounts: Sequence[Any]  # rows: id, channel, external, reachable, reads, language
    offices: Sequence[Held]  # held now at the units where the person holds one


async def known(tx: Tx, subject: Subject, at: datetime) -> Known:
    """Look at what stands, before it is said and before it is done.

    What an absorbed registration had moved to the person that is there now.
    """
    values = {**subject.values(), "at": at}
    minutes = await tx.value(_MINUTES, **values)
    return Known(
        minutes=None if minutes is None else int(minutes),
        claims=int(await tx.value(_OPEN_CLAIMS, **values) or 0),
        registrations=int(await tx.value(_OPEN_REGISTRATIONS, **values) or 0),
        accounts=await tx.all(_ACCOUNTS, **values),
        offices=[
            Held(row.role, row.unit_id, row.unit_name, row.person_id)
            for row in await tx.all(_HELD, **values)
        ],
    )


async def erase(tx: Tx, vault: Vault, subject: Subject, at: datetime) -> None:
    """Erase the personal data of somebody and end what they had; nothing brings it back."""
    values = {**subject.values(), "at": at}
    await _registrations(tx, vault, subject, at)
    for person in subject.persons:
        await _proposals(tx, vault, person, at)
        for statement in _OF_PERSON:
            await tx.run(statement, my_person=person, at=at)
    for statement in _OF_ACCOUNTS:
        await tx.run(statement, **values)


async def _registrations(tx: Tx, vault: Vault, subject: Subject, at: datetime) -> None:
    """What they answered and what was asked about them; not what they did for others in office."""
    own = {row.id for row in await tx.all(_ACCOUNTS, **subject.values())}
    for row in await tx.all(_REGISTRATIONS, **subject.values()):
        if not row.details_sealed:
            continue
        kind = vault.open_json("registrations.details", row.details_sealed)["kind"]
        theirs = row.person_id in subject.persons if kind == "transfer" else row.account_id in own
        if not theirs:  # also what a stranger said who asked for this line
            continue
        state = "withdrawn" if row.state == "waiting" else row.state
        await tx.run(_ERASE_REGISTRATION, key_id=row.id, new_state=state, at=at)


async def _proposals(tx: Tx, vault: Vault, person: int, at: datetime) -> None:
    for row in await tx.all(_PROPOSALS):
        facts = vault.open_json("proposals.facts", row.facts)
        if person in (row.proposed_by, facts.get("person")):
            await tx.run(_END_PROPOSAL, key_id=row.id, at=at)


async def detach(tx: Tx, row: Any, at: datetime, fresh: bool) -> int | None:
    """Take an account's identity away from everything that was said on it.

    With `fresh` the identity begins anew, as after a first contact; answers that account's id.
    """
    await tx.run(_GONE, key_id=row.id, new_external=gone(row.id))
    if not fresh:
        return None
    new = await tx.value(
        _FRESH,
        channel=row.channel,
        external=row.external,
        language=row.language,
        reads=row.reads,
        reachable=True,
        created_at=at,
    )
    return int(new or 0)
