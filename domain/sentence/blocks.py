"""The hours of one group of days: clocks paired, lengths compared, breaks taken off."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from domain.sentence.groups import Group
from domain.sentence.hours import DAY, opening, possible, settle
from domain.sentence.items import Amount, Rest, Span
from domain.sentence.questions import Question
from domain.sentence.tokens import Half, NextDay, Pause

Item = Span | Amount | Rest


@dataclass(frozen=True)
class Block:
    """Hours of a day: minutes from its midnight, or no clocks; `off` is breaks in minutes."""

    start: int | None
    end: int | None
    gross: int
    off: int = 0
    half: Half | None = None

    @property
    def net(self) -> int:
        return self.gross - self.off


@dataclass(frozen=True)
class Blocks:
    """The hours of a segment, and the sums that the sentence states for it or for all."""

    found: tuple[Block, ...]
    totals: tuple[int, ...] = ()


def blocks(items: Sequence[Item], group: Group, *, each: bool) -> Blocks | Question:
    """Settle the hours that belong to one group of days."""
    joined = _joined(items)
    if isinstance(joined, Question):
        return joined
    spans = _spans([item for item in joined if isinstance(item, Span)], group)
    if isinstance(spans, Question):
        return spans
    spans = _rested(spans, [item for item in joined if isinstance(item, Rest)])
    if isinstance(spans, Question):
        return spans
    loose, totals = _amounts(joined, spans)
    if isinstance(loose, Question):
        return loose
    if (loose and len(group.dates) > 1 and not each) or (group.run and not each):
        return Question.EACH_OR_TOTAL
    found = (*spans, *loose)
    wrong = next((asked for block in found if (asked := _refused(block))), None)
    return wrong or Blocks(found, totals)


def _refused(block: Block) -> Question | None:
    if block.gross > DAY:
        return Question.OVER_A_DAY
    return Question.NOT_POSITIVE if block.net <= 0 else None


def _joined(items: Sequence[Item]) -> list[Item] | Question:
    """Give every lone start its length: 下午两点开始做了三小时, 3 hours from 2pm."""
    out: list[Item] = []
    queue = list(items)
    while queue:
        item = queue.pop(0)
        if not isinstance(item, Span) or item.end is not None:
            out.append(item)
            continue
        amount = queue.pop(0) if queue and isinstance(queue[0], Amount) else None
        if amount is None and out and isinstance(out[-1], Amount) and not _closes(out):
            amount = out.pop()
        if not isinstance(amount, Amount):
            return Question.NO_END
        pauses = (*item.pauses, *amount.pauses)
        out.append(replace(item, minutes=amount.minutes, pauses=pauses))
    return out


def _closes(out: list[Item]) -> bool:
    """Tell whether the last amount belongs to a range before it."""
    return len(out) > 1 and isinstance(out[-2], Span)


def _spans(items: list[Span], group: Group) -> list[Block] | Question:
    found: list[Block] = []
    for item in items:
        block = _span(item, group, found[-1] if found else None)
        if isinstance(block, Question):
            return block
        found.append(block)
    return found


def _span(item: Span, group: Group, last: Block | None) -> Block | Question:
    start = item.start
    inherits = start.half is None and not start.exact and last is not None and last.half
    if inherits and last is not None:
        start = replace(start, half=last.half)
    off = _off(item.pauses)
    if item.end is None:
        begin = opening(start)
        if isinstance(begin, Question):
            return begin
        settled = (begin, begin + (item.minutes or 0))
    else:
        days = _days(item.final, group.dates)
        if isinstance(days, Question):
            return days
        pair = settle(start, item.end, days)
        if isinstance(pair, Question):
            return pair
        settled = pair
    if inherits and last is not None and settled[0] < (last.end or 0):
        return Question.AMBIGUOUS_HALF
    half = item.end.half if item.end and item.end.half else start.half
    return Block(*settled, settled[1] - settled[0], off, half)


def _days(final: Group | NextDay | None, dates: tuple[date, ...]) -> int | Question | None:
    """Count the days between the start and the end of a stretch whose end has its own day."""
    if final is None:
        return None
    if isinstance(final, NextDay):
        return 1
    if len(dates) != 1 or len(final.dates) != 1:
        return Question.SEVERAL_READINGS
    days = (final.dates[0] - dates[0]).days
    if days < 0:
        return Question.END_BEFORE_START
    return Question.OVER_A_DAY if days > 1 else days


def _rested(spans: list[Block], rests: list[Rest]) -> list[Block] | Question:
    """Take breaks that are said by their clocks off the one range that holds them."""
    for rest in rests:
        fits = [
            (place, end - start)
            for place, span in enumerate(spans)
            for start in possible(rest.start)
            for end in possible(rest.end)
            if (span.start or 0) <= start < end <= (span.end or 0)
        ]
        if len(fits) != 1:
            return Question.BREAK_UNCLEAR
        place, minutes = fits[0]
        spans[place] = replace(spans[place], off=spans[place].off + minutes)
    return spans


def _amounts(
    items: list[Item], spans: list[Block]
) -> tuple[list[Block] | Question, tuple[int, ...]]:
    """Sort durations: a stated sum, the same range said again, or hours without clocks."""
    loose: list[Block] = []
    totals: list[int] = []
    seen = 0
    for place, item in enumerate(items):
        seen += isinstance(item, Span)
        if not isinstance(item, Amount):
            continue
        if item.total and (spans or place):
            totals.append(item.minutes)
            continue
        again = spans and item.half is None
        block = _repeated(item, spans[max(seen - 1, 0)]) if again else _loose(item)
        if isinstance(block, Question):
            return block, ()
        loose += [block] if block else []
    halves = [block.half for block in loose]
    if len(loose) > 1 and (None in halves or len(set(halves)) < len(halves)):
        return Question.SEVERAL_READINGS, ()
    return loose, tuple(totals)


def _repeated(item: Amount, span: Block) -> Question | None:
    """A length beside a range says the same again; 又 makes it unclear what is meant."""
    if item.more or item.pauses:
        return Question.SEVERAL_READINGS
    return None if item.minutes in (span.net, span.gross) else Question.LENGTH_CONTRADICTS


def _loose(item: Amount) -> Block | Question:
    if any(pause.net for pause in item.pauses):
        return Question.BREAK_UNCLEAR
    return Block(None, None, item.minutes, _off(item.pauses), item.half)


def _off(pauses: tuple[Pause, ...]) -> int:
    return sum(pause.minutes for pause in pauses)
