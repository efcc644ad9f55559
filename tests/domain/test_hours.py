"""Claims: what is refused, what needs a second look, how words are stored."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import sentence
from domain.completing import completed
from domain.hours import (
    Flag,
    Known,
    Piece,
    Refusal,
    Refused,
    Terms,
    check_claim,
    check_record,
    flags,
    is_late,
    stretches_of,
    tidy,
)
from domain.ledger import Stretch, split
from domain.requirements import ClaimRules

SHANGHAI = ZoneInfo("Asia/Shanghai")
NEW_YORK = ZoneInfo("America/New_York")
NOW = datetime(2026, 11, 22, 10, 0, tzinfo=SHANGHAI)
JOINED = date(2025, 9, 1)
RULES = ClaimRules()
MINUTE = timedelta(minutes=1)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI).astimezone(UTC)


def clocked(start: str, minutes: int) -> Stretch:
    begin = at(start)
    return Stretch(date.fromisoformat(start[:10]), minutes, begin, begin + minutes * MINUTE)


def plain(day: str, minutes: int) -> Stretch:
    return Stretch(date.fromisoformat(day), minutes)


def why(
    *asked: Stretch, known: Known | None = None, what: str = "清扫", now: datetime = NOW
) -> Refusal | None:
    terms = Terms(RULES, SHANGHAI, now)
    found = check_claim(tuple(asked), what, known or Known(), JOINED, terms)
    return found.reason if found else None


# ------------------------------------------------------------------ from words to stretches


def test_an_end_past_midnight_belongs_to_the_day_of_its_start() -> None:
    read = sentence.Stretch(date(2026, 11, 14), time(22, 0), time(2, 0), 210)
    assert stretches_of([read], SHANGHAI) == (
        Stretch(date(2026, 11, 14), 210, at("2026-11-14T22:00"), at("2026-11-15T02:00")),
    )


def test_where_the_clock_jumps_only_real_minutes_count() -> None:
    read = sentence.Stretch(date(2026, 3, 8), time(1, 30), time(3, 30), 120)
    (one,) = stretches_of([read], NEW_YORK)  # type: ignore[misc]  # it is no refusal
    assert one.minutes == 60


def test_a_time_that_the_clock_jumped_over_is_refused() -> None:
    read = sentence.Stretch(date(2026, 3, 8), time(2, 30), time(3, 0), 30)
    assert stretches_of([read], NEW_YORK) == Refused(Refusal.NO_SUCH_TIME, date(2026, 3, 8))


# ------------------------------------------------------------------ refusals of A27 and A28


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        ([], Refusal.NO_MINUTES),
        ([plain("2026-11-14", 0)], Refusal.NO_MINUTES),
        ([plain("2026-11-14", -5)], Refusal.NO_MINUTES),
        ([plain("2026-11-14", 1441)], Refusal.NO_MINUTES),
        ([plain("2026-11-14", 10**30)], Refusal.NO_MINUTES),
        ([plain("2026-11-14", 1)], None),
        ([plain("2026-11-14", 1440)], None),
        ([clocked("2026-11-22T09:00", 60)], None),
        ([clocked("2026-11-22T09:00", 61)], Refusal.FUTURE),
        ([plain("2026-11-22", 600)], None),
        ([plain("2026-11-22", 601)], Refusal.FUTURE),
        ([plain("2026-11-23", 1)], Refusal.FUTURE),
        ([plain("2025-11-21", 60)], None),
        ([plain("2025-11-20", 60)], Refusal.TOO_OLD),
        ([plain("2024-02-29", 60)], Refusal.TOO_OLD),
        ([plain("2026-11-14", 1440), clocked("2026-11-14T14:00", 1)], Refusal.FULL_DAY),
        ([clocked("2026-11-14T14:00", 60), clocked("2026-11-14T14:59", 60)], Refusal.OVERLAP_SELF),
        ([clocked("2026-11-14T14:00", 60), clocked("2026-11-14T15:00", 60)], None),
        ([plain("2026-11-14", 1)] * 32, Refusal.TOO_MANY),
    ],
)
def test_what_is_refused(asked: list[Stretch], reason: Refusal | None) -> None:
    assert why(*asked) is reason


def test_service_long_before_joining_is_refused() -> None:
    terms = Terms(ClaimRules(days_back=4000), SHANGHAI, NOW)
    early = (plain("2024-08-30", 60),)
    found = check_claim(early, "清扫", Known(), JOINED, terms)
    assert found == Refused(Refusal.BEFORE_JOINING, date(2024, 8, 30))
    assert check_claim((plain("2024-08-31", 60),), "清扫", Known(), JOINED, terms) is None


def test_what_stands_already_is_not_claimed_twice() -> None:
    stands = Piece(clocked("2026-11-14T14:00", 120), "清扫")
    again = clocked("2026-11-14T15:59", 30)
    assert why(again, known=Known(entries=(stands,))) is Refusal.OVERLAP_ENTRY
    assert why(again, known=Known(waiting=(stands,))) is Refusal.OVERLAP_CLAIM
    assert why(clocked("2026-11-14T16:00", 30), known=Known((stands,), (stands,))) is None


@pytest.mark.parametrize("effective", [True, False])
def test_the_same_hours_without_clocks_are_claimed_once(*, effective: bool) -> None:
    stands = (Piece(plain("2026-11-14", 180), "Library"),)
    known = Known(entries=stands) if effective else Known(waiting=stands)
    assert why(plain("2026-11-14", 180), known=known, what="library") is Refusal.SAME_CLAIM
    assert why(plain("2026-11-14", 180), known=known, what="清扫") is None
    assert why(plain("2026-11-14", 179), known=known, what="library") is None
    assert why(plain("2026-11-13", 180), known=known, what="library") is None


def test_a_day_has_24_hours_over_entries_and_claims() -> None:
    known = Known(
        entries=(Piece(plain("2026-11-14", 700), "甲"),),
        waiting=(Piece(plain("2026-11-14", 700), "乙"),),
    )
    assert why(plain("2026-11-14", 40), known=known) is None
    assert why(plain("2026-11-14", 41), known=known) is Refusal.FULL_DAY


def test_only_entries_count_when_it_is_recorded() -> None:
    parts = split([clocked("2026-11-14T14:00", 60)], SHANGHAI)
    assert check_record(parts, ()) is None
    assert check_record(parts, (Piece(clocked("2026-11-14T14:59", 5), ""),)) == Refused(
        Refusal.OVERLAP_ENTRY, date(2026, 11, 14)
    )
    assert check_record(parts, (Piece(plain("2026-11-14", 1381), ""),)) == Refused(
        Refusal.FULL_DAY, date(2026, 11, 14)
    )


# ------------------------------------------------------------------ flags of A41


def flagged(asked: Stretch, known: Known | None = None, made: datetime = NOW) -> set[Flag]:
    return set(flags((asked,), known or Known(), made, RULES, SHANGHAI))


def test_more_than_eight_hours_in_a_day_need_a_second_person() -> None:
    assert flagged(plain("2026-11-14", 480)) == set()
    assert flagged(plain("2026-11-14", 481)) == {Flag.LONG_DAY}
    stands = Known(entries=(Piece(plain("2026-11-14", 400), ""),))
    assert flagged(plain("2026-11-14", 81), stands) == {Flag.LONG_DAY}
    assert flagged(plain("2026-11-13", 81), stands) == set()


def test_the_quota_of_a_year_needs_a_second_person() -> None:
    assert flagged(plain("2026-11-14", 60), Known(claimed={2026: 540})) == set()
    assert flagged(plain("2026-11-14", 61), Known(claimed={2026: 540})) == {Flag.QUOTA}
    assert flagged(plain("2026-11-14", 61), Known(claimed={2025: 6000})) == set()


def test_close_to_another_service_is_shown() -> None:
    known = Known(waiting=(Piece(clocked("2026-11-14T14:00", 60), ""),))
    assert flagged(clocked("2026-11-14T15:29", 10), known) == {Flag.CLOSE}
    assert flagged(clocked("2026-11-14T15:30", 10), known) == set()


@pytest.mark.parametrize(
    ("day", "made", "late"),
    [
        ("2026-11-06", "2026-11-20", False),  # Friday to the second Friday: ten working days
        ("2026-11-06", "2026-11-23", True),
        ("2026-11-07", "2026-11-20", False),
        ("2026-11-07", "2026-11-22", False),  # a weekend is not over before Monday
        ("2026-11-07", "2026-11-23", True),
        ("2026-11-20", "2026-11-20", False),
    ],
)
def test_ten_working_days(day: str, made: str, *, late: bool) -> None:
    assert is_late(date.fromisoformat(day), date.fromisoformat(made)) is late


@given(st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.integers(0, 60))
def test_working_days_are_counted_like_on_fingers(day: date, later: int) -> None:
    days = [day + timedelta(days=1 + number) for number in range(later)]
    assert is_late(day, day + timedelta(days=later)) is (
        sum(one.isoweekday() <= 5 for one in days) > 10
    )


# ------------------------------------------------------------------ words


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("  清扫\n2026 INFO admin  ", "清扫 2026 INFO admin"),
        ("a\x00b\x1b[31m\u202egnp", "a b [31mgnp"),
        ("ｆｕｌｌ", "full"),
        ("好" * 300, "好" * 200),
        ("\u200b", ""),
    ],
)
def test_words_are_stored_on_one_line(text: str, kept: str) -> None:
    assert tidy(text, 200) == kept


@given(st.text(max_size=2000))
def test_tidy_words_can_be_stored_anywhere(text: str) -> None:
    kept = tidy(text, 50)
    assert len(kept) <= 50
    assert kept.isprintable()
    assert kept.encode().decode() == kept
    assert tidy(kept, 50) == kept


def test_a_part_of_the_day_goes_before_the_clock() -> None:
    assert next(completed("昨天2点到5点扫地", "下午")) == "昨天下午2点到5点扫地"
    assert list(completed("扫地3小时", "昨天")) == ["昨天扫地3小时", "扫地3小时 昨天"]
    assert list(completed("扫地3小时", "11月14日下午两点到五点半在社区")) == []
    assert list(completed("", "昨天")) == []
