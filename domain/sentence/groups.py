"""Days that stand together: 11月14日(周六), 周六和周日, 14日到16日, 下周五起每周五."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta

from domain.sentence.calendar import resolve
from domain.sentence.purposes import Purpose
from domain.sentence.questions import Question
from domain.sentence.tokens import DayOfMonth, Days, DayWord, Mark, MonthDay, Token, Weekday

LONGEST_RUN = 31

_SAME = frozenset({"", "起", "开始", "起,", "开始,", "即", "也就是", "就是", "的"})
_LISTED = frozenset(
    {"、", "和", "及", "与", "以及", "还有", "跟", "and", "&", ",and", "+", "和在", ",和"}
)


@dataclass(frozen=True)
class Group:
    """Some days of the sentence. `rolls`: they move a week on when their time has passed.

    `run` is true for 14日到16日, whose hours need 每天 to be clear.
    """

    dates: tuple[date, ...]
    rolls: bool = False
    weekly: bool = False
    run: bool = False


@dataclass
class _Entry:
    words: list[DayWord]
    link: str = "list"


@dataclass
class Calendar:
    """Resolves the days of one sentence in order; remembers the last dated one."""

    today: date
    purpose: Purpose
    before: date | None = None
    week: Weekday | None = None
    said_week: int | None = None

    def group(self, key: str, tokens: list[Token], at: int) -> tuple[int, Group | Question]:
        """Read the days from token `at` on; returns the index after them."""
        entries, end = _entries(key, tokens, at)
        dates: list[date] = []
        rolls = []
        for entry in entries:
            day = self._day(entry)
            if isinstance(day, Question):
                return end, day
            if entry.link == "to":
                run = _run(dates[-1], day)
                if isinstance(run, Question):
                    return end, run
                dates.extend(run)
            elif not (entry.link == "comma" and day == dates[-1]):
                dates.append(day)
            rolls.append(all(_bare(word) for word in entry.words))
        if len(set(dates)) != len(dates):
            return end, Question.SEVERAL_READINGS
        words = [word for entry in entries for word in entry.words]
        return end, Group(
            tuple(dates),
            rolls=self.purpose is Purpose.NEW and all(rolls),
            weekly=any(isinstance(word, Weekday) and word.weekly for word in words),
            run=any(entry.link == "to" for entry in entries),
        )

    def _day(self, entry: _Entry) -> date | Question:
        """Resolve words that stand for one day: a date and its weekday must agree."""
        entry.words = [self._carried(word, entry.link) for word in entry.words]
        found: list[date] = []
        for word in [w for w in entry.words if not _bare(w)] or entry.words[:1]:
            day = resolve(word, self.today, self.purpose, self.before)
            if isinstance(day, Question):
                return day
            if isinstance(word, MonthDay | DayOfMonth):
                self.before = day
            if isinstance(word, Weekday) and self._may_be_earlier(word, day):
                return Question.AMBIGUOUS_DATE
            found.append(day)
        if len(set(found)) > 1:
            return Question.DATES_CONTRADICT
        weekdays = [word.day for word in entry.words if isinstance(word, Weekday)]
        if any(day != found[0].isoweekday() for day in weekdays):
            return Question.WEEKDAY_CONTRADICTS
        return found[0]

    def _may_be_earlier(self, word: Weekday, day: date) -> bool:
        """上周一3小时，周二2小时: a later bare weekday may be of the week that was said."""
        if word.week is not None:
            self.said_week = word.week
            return False
        if self.said_week is None or word.loose is not None:
            return False
        other = resolve(replace(word, week=self.said_week), self.today, self.purpose, None)
        return other != day

    def _carried(self, word: DayWord, link: str) -> DayWord:
        """上周六和周日: the second weekday is of the same week, 每周六和周日 repeats too."""
        if not isinstance(word, Weekday):
            return word
        last = self.week if link in ("list", "to") else None
        if last and word.week is None and word.loose is None and word.day > last.day:
            word = replace(word, week=last.week, weekly=word.weekly or last.weekly)
        self.week = word
        return word


def _bare(word: DayWord) -> bool:
    return isinstance(word, Weekday) and word.week is None


def _run(first: date, last: date) -> list[date] | Question:
    length = (last - first).days
    if length <= 0:
        return Question.IMPOSSIBLE_DATE
    if length >= LONGEST_RUN:
        return Question.SEVERAL_READINGS
    return [first + timedelta(days=step) for step in range(1, length + 1)]


def _entries(key: str, tokens: list[Token], at: int) -> tuple[list[_Entry], int]:
    entries: list[_Entry] = []
    end = at
    while end < len(tokens):
        ahead = _ahead(tokens, end)
        if ahead is None:
            break
        days, after, to = ahead
        link = "to" if to else _link(key[tokens[end - 1].end : tokens[after - 1].begin])
        if end == at:
            link = "first"
        if not link:
            break
        if link == "same" and _two_weekdays(entries, days):
            link = "list"
        if link == "comma" and _one_weekday(entries[-1].words, days.words):
            link = "same"
        if link == "same" and len(days.words) == 1:
            entries[-1].words.append(days.words[0])
        else:
            entries.extend(_split(days, link))
        end = after
    return entries, end


def _ahead(tokens: list[Token], at: int) -> tuple[Days, int, bool] | None:
    """Find the days that follow at `at`, perhaps behind 到, and the index after them."""
    value = tokens[at].value
    if isinstance(value, Days):
        return value, at + 1, False
    if value is Mark.TO and at + 1 < len(tokens):
        behind = tokens[at + 1].value
        if isinstance(behind, Days):
            return behind, at + 2, True
    return None


def _split(days: Days, link: str) -> list[_Entry]:
    links = [link] + ["to" if days.ranged else "list"] * (len(days.words) - 1)
    return [_Entry([word], each) for word, each in zip(days.words, links, strict=True)]


def _link(gap: str) -> str:
    text = "".join(gap.split()).strip("()[]【】")
    if text in _SAME:
        return "same"
    if text == ",":
        return "comma"
    return "list" if text in _LISTED else ""


def _two_weekdays(entries: list[_Entry], days: Days) -> bool:
    """周一周二 are two days, 周六上周六 may be one."""
    last, word = (entries[-1].words[-1] if entries else None), days.words[0]
    return isinstance(last, Weekday) and isinstance(word, Weekday) and last.day != word.day


def _one_weekday(here: list[DayWord], there: tuple[DayWord, ...]) -> bool:
    return any(isinstance(w, Weekday) for w in here) != any(isinstance(w, Weekday) for w in there)
