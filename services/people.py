"""The speaker's own affairs, and the moment when somebody becomes an active member."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from bot.chat import Say
from domain.joining import Field, FieldProblem, Form, fill
from domain.names import alias
from domain.people import (
    Band,
    Standing,
    band,
    masked_number,
    masked_phone,
)
from domain.rights import Role, Verdict
from services import consents
from services.shown import masked, who
from services.turn import Turn, note, tell
from services.waits import Open, waiting
from storage import alerts, org, people, registrations, session, tree
from storage import consents as consent_rows
from storage.audit import Line
from storage.people import Record
from storage.session import Account


@dataclass(frozen=True, slots=True)
class Entry:
    """What makes a member: the answers of the form, and the line that is claimed, if any."""

    unit: int
    name: str
    birth: date | None
    number: str | None
    phone: str | None
    status: str | None
    guardian: bool
    person: int | None = None


@dataclass(frozen=True, slots=True)
class Me:
    """What a person sees of the own record, `path` from the root down.

    Phone and number are masked; abroad it is only said that they are there.
    """

    name: str
    path: Sequence[str]
    status: str
    member_status: str | None
    phone: str | Say | None
    number: str | Say | None
    roles: Sequence[tuple[str, str]]
    channels: Sequence[str]
    waits: Sequence[Open]
    claims: int


class ContactRefusal(StrEnum):
    """Why an own change was not made."""

    MISSING = "missing"
    CHANGED = "changed"


def local_day(turn: Turn) -> date:
    """The day of the event in the organisation's zone; ages are reckoned on it."""
    return turn.local.date()


def shown_name(turn: Turn, name: str) -> str:
    """A name as this speaker may see it here: an alias on channels that names must not go to."""
    return who(turn, name, alias(name))


async def me(turn: Turn) -> Me | None:
    """The speaker's own record; None for who has not registered."""
    if turn.person is None or await consents.permit_own(turn) is not Verdict.ALLOW:
        return None
    record = await people.load(turn.tx, turn.house.vault, turn.person.id)
    if record is None:
        return None
    return Me(
        name=shown_name(turn, record.name),
        path=[] if record.home is None else await org.names(turn.tx, record.home),
        status=record.status,
        member_status=record.member_status,
        phone=masked(turn, record.phone, masked_phone),
        number=masked(turn, record.number, masked_number),
        roles=await people.roles_of(turn.tx, record.id, turn.at),
        channels=await people.channels(turn.tx, record.id),
        waits=await waiting(turn),
        claims=await people.claims_waiting(turn.tx, record.id),
    )


def contact(turn: Turn, field: Field, text: str) -> str | FieldProblem | None:
    """A typed phone or number as it would be kept."""
    filled = fill(Form(0, None), field, text, local_day(turn))
    if isinstance(filled, FieldProblem):
        return filled
    value: str | None = getattr(filled, field)
    return value


async def change_contact(turn: Turn, field: Field, value: str | None) -> ContactRefusal | None:
    """Change the own phone or number; None when it is done."""
    if turn.person is None or await consents.permit_own(turn) is not Verdict.ALLOW:
        return ContactRefusal.MISSING
    record = await people.load(turn.tx, turn.house.vault, turn.person.id, lock=True)
    if record is None or field not in (Field.PHONE, Field.NUMBER):
        return ContactRefusal.MISSING
    if field is Field.PHONE:
        changed = replace(record, phone=value)
    else:
        changed = replace(record, number=value)
    if not await people.save(turn.tx, turn.house.vault, changed):
        return ContactRefusal.CHANGED
    facts = {"field": str(field)}
    await note(turn, Line("own-change", "done", "persons", record.id, record.home, facts))
    return None


async def leave(turn: Turn) -> bool:
    """Withdraw the consent to register: the person leaves, offices end, the ledger stays.

    False if there was nothing to withdraw.
    """
    stood = await consents.withdraw(turn, consents.Purpose.REGISTER)
    active = turn.person is not None and turn.person.status == Standing.ACTIVE
    if not stood and not active:
        return False
    for one in await registrations.of_account(turn.tx, turn.house.vault, turn.account.id):
        if one.details["kind"] != "transfer":
            verdict = {"state": "withdrawn", "person": one.person}
            await registrations.decide(turn.tx, one.id, verdict, turn.at)
    if turn.person is None:
        return True
    record = await people.load(turn.tx, turn.house.vault, turn.person.id, lock=True)
    if record is not None and record.status == Standing.ACTIVE:
        await depart(turn, record)
    return True


async def depart(turn: Turn, record: Record) -> None:
    """Somebody leaves the own unit: no home, no offices, the record and the ledger kept."""
    gone = replace(record, status=str(Standing.LEFT), home=None)
    await people.save(turn.tx, turn.house.vault, gone)
    await people.rehome(turn.tx, record.id, None, turn.at)
    by = None if turn.person is None else turn.person.id
    ended = await people.end_roles(turn.tx, record.id, by, turn.at)
    if ended:
        await _without_officer(turn)
    facts = {"roles": ended}
    await note(turn, Line("leave", "done", "persons", record.id, record.home, facts))
    if record.home is not None:
        say = Say("members.left.told", {"name": record.alias})
        await tell_reviewers(turn, record.home, say, f"left/{record.id}/{record.version}")


async def _without_officer(turn: Turn) -> None:
    """Nobody may be kept from withdrawing a consent (PIPL 15): the operator hears what is missing.

    What only an officer of the top unit may do, app.admins may do meanwhile.
    """
    root = await tree.root(turn.tx)
    if root is None:
        return
    held = await org.holders(turn.tx, root.id, turn.at)
    if not any(one.role == Role.OFFICER and one.ended_by is None for one in held):
        admins = sorted(turn.house.admins)
        facts = {"unit": root.name}
        await alerts.add(turn.tx, turn.house.vault, admins, "no_officer", facts, turn.at)


async def tell_reviewers(turn: Turn, unit: int, say: Say, key: str) -> None:
    """Tell who answers for the people of a unit, except who speaks."""
    for person in await registrations.reviewers(turn.tx, unit, turn.at):
        if turn.person is None or person != turn.person.id:
            await tell(turn, person, say, key)


async def activate(turn: Turn, entry: Entry, account: Account) -> int | None:
    """Make somebody an active member, as a new person or as the line that is claimed.

    None if that line is no longer free; then nothing was written.
    """
    vault = turn.house.vault
    if entry.person is None:
        person = await people.add(turn.tx, vault, _new(turn, entry, account), turn.at)
    else:
        line = await people.load(turn.tx, vault, entry.person, lock=True)
        if line is None or not _free(line, account):
            return None
        person = line.id
        await people.save(turn.tx, vault, _merged(turn, line, entry, account))
        if line.status != Standing.ROSTER:
            await people.rehome(turn.tx, person, entry.unit, turn.at)
    await people.bind(turn.tx, account.id, person, account.person)
    await consent_rows.adopt(turn.tx, account.id, person)
    account.person = person
    facts = {"claimed": entry.person is not None}
    await note(turn, Line("join", "done", "persons", person, entry.unit, facts))
    if account.id == turn.account.id:
        await become(turn, person)
    return person


def _free(line: Record, account: Account) -> bool:
    if line.status == Standing.ROSTER:
        return True
    return line.status == Standing.LEFT and line.id == account.person


def _new(turn: Turn, entry: Entry, account: Account) -> Record:
    return Record(
        name=entry.name,
        alias=alias(entry.name),
        home=entry.unit,
        status=str(Standing.ACTIVE),
        member_status=entry.status,
        since=local_day(turn) if entry.status else None,
        number=entry.number,
        phone=entry.phone,
        birth=entry.birth,
        guardian=entry.guardian,
        language=account.language,
        claimed_at=turn.at,
    )


def _merged(turn: Turn, line: Record, entry: Entry, account: Account) -> Record:
    """The line with what its owner said; the name stays as the organisation wrote it."""
    status = entry.status or line.member_status
    return replace(
        line,
        home=line.home if line.status == Standing.ROSTER and line.home else entry.unit,
        status=str(Standing.ACTIVE),
        member_status=status,
        since=line.since if status == line.member_status else local_day(turn),
        number=line.number or entry.number,
        phone=entry.phone or line.phone,
        birth=entry.birth or line.birth,
        guardian=line.guardian or entry.guardian,
        language=account.language or line.language,
        claimed_at=turn.at,
    )


async def become(turn: Turn, person: int) -> None:
    """From now on the speaker of this turn is that person."""
    found = await session.person(turn.tx, person)
    if found is None:
        return
    turn.account.person, turn.person = person, found
    grants = await session.grants_of(turn.tx, person, turn.at)
    turn.actor = replace(turn.actor, person=person, home=found.home, grants=grants)


def band_of(turn: Turn, record: Record) -> Band:
    """The age band of a record today."""
    return band(record.birth, local_day(turn))


async def lacks_guardian(turn: Turn, record: Record) -> bool:
    """Whether this is a child's line, by its birth date or as it was imported, without consent."""
    if record.guardian or record.status != Standing.ROSTER:
        return False
    return band_of(turn, record) is Band.CHILD or await people.asks_guardian(turn.tx, record.id)
