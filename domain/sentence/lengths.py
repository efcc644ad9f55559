"""Durations: 3小时, 一个半小时, 90分钟, 2h30m, an hour and a half."""

from __future__ import annotations

import re
from fractions import Fraction

from domain.sentence.fragments import APPROXIMATE_AFTER, COUNT, ENGLISH_NUMBER
from domain.sentence.numerals import CHINESE, ENGLISH, padded, quantity, whole
from domain.sentence.questions import Question
from domain.sentence.tokens import Found, Length, Trouble, Value

DAY = 1440

_TOTAL = r"(?P<total>一共|总共|共计|合计|总计|累计|共|in total\s?:?|total\s?:?)?"
_LEAD = (
    r"(?:历时|用时|耗时|时长|时间|整整|足足|服务时长|lasting|lasted)?\s?[:是为了有]?\s?(?:for )?"
)
_AMOUNT = (
    rf"(?:[0-9]{{1,6}}(?:\.[0-9]{{1,4}})?"
    rf"|[{CHINESE}]{{1,6}}(?:点[零〇一二三四五六七八九]{{1,3}})?|半)"
)
_CHINESE_HOURS = re.compile(
    rf"(?P<hours>{_AMOUNT})\s?(?P<piece>个)?(?P<half>半)?\s?(?:小时|钟头|(?<=个)钟(?!头)|h(?![a-z]))"
    rf"(?P<more>半(?![个小天分路]))?"
    rf"(?:\s?[零又,]?\s?(?P<minutes>{COUNT})\s?分钟?)?"
)
_CHINESE_MINUTES = re.compile(rf"(?P<minutes>{_AMOUNT})\s?分钟")
_QUARTERS = re.compile(r"(?P<quarters>[一二两三])刻钟")
_WORD = rf"(?:[0-9]{{1,4}}(?:\.[0-9]{{1,4}})?|{ENGLISH_NUMBER}|an?|half an?|a half|half)"
_ENGLISH_HOURS = re.compile(
    rf"(?P<hours>{_WORD})(?P<half> and a half)?(?:\s?-?\s?)(?:hours?|hrs?|h)(?![a-z])"
    rf"(?P<more> and a half)?"
    rf"(?:(?:\s?and\s|,?\s?)(?P<minutes>[0-9]{{1,3}}|{ENGLISH_NUMBER})"
    rf"(?:\s?-?\s?(?:minutes?|mins?|m)(?![a-z])|(?<=h[0-9][0-9])(?![0-9a-z:.])))?"
)
_ENGLISH_MINUTES = re.compile(
    rf"(?P<minutes>[0-9]{{1,4}}(?:\.[0-9]{{1,4}})?|{ENGLISH_NUMBER})\s?-?\s?(?:minutes?|mins?)(?![a-z])"
)
_TOTAL_LEAD = re.compile(_TOTAL + _LEAD)
_AFTER = re.compile(APPROXIMATE_AFTER)
_NOT_A_LENGTH = re.compile(
    r"\s?(?:之?以?前(?![往台期])|ago(?![a-z])|earlier(?![a-z])|later(?![a-z])|[0-9])"
)
_TOTAL_AFTER = re.compile(r"\s?(?:in total|altogether)(?![a-z])")


def scan(key: str, at: int) -> Found | None:
    """Read a duration that begins at `at`: minutes as an integer, or what must be asked."""
    lead = _TOTAL_LEAD.match(key, at)
    start = lead.end() if lead else at
    total = bool(lead and lead["total"])
    reads = [found for pattern in _PATTERNS if (found := pattern.match(key, start))]
    longest = max(reads, key=lambda found: found.end(), default=None)
    return _finish(key, longest, total) if longest else None


_PATTERNS = (_CHINESE_HOURS, _ENGLISH_HOURS, _CHINESE_MINUTES, _ENGLISH_MINUTES, _QUARTERS)


def starts_with_total(key: str, at: int) -> int:
    """Return where the number begins when words like 一共 stand before it."""
    lead = _TOTAL_LEAD.match(key, at)
    return lead.end() if lead else at


def _finish(key: str, found: re.Match[str], total: bool) -> Found:
    end = found.end()
    said = found.group()
    if _AFTER.match(key, end):
        return end, (Trouble(Question.APPROXIMATE, said),)
    if _NOT_A_LENGTH.match(key, end):
        return end, (Trouble(Question.UNCLEAR_NUMBER, said),)
    after = _TOTAL_AFTER.match(key, end)
    if after:
        end, total = after.end(), True
    return end, (_value(found, total),)


def _value(found: re.Match[str], total: bool) -> Value:
    minutes = _minutes(found.groupdict())
    if minutes is None or minutes.denominator != 1:
        return Trouble(Question.UNCLEAR_NUMBER, found.group())
    if minutes <= 0:
        return Trouble(Question.NOT_POSITIVE, found.group())
    if minutes > DAY * 31:
        return Trouble(Question.OVER_A_DAY, found.group())
    return Length(int(minutes), total)


def _minutes(said: dict[str, str | None]) -> Fraction | None:
    if said.get("quarters"):
        return Fraction(15 * (whole(str(said["quarters"])) or 0))
    if not said.get("hours"):
        return _plain(str(said["minutes"]))
    hours = _hours(str(said["hours"]))
    halves = [said[name] for name in ("half", "more") if said.get(name)]
    if hours is None or len(halves) > 1:
        return None
    minutes = said.get("minutes")
    if not halves and not minutes:
        return hours * 60
    if hours.denominator != 1 or (halves and minutes):
        return None
    rest = Fraction(30) if halves else _rest(str(minutes))
    return None if rest is None else hours * 60 + rest


def _hours(text: str) -> Fraction | None:
    if text in ("a", "an"):
        return Fraction(1)
    if text.startswith("half") or text == "a half":
        return Fraction(1, 2)
    return _plain(text)


def _plain(text: str) -> Fraction | None:
    return Fraction(ENGLISH[text]) if text in ENGLISH else quantity(text)


def _rest(text: str) -> Fraction | None:
    """Minutes after hours must be below 60; 2小时90分 is not clear. A zero before them is: 05分."""
    plain = text[1:] if padded(text) and len(text) == 2 else text
    minutes = _plain(plain)
    return minutes if minutes is not None and minutes < 60 else None
