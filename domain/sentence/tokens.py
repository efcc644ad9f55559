"""What can be seen in a sentence: days, clocks, lengths, breaks and small words."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from domain.sentence.questions import Question


class Half(Enum):
    """A part of the day that says which of two hours a clock means."""

    DAWN = "凌晨"
    MORNING = "早上"
    FORENOON = "上午"
    NOON = "中午"
    AFTERNOON = "下午"
    DUSK = "傍晚"
    EVENING = "晚上"
    NIGHT = "夜里"
    AM = "am"
    PM = "pm"


@dataclass(frozen=True)
class FromNow:
    """A day counted from today: 昨天 is -1."""

    days: int


@dataclass(frozen=True)
class MonthDay:
    """A day of a month; `year` as written, or `years` counted from this year, or neither."""

    month: int
    day: int
    year: int | None = None
    years: int | None = None


@dataclass(frozen=True)
class DayOfMonth:
    """14号: a day without its month; `months` counts from this month when it is said."""

    day: int
    months: int | None = None


@dataclass(frozen=True)
class Weekday:
    """A weekday, 1 to 7 from Monday.

    `week` counts ISO weeks from this one when it is said (上周 is -1). `loose` is -1 for
    English "last" and 1 for "next", which people use in two ways. `weekly` is 每周.
    """

    day: int
    week: int | None = None
    loose: int | None = None
    weekly: bool = False


@dataclass(frozen=True)
class NextDay:
    """次日: the day after the start of the stretch."""


DayWord = FromNow | MonthDay | DayOfMonth | Weekday | NextDay


@dataclass(frozen=True)
class Days:
    """One or more days; `ranged`: the two words are the first and the last of a run."""

    words: tuple[DayWord, ...]
    ranged: bool = False


@dataclass(frozen=True)
class Clock:
    """A time of day as said: hour 0 to 24.

    `exact` is true when the writing itself is the 24-hour clock. `midnight` is the English
    word, which begins or ends a day.
    """

    hour: int
    minute: int
    half: Half | None = None
    exact: bool = False
    midnight: bool = False


@dataclass(frozen=True)
class Length:
    """A duration in minutes; `total` when the words say that it is the sum (一共)."""

    minutes: int
    total: bool = False


@dataclass(frozen=True)
class Pause:
    """A stated break in minutes; `net` when the words say that it is not counted (不含)."""

    minutes: int
    net: bool = False


@dataclass(frozen=True)
class Capacity:
    """How many people an activity takes."""

    count: int


@dataclass(frozen=True)
class Trouble:
    """Something that must be asked about; `said` is the piece of the sentence."""

    question: Question
    said: str = ""


class Mark(Enum):
    """A small word that steers the reading."""

    TO = "到"
    FILLER = "从"
    EACH = "每天"
    BEGIN = "开始"
    FINISH = "结束"
    PAUSE = "休息"
    MORE = "又"


Value = Days | Half | Clock | Length | Pause | Capacity | Trouble | Mark


@dataclass(frozen=True)
class Token:
    """One value and the half-open span of the sentence that it was read from."""

    begin: int
    end: int
    value: Value


Found = tuple[int, tuple[Value, ...]]
