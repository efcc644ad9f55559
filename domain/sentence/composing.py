"""From elements to stretches: hours to days, and the checks that need all of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from itertools import pairwise

from domain.sentence.blocks import Block, Blocks, Item, blocks
from domain.sentence.groups import Group
from domain.sentence.items import Element
from domain.sentence.purposes import Purpose
from domain.sentence.questions import Question

DAY = 1440


@dataclass(frozen=True)
class Stretch:
    """Hours of one local day. `start` and `end` are both set or both None.

    `minutes` is an integer from 1 to 1,440 with stated breaks taken off. An end at or before
    the start in clock time lies on the next day; 24:00 is written 00:00.
    """

    date: date
    start: time | None
    end: time | None
    minutes: int


@dataclass
class _Segment:
    group: Group
    items: list[Item]


def compose(
    elements: list[Element], at: datetime, purpose: Purpose, *, each: bool
) -> tuple[Stretch, ...] | Question:
    """Give every group of days its hours; `at` is local. Asks instead of guessing."""
    segments = _segments(elements)
    if isinstance(segments, Question):
        return segments
    stretches: list[Stretch] = []
    totals: list[tuple[int, int, int]] = []
    for segment in segments:
        found = blocks(segment.items, segment.group, each=each)
        if isinstance(found, Question):
            return found
        built = _stretches(segment.group, found, at.replace(tzinfo=None))
        stretches += built
        gross = sum(block.gross for block in found.found) * len(segment.group.dates)
        totals += [(total, sum(s.minutes for s in built), gross) for total in found.totals]
    return _checked(stretches, totals, at.replace(tzinfo=None), purpose)


def _segments(elements: list[Element]) -> list[_Segment] | Question:
    """Hours follow their days, or all stand before them: 3 hours yesterday."""
    elements = _without_echo(elements)
    groups = [element for element in elements if isinstance(element, Group)]
    items = [element for element in elements if not isinstance(element, Group)]
    if not items:
        return Question.NO_TIME
    if not groups:
        return Question.NO_DATE
    if len(groups) == 1:
        return [_Segment(groups[0], items)]
    backward = not isinstance(elements[0], Group)
    if backward and not isinstance(elements[-1], Group):
        return Question.SEVERAL_READINGS
    segments: list[_Segment] = []
    for element in elements[::-1] if backward else elements:
        if isinstance(element, Group):
            segments.append(_Segment(element, []))
        else:
            segments[-1].items.insert(0 if backward else len(segments[-1].items), element)
    if any(not segment.items for segment in segments):
        return Question.SEVERAL_READINGS
    return segments[::-1] if backward else segments


def _without_echo(elements: list[Element]) -> list[Element]:
    """Drop days that are said again before any hours: 上周六清扫（11月14日）两小时."""
    out: list[Element] = []
    for element in elements:
        last = out[-1] if out else None
        if isinstance(element, Group) and isinstance(last, Group) and element.dates == last.dates:
            out[-1] = replace(element, weekly=element.weekly or last.weekly)
        else:
            out.append(element)
    return out


def _stretches(group: Group, found: Blocks, at: datetime) -> list[Stretch]:
    built = []
    for day in group.dates:
        hours = [_stretch(day, block) for block in found.found]
        if group.rolls and any(_begin(stretch) < at for stretch in hours):
            hours = [_stretch(day + timedelta(days=7), block) for block in found.found]
        built += hours
    return built


def _stretch(day: date, block: Block) -> Stretch:
    if block.start is None or block.end is None:
        return Stretch(day, None, None, block.net)
    days, start = divmod(block.start, DAY)
    return Stretch(day + timedelta(days=days), _time(start), _time(block.end % DAY), block.net)


def _time(minutes: int) -> time:
    return time(minutes // 60, minutes % 60)


def _begin(stretch: Stretch) -> datetime:
    return datetime.combine(stretch.date, stretch.start or time())


def _end(stretch: Stretch) -> datetime:
    """Find when it was over at the earliest: the clock, or the minutes since midnight."""
    if stretch.start is None or stretch.end is None:
        return _begin(stretch) + timedelta(minutes=stretch.minutes)
    end = datetime.combine(stretch.date, stretch.end)
    return end if stretch.end > stretch.start else end + timedelta(days=1)


def _checked(
    stretches: list[Stretch], totals: list[tuple[int, int, int]], at: datetime, purpose: Purpose
) -> tuple[Stretch, ...] | Question:
    every = sum(stretch.minutes for stretch in stretches)
    if any(total not in (own, gross, every) for total, own, gross in totals):
        return Question.LENGTH_CONTRADICTS
    if purpose is Purpose.NEW and any(stretch.start is None for stretch in stretches):
        return Question.NO_START
    if purpose is Purpose.NEW and any(_begin(stretch) < at for stretch in stretches):
        return Question.PAST
    if purpose is Purpose.LOG and any(_end(stretch) > at for stretch in stretches):
        return Question.FUTURE
    return _crowded(stretches) or tuple(stretches)


def _crowded(stretches: list[Stretch]) -> Question | None:
    """Stretches must not overlap, and a day has 1,440 minutes."""
    timed = sorted((s for s in stretches if s.start is not None), key=_begin)
    if any(_end(one) > _begin(two) for one, two in pairwise(timed)):
        return Question.OVERLAP
    sums: dict[date, int] = {}
    for stretch in stretches:
        sums[stretch.date] = sums.get(stretch.date, 0) + stretch.minutes
    return Question.OVER_A_DAY if any(total > DAY for total in sums.values()) else None
