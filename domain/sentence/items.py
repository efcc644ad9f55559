"""From tokens to what was said: groups of days, and the hours that belong to them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from domain.sentence.groups import Calendar, Group
from domain.sentence.questions import Question
from domain.sentence.tokens import Clock, Days, Half, Length, Mark, NextDay, Pause, Token

# 中间12点到1点休息: so far may a range stand from the word that makes it a break.
_NEAR = 3


@dataclass(frozen=True)
class Span:
    """From a clock to a clock, or to a length; `final` is the day of the end when it is said."""

    start: Clock
    end: Clock | None = None
    final: Group | NextDay | None = None
    minutes: int | None = None
    pauses: tuple[Pause, ...] = ()
    own_half: bool = True


@dataclass(frozen=True)
class Amount:
    """A duration without clocks; `half` is the part of the day that was said with it."""

    minutes: int
    half: Half | None = None
    total: bool = False
    more: bool = False
    pauses: tuple[Pause, ...] = ()


@dataclass(frozen=True)
class Rest:
    """A break said by its clocks."""

    start: Clock
    end: Clock


Element = Group | Span | Amount | Rest


@dataclass
class Walk:
    """Goes over the tokens once and collects elements in the order of the sentence."""

    key: str
    tokens: list[Token]
    calendar: Calendar
    elements: list[Element] = field(default_factory=list)
    halves: list[tuple[Half, int]] = field(default_factory=list)
    waiting: list[Pause] = field(default_factory=list)
    each: bool = False
    more: bool = False
    rest_after: int | None = None
    question: Question | None = None

    def run(self) -> list[Element] | Question:
        """Collect all elements; the first thing that cannot be placed is asked about."""
        at = 0
        while at < len(self.tokens) and self.question is None:
            at = self._step(at)
        if self.question is None and (self.rest_after is not None or self.waiting):
            self.question = Question.BREAK_UNCLEAR
        return self.question or self.elements

    def _step(self, at: int) -> int:
        token = self.tokens[at]
        match token.value:
            case Days():
                return self._days(at)
            case Half():
                self.halves.append((token.value, token.end))
            case Clock():
                return self._clock(at, token.value)
            case Length():
                self._length(token.value)
            case Pause():
                self._pause(token.value)
            case Mark():
                return self._mark(at, token.value)
            case _:
                pass
        return at + 1

    def _days(self, at: int) -> int:
        self.halves = []
        end, group = self.calendar.group(self.key, self.tokens, at)
        if isinstance(group, Question):
            self.question = group
        else:
            self.elements.append(group)
        return end

    def _mark(self, at: int, mark: Mark) -> int:
        if mark is Mark.EACH:
            self.each = True
        elif mark is Mark.MORE:
            self.more = True
        elif mark is Mark.PAUSE:
            self._rest_word(self.tokens[at])
        elif mark is Mark.TO:
            self.question = Question.NO_START
        elif mark is Mark.FINISH:
            self.question = Question.SEVERAL_READINGS
        return at + 1

    def _rest_word(self, token: Token) -> None:
        """A bare 休息 belongs to the range beside it, or the break's length must be asked."""
        at = self.tokens.index(token)
        follows = self.tokens[at + 1] if at + 1 < len(self.tokens) else None
        if follows and isinstance(follows.value, Clock) and follows.begin - token.end <= _NEAR:
            self.rest_after = token.end
            return
        spans = [place for place, found in enumerate(self.elements) if isinstance(found, Span)]
        last = self.elements[-1] if self.elements else None
        near = token.begin - self.tokens[at - 1].end <= _NEAR
        if len(spans) > 1 and isinstance(last, Span) and near and last.end and last.final is None:
            self.elements[-1] = Rest(last.start, last.end)
        else:
            self.question = Question.BREAK_UNCLEAR

    def _pause(self, pause: Pause) -> None:
        last = self.elements[-1] if self.elements else None
        if isinstance(last, Span | Amount) and not (isinstance(last, Amount) and last.total):
            self.elements[-1] = replace(last, pauses=(*last.pauses, pause))
            return
        spans = [found for found in self.elements if isinstance(found, Span)]
        if isinstance(last, Amount) and len(spans) == 1:
            changed = replace(spans[0], pauses=(*spans[0].pauses, pause))
            self.elements[self.elements.index(spans[0])] = changed
        elif isinstance(last, Amount) and not spans:
            self.elements[-1] = replace(last, pauses=(*last.pauses, pause))
        else:
            self.waiting.append(pause)

    def _length(self, length: Length) -> None:
        named = list(dict.fromkeys(half for half, _ in self.halves))
        self.halves = []
        pauses, self.waiting = tuple(self.waiting), []
        if len(named) > 1 and self.each:
            self.elements += [Amount(length.minutes, half, pauses=pauses) for half in named]
        else:
            half = named[0] if named else None
            self.elements.append(Amount(length.minutes, half, length.total, self.more, pauses))
        self.more = False

    def _clock(self, at: int, clock: Clock) -> int:
        start = self._with_half(self.tokens[at], clock)
        if start is None:
            return at + 1
        following = at + 1
        begun = following < len(self.tokens) and self.tokens[following].value is Mark.BEGIN
        following += begun
        end, span = self._end(following, start)
        span = replace(span, own_half=start.half is not None)
        pauses, self.waiting = tuple(self.waiting), []
        if self.rest_after is not None:
            self.rest_after = None
            if span.end is None or span.final is not None:
                self.question = Question.BREAK_UNCLEAR
            else:
                self.elements.append(Rest(span.start, span.end))
            return end
        self.elements.append(replace(span, pauses=pauses))
        return end

    def _with_half(self, token: Token, clock: Clock) -> Clock | None:
        """Give a clock the part of the day that was said before it: 昨晚7点."""
        if len({half for half, _ in self.halves}) > 1:
            self.question = Question.SEVERAL_READINGS
            return None
        if not self.halves:
            return clock
        half, end = self.halves[-1]
        close = not self.key[end : token.begin].strip(" ,的从:(")
        if clock.half is not None:
            if close and not _agree(half, clock.half):
                self.question = Question.SEVERAL_READINGS
                return None
            return clock
        return clock if clock.exact and not close else replace(clock, half=half)

    def _end(self, at: int, start: Clock) -> tuple[int, Span]:
        """Read what ends a stretch: 到 with a clock, or a clock with 结束."""
        place = at
        while place < len(self.tokens) and self.tokens[place].value is Mark.FILLER:
            place += 1
        value = self.tokens[place].value if place < len(self.tokens) else None
        if value is Mark.TO:
            return self._to(place + 1, start) or (at, Span(start))
        ahead = self.tokens[place + 1].value if place + 1 < len(self.tokens) else None
        if isinstance(value, Clock) and ahead is Mark.FINISH:
            return place + 2, Span(start, value)
        return at, Span(start)

    def _to(self, at: int, start: Clock) -> tuple[int, Span] | None:
        final: Group | NextDay | None = None
        place = at
        if place < len(self.tokens) and isinstance(days := self.tokens[place].value, Days):
            if days.words == (NextDay(),):
                final, place = NextDay(), place + 1
            else:
                place, group = self.calendar.group(self.key, self.tokens, place)
                if isinstance(group, Question):
                    self.question = group
                    return place, Span(start)
                final = group
        half: Half | None = None
        if place < len(self.tokens) and isinstance(said := self.tokens[place].value, Half):
            half, place = said, place + 1
        clock = self.tokens[place].value if place < len(self.tokens) else None
        if not isinstance(clock, Clock):
            self.question = Question.NO_END
            return place, Span(start)
        end = clock if half is None or clock.half is not None else replace(clock, half=half)
        place += 1
        if place < len(self.tokens) and self.tokens[place].value is Mark.FINISH:
            place += 1
        return place, Span(start, end, final)


def _agree(said: Half, own: Half) -> bool:
    """昨晚 and 凌晨 contradict; "last night 10pm" does not."""
    if own is Half.AM:
        return said in (Half.DAWN, Half.MORNING, Half.FORENOON)
    if own is Half.PM:
        return said not in (Half.DAWN, Half.MORNING, Half.FORENOON)
    return said is own
