"""When the people of the demo district served: plain days and hours, no chance."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from domain.ledger import Stretch
from services.demo.district import DEEDS

_STARTS = (time(9), time(14), time(8, 30), time(15))


@dataclass(frozen=True, slots=True)
class Deed:
    """One service: what, where, when, and the sentence in which it was claimed."""

    what: str
    place: str
    stretch: Stretch
    said: str


def spread(minutes: tuple[int, ...], first: date, last: date, shift: int) -> list[tuple[date, int]]:
    """A day of its own for each amount, over [first, last], the latest first.

    Where there are not days enough (in the first days of a year) the rest is left out.
    """
    days = (last - first).days + 1
    found = minutes[: max(0, days)]
    if not found:
        return []
    step = max(1, days // len(found))
    late = shift % step
    return [(last - timedelta(days=late + n * step), one) for n, one in enumerate(found)]


def deed(day: date, minutes: int, number: int, zone: ZoneInfo) -> Deed:
    """The service of some minutes on a day; `number` chooses among what there is to do."""
    what, place = DEEDS[number % len(DEEDS)]
    start = datetime.combine(day, _STARTS[number % len(_STARTS)], zone)
    end = start + timedelta(minutes=minutes)
    stretch = Stretch(day, minutes, start.astimezone(UTC), end.astimezone(UTC))
    said = f"{day.month}月{day.day}日{start:%H:%M}到{end:%H:%M}在{place}{what}"
    return Deed(what, place, stretch, said)
