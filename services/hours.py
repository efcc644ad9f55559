"""What a person sees of their hours: progress, last lines, claims that wait."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from domain.requirements import ItemKind, Progress, Requirement
from domain.rights import Action, Verdict
from services import targets
from services.claims import rules_of
from services.turn import PAGE, Turn, permit
from storage import hours
from storage.ledger import CLAIM

LAST = 5


@dataclass(frozen=True, slots=True)
class Standing:
    """One requirement and how far its person is."""

    requirement: Requirement
    progress: Progress


@dataclass(frozen=True, slots=True)
class View:
    """Everything that /hours shows. `year` are the minutes of this local year."""

    standings: list[Standing]
    year: Progress
    lines: list[Any]
    total: int
    waiting: list[Any]


@dataclass(frozen=True, slots=True)
class Lines:
    """One page of the ledger's lines, its number from 0, and how many lines there are."""

    rows: list[Any]
    number: int
    total: int


async def view(turn: Turn) -> View | None:
    """The speaker's own hours; None for somebody who is not registered."""
    person = await _own(turn)
    if person is None:
        return None
    row: Any = await hours.person(turn.tx, person)
    today = turn.local.date()
    joined = (row.claimed_at or row.created_at).astimezone(turn.house.zone).date()
    found = [
        await _standing(turn, person, one, one.days(today, joined))
        for one in rules_of(turn).requirements
        if one.applies(row.member_status, today) and _service(one) is not None
    ]
    year = (date(today.year, 1, 1), date(today.year + 1, 1, 1))
    return View(
        standings=found,
        year=await _progress(turn, person, year, 0),
        lines=await hours.lines(turn.tx, person, 0, LAST),
        total=await hours.count(turn.tx, person),
        waiting=await hours.waiting(turn.tx, person, PAGE),
    )


async def _own(turn: Turn) -> int | None:
    person = turn.person
    if person is None or person.home is None:
        return None
    target = await targets.at_unit(turn, person.home, owner=person.id)
    allowed = await permit(turn, Action.OWN_VIEW, target) is Verdict.ALLOW
    return person.id if allowed else None


def _service(requirement: Requirement) -> int | None:
    """The minutes of service that it asks for; the other items have no facts yet."""
    for item in requirement.items:
        if item.kind is ItemKind.SERVICE:
            return item.amount
    return None


async def _standing(
    turn: Turn, person: int, requirement: Requirement, days: tuple[date, date]
) -> Standing:
    needed = _service(requirement) or 0
    return Standing(requirement, await _progress(turn, person, days, needed))


async def _progress(turn: Turn, person: int, days: tuple[date, date], needed: int) -> Progress:
    found = await hours.sums(turn.tx, person, *days)
    claimed = found.pop(CLAIM, 0)
    return Progress(attended=sum(found.values()), claimed=claimed, needed=needed)


async def page(turn: Turn, number: int) -> Lines | None:
    """One page of the speaker's lines, the latest first."""
    person = await _own(turn)
    if person is None:
        return None
    total = await hours.count(turn.tx, person)
    number = min(number, max(0, (total - 1) // PAGE))
    return Lines(await hours.lines(turn.tx, person, number * PAGE, PAGE), number, total)
