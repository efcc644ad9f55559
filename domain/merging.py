"""Which hours of two registrations count when they turn out to be one person's."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from domain.ledger import DAY_MINUTES, Stretch, overlap


@dataclass(frozen=True, slots=True)
class Line:
    """An entry in force, or a stretch of a claim that waits (`id` is then the claim's)."""

    id: int
    day: date
    minutes: int
    what: str
    starts_at: datetime | None = None
    ends_at: datetime | None = None

    @property
    def span(self) -> Stretch:
        """Its time alone."""
        return Stretch(self.day, self.minutes, self.starts_at, self.ends_at)


@dataclass(frozen=True, slots=True)
class Twice:
    """A line that does not count again, and what counts instead.

    `line` has the minutes that do not count, which are fewer than it had where only a part of its
    time is counted already. `twin` None: nothing counts instead; the day has no room for it
    (24 hours, SPEC section 4).
    """

    line: Line
    twin: int | None


@dataclass(frozen=True, slots=True)
class Plan:
    """The lines of the other registration: those that move, and those that count once.

    Of a line that meets another in a part of its time the rest moves, in pieces with its id.
    """

    moves: tuple[Line, ...]
    twice: tuple[Twice, ...]

    @property
    def minutes(self) -> int:
        """What the kept registration gains."""
        return sum(line.minutes for line in self.moves)


def plan(kept: Sequence[Line], other: Sequence[Line]) -> Plan:
    """Compare the entries in force: union minus duplicates (QUALITY L07, L14).

    Time counts once by the clock: of what overlaps only the rest is added. So does the same said
    twice where one of the two has no clock times: equal day, minutes and words, each line of one
    side against one line of the other. The order of the lines makes no difference.
    """
    free = {one.id for one in kept}
    days = _days(kept)
    moves: list[Line] = []
    twice: list[Twice] = []
    for line in sorted(other, key=_order):
        meets = [one for one in kept if overlap(line.span, one.span)]
        twin = _twin(line, meets, kept, free)
        if twin is not None:
            free.discard(twin.id)
        pieces = (line,) if twin is None else rest(line, meets) if meets else ()
        added = sum(one.minutes for one in pieces)
        if days.get(line.day, 0) + added > DAY_MINUTES:
            pieces, added = (), 0
        moves += pieces
        days[line.day] = days.get(line.day, 0) + added
        if added < line.minutes:
            out = replace(line, minutes=line.minutes - added)
            twice.append(Twice(out, None if twin is None else twin.id))
    return Plan(tuple(moves), tuple(twice))


def rest(line: Line, taken: Sequence[Line], minutes: int | None = None) -> tuple[Line, ...]:
    """What of a line lies outside of the time of others: pieces that meet none of them.

    Nobody said where stated breaks lay, so the line's minutes are shared out by the length of the
    pieces, rounded down in all; or `minutes` are, exactly. A piece without a minute is none. Of a
    line without clock times all is taken or nothing.
    """
    if line.starts_at is None or line.ends_at is None:
        return () if taken else (line,)
    gaps = _gaps(line.starts_at, line.ends_at, taken)
    length = sum((end - start for start, end in gaps), timedelta())
    if not length:
        return ()
    if minutes is None:
        minutes = line.minutes * length // (line.ends_at - line.starts_at)
    found, so_far, shared = [], timedelta(), 0
    for start, end in gaps:
        so_far += end - start
        share = minutes * so_far // length - shared
        shared += share
        if share > 0:
            found.append(replace(line, minutes=share, starts_at=start, ends_at=end))
    return tuple(found)


def _gaps(start: datetime, end: datetime, taken: Sequence[Line]) -> list[tuple[datetime, datetime]]:
    """The half-open stretches between start and end that no line takes, in order."""
    found = []
    spans = sorted((one.starts_at, one.ends_at) for one in taken if one.starts_at and one.ends_at)
    for begins, ends in spans:
        if start < begins:
            found.append((start, min(begins, end)))
        start = max(start, ends)
        if start >= end:
            return found
    return [*found, (start, end)]


def _order(line: Line) -> tuple[bool, date, int]:
    """Those with clock times first: what they meet is certain."""
    return (line.starts_at is None, line.day, line.id)


def _twin(line: Line, meets: Sequence[Line], kept: Sequence[Line], free: set[int]) -> Line | None:
    if meets:
        return min(meets, key=lambda one: (one.day, one.id))
    same = [one for one in kept if one.id in free and said_twice(line, one)]
    return min(same, key=lambda one: one.id) if same else None


def said_twice(one: Line, other: Line) -> bool:
    """Whether two lines say the same, where not both have clock times that tell them apart."""
    if one.starts_at is not None and other.starts_at is not None:
        return False
    return (one.day, one.minutes) == (other.day, other.minutes) and _words(one) == _words(other)


def _words(line: Line) -> str:
    return "".join(line.what.casefold().split())


def _days(lines: Iterable[Line]) -> dict[date, int]:
    days: dict[date, int] = {}
    for line in lines:
        days[line.day] = days.get(line.day, 0) + line.minutes
    return days


def claims_said_twice(claims: Iterable[Line], standing: Sequence[Line]) -> tuple[int, ...]:
    """The waiting claims of which any stretch stands already elsewhere; each id once."""
    found = {
        one.id
        for one in claims
        if any(overlap(one.span, other.span) or said_twice(one, other) for other in standing)
    }
    return tuple(sorted(found))
