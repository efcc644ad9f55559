"""The people of a unit for who answers for them: pages, a card, and a look with a reason."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from bot.chat import Say
from bot.pages import SIZE, Page
from domain.people import Band, Standing, band, masked_number, masked_phone
from domain.rights import Action, Target, Verdict, may
from services import targets
from services.people import band_of, local_day
from services.shown import ABROAD, masked, who, withheld
from services.turn import Turn, note, permit
from storage import consents, members, org, people, tree
from storage.audit import Line
from storage.people import Record

REASONS = ("contact", "verify", "emergency")
"""Why private fields are looked at, in the order of the buttons. Words of one's own are not
taken: the audit keeps the reason for ever, and nothing personal may slip into it."""


_IN_FULL = (Verdict.ALLOW, Verdict.REASON)


class MembersRefusal(StrEnum):
    """Why nothing is shown or changed."""

    MISSING = "missing"
    CHANGED = "changed"
    ABROAD = "abroad"  # private fields do not go to this channel
    NAME = "name"
    DAY = "day"
    WORDS = "words"
    UNIT = "unit"  # no such unit to move to
    SAME = "same"
    WAITING = "waiting"  # a move of this person waits already


@dataclass(frozen=True, slots=True)
class Place:
    """A unit to choose."""

    id: int
    name: str


@dataclass(frozen=True, slots=True)
class Listed:
    """One person of a list. `claimed`: has registered."""

    id: int
    version: int
    name: str
    claimed: bool
    member_status: str | None
    guardian_missing: bool


@dataclass(frozen=True, slots=True)
class Roster:
    """A page of a unit's people. `children`: how many units are directly below."""

    unit_id: int
    unit_name: str
    page: Page[Listed]
    children: int


@dataclass(frozen=True, slots=True)
class Card:
    """A person for who answers for them, with what may be done. `unit` is the home unit.

    `roles` are filled for the speaker's own card only: what leaving would end. `heard`: the
    guardian's consent was written down, not only said by the member.
    """

    id: int
    version: int
    name: str
    unit_id: int
    unit_name: str
    status: str
    member_status: str | None
    since: date | None
    number: str | Say | None
    phone: str | Say | None
    band: Band
    guardian: bool
    heard: bool
    may_reveal: bool
    may_change: bool
    may_guardian: bool
    may_unguard: bool
    may_move: bool
    own: bool
    roles: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Private:
    """What one look with a reason shows."""

    name: str
    phone: str | None
    birth: date | None
    number: str | None


async def places(turn: Turn, action: Action = Action.MEMBER_LIST) -> Sequence[Place]:
    """The units where the speaker answers for people, for an admin the root too.

    None is a refusal of `action`, audited where the speaker is at home.
    """
    rows = [] if turn.person is None else await members.places(turn.tx, turn.person.id, turn.at)
    found = [Place(key, name) for key, name in rows]
    root = await tree.root(turn.tx) if turn.actor.admin else None
    if root is not None and all(one.id != root.id for one in found):
        found.insert(0, Place(root.id, root.name))
    if not found:
        await permit(turn, action, await targets.at_unit(turn, turn.actor.home or 0))
    return found


async def below(turn: Turn, unit_id: int, page: int) -> Page[Place] | MembersRefusal:
    """The units directly below one, to go on from there."""
    target = await targets.at_unit(turn, unit_id)
    verdict = await permit(turn, Action.MEMBER_LIST, target, ("units", unit_id))
    if verdict is Verdict.DENY or not target.units:
        return MembersRefusal.MISSING
    rows = await org.children(turn.tx, unit_id, page * SIZE, SIZE)
    total = await org.child_count(turn.tx, unit_id)
    return Page([Place(row.id, row.name) for row in rows], page, total)


async def listed(turn: Turn, unit_id: int, page: int, text: str = "") -> Roster | MembersRefusal:
    """A page of the unit's people; with a text those at or below it whose name has the text."""
    target = await targets.at_unit(turn, unit_id)
    verdict = await permit(turn, Action.MEMBER_LIST, target, ("units", unit_id))
    unit = await tree.unit(turn.tx, unit_id)
    if verdict is Verdict.DENY or unit is None:
        return MembersRefusal.MISSING
    covered = verdict is Verdict.MASKED
    rows, total = await members.page(turn.tx, unit_id, text.strip()[:40], page * SIZE, SIZE)
    items = [_listed(turn, row, covered) for row in rows]
    children = await org.child_count(turn.tx, unit_id)
    return Roster(unit_id, unit.name, Page(items, page, total), children)


def _listed(turn: Turn, row: Any, covered: bool) -> Listed:
    born = None
    if row.birth_sealed is not None:
        born = date.fromisoformat(turn.house.vault.open("persons.birth", row.birth_sealed))
    young = band(born, local_day(turn)).is_minor
    return Listed(
        id=row.id,
        version=row.version,
        name=row.alias if covered else who(turn, row.name, row.alias),
        claimed=row.status == Standing.ACTIVE,
        member_status=row.member_status,
        guardian_missing=not row.guardian and (young or bool(row.asks_guardian)),
    )


async def card(turn: Turn, person: int) -> Card | MembersRefusal:
    """Everything about somebody that needs no reason."""
    found = await of_person(turn, person, Action.MEMBER_VIEW)
    if isinstance(found, MembersRefusal):
        return found
    record, target, verdict = found
    unit = await tree.unit(turn.tx, target.units[-1])

    def able(action: Action) -> bool:
        return may(turn.actor, action, target, turn.at) in (Verdict.ALLOW, Verdict.REASON)

    covered = verdict is Verdict.MASKED
    number: str | Say | None = record.number
    if covered or withheld(turn):
        number = masked(turn, record.number, masked_number)
    adult = band_of(turn, record) is Band.ADULT
    own = turn.account.person == person
    return Card(
        id=record.id,
        version=record.version,
        name=record.alias if covered else who(turn, record.name, record.alias),
        unit_id=target.units[-1],
        unit_name="" if unit is None else unit.name,
        status=record.status,
        member_status=record.member_status,
        since=record.since,
        number=number,
        phone=masked(turn, record.phone, masked_phone),
        band=band_of(turn, record),
        guardian=record.guardian,
        heard=record.guardian and await consents.guardian_recorded(turn.tx, person),
        may_reveal=able(Action.PRIVATE_VIEW) and turn.account.channel not in ABROAD,
        may_change=able(Action.ROSTER_IMPORT),
        may_guardian=able(Action.REGISTRATION_REVIEW) and not record.guardian and not adult,
        may_unguard=able(Action.REGISTRATION_REVIEW) and record.guardian and not adult,
        may_move=able(Action.MOVE_MEMBER),
        own=own,
        roles=await people.roles_of(turn.tx, person, turn.at) if own else (),
    )


async def reveal(turn: Turn, person: int, reason: str) -> Private | MembersRefusal:
    """Phone, birth date and number in full; every look is one audit line with its reason."""
    if turn.account.channel in ABROAD:
        return MembersRefusal.ABROAD
    found = await of_person(turn, person, Action.PRIVATE_VIEW, enough=_IN_FULL)
    if isinstance(found, MembersRefusal):
        return found
    record, target, _ = found
    if reason not in REASONS:
        return MembersRefusal.MISSING
    action = Action.MINOR_REVEAL if target.minor else Action.PRIVATE_VIEW
    facts = {"reason": reason}
    line = Line(str(action), "seen", "persons", person, target.units[-1], facts)
    await note(turn, line)
    return Private(record.name, record.phone, record.birth, record.number)


async def of_person(
    turn: Turn,
    person: int,
    action: Action,
    lock: bool = False,
    enough: Collection[Verdict] = tuple(Verdict),
) -> tuple[Record, Target, Verdict] | MembersRefusal:
    """Somebody who may be looked at or changed; missing and refused are the same.

    Who has left belongs to the last home.
    """
    record = await people.load(turn.tx, turn.house.vault, person, lock)
    if record is None or record.status in (Standing.DELETED, Standing.MERGED):
        return MembersRefusal.MISSING
    unit = record.home or await members.last_home(turn.tx, person)
    if unit is None:
        return MembersRefusal.MISSING
    minor = band_of(turn, record) is not Band.ADULT  # unknown is treated as the stricter
    target = await targets.of_person(turn, unit, person, minor=minor)
    verdict = await permit(turn, action, target, ("persons", person), enough)
    if verdict is Verdict.DENY:
        return MembersRefusal.MISSING
    return record, target, verdict
