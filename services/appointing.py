"""Appointing somebody: who could be, what would happen, and doing it or proposing it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from domain.appointments import Term, fit
from domain.people import masked_number
from domain.rights import Action, Role, Verdict, may
from services import granting, proposals, targets
from services.granting import Checked, RoleRefusal, Wish
from services.org import Gone, stations
from services.proposals import Proposed
from services.roles import NOBODY
from services.shown import ABROAD, who
from services.turn import PAGE, Turn, permit
from storage import org, roles


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody who could be appointed, as the speaker may see them.

    `number` (masked) or `member_status` tell two of one name in one unit apart; else both None.
    """

    id: int
    name: str
    unit: str
    number: str | None = None
    member_status: str | None = None


@dataclass(frozen=True, slots=True)
class Candidates:
    """A page of candidates; `number` counts from 0."""

    items: Sequence[Candidate]
    number: int
    total: int


@dataclass(frozen=True, slots=True)
class Plan:
    """What an appointment would do. `second`: another person must confirm it."""

    wish: Wish
    name: str
    unit: str
    second: bool


@dataclass(frozen=True, slots=True)
class Appointed:
    """An appointment that was made. `told`: the person will learn of it."""

    id: int
    told: bool
    name: str
    unit: str
    wish: Wish


async def candidates(
    turn: Turn, unit_id: int, role: Role, ends: int | None, text: str = "", page: int = 0
) -> Candidates | Gone:
    """People at home at or below the unit; a name is also looked for in the speaker's reach.

    `ends` is the own appointment that is to be handed over: its holder may look for a successor.
    """
    if not await _may_choose(turn, unit_id, role, ends):
        return Gone.MISSING
    own = turn.actor.person or NOBODY  # nobody appoints themselves
    rows, total = await roles.candidates(turn.tx, unit_id, text, own, page * PAGE, PAGE)
    if text and total == 0:
        for top in await stations(turn, Role.OFFICER):
            rows, total = await roles.candidates(turn.tx, top.id, text, own, page * PAGE, PAGE)
            if total:
                break
    return Candidates(_told_apart(turn, rows), page, total)


def _told_apart(turn: Turn, rows: Sequence[Any]) -> list[Candidate]:
    seen = [(who(turn, row.name, row.alias), row.unit_name) for row in rows]
    items = []
    for row, (name, unit) in zip(rows, seen, strict=True):
        if row.alike == 1 and seen.count((name, unit)) == 1:
            items.append(Candidate(row.id, name, unit))
            continue
        number = None
        if row.number_sealed is not None and turn.account.channel not in ABROAD:
            number = masked_number(turn.house.vault.open("persons.number", row.number_sealed))
        status = row.member_status if number is None else None
        items.append(Candidate(row.id, name, unit, number, status))
    return items


async def suitable(
    turn: Turn, unit_id: int, role: Role, ends: int | None, person: int
) -> RoleRefusal | None:
    """Look whether somebody may hold a role at all, before the term is asked for."""
    if not await _may_choose(turn, unit_id, role, ends):
        return Gone.MISSING
    row = await roles.person(turn.tx, person)
    if row is None:
        return Gone.MISSING
    return fit(role, granting.appointee(turn, row))


async def _may_choose(turn: Turn, unit_id: int, role: Role, ends: int | None) -> bool:
    if ends is not None:
        row = await roles.one(turn.tx, ends)
        return row is not None and row.person_id == turn.actor.person and row.unit_id == unit_id
    target = await targets.at_unit(turn, unit_id, owner=NOBODY, role=role)
    verdict = await permit(turn, Action.APPOINT, target, ("units", unit_id))
    return verdict in (Verdict.ALLOW, Verdict.SECOND)


async def plan(turn: Turn, wish: Wish) -> Plan | RoleRefusal:
    """Look at an appointment before it is confirmed."""
    found = await _judged(turn, wish)
    if not isinstance(found, tuple):
        return found
    checked, verdict = found
    name = who(turn, checked.person.name, checked.person.alias)
    return Plan(wish, name, checked.unit.name, verdict is Verdict.SECOND)


async def appoint(turn: Turn, wish: Wish) -> Appointed | Proposed | RoleRefusal:
    """Appoint, or propose it where a second person must confirm."""
    found = await _judged(turn, wish)
    if not isinstance(found, tuple):
        return found
    checked, verdict = found
    if verdict is Verdict.SECOND:
        action = proposals.APPOINT if wish.ends is None else proposals.HANDOVER
        return await proposals.propose(turn, action, checked, wish.ends)
    new = await granting.grant(turn, checked, turn.actor.person)
    name = who(turn, checked.person.name, checked.person.alias)
    return Appointed(new.id, new.told, name, checked.unit.name, wish)


async def _judged(turn: Turn, wish: Wish) -> tuple[Checked, Verdict] | RoleRefusal:
    """The wish with what the speaker may do about it: ALLOW or SECOND.

    Who may not appoint may still propose whom to hand the own office to: those above confirm it.
    """
    if wish.ends is None and not await _may_choose(turn, wish.unit, wish.role, None):
        return Gone.MISSING
    checked = await granting.check(turn, wish, turn.actor.person)
    if not isinstance(checked, Checked):
        return checked
    if wish.ends is not None:
        verdict = may(turn.actor, Action.APPOINT, checked.target, turn.at)
        return checked, verdict if verdict is Verdict.ALLOW else Verdict.SECOND
    verdict = await permit(turn, Action.APPOINT, checked.target, ("units", wish.unit))
    if verdict not in (Verdict.ALLOW, Verdict.SECOND):
        return Gone.MISSING
    return checked, verdict


async def restore(turn: Turn, role_id: int) -> Appointed | Proposed | RoleRefusal:
    """Undo the end of an appointment: a new one with the rest of the old term."""
    row = await roles.one(turn.tx, role_id)
    facts = await org.last_change(turn.tx, "roles", role_id, str(Action.END_APPOINTMENT))
    if row is None or facts is None:
        return Gone.MISSING
    until = facts["until"]
    term = Term(turn.at, None if until is None else datetime.fromisoformat(until))
    return await appoint(turn, Wish(row.unit_id, Role(row.role), row.person_id, term))
