"""What a claim of hours must fulfil, and when a second person must look: plain decisions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from domain import sentence
from domain.ledger import DAY_MINUTES, Part, Stretch, overlap, split
from domain.names import strip_invisible
from domain.requirements import ClaimRules

MOST_STRETCHES = 31  # in one claim; more is a table, and tables are imported
CLOSE = timedelta(minutes=30)  # two services nearer than this are shown to the reviewer
LONGEST_WHAT, LONGEST_PLACE, LONGEST_SAID, LONGEST_REASON = 200, 120, 500, 200
_ON_TIME = 10  # working days after the activity (民政部令第67号, art. 11)
_MINUTE = timedelta(minutes=1)


class Refusal(StrEnum):
    """Why hours cannot be claimed or recorded."""

    NO_MINUTES = "no-minutes"
    NO_SUCH_TIME = "no-such-time"
    TOO_MANY = "too-many"
    FUTURE = "future"
    TOO_OLD = "too-old"
    BEFORE_JOINING = "before-joining"
    OVERLAP_SELF = "overlap-self"
    OVERLAP_ENTRY = "overlap-entry"
    OVERLAP_CLAIM = "overlap-claim"
    SAME_CLAIM = "same-claim"
    FULL_DAY = "full-day"


class Flag(StrEnum):
    """What a reviewer is told about a claim. It informs, it never refuses."""

    LATE = "late"
    CLOSE = "close"
    LONG_DAY = "long-day"
    QUOTA = "quota"


SECOND = frozenset({Flag.LONG_DAY, Flag.QUOTA})
"""These need a second reviewer (SPEC section 4, Hours)."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A refusal and the day that it is about."""

    reason: Refusal
    day: date | None = None


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch or a part that stands already, with what was done in it."""

    span: Stretch | Part
    what: str


@dataclass(frozen=True, slots=True)
class Known:
    """What stands of one person: entries in force and waiting claims, and claimed minutes a year.

    `entries` and `waiting` need to cover the days of the claim and one day on either side.
    """

    entries: tuple[Piece, ...] = ()
    waiting: tuple[Piece, ...] = ()
    claimed: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Terms:
    """Under which rules, in which zone and at which aware time a claim is looked at."""

    rules: ClaimRules
    zone: ZoneInfo
    at: datetime


def stretches_of(
    found: Iterable[sentence.Stretch], zone: ZoneInfo
) -> tuple[Stretch, ...] | Refused:
    """Place what was read from a sentence on the time line of UTC.

    Where the clocks were changed in between, no more minutes count than really passed.
    """
    placed: list[Stretch] = []
    for one in found:
        if one.start is None or one.end is None:
            placed.append(Stretch(one.date, one.minutes))
            continue
        night = timedelta(days=int(one.end <= one.start))
        start = datetime.combine(one.date, one.start, zone).astimezone(UTC)
        end = datetime.combine(one.date + night, one.end, zone).astimezone(UTC)
        if start >= end:
            return Refused(Refusal.NO_SUCH_TIME, one.date)
        minutes = min(one.minutes, (end - start) // _MINUTE)
        placed.append(Stretch(one.date, minutes, start, end))
    return tuple(placed)


def check_claim(
    asked: tuple[Stretch, ...], what: str, known: Known, joined: date, terms: Terms
) -> Refused | None:
    """Say why this cannot be claimed, or None. `joined` is when the person joined, locally."""
    if not asked or len(asked) > MOST_STRETCHES:
        return Refused(Refusal.TOO_MANY if asked else Refusal.NO_MINUTES)
    for number, one in enumerate(asked):
        reason = _when(one, joined, terms) or _meets(one, asked[:number], known)
        if reason is None and _same(one, what, known):
            reason = Refusal.SAME_CLAIM
        if reason is not None:
            return Refused(reason, one.day)
    standing = (*_spans(known.entries), *split(_waiting(known), terms.zone))
    return _full_day(split(asked, terms.zone), standing)


def _when(one: Stretch, joined: date, terms: Terms) -> Refusal | None:
    today = terms.at.astimezone(terms.zone).date()
    if not 1 <= one.minutes <= DAY_MINUTES:
        return Refusal.NO_MINUTES
    if _end(one, terms) > terms.at:
        return Refusal.FUTURE
    if (today - one.day).days > terms.rules.days_back:
        return Refusal.TOO_OLD
    if (joined - one.day).days > terms.rules.days_before_joining:
        return Refusal.BEFORE_JOINING
    return None


def _end(one: Stretch, terms: Terms) -> datetime:
    """The earliest moment at which it can be over."""
    if one.ends_at is not None:
        return one.ends_at
    midnight = datetime(one.day.year, one.day.month, one.day.day, tzinfo=terms.zone)
    return midnight.astimezone(UTC) + one.minutes * _MINUTE


def _meets(one: Stretch, earlier: tuple[Stretch, ...], known: Known) -> Refusal | None:
    if any(overlap(one, other) for other in earlier):
        return Refusal.OVERLAP_SELF
    if any(overlap(one, other.span) for other in known.entries):
        return Refusal.OVERLAP_ENTRY
    if any(overlap(one, other.span) for other in known.waiting):
        return Refusal.OVERLAP_CLAIM
    return None


def _same(one: Stretch, what: str, known: Known) -> bool:
    """The same hours without clocks, said twice: nothing else would tell them apart."""
    return one.starts_at is None and any(
        other.span.starts_at is None
        and (other.span.day, other.span.minutes) == (one.day, one.minutes)
        and other.what.casefold() == what.casefold()
        for other in (*known.entries, *known.waiting)
    )


def _spans(pieces: Iterable[Piece]) -> Iterator[Stretch | Part]:
    return (piece.span for piece in pieces)


def _waiting(known: Known) -> Iterator[Stretch]:
    """What waits is not cut at New Year yet."""
    return (span for span in _spans(known.waiting) if isinstance(span, Stretch))


def _full_day(parts: Iterable[Part], standing: Iterable[Stretch | Part]) -> Refused | None:
    for day, minutes in sorted(_days(parts, standing).items()):
        if minutes > DAY_MINUTES:
            return Refused(Refusal.FULL_DAY, day)
    return None


def _days(parts: Iterable[Part], standing: Iterable[Stretch | Part]) -> dict[date, int]:
    """The minutes of every day that the parts touch, with what stands on it already."""
    days: dict[date, int] = {}
    for part in parts:
        days[part.day] = days.get(part.day, 0) + part.minutes
    for span in standing:
        if span.day in days:
            days[span.day] += span.minutes
    return days


def check_record(parts: tuple[Part, ...], entries: tuple[Piece, ...]) -> Refused | None:
    """Say why the parts of a claim cannot become entries now, or None.

    Only entries in force count: another claim that waits may never be approved.
    """
    for part in parts:
        if any(overlap(part, entry.span) for entry in entries):
            return Refused(Refusal.OVERLAP_ENTRY, part.day)
    return _full_day(parts, _spans(entries))


def flags(
    asked: tuple[Stretch, ...], known: Known, made: datetime, rules: ClaimRules, zone: ZoneInfo
) -> frozenset[Flag]:
    """What the reviewer should see. `made` is when the claim was made.

    A long day and the quota count what is in force, so that of several claims the one that
    passes the limit needs the second reviewer, whatever the order.
    """
    parts = split(asked, zone)
    found = set()
    if any(is_late(one.day, made.astimezone(zone).date()) for one in asked):
        found.add(Flag.LATE)
    if any(_close(one, piece.span) for one in asked for piece in _standing(known)):
        found.add(Flag.CLOSE)
    days = _days(parts, _spans(known.entries))
    if max(days.values(), default=0) > rules.minutes_a_day_before_second:
        found.add(Flag.LONG_DAY)
    if any(total > rules.minutes_a_year_before_second for total in _years(parts, known)):
        found.add(Flag.QUOTA)
    return frozenset(found)


def _standing(known: Known) -> Iterator[Piece]:
    yield from known.entries
    yield from known.waiting


def _years(parts: Iterable[Part], known: Known) -> Iterable[int]:
    years: dict[int, int] = {}
    for part in parts:
        years[part.year] = years.get(part.year, known.claimed.get(part.year, 0)) + part.minutes
    return years.values()


def _close(one: Stretch, other: Stretch | Part) -> bool:
    if one.starts_at is None or one.ends_at is None:
        return False
    wider = Stretch(one.day, one.minutes, one.starts_at - CLOSE, one.ends_at + CLOSE)
    return overlap(wider, other)


def is_late(day: date, made: date) -> bool:
    """Whether more than ten working days passed. Holidays are not known here: Monday to Friday."""
    weeks, rest = divmod((made - day).days, 7)
    working = weeks * 5 + sum((day + timedelta(days=1 + n)).isoweekday() <= 5 for n in range(rest))
    return working > _ON_TIME


def tidy(text: str, most: int) -> str:
    """Words of a person as they are stored: one line, nothing invisible, at most so long."""
    plain = "".join(c if c.isprintable() else " " for c in strip_invisible(text[: most * 4]))
    return " ".join(plain.split())[:most].rstrip()
