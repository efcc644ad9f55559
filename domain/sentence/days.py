"""Days as written in Chinese and in figures: 上周六, 昨晚, 11月14日, 14-16号, 2026-11-14."""

from __future__ import annotations

import re

from domain.sentence.fragments import COUNT, LIST, SMALL, UNTIL
from domain.sentence.numerals import whole, year
from domain.sentence.questions import Question
from domain.sentence.tokens import (
    DayOfMonth,
    Days,
    DayWord,
    Found,
    FromNow,
    Half,
    MonthDay,
    NextDay,
    Trouble,
    Value,
)

_NOT_A_NUMBERED_THING = r"(?![楼线院门馆厅桥路机车岗站店场仓口栋棚球坑教公展井地泊柜台])"
_NOT_A_SPAN = r"(?![捐游内间志班营前后])"
_DAY_UNIT = rf"(?:号{_NOT_A_NUMBERED_THING}|日{_NOT_A_SPAN})"
_YEAR = r"(?:(?P<year>[0-9]{4}|[0-9]{2}|[零〇一二三四五六七八九]{4})年|(?P<years>今|去|前|明)年)"
_OMITTED = r"(?=\s?(?:$|[\s(,]|上午|下午|早|晚|中午|凌晨|傍晚|夜|周|星期|礼拜))"
_MONTH_DAY = re.compile(
    rf"(?:{_YEAR}的?\s?)?(?P<month>{SMALL})\s?月份?的?\s?"
    rf"(?:(?P<days>{SMALL}(?:[日号]?\s?(?:{LIST}|{UNTIL})\s?{SMALL}){{0,9}})\s?{_DAY_UNIT}"
    rf"|(?P<day>{SMALL}){_OMITTED})"
)
_FULL = re.compile(
    r"(?P<year>[0-9]{4})\s?(?P<dash>[-/.])\s?(?P<month>[0-9]{1,2})\s?(?P=dash)\s?"
    r"(?P<day>[0-9]{1,2})(?![0-9])[日号]?"
)
_EIGHT = re.compile(r"(?P<year>(?:19|20|21)[0-9]{2})(?P<month>[0-9]{2})(?P<day>[0-9]{2})(?![0-9])")
_FIGURES = re.compile(
    r"(?P<month>[0-9]{1,2})(?P<dash>[-/.])(?P<day>[0-9]{1,2})"
    r"(?![0-9/]|[-.:][0-9]|\s?[点时小个人名位岁天次元%的块米件分号日]|[a-z]|\s(?:h|hours?|hrs?)(?![a-z]))"
)
_MONTHS = r"(?:(?P<back>上{1,2})个?月|(?P<now>本|这个?)月|(?P<next>下)个?月)"
_DAY_OF_MONTH = re.compile(
    rf"(?:{_MONTHS}的?\s?)?(?P<days>{SMALL}(?:[日号]?\s?(?:{LIST}|{UNTIL})\s?{SMALL}){{0,9}})"
    rf"\s?{_DAY_UNIT}"
)
_SPLIT = re.compile(rf"[日号]?\s?(?P<link>{LIST}|{UNTIL})\s?")
_NEAR = {
    "大前": -3, "前": -2, "昨": -1, "今": 0, "明": 1, "大后": 3, "后": 2,
}  # fmt: skip
_NEAR_DAY = re.compile(
    r"(?P<near>大前|大后|前|昨|今|明|后)(?:天|日(?!头)|儿个?)|(?P<short>[昨今明前])"
    r"(?:(?P<early>早(?![餐饭])|晨)|(?P<late>晚(?![会餐饭辈])|夜)|午)上?"
)
_AGO = re.compile(
    rf"(?P<count>{COUNT})\s?个?(?P<unit>天|周|星期|礼拜)之?以?(?P<side>前|后)(?![面台往勤来])"
)
_NEXT_DAY = re.compile(r"次日|第二天|隔天|翌日|转天|(?:the )?(?:next|following) day(?![a-z])")
_LUNAR = re.compile(r"农历|阴历|旧历|正月|腊月|初[一二三四五六七八九十]")
_UNIT_DAYS = {"天": 1, "周": 7, "星期": 7, "礼拜": 7}


def scan(key: str, at: int) -> Found | None:
    """Read one day, a list of days of one month, or the first and last of a run."""
    if _LUNAR.match(key, at):
        return at + 2, (Trouble(Question.AMBIGUOUS_DATE, key[at : at + 2]),)
    found = _NEXT_DAY.match(key, at)
    if found:
        return found.end(), (Days((NextDay(),)),)
    return _near(key, at) or _ago(key, at) or _written(key, at)


def _near(key: str, at: int) -> Found | None:
    found = _NEAR_DAY.match(key, at)
    if not found:
        return None
    day = Days((FromNow(_NEAR[found["near"] or found["short"]]),))
    if found["early"]:
        return found.end(), (day, Half.MORNING)
    if found["late"]:
        return found.end(), (day, Half.EVENING)
    return found.end(), (day,)


def _ago(key: str, at: int) -> Found | None:
    found = _AGO.match(key, at)
    if not found:
        return None
    count = whole(found["count"])
    if not count:
        return found.end(), (Trouble(Question.UNCLEAR_NUMBER, found.group()),)
    days = count * _UNIT_DAYS[found["unit"]]
    return found.end(), (Days((FromNow(-days if found["side"] == "前" else days),)),)


def _written(key: str, at: int) -> Found | None:
    for pattern in (_FULL, _EIGHT, _FIGURES):
        found = pattern.match(key, at)
        if found:
            written = found.groupdict().get("year")
            word = MonthDay(
                int(found["month"]), int(found["day"]), int(written) if written else None
            )
            return found.end(), (_figures(key, word, found),)
    found = _MONTH_DAY.match(key, at)
    if found:
        return found.end(), _listed(found, found["days"] or found["day"])
    found = _DAY_OF_MONTH.match(key, at)
    return (found.end(), _listed(found, found["days"])) if found else None


def _figures(key: str, word: MonthDay, found: re.Match[str]) -> Value:
    """Month before day, as in Chinese; in a sentence without Chinese 5/6 may be either."""
    english = not any("一" <= char <= "鿿" for char in key)
    slashed = word.year is None and found["dash"] == "/"
    if english and slashed and word.month <= 12 and word.day <= 12 and word.month != word.day:
        return Trouble(Question.AMBIGUOUS_DATE, found.group())
    return Days((word,))


def _listed(found: re.Match[str], text: str) -> tuple[Value, ...]:
    """Split 14、15、16 and 14-16; every part must be one clear number."""
    links = [match["link"] for match in _SPLIT.finditer(text)]
    numbers = [whole(part) for part in re.split(rf"[日号]?\s?(?:{LIST}|{UNTIL})\s?", text)]
    ranged = any(re.fullmatch(UNTIL, link) for link in links)
    said = found.groupdict()
    words: list[DayWord] = []
    for number in numbers:
        word = None if number is None else _word(said, number)
        if word is None:
            return (Trouble(Question.UNCLEAR_NUMBER, found.group()),)
        words.append(word)
    if ranged and len(words) != 2:
        return (Trouble(Question.SEVERAL_READINGS, found.group()),)
    return (Days(tuple(words), ranged),)


def _word(said: dict[str, str | None], day: int) -> DayWord | None:
    if said.get("month"):
        month = whole(str(said["month"]))
        written = year(str(said["year"])) if said.get("year") else None
        years = {"今": 0, "去": -1, "前": -2, "明": 1}.get(str(said.get("years")))
        return None if month is None else MonthDay(month, day, written, years)
    if said.get("back"):
        return DayOfMonth(day, -len(str(said["back"])))
    months = 1 if said.get("next") else 0 if said.get("now") else None
    return DayOfMonth(day, months)


def vague(key: str) -> bool:
    """Tell whether the words leave the day open, as 前几天 and 周末 do."""
    return bool(_VAGUE.search(key))


_VAGUE = re.compile(
    r"周末|前几天|前两天|这几天|这两天|最近|近几天|那天|某天|weekend|the other day|recently"
)
