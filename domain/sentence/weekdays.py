"""Weekdays and weekly repeats: 上周六, 礼拜天, 周六、日, 每周五, last Saturday, every Friday."""

from __future__ import annotations

import re

from domain.sentence.fragments import HALF
from domain.sentence.questions import Question
from domain.sentence.tokens import Days, Found, Trouble, Value, Weekday

_NAMES = {"一": 1, "二": 2, "三": 3, "四": 4, "五": 5, "六": 6, "日": 7, "天": 7}
_NAME = "[一二三四五六日天]"
# 每周一次 is once a week and 上周三个人 three people: the numeral is not a weekday.
_COUNTED = (
    r"(?![次趟遍]|个(?![别体性])|小时|钟头|分钟|刻钟|点|天(?=$|[,、。\s每各共都前后])"
    r"|人(?=$|[,、。\s去参在次一共])|位(?!于)|名|号|月|百|十(?![一二]?[点时]))"
)
_HEAD = r"(?:周|星期|礼拜)"
_CHINESE = re.compile(
    rf"(?:(?P<every>每)[逢到个]?{_HEAD}(?:的?{_HEAD})?"
    rf"|(?P<week>上{{1,2}}|下{{1,2}}|这一?|本)个?{_HEAD}(?:的?{_HEAD})?|{_HEAD})"
    rf"(?P<day>{_NAME}){_COUNTED}"
    rf"(?P<more>(?:、{_NAME}(?![点时个十月号小分])){{1,6}}"
    rf"|{_NAME}{{1,6}}(?=\s?(?:{HALF}|各|都|每|两天)))?"
)
_REPEAT = re.compile(
    r"每(?:两|二|三|四|2|3|4|隔)?个?(?:月|周|星期|礼拜|季度?|年)|隔周|双周|单周|每隔"
    r"|every (?:other|two|second|month)|monthly|biweekly|fortnightly|weekly(?![a-z])"
)
_ENGLISH_NAMES = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_SHORT = {"mon": 1, "tue": 2, "tues": 2, "wed": 3, "thu": 4, "thur": 4, "thurs": 4}
_SHORT |= {"fri": 5, "sat": 6, "sun": 7}
_ENGLISH = re.compile(
    r"(?:on )?(?P<before>(?:(?:last|this|next) week(?:'s)?,? (?:on )?)?)"
    r"(?P<lead>(?:last|this|next|every|each|weekly on|on)? ?)(?:"
    rf"(?P<day>{'|'.join(_ENGLISH_NAMES)})(?P<plural>s?)(?![a-z])"
    r"|(?P<short>mon|tues?|wed|thurs?|thu|fri|sat|sun)(?![a-z])\.?"
    r"(?=,|\s?$|\s?\(|\s?[0-9]|-|\s(?:morning|afternoon|evening|night|and|to|from|at)(?![a-z])"
    r"|\s[a-z]{3,9}\.? [0-9]))"
    r"(?P<after>(?:,? (?:of )?(?:last|this|next) week(?![a-z]))?)"
)


def scan(key: str, at: int) -> Found | None:
    """Read a weekday or a list of them; a repeat that is not weekly is asked about."""
    return _chinese(key, at) or _english(key, at) or _other_repeat(key, at)


def _other_repeat(key: str, at: int) -> Found | None:
    found = _REPEAT.match(key, at)
    return (found.end(), (Trouble(Question.REPEAT_UNCLEAR, found.group()),)) if found else None


def _chinese(key: str, at: int) -> Found | None:
    if key[at] not in "每上下这本周星礼":
        return None
    found = _CHINESE.match(key, at)
    if not found:
        return None
    names = found["day"] + (found["more"] or "").replace("、", "")
    days = [_NAMES[name] for name in names]
    if days != sorted(set(days)):
        days, end = [_NAMES[found["day"]]], found.end("day")
    else:
        end = found.end()
    word = Weekday(days[0], _week(found["week"]), weekly=bool(found["every"]))
    words = tuple(Weekday(day, word.week, weekly=word.weekly) for day in days)
    return end, (Days(words),)


def _week(said: str | None) -> int | None:
    if not said:
        return None
    if said[0] in "这本":
        return 0
    return len(said) if said[0] == "下" else -len(said)


def _english(key: str, at: int) -> Found | None:
    if not ("a" <= key[at] <= "z") or (at and key[at - 1].isalpha() and key[at - 1].isascii()):
        return None
    found = _ENGLISH.match(key, at)
    if not found:
        return None
    name = found["day"]
    day = _ENGLISH_NAMES.index(name) + 1 if name else _SHORT[found["short"]]
    return found.end(), (_english_value(found, day),)


def _english_value(found: re.Match[str], day: int) -> Value:
    week = (found["before"] or found["after"]).split()
    named = next((word for word in week if word in ("last", "this", "next")), None)
    lead = found["lead"].strip()
    if named:
        if lead not in ("", "on"):
            return Trouble(Question.AMBIGUOUS_DATE, found.group())
        return Days((Weekday(day, {"last": -1, "this": 0, "next": 1}[named]),))
    if lead in ("every", "each", "weekly on") or found["plural"]:
        return Days((Weekday(day, weekly=True),))
    if lead == "this":
        return Days((Weekday(day, 0),))
    return Days((Weekday(day, loose={"last": -1, "next": 1}.get(lead)),))
