"""What a person sees of their hours: progress, last lines, claims that wait."""

from __future__ import annotations

from collections.abc import Mapping
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
    """Everything that /hours shows. `year` are the minutes of this local year.

    `waiting` are the first open claims; `more_waiting` says that there are others.
    """

    standings: list[Standing]
    year: Progress
    lines: list[Any]
    more: bool
    waiting: list[Any]
    more_waiting: bool


@dataclass(frozen=True, slots=True)
class Lines:
    """One page of the ledger's lines, its number from 0, and how many lines there are."""

    rows: list[Any]
    number: int
    total: int


async def view(turn: Turn) -> View | None:
    """The speaker's own hours; None for somebody who is not registered."""
    person, me = await _own(turn), turn.person
    if person is None or me is None:
        return None
    today = turn.local.date()
    joined = me.since.astimezone(turn.house.zone).date()
    year = (date(today.year, 1, 1), date(today.year + 1, 1, 1))
    of_year, lines, waiting = await hours.overview(turn.tx, person, *year, LAST + 1, PAGE + 1)
    sums = {year: of_year}
    found = []
    for one in rules_of(turn).requirements:
        needed = _service(one)
        if needed is None or not one.applies(me.member_status, today):
            continue
        days = one.days(today, joined)
        if days not in sums:
            sums[days] = await hours.sums(turn.tx, person, *days)
        found.append(Standing(one, _progress(sums[days], needed)))
    return View(
        standings=found,
        year=_progress(sums[year], 0),
        lines=lines[:LAST],
        more=len(lines) > LAST,
        waiting=waiting[:PAGE],
        more_waiting=len(waiting) > PAGE,
    )


async def _own(turn: Turn) -> int | None:
    person = turn.person
    if person is None or person.home is None:
        return None
    target = targets.own(person.id, person.home)
    allowed = await permit(turn, Action.OWN_VIEW, target) is Verdict.ALLOW
    return person.id if allowed else None


def _service(requirement: Requirement) -> int | None:
    """The minutes of service that it asks for; the other items have no facts yet."""
    for item in requirement.items:
        if item.kind is ItemKind.SERVICE:
            return item.amount
    return None


def _progress(sums: Mapping[str, int], needed: int) -> Progress:
    claimed = sums.get(CLAIM, 0)
    return Progress(attended=sum(sums.values()) - claimed, claimed=claimed, needed=needed)


async def page(turn: Turn, number: int) -> Lines | None:
    """One page of the speaker's lines, the latest first."""
    person = await _own(turn)
    if person is None:
        return None
    total = await hours.count(turn.tx, person)
    number = min(number, max(0, (total - 1) // PAGE))
    return Lines(await hours.lines(turn.tx, person, number * PAGE, PAGE), number, total)


async def waiting_page(turn: Turn, number: int) -> Lines | None:
    """One page of the speaker's open claims, the oldest first."""
    person = await _own(turn)
    if person is None:
        return None
    total = await hours.waiting_count(turn.tx, person)
    number = min(number, max(0, (total - 1) // PAGE))
    return Lines(await hours.waiting(turn.tx, person, number * PAGE, PAGE), number, total)
