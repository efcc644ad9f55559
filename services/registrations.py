"""Registrations that wait: listed, looked at, approved or refused by who answers for the unit."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from bot.chat import Say
from bot.going import go
from bot.pages import SIZE, Page
from domain.names import alias
from domain.people import Ask, Band, Standing, band
from domain.rights import Action, Verdict
from services import consents, targets
from services.doubles import twin
from services.people import (
    Entry,
    activate,
    band_of,
    lacks_guardian,
    local_day,
    shown_name,
    tell_reviewers,
)
from services.shown import masked
from services.turn import Turn, note, permit, post, tell
from storage import people, registrations, tree
from storage.audit import Line
from storage.registrations import Registration

REASONS = ("not_ours", "details", "twice")
"""The reasons that have a button, in its order; any other is typed."""

_ABOUT_LINE = (
    *(Ask.BY_NAME, Ask.NUMBER_DIFFERS, Ask.NAME_DIFFERS, Ask.BIRTH_DIFFERS),
    *(Ask.ROLE, Ask.LINE_GUARDIAN),
)
"""What is true of a line only while it is free."""


class RegistrationRefusal(StrEnum):
    """Why nothing was decided."""

    MISSING = "missing"
    CHANGED = "changed"
    GUARDIAN = "guardian"  # a minor without a guardian's word: say who agreed, and how
    LINE_TAKEN = "line_taken"  # the line was claimed by somebody else meanwhile: take in as new
    UNIT_CLOSED = "unit_closed"


@dataclass(frozen=True, slots=True)
class DoneBy:
    """It has been decided. `name`: the alias of who did; None if it was the speaker."""

    name: str | None


@dataclass(frozen=True, slots=True)
class Waiting:
    """A registration for its reviewer: a name and an age band, never a birth date.

    `like` is the alias of whom to compare with. `line`: a line of the list that would be claimed;
    the applicant may be taken in as a new person instead. `said`: says a guardian agrees.
    """

    id: int
    version: int
    kind: str
    name: str
    band: Band
    unit_name: str
    number: str | Say | None
    status: str | None
    asks: tuple[Ask, ...]
    like: str | None
    since: datetime
    line: bool
    said: bool


@dataclass(frozen=True, slots=True)
class Decided:
    """The verdict is recorded and the applicant told."""

    name: str
    unit_name: str


Refusal = RegistrationRefusal | DoneBy


async def waiting(turn: Turn, page: int) -> Page[Waiting]:
    """A page of what waits for the speaker, the oldest first."""
    reviewer = _reviewer(turn)
    total = await registrations.count(turn.tx, reviewer, turn.at)
    page = min(page, max(0, -(-total // SIZE) - 1))
    found = await registrations.waiting(
        turn.tx, turn.house.vault, reviewer, turn.at, (page * SIZE, SIZE)
    )
    return Page([await _shown(turn, one) for one in found], page, total)


async def count(turn: Turn) -> int:
    """How many registrations wait for the speaker."""
    return await registrations.count(turn.tx, _reviewer(turn), turn.at)


async def see(turn: Turn, key: int) -> Waiting | Refusal:
    """One registration that waits, for who may decide about it."""
    found = await _open(turn, key, None)
    if not isinstance(found, Registration):
        return found
    like, shown = await twin(turn, found, _reviewer(turn)), await _shown(turn, found)
    double = () if like is None else (Ask.DUPLICATE,)
    return replace(shown, asks=(*shown.asks, *double), like=shown.like or like)


async def approve(
    turn: Turn, key: int, version: int, guardian: str | None = None, fresh: bool = False
) -> Decided | Refusal:
    """Take somebody in. `guardian`: who agreed for a minor, how and when, in a few words.

    `fresh`: as a new person, whatever line of the list was meant.
    """
    found = await _open(turn, key, version)
    if not isinstance(found, Registration):
        return found
    unit = await tree.unit(turn.tx, found.unit)
    if unit is None or unit.closed_at is not None:
        return RegistrationRefusal.UNIT_CLOSED
    if found.details["kind"] != "join":
        refused = await _move(turn, found)
    else:
        refused = await _join(turn, found, guardian, fresh)
    return refused or await _told(turn, found, "reg.approved.told")


async def refuse(turn: Turn, key: int, version: int, reason: str) -> Decided | Refusal:
    """Refuse somebody, with a reason that the applicant is told (200 characters at the most)."""
    found = await _open(turn, key, version)
    if not isinstance(found, Registration):
        return found
    verdict = {"state": "refused", "reason": reason[:200], "person": found.person}
    await registrations.decide(turn.tx, key, {**verdict, "by": _speaker(turn)}, turn.at)
    await note(turn, Line("registration", "refused", "registrations", key, found.unit))
    return await _told(turn, found, "reg.refused.told", _said(reason))


def _said(reason: str) -> Say | str:
    return Say(f"reg.reason.{reason}") if reason in REASONS else reason[:200]


def _reviewer(turn: Turn) -> int | None:
    """Whose list it is; None sees all (an admin of the installation)."""
    return None if turn.actor.admin else turn.actor.person or 0


def _speaker(turn: Turn) -> int | None:
    return None if turn.person is None else turn.person.id


async def _open(turn: Turn, key: int, version: int | None) -> Registration | Refusal:
    """The registration, locked, if the speaker may decide about it and it still waits."""
    found = await registrations.one(turn.tx, turn.house.vault, key, lock=True)
    if found is None or not await _may(turn, found):
        return RegistrationRefusal.MISSING
    if found.state != "waiting":
        by = await registrations.decider(turn.tx, key)
        if by is None:
            return RegistrationRefusal.CHANGED
        return DoneBy(None if by.id == _speaker(turn) else by.alias)
    if version is not None and found.version & 0xFFFF != version & 0xFFFF:
        return RegistrationRefusal.CHANGED
    return found


async def _may(turn: Turn, found: Registration) -> bool:
    owner = found.person if found.details["kind"] != "join" else found.applicant
    target = await targets.at_unit(turn, found.unit, owner=owner)
    on = ("registrations", found.id)
    if await permit(turn, Action.REGISTRATION_REVIEW, target, on) is not Verdict.ALLOW:
        return False
    if found.details["kind"] == "join":
        return True
    return await permit(turn, Action.MOVE_MEMBER, target, on) is Verdict.ALLOW


async def _shown(turn: Turn, one: Registration) -> Waiting:
    details = one.details
    born = date.fromisoformat(details["birth"]) if details["birth"] else None
    like = details["like"] and await people.load(turn.tx, turn.house.vault, details["like"])
    meant = one.person and await people.load(turn.tx, turn.house.vault, one.person)
    if born is None and meant:  # who moves has said nothing new
        born = meant.birth
    line = bool(meant) and one.person != one.applicant and details["kind"] == "join"
    asks = tuple(Ask(ask) for ask in details["asks"])
    if line and meant and meant.status != Standing.ROSTER:
        asks = (Ask.CLAIMED, *(ask for ask in asks if ask not in _ABOUT_LINE))
    age = band(born, local_day(turn))
    return Waiting(
        id=one.id,
        version=one.version,
        kind=details["kind"],
        name=shown_name(turn, details["name"]),
        band=age,
        unit_name=one.unit_name,
        number=masked(turn, details["number"], str),
        status=details["status"],
        asks=asks,
        like=like.alias if like else None,
        since=one.created_at,
        line=line,
        said=age.is_minor and bool(details["guardian"]),
    )


async def _join(
    turn: Turn, found: Registration, guardian: str | None, fresh: bool
) -> Refusal | None:
    details = found.details
    born = date.fromisoformat(details["birth"])
    line = None
    if found.person and not fresh:
        line = await people.load(turn.tx, turn.house.vault, found.person)
    if line and line.status == Standing.ACTIVE:
        return RegistrationRefusal.LINE_TAKEN
    agreed = bool(guardian) or details["guardian"] or bool(line and line.guardian)
    if not guardian and line and await lacks_guardian(turn, line):
        return RegistrationRefusal.GUARDIAN  # the applicant's own word is not enough here
    young = band(born, local_day(turn)).is_minor or bool(line and band_of(turn, line).is_minor)
    if young and not agreed:
        return RegistrationRefusal.GUARDIAN
    account = await people.account(turn.tx, found.account)
    if account is None:
        return RegistrationRefusal.MISSING
    entry = Entry(
        unit=found.unit,
        name=details["name"],
        birth=born,
        number=await _number(turn, found, fresh),
        phone=details["phone"],
        status=details["status"],
        guardian=agreed,
        person=None if line is None else line.id,
    )
    person = await activate(turn, entry, account)
    if person is None:
        return RegistrationRefusal.LINE_TAKEN
    if guardian:
        await consents.record_guardian(turn, person, guardian)
    await _approved(turn, found, person)
    return None


async def _number(turn: Turn, found: Registration, fresh: bool) -> str | None:
    """The number that was given, unless it is another's already."""
    number: str | None = found.details["number"]
    if number is None or Ask.TAKEN in found.details["asks"]:
        return None
    if fresh and await people.by_number(turn.tx, turn.house.vault, number):
        return None
    return number


async def _move(turn: Turn, found: Registration) -> Refusal | None:
    vault = turn.house.vault
    record = await people.load(turn.tx, vault, found.person or 0, lock=True)
    if record is None or record.status not in (Standing.ACTIVE, Standing.ROSTER):
        return RegistrationRefusal.CHANGED
    await people.save(turn.tx, vault, replace(record, home=found.unit))
    await people.rehome(turn.tx, record.id, found.unit, turn.at)
    if record.home is not None:
        say = Say("members.moved.told", {"name": record.alias, "unit": found.unit_name})
        await tell_reviewers(turn, record.home, say, f"moved/{found.id}")
    await _approved(turn, found, record.id)
    return None


async def _approved(turn: Turn, found: Registration, person: int) -> None:
    verdict = {"state": "approved", "person": person, "by": _speaker(turn)}
    await registrations.decide(turn.tx, found.id, verdict, turn.at)
    facts = {"kind": found.details["kind"], "person": person}
    await note(turn, Line("registration", "done", "registrations", found.id, found.unit, facts))


async def _told(
    turn: Turn, found: Registration, name: str, reason: Say | str | None = None
) -> Decided:
    """Tell the account that asked; a transfer also the person who moves, if there is an account."""
    who = alias(found.details["name"])
    facts = {"name": who, "unit": found.unit_name, "reason": reason}
    sentence = f"{name}.{found.details['kind']}"
    if (account := await people.account(turn.tx, found.account)) is not None:
        say = Say(sentence, facts, ((go("help"),),))
        await post(turn, account, say, f"registration/{found.id}/decided")
    if sentence == "reg.approved.told.transfer" and found.person is not None:
        moved = Say("members.moved.you", {"unit": found.unit_name})
        await tell(turn, found.person, moved, f"registration/{found.id}")
    return Decided(shown_name(turn, found.details["name"]), found.unit_name)
