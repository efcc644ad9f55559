"""Which hours of two registrations count when they turn out to be one person's."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

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

    `twin` None: nothing does; the day has no room for it (24 hours, SPEC section 4).
    """

    line: Line
    twin: int | None


@dataclass(frozen=True, slots=True)
class Plan:
    """The lines of the other registration: those that move, and those that count once."""

    moves: tuple[Line, ...]
    twice: tuple[Twice, ...]

    @property
    def minutes(self) -> int:
        """What the kept registration gains."""
        return sum(line.minutes for line in self.moves)


def plan(kept: Sequence[Line], other: Sequence[Line]) -> Plan:
    """Compare the entries in force: union minus duplicates (QUALITY L07, L14).

    What overlaps by the clock counts once, and so does the same said twice where one of the two
    has no clock times: equal day, minutes and words, each line of one side against one line of
    the other. The order of the lines makes no difference.
    """
    free = {one.id for one in kept}
    days = _days(kept)
    moves: list[Line] = []
    twice: list[Twice] = []
    for line in sorted(other, key=_order):
        twin = _twin(line, kept, free)
        if twin is not None:
            twice.append(Twice(line, twin.id))
            free.discard(twin.id)
        elif days.get(line.day, 0) + line.minutes > DAY_MINUTES:
            twice.append(Twice(line, None))
        else:
            moves.append(line)
            days[line.day] = days.get(line.day, 0) + line.minutes
    return Plan(tuple(moves), tuple(twice))


def _order(line: Line) -> tuple[bool, date, int]:
    """Those with clock times first: what they meet is certain."""
    return (line.starts_at is None, line.day, line.id)


def _twin(line: Line, kept: Sequence[Line], free: set[int]) -> Line | None:
    meets = [one for one in kept if overlap(line.span, one.span)]
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
