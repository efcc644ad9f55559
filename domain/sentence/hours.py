"""Which minutes of the day two clocks mean; one admissible reading is taken, two are asked about.

Minutes count from midnight of the day of the start and pass 1,440 on the day after.
"""

from __future__ import annotations

from dataclasses import replace

from domain.sentence.questions import Question
from domain.sentence.tokens import Clock, Half

DAY = 1440
NOON = 720
EVENING = 18 * 60
# A night from the evening into the morning without 凌晨 being said: at most so long.
LONGEST_NIGHT = 12 * 60

_NIGHT = (Half.EVENING, Half.NIGHT)
_EARLY = (Half.DAWN, Half.MORNING, Half.FORENOON, Half.AM)
_WINDOWS = {
    Half.NOON: (11, 14), Half.AFTERNOON: (12, 23), Half.DUSK: (16, 20),
    Half.EVENING: (17, 24), Half.NIGHT: (18, 24), Half.DAWN: (0, 6),
    Half.MORNING: (0, 12), Half.FORENOON: (0, 12),
}  # fmt: skip


def within(clock: Clock, half: Half) -> tuple[int, ...]:
    """List the minutes that a clock can mean in a part of the day; none: they contradict.

    晚上12点 is the end of that day, 凌晨12点 its beginning, 中午12点 and 下午12点 noon;
    晚上 with 1 to 4 is after midnight (only an end can be meant so).
    """
    hour, minute = clock.hour, clock.minute
    if hour > 12 or (hour == 0 and half in _NIGHT):
        low, high = _WINDOWS.get(half, (99, 0))
        hour = hour or 24
        return (hour * 60 + minute,) if low <= hour <= high else ()
    return tuple(base * 60 + minute for base in _BASES[half].get(hour, ()))


def _hours(hours: range, later: int, **others: tuple[int, ...]) -> dict[int, tuple[int, ...]]:
    twelve = {12: others["twelve"]} if "twelve" in others else {}
    return {hour: (hour + later,) for hour in hours} | twelve


_BASES: dict[Half, dict[int, tuple[int, ...]]] = {
    Half.DAWN: _hours(range(7), 0, twelve=(0,)),
    Half.MORNING: _hours(range(12), 0, twelve=(12,)),
    Half.FORENOON: _hours(range(12), 0, twelve=(0, 12)),
    Half.AM: _hours(range(12), 0, twelve=(0,)),
    Half.NOON: _hours(range(1, 3), 12, twelve=(12,)) | {11: (11,)},
    Half.AFTERNOON: _hours(range(1, 12), 12, twelve=(12,)),
    Half.PM: _hours(range(1, 12), 12, twelve=(12,)),
    Half.DUSK: _hours(range(4, 9), 12),
    Half.EVENING: _hours(range(1, 5), 24, twelve=(24,)) | _hours(range(5, 12), 12),
    Half.NIGHT: _hours(range(1, 7), 24, twelve=(24,)) | _hours(range(7, 12), 12),
}


def literal(clock: Clock) -> int:
    """Read the clock as a 24-hour clock."""
    return clock.hour * 60 + clock.minute


def settle(start: Clock, end: Clock, days: int | None) -> tuple[int, int] | Question:
    """Decide both ends of a stretch; `days` is 0 or 1 when the day of the end is said too."""
    if start.midnight:
        return Question.AMBIGUOUS_HALF
    if start.half is None and not start.exact and end.half in (Half.AM, Half.PM):
        start = _trailing(start, end, end.half)
    begins = _beginnings(start, end)
    if isinstance(begins, Question):
        return begins
    pairs = [(begin, finish) for begin in begins for finish in _finishes(begin, start, end, days)]
    if not pairs:
        return _impossible(end, begins)
    return pairs[0] if len(pairs) == 1 else Question.AMBIGUOUS_HALF


def opening(start: Clock) -> int | Question:
    """Decide a start that stands without an end."""
    if start.midnight or not (start.half or start.exact):
        return Question.AMBIGUOUS_HALF
    begins = _beginnings(start, start)
    return begins if isinstance(begins, Question) else begins[0]


def _trailing(start: Clock, end: Clock, half: Half) -> Clock:
    """2-5pm: the mark holds for both ends when it can, else the start is in the morning."""
    same = replace(start, half=half)
    if within(same, half) < within(end, half):
        return same
    return replace(start, half=Half.AM if half is Half.PM else Half.PM)


def _beginnings(start: Clock, end: Clock) -> tuple[int, ...] | Question:
    if start.half is not None:
        begins = within(start, start.half)
        after_midnight = start.half in _NIGHT and 1 <= start.hour <= 6 and begins >= (DAY,)
        if not begins:
            return Question.IMPOSSIBLE_TIME
        return Question.AMBIGUOUS_HALF if after_midnight or len(begins) > 1 else begins
    if start.exact:
        return (literal(start),)
    if not (end.half or end.exact):
        return Question.AMBIGUOUS_HALF
    if start.hour == 12:
        late = (DAY + start.minute,) if end.half in (Half.DAWN, *_NIGHT) else ()
        return (literal(start), *late)
    return (literal(start), literal(start) + NOON)


def _finishes(begin: int, start: Clock, end: Clock, days: int | None) -> tuple[int, ...]:
    """List the ends that are possible after `begin`; the nearer reading of the rules first."""
    if days == 1:
        return tuple(DAY + minute for minute in _own(end) if minute < DAY)
    if end.half is not None:
        return _marked(begin, end, end.half, days)
    if end.midnight or (literal(end) == 0 and begin > 0):
        return (DAY,) if begin < DAY else ()
    if start.half is not None and end.hour <= 12:
        return _halved(begin, start.half, end, days)
    if literal(end) > begin:
        return (literal(end),)
    later = tuple(minute for minute in _own(end) if begin < minute <= DAY)
    return later or (_overnight(begin, end) if days is None else ())


def _halved(begin: int, half: Half, end: Clock, days: int | None) -> tuple[int, ...]:
    """The part of the day of the start holds for the end; else the end may lie beyond it."""
    carried = _carried(end, half)
    if begin in carried:
        return ()
    after = [minute for minute in carried if minute > begin]
    if after:
        return (after[0],)
    loose = replace(end, exact=end.exact and end.hour == 12)
    later = tuple(minute for minute in _own(loose) if begin < minute <= DAY)
    return later or (_overnight(begin, end) if days is None else ())


def _own(end: Clock) -> tuple[int, ...]:
    """List what the end can mean by itself."""
    if end.half is not None:
        return within(end, end.half)
    if end.exact or end.hour > 12:
        return (literal(end),)
    if end.hour == 12:
        return (literal(end), DAY + end.minute)
    return (literal(end), literal(end) + NOON)


def _carried(end: Clock, half: Half) -> tuple[int, ...]:
    """The part of the day of the start holds for the end as well, with the noon beyond it."""
    wide = Half.FORENOON if half in _EARLY else half
    return within(end, wide)


def _marked(begin: int, end: Clock, half: Half, days: int | None) -> tuple[int, ...]:
    same_day = [minute for minute in within(end, half) if minute > begin]
    if same_day or days == 0:
        return tuple(same_day)
    nights = (minute + DAY for minute in within(end, half) if minute < NOON)
    return tuple(night for night in nights if _into_night(begin, night, half))[:1]


def _into_night(begin: int, night: int, half: Half) -> bool:
    """凌晨 says itself that it is the next day; 早上 and am only after an evening."""
    if not begin < night <= begin + DAY:
        return False
    if half in (Half.DAWN, *_NIGHT) or night == DAY:
        return True
    late = begin >= EVENING or half is Half.AM
    return half in _EARLY and late and night - begin <= LONGEST_NIGHT


def _overnight(begin: int, end: Clock) -> tuple[int, ...]:
    """22:00-02:00 and 晚上十点到两点 end on the next day; 17:00-14:00 does not."""
    if begin < EVENING:
        return ()
    finish = DAY + literal(end) % DAY if end.hour != 12 or end.exact else DAY + end.minute
    return (finish,) if 0 < finish - begin <= LONGEST_NIGHT else ()


def _impossible(end: Clock, begins: tuple[int, ...]) -> Question:
    if end.half is not None and not within(end, end.half):
        return Question.IMPOSSIBLE_TIME
    same = any(begin in _own(end) for begin in begins)
    return Question.NOT_POSITIVE if same else Question.END_BEFORE_START


def possible(clock: Clock) -> tuple[int, ...]:
    """List everything that a clock can mean on the day of a stretch and the day after it."""
    own = _own(clock)
    return (*own, *(minute + DAY for minute in own))
