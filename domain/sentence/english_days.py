"""Days as written in English: yesterday, Nov 14, 14th of November, the 14th, 3 days ago."""

from __future__ import annotations

import re

from domain.sentence.fragments import ENGLISH_NUMBER
from domain.sentence.numerals import whole
from domain.sentence.questions import Question
from domain.sentence.tokens import (
    DayOfMonth,
    Days,
    DayWord,
    Found,
    FromNow,
    Half,
    MonthDay,
    Trouble,
    Value,
)

_MONTHS = (
    "january february march april may june july august september october november december"
).split()
_MONTH = "(?:" + "|".join(f"{name[:3]}(?:t|{name[3:]})?" for name in _MONTHS) + r")(?![a-z])\.?"
_DAY = r"[0-9]{1,2}(?:st|nd|rd|th)?(?![0-9a-z:.%]|\s?[ap]\.?m(?![a-z]))"
_YEAR = r"(?:,? (?P<year>(?:19|20|21)[0-9]{2})(?![0-9:]))?"
_MORE = rf"(?:\s?(?:,|-|to|and|&|through|until)\s?{_DAY})"
_MONTH_FIRST = re.compile(
    rf"(?P<month>{_MONTH}) ?(?P<days>{_DAY}(?:{_MORE}(?!\s?(?:hours?|hrs?|minutes?|mins?|people|"
    rf"{_MONTH}))){{0,9}}){_YEAR}"
)
_DAY_FIRST = re.compile(
    rf"(?:the )?(?P<days>{_DAY}{_MORE}{{0,9}}) (?:of )?(?P<month>{_MONTH}){_YEAR}"
)
_OF_MONTH = re.compile(r"the (?P<day>[0-9]{1,2})(?:st|nd|rd|th)(?![a-z])")
_AGO = re.compile(
    rf"(?P<count>[0-9]{{1,4}}|{ENGLISH_NUMBER}|an?) (?P<unit>day|week)s? "
    r"(?P<side>ago|later|from now)(?![a-z])"
)
_IN = re.compile(rf"in (?P<count>[0-9]{{1,4}}|{ENGLISH_NUMBER}|an?) (?P<unit>day|week)s?(?![a-z])")
_NEAR: dict[str, tuple[int, Half | None]] = {
    "the day before yesterday": (-2, None),
    "day before yesterday": (-2, None),
    "the day after tomorrow": (2, None),
    "day after tomorrow": (2, None),
    "yesterday": (-1, None),
    "today": (0, None),
    "tomorrow": (1, None),
    "tonight": (0, Half.EVENING),
    "last night": (-1, Half.EVENING),
    "this morning": (0, Half.MORNING),
    "this afternoon": (0, Half.AFTERNOON),
    "this evening": (0, Half.EVENING),
}
_NEAR_DAY = re.compile("(?:" + "|".join(sorted(_NEAR, key=len, reverse=True)) + r")(?![a-z])")
_NUMBER = re.compile(r"[0-9]{1,2}")


def scan(key: str, at: int) -> Found | None:
    """Read one English day, a list, or a run, that begins at a word's beginning."""
    if not key[at].isascii() or not key[at].isalnum():
        return None
    if at and key[at].isalpha() and key[at - 1].isascii() and key[at - 1].isalpha():
        return None
    return _near(key, at) or _counted(key, at) or _dated(key, at)


def _near(key: str, at: int) -> Found | None:
    found = _NEAR_DAY.match(key, at)
    if not found:
        return None
    days, half = _NEAR[found.group()]
    values: tuple[Value, ...] = (Days((FromNow(days),)),)
    return found.end(), values + ((half,) if half else ())


def _counted(key: str, at: int) -> Found | None:
    found = _AGO.match(key, at) or _IN.match(key, at)
    if not found:
        return None
    count = 1 if found["count"] in ("a", "an") else whole(found["count"])
    if not count:
        return found.end(), (Trouble(Question.UNCLEAR_NUMBER, found.group()),)
    days = count * (7 if found["unit"] == "week" else 1)
    back = found.groupdict().get("side") == "ago"
    return found.end(), (Days((FromNow(-days if back else days),)),)


def _dated(key: str, at: int) -> Found | None:
    found = _MONTH_FIRST.match(key, at) or _DAY_FIRST.match(key, at)
    if found:
        return found.end(), (_listed(found),)
    found = _OF_MONTH.match(key, at)
    return (found.end(), (Days((DayOfMonth(int(found["day"])),)),)) if found else None


def _listed(found: re.Match[str]) -> Value:
    month = next(n for n, name in enumerate(_MONTHS, 1) if found["month"].startswith(name[:3]))
    written = int(found["year"]) if found["year"] else None
    numbers = [int(text) for text in _NUMBER.findall(found["days"])]
    words: tuple[DayWord, ...] = tuple(MonthDay(month, day, written) for day in numbers)
    ranged = bool(re.search(r"-|to|through|until", found["days"]))
    if ranged and len(words) != 2:
        return Trouble(Question.SEVERAL_READINGS, found.group())
    return Days(words, ranged)
