"""Writes the demo district down: once, in one transaction, by the rows of the features."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from domain.joining import Form
from domain.ledger import split
from domain.names import alias
from domain.people import Ask
from domain.requirements import Rules
from domain.tokens import Link, sign_link
from services.consents import TEXT_VERSION, Purpose
from services.demo import district
from services.demo.deeds import Deed, deed, spread
from services.demo.district import Someone
from services.turn import House
from storage import audit, claims, consents, demo, invites, ledger, people, roles, tree
from storage import registrations as waiting
from storage.audit import Line
from storage.people import Record
from storage.tx import Tx

INVITE_LIFE = timedelta(days=365)
_SETTLED = 3  # days after which a service is approved
_NOBODY = 0  # the event that caused it: there was none
_DEMO = {"demo": True}


@dataclass(slots=True)
class _Ground:
    """What is written so far: ids of units by code, and who answers for which unit."""

    tx: Tx
    house: House
    at: datetime
    units: dict[str, int] = field(default_factory=dict)
    answering: dict[str, int] = field(default_factory=dict)
    accounts: dict[int, int] = field(default_factory=dict)

    @property
    def today(self) -> date:
        return self.at.astimezone(self.house.zone).date()

    def noon(self, day: date) -> datetime:
        return datetime.combine(day, time(12), self.house.zone).astimezone(UTC)

    async def note(self, actor: int, line: Line) -> None:
        await audit.add(self.tx, line, actor, self.accounts.get(actor), self.at)


async def seed(tx: Tx, house: House, at: datetime) -> int:
    """Write the demo district down and answer how many people it has; 0 where any unit exists."""
    if await demo.has_units(tx):
        return 0
    ground = _Ground(tx, house, at)
    await _units(ground)
    ids = [await _person(ground, someone) for someone in district.PEOPLE]
    for number, (person, someone) in enumerate(zip(ids, district.PEOPLE, strict=True)):
        await _hours(ground, person, someone, number)
    await _open_things(ground)
    return len(ids)


async def invitation(tx: Tx, house: House, at: datetime) -> str | None:
    """The payload of a live invite of the demo district; None where there is no such district."""
    unit = next(one for one in district.UNITS if one.code == district.INVITED)
    row = await demo.invite(tx, unit.code, unit.name, at)
    if row is None:
        return None
    return sign_link(house.key, Link("i", row.id, row.version & 0xFFFF), row.expires_at)


async def _units(ground: _Ground) -> None:
    since = ground.noon(date(ground.today.year - 1, 7, 1))
    for unit in district.UNITS:
        values = {
            "parent_id": ground.units.get(unit.parent or ""),
            "code": unit.code,
            "kind": unit.kind,
            "name": unit.name,
            "approval": unit.approval,
        }
        ground.units[unit.code] = await tree.founded(ground.tx, values, since)


async def _person(ground: _Ground, someone: Someone) -> int:
    registered = someone.account is not None
    since = ground.noon(date(ground.today.year - 1, 8, 1))
    if someone.joined_days_ago is not None:
        since = ground.at - timedelta(days=someone.joined_days_ago)
    record = Record(
        name=someone.name,
        alias=alias(someone.name),
        home=ground.units[someone.unit],
        status="active" if registered else "roster",
        member_status=someone.status,
        number=someone.number,
        birth=someone.born(ground.today),
        guardian=someone.age is not None,
        language=someone.language,
        claimed_at=since if registered else None,
    )
    person = await people.add(ground.tx, ground.house.vault, record, since)
    if someone.account is not None:
        await _registered(ground, person, someone, since)
    line = Line("join", "done", "persons", person, record.home, {**_DEMO, "claimed": False})
    await ground.note(person, line)
    return person


async def _registered(ground: _Ground, person: int, someone: Someone, since: datetime) -> None:
    """The account, the consent and the role of somebody who has registered."""
    external = someone.account or ""
    account = await demo.account(ground.tx, external, person, someone.language, since)
    ground.accounts[person] = account
    consent = {
        "account_id": account,
        "person_id": person,
        "purpose": str(Purpose.REGISTER),
        "text_version": TEXT_VERSION,
        "recorded_by": None,
    }
    guardian = {"words": "家长已经同意", "at": since.isoformat()} if someone.age else None
    await consents.add(ground.tx, ground.house.vault, consent, guardian, since)
    if someone.role is None:
        return
    unit = ground.units[someone.unit]
    appointment = {
        "person_id": person,
        "unit_id": unit,
        "role": someone.role,
        "since": since,
        "until": None,
        "appointed_by": None,
    }
    role = await roles.grant(ground.tx, appointment, since)
    await ground.note(person, Line("appoint", "done", "roles", role, unit, _DEMO))
    if someone.role in ("secretary", "officer"):
        ground.answering.setdefault(someone.unit, person)


async def _hours(ground: _Ground, person: int, someone: Someone, number: int) -> None:
    """The services of this year and the last, approved; then the one that still waits."""
    today, zone = ground.today, ground.house.zone
    last_year = today.year - 1
    settled = today - timedelta(days=_SETTLED)
    days = spread(someone.before, date(last_year, 9, 1), date(last_year, 12, 20), number)
    days += spread(someone.now, date(today.year, 1, 1), settled, number)
    lines: list[ledger.Entry] = []
    claimed: dict[int, int] = {}
    for count, (day, minutes) in enumerate(sorted(days)):
        claimed[day.year] = claimed.get(day.year, 0) + minutes
        second = claimed[day.year] > _quota(ground.house)
        one = deed(day, minutes, number + count, zone)
        lines += await _approved(ground, person, someone, one, second)
    if lines:
        await ledger.add(ground.tx, lines)
    if someone.waits:
        yesterday = deed(today - timedelta(days=1), someone.waits, number + 3, zone)
        await _claim(ground, person, someone, yesterday)


def _quota(house: House) -> int:
    rules = house.rules if isinstance(house.rules, Rules) else Rules()
    return rules.claims.minutes_a_year_before_second


async def _claim(ground: _Ground, person: int, someone: Someone, done: Deed) -> int:
    made = min(ground.noon(done.stretch.day + timedelta(days=1)), ground.at)
    new = claims.New(
        person_id=person,
        unit_id=ground.units[someone.unit],
        what=done.what,
        place=done.place,
        said=done.said,
        minutes=done.stretch.minutes,
        created_at=made,
        inbox_id=_NOBODY,
    )
    found = await claims.add(ground.tx, new, (done.stretch,))
    facts = {**_DEMO, "minutes": new.minutes}
    await ground.note(person, Line("claim.make", "done", "claims", found, new.unit_id, facts))
    return found


async def _approved(
    ground: _Ground, person: int, someone: Someone, done: Deed, second: bool
) -> list[ledger.Entry]:
    claim = await _claim(ground, person, someone, done)
    reviewers = _reviewers(ground, person, someone.unit)[: 2 if second else 1]
    decided = min(ground.noon(done.stretch.day + timedelta(days=2)), ground.at)
    unit = ground.units[someone.unit]
    for step, reviewer in enumerate(reviewers, start=1):
        state = claims.EFFECTIVE if reviewer == reviewers[-1] else claims.SECOND
        verdict = claims.Verdict(claim, step, reviewer, "approved", None, decided)
        await claims.judge(ground.tx, verdict)
        await claims.turn_to(ground.tx, claim, step, state)
        facts = {**_DEMO, "step": step, "minutes": done.stretch.minutes, "state": state}
        await ground.note(reviewer, Line("claim.approve", "done", "claims", claim, unit, facts))
    return [
        ledger.Entry(
            person_id=person,
            unit_id=unit,
            source=ledger.CLAIM,
            year=part.year,
            day=part.day,
            starts_at=part.starts_at,
            ends_at=part.ends_at,
            minutes=part.minutes,
            what=done.what,
            place=done.place,
            claim_id=claim,
            part=part.number,
            reverses_id=None,
            recorded_by=reviewers[-1],
            recorded_at=decided,
            inbox_id=_NOBODY,
        )
        for part in split((done.stretch,), ground.house.zone)
    ]


def _reviewers(ground: _Ground, person: int, unit: str) -> list[int]:
    """Who answers for a unit and for those above it, the nearest first, never the person."""
    above = {one.code: one.parent for one in district.UNITS}
    found, code = [], unit
    while code:
        if ground.answering.get(code, person) != person:
            found.append(ground.answering[code])
        code = above[code] or ""
    return found


async def _open_things(ground: _Ground) -> None:
    """An invite that works, and somebody who waits to be let in."""
    unit = ground.units[district.INVITED]
    secretary = ground.answering[district.INVITED]
    expires = ground.at + INVITE_LIFE
    invite = await invites.add(ground.tx, unit, secretary, None, expires, ground.at)
    facts: dict[str, Any] = {**_DEMO, "days": INVITE_LIFE.days, "uses": 0}
    await ground.note(secretary, Line("invite", "done", "invites", invite, unit, facts))
    at = ground.at - timedelta(hours=2)
    account = await demo.account(ground.tx, district.WAITING_ACCOUNT, None, None, at)
    consent = {
        "account_id": account,
        "person_id": None,
        "purpose": str(Purpose.REGISTER),
        "text_version": TEXT_VERSION,
        "recorded_by": None,
    }
    await consents.add(ground.tx, ground.house.vault, consent, None, at)
    registration = {
        "account_id": account,
        "unit_id": unit,
        "invite_id": invite,
        "person_id": None,
        "state": "waiting",
    }
    form = Form(
        unit,
        invite,
        name=district.WAITING_NAME,
        birth=f"{ground.today.year - 22}-03-05",
        status="youth",
        answered=("name", "birth", "number", "phone", "status"),
    )
    details = {**form.data(), "kind": "join", "asks": [str(Ask.UNIT_ASKS)], "like": None}
    key = await waiting.add(ground.tx, ground.house.vault, registration, details, at)
    facts = {**_DEMO, "asks": details["asks"]}
    line = Line("register", "done", "registrations", key, unit, facts)
    await audit.add(ground.tx, line, None, account, ground.at)
