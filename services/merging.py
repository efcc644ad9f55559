"""Two registrations of one person: whether they may become one, and what that would mean."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from domain.linking import same_name
from domain.merging import Line, Plan, claims_said_twice, plan
from domain.people import Standing
from services.turn import Turn
from storage import links, merges, org, people
from storage.people import Record


class MergeRefusal(StrEnum):
    """Why two registrations are not made one by their owner alone."""

    NAME = "name"  # the names differ
    DIFFERS = "differs"  # a number, a birth date or an identity differs
    ROLES = "roles"  # both hold a role, now or later
    JUDGED = "judged"  # one gave a verdict on hours of the other: they would be one's own
    DOUBTED = "doubted"  # somebody proposed to reverse an entry, and nobody has decided
    CHANNEL = "channel"  # both have an account on one channel


@dataclass(frozen=True, slots=True)
class Merger:
    """What merging means: `kept` goes on, `absorbed` is shown nowhere any more.

    `entries` are the rows in force of the absorbed one, `ended` the waiting claims that were made
    on both sides, `moved` the other waiting claims of the absorbed one.
    """

    kept: Record
    absorbed: Record
    kept_minutes: int
    absorbed_minutes: int
    plan: Plan
    entries: Sequence[Any]
    ended: tuple[int, ...]
    moved: tuple[int, ...]
    home: str | None  # the name of the unit of the kept one

    @property
    def together(self) -> int:
        """The minutes of both, what was said twice counted once."""
        return self.kept_minutes + self.plan.minutes


@dataclass(frozen=True, slots=True)
class WhoDecides:
    """A refusal, and the unit whose officers may put it right."""

    reason: MergeRefusal
    unit: str


async def hold(turn: Turn, *persons: int) -> dict[int, Record]:
    """Hold the rows of persons until the end of the transaction, always in the same order."""
    found = {}
    for number in sorted(set(persons)):
        record = await people.load(turn.tx, turn.house.vault, number, lock=True)
        if record is not None:
            found[number] = record
    return found


async def look(turn: Turn, asker: Record, other: Record) -> Merger | WhoDecides:
    """What merging the registration that was asked for with `other` would do.

    The one that is asked for goes on, unless only the other holds a role: no role ever moves.
    """
    reason = _differs(asker, other) or await _apart(turn, asker, other)
    kept, absorbed = asker, other
    if reason is None and await people.holds_role(turn.tx, other.id, turn.at):
        kept, absorbed = other, asker
        if await people.holds_role(turn.tx, asker.id, turn.at):
            reason = MergeRefusal.ROLES
    if reason is not None:
        return WhoDecides(reason, await _unit(turn, asker))
    return await _merger(turn, kept, absorbed)


def _differs(one: Record, other: Record) -> MergeRefusal | None:
    if not same_name(one.name, other.name):
        return MergeRefusal.NAME
    pairs = ((one.number, other.number), (one.birth, other.birth), (one.identity, other.identity))
    if any(mine and theirs and mine != theirs for mine, theirs in pairs):
        return MergeRefusal.DIFFERS
    return None


async def _apart(turn: Turn, one: Record, other: Record) -> MergeRefusal | None:
    """What stands between the two although they are alike."""
    channels = [
        {row.channel for row in await links.accounts_of(turn.tx, record.id)}
        for record in (one, other)
    ]
    if channels[0] & channels[1]:
        return MergeRefusal.CHANNEL
    if await merges.judged_each_other(turn.tx, one.id, other.id):
        return MergeRefusal.JUDGED
    for record in (one, other):
        if await merges.is_doubted(turn.tx, record.id):
            return MergeRefusal.DOUBTED
    return None


async def _unit(turn: Turn, record: Record) -> str:
    """The top unit above somebody's home: its officers merge persons (QUALITY 2.2)."""
    path = [] if record.home is None else await org.names(turn.tx, record.home)
    return path[0] if path else ""


async def _merger(turn: Turn, kept: Record, absorbed: Record) -> Merger:
    entries = await merges.in_force(turn.tx, absorbed.id)
    mine = [merges.line(row) for row in await merges.in_force(turn.tx, kept.id)]
    theirs = [merges.line(row) for row in entries]
    found = plan(mine, theirs)
    waiting = await merges.open_claims(turn.tx, absorbed.id)
    own = await merges.open_claims(turn.tx, kept.id)
    ended = set(claims_said_twice(waiting, [*mine, *own]))
    ended |= set(claims_said_twice(own, found.moves))
    moved = sorted({one.id for one in waiting} - ended)
    names = [] if kept.home is None else await org.names(turn.tx, kept.home)
    return Merger(
        kept=kept,
        absorbed=absorbed,
        kept_minutes=_sum(mine),
        absorbed_minutes=_sum(theirs),
        plan=found,
        entries=entries,
        ended=tuple(sorted(ended)),
        moved=tuple(moved),
        home=names[-1] if names else None,
    )


def _sum(lines: Sequence[Line]) -> int:
    return sum(line.minutes for line in lines)


def is_member(record: Record | None) -> bool:
    """Whether somebody is registered now."""
    return record is not None and record.status == Standing.ACTIVE
