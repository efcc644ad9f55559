"""Stretches of service as the ledger keeps them: split at the year's end, never overlapping."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

DAY_MINUTES = 1440
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Stretch:
    """Service without a gap: its local day (of the start) and the minutes really given.

    Both times are in UTC or both are None; `minutes` may be less than lies between them, because
    stated breaks are taken off.
    """

    day: date
    minutes: int
    starts_at: datetime | None = None
    ends_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """What becomes one entry. `number` is ten times the stretch's, plus 1 in its new year."""

    number: int
    day: date
    minutes: int
    starts_at: datetime | None = None
    ends_at: datetime | None = None

    @property
    def year(self) -> int:
        """The local year that it counts for (SPEC section 4, Hours)."""
        return self.day.year


def split(stretches: Iterable[Stretch], zone: ZoneInfo) -> tuple[Part, ...]:
    """Cut every stretch at the local midnight of 31 December; the minutes add up exactly.

    Where breaks were taken off, nobody said on which side they lay: the minutes are shared out by
    the length of the two sides, in whole minutes, the fraction going to the new year. A side that
    gets no minute makes no entry.
    """
    found: list[Part] = []
    for number, stretch in enumerate(stretches, start=1):
        found += _parts(number * 10, stretch, zone)
    return tuple(found)


def _parts(number: int, one: Stretch, zone: ZoneInfo) -> list[Part]:
    whole = Part(number, one.day, one.minutes, one.starts_at, one.ends_at)
    if one.starts_at is None or one.ends_at is None:
        return [whole]
    new_year = date(one.starts_at.astimezone(zone).year + 1, 1, 1)
    cut = datetime(new_year.year, 1, 1, tzinfo=zone).astimezone(UTC)
    if one.ends_at <= cut:
        return [whole]
    before = _minutes(one.starts_at, cut)
    first = one.minutes * before // _minutes(one.starts_at, one.ends_at)
    sides = [
        Part(number, one.day, first, one.starts_at, cut),
        Part(number + 1, new_year, one.minutes - first, cut, one.ends_at),
    ]
    return [side for side in sides if side.minutes > 0]


def _minutes(start: datetime, end: datetime) -> int:
    return (end - start) // _MINUTE


def overlap(one: Stretch | Part, other: Stretch | Part) -> bool:
    """Whether two half-open intervals meet. One without clock times never does (SPEC section 4)."""
    if one.starts_at is None or one.ends_at is None:
        return False
    if other.starts_at is None or other.ends_at is None:
        return False
    return one.starts_at < other.ends_at and other.starts_at < one.ends_at
