"""The only writer of entries and balances."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

from domain.hours import Refusal, Refused, check_record
from domain.ledger import Part, Stretch, split
from domain.merging import Line
from services.turn import Turn
from storage import connections, ledger
from storage.ledger import CLAIM, Entry

NOON = time(12)


@dataclass(frozen=True, slots=True)
class Recorded:
    """The entries that were made, and their minutes in all."""

    entries: tuple[int, ...]
    minutes: int


async def record(turn: Turn, claim: Any, stretches: tuple[Stretch, ...]) -> Recorded | Refused:
    """Make an approved claim's entries.

    `claim` is its row, and its person's row is locked already. Refused if entries in force
    overlap or the day would pass 24 hours.
    """
    parts = split(stretches, turn.house.zone)
    days = [part.day for part in parts]
    standing = await ledger.in_force(turn.tx, claim.person_id, min(days), max(days))
    refused = check_record(parts, standing)
    if refused is not None:
        return refused
    lines = [await _line(turn, claim, part) for part in parts]
    try:
        made = await ledger.add(turn.tx, lines)
    except connections.Refused:  # the second wall: something else wrote entries
        return Refused(Refusal.OVERLAP_ENTRY, days[0])
    return Recorded(tuple(made), sum(line.minutes for line in lines))


async def _line(turn: Turn, claim: Any, part: Part) -> Entry:
    return Entry(
        person_id=claim.person_id,
        unit_id=await _unit(turn, claim, part),
        source=CLAIM,
        year=part.year,
        day=part.day,
        starts_at=part.starts_at,
        ends_at=part.ends_at,
        minutes=part.minutes,
        what=claim.what,
        place=claim.place,
        claim_id=claim.id,
        part=part.number,
        reverses_id=None,
        recorded_by=None if turn.person is None else turn.person.id,
        recorded_at=turn.at,
        inbox_id=turn.event_id,
    )


async def _unit(turn: Turn, claim: Any, part: Part) -> int:
    """History stays with the unit of service time; before the first home, with the claim's."""
    noon = datetime.combine(part.day, NOON, turn.house.zone)
    home = await ledger.home_at(turn.tx, claim.person_id, part.starts_at or noon)
    return int(home or claim.unit_id)


async def reverse(turn: Turn, entry: Any) -> int | None:
    """Cancel an entry by a line of its own and answer that line's id.

    None if it is a reversal itself or is reversed already. Its person's row is locked.
    """
    if entry.reverses_id is not None or await ledger.is_reversed(turn.tx, entry.id):
        return None
    line = Entry(
        person_id=entry.person_id,
        unit_id=entry.unit_id,
        source=entry.source,
        year=entry.year,
        day=entry.day,
        starts_at=entry.starts_at,
        ends_at=entry.ends_at,
        minutes=-entry.minutes,
        what=entry.what,
        place=entry.place,
        claim_id=None,  # (claim, part) names the entry that it made
        part=entry.part,
        reverses_id=entry.id,
        recorded_by=None if turn.person is None else turn.person.id,
        recorded_at=turn.at,
        inbox_id=turn.event_id,
    )
    try:
        return (await ledger.add(turn.tx, [line]))[0]
    except connections.Refused:  # the second wall
        return None


async def anew(turn: Turn, entry: Any, person: int, piece: Line) -> int:
    """Write an entry once more, for another person, and answer the new line's id.

    `piece` says which time and how many minutes of it.

    The claim keeps the line that it made; storage.merges says which line came of which.
    """
    line = Entry(
        person_id=person,
        unit_id=entry.unit_id,
        source=entry.source,
        year=entry.year,
        day=entry.day,
        starts_at=piece.starts_at,
        ends_at=piece.ends_at,
        minutes=piece.minutes,
        what=entry.what,
        place=entry.place,
        claim_id=None,  # (claim, part) names the entry that it made
        part=entry.part,
        reverses_id=None,
        recorded_by=None if turn.person is None else turn.person.id,
        recorded_at=turn.at,
        inbox_id=turn.event_id,
    )
    return (await ledger.add(turn.tx, [line]))[0]
