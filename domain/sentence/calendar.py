"""Which day a word means, seen from today; a day with two meanings is asked about."""

from __future__ import annotations

from datetime import date, timedelta

from domain.sentence.purposes import Purpose
from domain.sentence.questions import Question
from domain.sentence.tokens import DayOfMonth, DayWord, FromNow, MonthDay, NextDay, Weekday


def resolve(word: DayWord, today: date, purpose: Purpose, before: date | None) -> date | Question:
    """Find the day that a word means.

    `before` is the last dated day earlier in the sentence: 11月14日和15日 share the month. A
    month and day without a year mean this year's; when that lies on the wrong side of today,
    the year beside it, but only if that day is nearer, else the sentence is asked about
    (12月31日 in January is last year's, 11月30日 on 22 November is asked). A bare weekday is
    the latest one up to today for a claim and the next one from today for an activity.
    """
    match word:
        case FromNow():
            return _shifted(today, word.days)
        case MonthDay():
            return _month_day(word, today, purpose, before)
        case DayOfMonth():
            return _day_of_month(word, today, purpose, before)
        case Weekday():
            return _weekday(word, today, purpose)
        case NextDay():
            return Question.AMBIGUOUS_DATE


def _shifted(today: date, days: int) -> date | Question:
    try:
        return today + timedelta(days=days)
    except OverflowError:
        return Question.IMPOSSIBLE_DATE


def _dated(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _month_day(
    word: MonthDay, today: date, purpose: Purpose, before: date | None
) -> date | Question:
    year = word.year
    if word.years is not None:
        year = today.year + word.years
    if year is not None:
        return _dated(year, word.month, word.day) or Question.IMPOSSIBLE_DATE
    if before is not None and before.year != today.year:
        follows = _dated(before.year, word.month, word.day)
        if follows and follows > before:
            return follows
    here = _dated(today.year, word.month, word.day)
    if here is None:
        return Question.IMPOSSIBLE_DATE
    step = -1 if purpose is Purpose.LOG else 1
    return _nearest(here, _dated(today.year + step, word.month, word.day), today, purpose)


def _nearest(
    here: date | None, beside: date | None, today: date, purpose: Purpose
) -> date | Question:
    """Take the day on the right side of today, unless the one on the wrong side is as near."""
    wrong = Question.FUTURE if purpose is Purpose.LOG else Question.PAST
    if here is None:
        return beside or Question.IMPOSSIBLE_DATE
    if here == today or (here < today) == (purpose is Purpose.LOG):
        return here
    if beside is None or abs(beside - today) >= abs(here - today):
        return wrong
    return beside


def _day_of_month(
    word: DayOfMonth, today: date, purpose: Purpose, before: date | None
) -> date | Question:
    if not 1 <= word.day <= 31:
        return Question.IMPOSSIBLE_DATE
    if word.months is not None:
        return _in_month(today, word.months, word.day) or Question.IMPOSSIBLE_DATE
    if before is not None:
        follows = _dated(before.year, before.month, word.day)
        if follows is None:
            return Question.IMPOSSIBLE_DATE
        return follows if follows > before else Question.AMBIGUOUS_DATE
    step = -1 if purpose is Purpose.LOG else 1
    beside = _in_month(today, step, word.day)
    return _nearest(_in_month(today, 0, word.day), beside, today, purpose)


def _in_month(today: date, months: int, day: int) -> date | None:
    years, month = divmod(today.month - 1 + months, 12)
    return _dated(today.year + years, month + 1, day)


def _weekday(word: Weekday, today: date, purpose: Purpose) -> date | Question:
    monday = today - timedelta(days=today.weekday())
    if word.week is not None:
        return monday + timedelta(days=7 * word.week + word.day - 1)
    back = (today.isoweekday() - word.day) % 7
    ahead = (word.day - today.isoweekday()) % 7
    if word.weekly or (word.loose is None and purpose is Purpose.NEW):
        return today + timedelta(days=ahead)
    if word.loose is None:
        return today - timedelta(days=back)
    return _loose(word.loose, back or 7, ahead or 7, monday + timedelta(days=word.day - 1), today)


def _loose(side: int, back: int, ahead: int, this_week: date, today: date) -> date | Question:
    """English "last Saturday": some mean the latest one, some the one of last week."""
    latest = today - timedelta(days=back) if side < 0 else today + timedelta(days=ahead)
    other = this_week + timedelta(days=7 * side)
    return latest if latest == other else Question.AMBIGUOUS_DATE
