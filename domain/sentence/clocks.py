"""Times of day as written: 下午两点半, 14:00, 2:30 p.m., noon, and short pairs as 2-4点."""

from __future__ import annotations

import re

from domain.sentence.fragments import (
    APPROXIMATE_AFTER,
    ENGLISH_NUMBER,
    HALF,
    HALVES,
    SMALL,
    UNTIL,
)
from domain.sentence.numerals import CHINESE, ENGLISH, whole
from domain.sentence.questions import Question
from domain.sentence.tokens import Clock, Found, Half, Mark, Trouble, Value

_PREFIX = rf"(?:(?P<half>{HALF})\s?[的,]?\s?)?"
_HOUR_WORD = r"(?:点|时(?![代候间刻尚装光期段长]))"
_UNIT_NEXT = rf"(?!\s?(?:[0-9{CHINESE}]|[个小分人名位号日月天次岁块元%点:班路楼年场米件]|h))"
_CHINESE_CLOCK = re.compile(
    rf"{_PREFIX}(?:差(?P<less>一刻|{SMALL}分)钟?\s?到?)?(?P<hour>{SMALL})\s?{_HOUR_WORD}"
    rf"(?:钟|整(?![理修治改顿编队]))?"  # 到3点整理图书: the tidying is what was done
    rf"(?:(?P<thirty>半(?![个小天]|钟头))|过?(?P<quarter>[一三])刻(?!钟)"
    rf"|\s?过?(?P<minute>{SMALL})分(?!钟)"
    rf"|(?P<bare>[0-5][0-9]|[零〇][五]|[二三四五]?十[一二三四五六七八九]?){_UNIT_NEXT}"
    rf"|差(?P<before>一刻|{SMALL}分)钟?)?"
)
_COLON_CLOCK = re.compile(
    rf"{_PREFIX}(?P<hour>[0-9]{{1,2}})\s?:\s?(?P<minute>[0-9]{{2}})(?::00)?(?![0-9:])"
    r"\s?(?P<mark>[ap]\.?m(?![a-z])\.?)?"
)
_AFTERWORD = r"(?:\s(?:in the|at) (?P<later>morning|afternoon|evening|night)(?![a-z]))?"
_ENGLISH_CLOCK = re.compile(
    rf"{_PREFIX}(?P<hour>[0-9]{{1,2}}|{ENGLISH_NUMBER})(?:\.(?P<minute>[0-9]{{2}}))?\s?"
    rf"(?:(?P<mark>[ap]\.?m(?![a-z])\.?)"
    rf"|(?:o'?clock(?![a-z])|(?= in the (?:morning|afternoon|evening)(?![a-z]))){_AFTERWORD})"
)
_PAST_CLOCK = re.compile(
    rf"(?P<part>half|quarter) (?P<side>past|to) (?P<hour>[0-9]{{1,2}}|{ENGLISH_NUMBER})"
    rf"(?:\s?(?P<mark>[ap]\.?m(?![a-z])\.?)|{_AFTERWORD})"
)
_WORD_CLOCK = re.compile(r"(?:12 |twelve )?(?P<word>noon|midday|midnight)(?![a-z])")
_END_OF_PAIR = (
    rf"(?=\s?{UNTIL}\s?(?:(?:{HALF})?\s?{SMALL}\s?{_HOUR_WORD}|noon(?![a-z])|midnight(?![a-z])"
    rf"|(?:[0-9]{{1,2}}|{ENGLISH_NUMBER})(?:[.:][0-9]{{2}})?"
    r"\s?(?:[ap]\.?m(?![a-z])|o'?clock|in the ))"
    rf"|\s?{UNTIL}\s?[0-9]{{1,2}}:[0-9]{{2}}(?![0-9]))"
)
_FIRST_OF_PAIR = re.compile(rf"{_PREFIX}(?P<hour>{SMALL}|{ENGLISH_NUMBER}){_END_OF_PAIR}")
_PAIR_AFTER_HALF = re.compile(
    rf"(?:(?P<half>{HALF})\s?)?(?:from )?(?P<hour>[0-9]{{1,2}})\s?{UNTIL}\s?(?P<last>[0-9]{{1,2}})"
    r"(?:\s?o'?clock(?![a-z]))?(?=$|[\s,。;()]|在)"
)
_NO_HOURS = (  # pages, people, days of a month: what 3 to 5 may be besides hours
    r"(?!\s?(?:[:.][0-9]|[ap]\.?m|o'?clock|in the |at |h(?![a-z])|hours?|hrs?|min|days?|weeks?"
    r"|months?|years?|times?|pages?|people|persons?|volunteers?|children|kids|students?|members?"
    r"|km|kilo|met|st(?![a-z])|[nr]d(?![a-z])|th(?![a-z])|%|of "
    r"|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec))"
)
_ENGLISH_PAIR = re.compile(
    rf"(?:(?P<lead>from|between) )?(?P<hour>1[0-2]|[1-9])(?P<to>\s?(?:-|to|until|till?)\s?| and )"
    rf"(?P<last>1[0-2]|[1-9])(?=$|[\s,;()]|\.(?![0-9])){_NO_HOURS}"
)
_PREFIXED = re.compile(HALF)
_AFTER = re.compile(APPROXIMATE_AFTER + r"|\s?之?以?(?:前(?![往去来台面期])|后(?![勤续来面]))")
# 做了一点事: 一点 is "a little" unless something makes it a time.
_A_LITTLE = re.compile(
    r"(?<![到至从\-~])(?<![到至从\-~]\s)一点(?!钟|整|半|[一三]刻|\s?(?:到|至|-|~|开始|起|结束|[零〇一二三四五十0-5]))"
)
_DECIMAL = re.compile(
    rf"(?:[0-9]{{1,2}}|[{CHINESE}]{{1,3}})点[零〇一二三四五六七八九0-9]{{1,3}}个?(?:小时|钟头)"
)


def scan(key: str, at: int) -> Found | None:
    """Read a clock, or a short pair of clocks, that begins at `at`."""
    bare = pair(key, at)
    if bare and _PREFIXED.match(key, at):
        return bare
    if _A_LITTLE.match(key, at):
        return None
    best: tuple[int, re.Match[str]] | None = None
    for pattern in _PATTERNS:
        found = pattern.match(key, at)
        if found and (best is None or found.end() > best[0]):
            best = (found.end(), found)
    return None if best is None else _finish(key, best[1])


_PATTERNS = (
    _CHINESE_CLOCK, _COLON_CLOCK, _ENGLISH_CLOCK, _PAST_CLOCK, _WORD_CLOCK, _FIRST_OF_PAIR
)  # fmt: skip


def _finish(key: str, found: re.Match[str]) -> Found:
    said = found.groupdict()
    decimal = _DECIMAL.search(found.string, found.start(), min(len(key), found.end() + 8))
    if decimal and decimal.start() < found.end():
        return decimal.end(), (Trouble(Question.UNCLEAR_NUMBER, decimal.group()),)
    after = _AFTER.match(key, found.end())
    if after:
        return after.end(), (Trouble(Question.APPROXIMATE, key[found.start() : after.end()]),)
    return found.end(), (_value(said, found.group().strip()),)


def pair(key: str, at: int) -> Found | None:
    """Read bare hours such as 2-5, which only a part of the day before them makes clocks."""
    found = _PAIR_AFTER_HALF.match(key, at)
    if not found:
        return None
    first = _value({"hour": found["hour"], "half": found["half"]}, found.group())
    last = _value({"hour": found["last"]}, found.group())
    return found.end(), (first, Mark.TO, last)


def english_pair(key: str, at: int, after_day: bool) -> Found | None:
    """Read "from 3 to 5" and, right after a day, "3 to 5": hours, though nothing says which half.

    The Chinese 3到5点 has its 点; in English these words are all that there is.
    """
    found = _ENGLISH_PAIR.match(key, at)
    if not found or not (found["lead"] or after_day):
        return None
    if (found["lead"] == "between") != (found["to"] == " and "):
        return None
    first = _value({"hour": found["hour"]}, found.group())
    return found.end(), (first, Mark.TO, _value({"hour": found["last"]}, found.group()))


def _value(said: dict[str, str | None], text: str) -> Value:
    if said.get("word"):
        return _named(str(said["word"]))
    hour = whole(str(said["hour"])) if said["hour"] not in ENGLISH else ENGLISH[str(said["hour"])]
    minute = _minute(said)
    if hour is None or minute is None:
        return Trouble(Question.UNCLEAR_NUMBER, text)
    if said.get("side") == "to" or said.get("less") or said.get("before"):
        hour, minute = (hour or 24) - 1, 60 - minute
        hour = hour or 12
    if hour > 24 or minute > 59 or (hour == 24 and minute):
        return Trouble(Question.IMPOSSIBLE_TIME, text)
    half = _half(said)
    if half in (Half.AM, Half.PM) and not 1 <= hour <= 12:
        return Trouble(Question.IMPOSSIBLE_TIME, text)
    return Clock(hour, minute, half, _exact(str(said["hour"]), hour, ":" in text))


def _exact(written: str, hour: int, colon: bool) -> bool:
    """Tell whether the writing is the 24-hour clock.

    13 to 24, 0 and a leading zero are; so is H:MM from 7:00 to 12:59, as a timetable has it.
    2:00 is not: people write it for the afternoon as well.
    """
    return hour > 12 or hour == 0 or written.startswith("0") or (colon and hour >= 7)


def _named(word: str) -> Clock:
    if word == "midnight":
        return Clock(24, 0, None, exact=True, midnight=True)
    return Clock(12, 0, None, exact=True)


def _half(said: dict[str, str | None]) -> Half | None:
    mark = said.get("mark")
    if mark:
        return Half.AM if mark.startswith("a") else Half.PM
    later = said.get("later")
    if later:
        return Half.AM if later == "morning" else Half.PM
    word = said.get("half")
    return HALVES[word] if word else None


def _minute(said: dict[str, str | None]) -> int | None:
    if said.get("thirty") or said.get("part") == "half":
        return 30
    if said.get("part") == "quarter":
        return 15
    if said.get("quarter"):
        return 15 if said["quarter"] == "一" else 45
    less = said.get("less") or said.get("before")
    if less:
        return 15 if less == "一刻" else whole(less.removesuffix("分"))
    text = said.get("minute") or said.get("bare")
    return whole(text) if text else 0
