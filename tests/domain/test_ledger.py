"""The ledger's parts: how a year is cut, what overlaps, in any zone of the process."""

from __future__ import annotations

import os
import time as clock
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.ledger import Stretch, overlap, split

SHANGHAI = ZoneInfo("Asia/Shanghai")
NEW_YORK = ZoneInfo("America/New_York")
MINUTE = timedelta(minutes=1)


def at(text: str, zone: ZoneInfo = SHANGHAI) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)


def clocked(start: str, minutes: int, breaks: int = 0, zone: ZoneInfo = SHANGHAI) -> Stretch:
    begin = at(start, zone)
    end = begin + minutes * MINUTE
    return Stretch(date.fromisoformat(start[:10]), minutes - breaks, begin, end)


def plain(day: str, minutes: int) -> Stretch:
    return Stretch(date.fromisoformat(day), minutes)


# ------------------------------------------------------------------ the year's end


def test_a_night_over_new_year_gives_two_hours_to_each_year() -> None:
    parts = split([clocked("2025-12-31T22:00", 240)], SHANGHAI)
    assert [(part.number, part.year, part.day, part.minutes) for part in parts] == [
        (10, 2025, date(2025, 12, 31), 120),
        (11, 2026, date(2026, 1, 1), 120),
    ]
    assert parts[0].ends_at == parts[1].starts_at == at("2026-01-01T00:00")


def test_breaks_over_new_year_are_shared_out_by_length() -> None:
    parts = split([clocked("2025-12-31T22:00", 240, breaks=31)], SHANGHAI)
    assert [part.minutes for part in parts] == [104, 105]


def test_a_side_without_a_minute_makes_no_entry() -> None:
    parts = split([clocked("2025-12-31T23:59", 200, breaks=180)], SHANGHAI)
    assert [(part.number, part.year, part.minutes) for part in parts] == [(11, 2026, 20)]


@pytest.mark.parametrize("start", ["2025-12-31T20:00", "2026-01-01T00:00", "2026-06-30T22:00"])
def test_nothing_else_is_cut(start: str) -> None:
    (part,) = split([clocked(start, 240)], SHANGHAI)
    assert (part.day, part.minutes) == (date.fromisoformat(start[:10]), 240)


def test_without_clocks_the_day_decides() -> None:
    (part,) = split([plain("2025-12-31", 600)], SHANGHAI)
    assert (part.year, part.minutes, part.starts_at) == (2025, 600, None)


@given(
    start=st.integers(-2000, 2000),
    length=st.integers(1, 1440),
    given_up=st.integers(0, 1439),
    zone=st.sampled_from([SHANGHAI, NEW_YORK, ZoneInfo("Asia/Urumqi"), ZoneInfo("UTC")]),
)
def test_parts_add_up_and_stay_inside(
    start: int, length: int, given_up: int, zone: ZoneInfo
) -> None:
    begin = datetime(2026, 1, 1, tzinfo=zone).astimezone(UTC) + start * MINUTE
    minutes = max(1, length - given_up)
    day = begin.astimezone(zone).date()
    whole = Stretch(day, minutes, begin, begin + length * MINUTE)
    parts = split([whole], zone)
    assert sum(part.minutes for part in parts) == minutes
    for part in parts:
        assert part.starts_at is not None
        assert part.ends_at is not None
        assert part.starts_at.astimezone(zone).year == part.year
        assert part.starts_at.astimezone(zone).date() == part.day
        assert (part.ends_at - MINUTE).astimezone(zone).year == part.year
        assert 1 <= part.minutes <= (part.ends_at - part.starts_at) // MINUTE
    assert len({part.number for part in parts}) == len(parts)


@pytest.fixture(params=["UTC", "America/New_York", "Asia/Shanghai", "Asia/Urumqi"])
def process_zone(request: pytest.FixtureRequest) -> Iterator[str]:
    before = os.environ.get("TZ")
    os.environ["TZ"] = request.param
    clock.tzset()
    yield request.param
    os.environ.pop("TZ")
    if before is not None:
        os.environ["TZ"] = before
    clock.tzset()


def test_the_zone_of_the_process_changes_nothing(process_zone: str) -> None:
    parts = split([clocked("2025-12-31T22:00", 240)], SHANGHAI)
    assert [part.minutes for part in parts] == [120, 120]


# ------------------------------------------------------------------ overlaps

_spans = st.builds(
    lambda begin, length: Stretch(
        date(2026, 1, 1), length, at("2026-01-01T00:00") + begin * MINUTE,
        at("2026-01-01T00:00") + (begin + length) * MINUTE,
    ),
    st.integers(0, 60),
    st.integers(1, 30),
)  # fmt: skip


@given(one=_spans, other=_spans)
def test_overlap_is_a_shared_minute(one: Stretch, other: Stretch) -> None:
    def minutes(span: Stretch) -> set[datetime]:
        assert span.starts_at is not None
        return {span.starts_at + number * MINUTE for number in range(span.minutes)}

    assert overlap(one, other) == bool(minutes(one) & minutes(other))
    assert overlap(one, other) == overlap(other, one)


def test_touching_is_not_overlapping_and_no_clock_never_overlaps() -> None:
    first, second = clocked("2026-11-14T14:00", 60), clocked("2026-11-14T15:00", 60)
    assert not overlap(first, second)
    assert not overlap(plain("2026-11-14", 60), first)
    assert not overlap(first, plain("2026-11-14", 60))
