"""Union minus duplicates: which hours count when two registrations are one person's."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from domain.ledger import DAY_MINUTES, overlap
from domain.merging import Line, Twice, claims_said_twice, plan, rest, said_twice

DAY = date(2026, 11, 20)
MIDNIGHT = datetime(2026, 11, 19, 16, tzinfo=UTC)


def line(
    number: int, start: int | None = None, minutes: int = 60, what: str = "清扫", day: int = 0
) -> Line:
    """A line; `start` are the minutes since midnight, or None without clock times."""
    on = DAY + timedelta(days=day)
    if start is None:
        return Line(number, on, minutes, what)
    begin = MIDNIGHT + timedelta(days=day, minutes=start)
    return Line(number, on, minutes, what, begin, begin + timedelta(minutes=minutes))


def test_what_only_one_side_has_moves() -> None:
    found = plan([line(1, 540)], [line(2, 600), line(3, 540, day=1)])
    assert [one.id for one in found.moves] == [2, 3]
    assert found.twice == ()
    assert found.minutes == 120


def test_half_open_intervals_that_touch_both_count() -> None:
    assert plan([line(1, 540)], [line(2, 600)]).minutes == 60
    assert plan([line(1, 540)], [line(2, 599)]).minutes == 59


def test_an_overlap_counts_once_and_the_rest_moves() -> None:
    found = plan([line(1, 540, 120)], [line(2, 600, 240), line(3, 540)])
    assert {(one.line.id, one.line.minutes, one.twin) for one in found.twice} == {
        (2, 60, 1),
        (3, 60, 1),
    }
    assert found.moves == (line(2, 660, 180),)


def test_around_what_stands_there_are_pieces() -> None:
    found = plan([line(1, 540, 30), line(4, 600, 60)], [line(2, 480, 240)])
    assert [(one.id, one.minutes) for one in found.moves] == [(2, 60), (2, 30), (2, 60)]
    assert [one.starts_at for one in found.moves] == [
        line(0, start).starts_at for start in (480, 570, 660)
    ]


def test_stated_breaks_are_shared_out_by_length_and_rounded_down() -> None:
    with_breaks = replace(line(2, 540, 300), minutes=100)  # 9:00-14:00, 100 minutes of service
    found = plan([line(1, 600, 60)], [with_breaks])
    assert [one.minutes for one in found.moves] == [20, 60]
    assert found.twice == (Twice(replace(with_breaks, minutes=20), 1),)
    back = rest(with_breaks, [found.moves[0]], 80)
    assert [(one.minutes, one.starts_at) for one in back] == [(80, line(0, 600).starts_at)]


def test_said_without_clock_on_one_side_counts_once() -> None:
    found = plan([line(1, 540, 60)], [line(2, what=" 清 扫")])
    assert [(one.line.id, one.twin) for one in found.twice] == [(2, 1)]
    for other in (line(2, minutes=61), line(2, what="植树"), line(2, day=1)):
        assert plan([line(1, 540, 60)], [other]).moves == (other,)


def test_one_line_is_the_twin_of_one_line_only() -> None:
    found = plan([line(1)], [line(2), line(3)])
    assert [one.line.id for one in found.twice] == [2]
    assert [one.id for one in found.moves] == [3]


def test_a_day_has_no_more_than_24_hours() -> None:
    full = line(1, minutes=1400, what="值守")
    found = plan([full], [line(2, minutes=40), line(3, minutes=1, what="植树")])
    assert [one.id for one in found.moves] == [2]
    assert [(one.line.id, one.twin) for one in found.twice] == [(3, None)]


def test_claims_that_stand_on_the_other_side_are_found_once() -> None:
    waiting = [line(7, 540), line(7, 700), line(8, 900, what="植树"), line(9)]
    standing = [line(1, 550, 10), line(2, 705, 10), line(3)]
    assert claims_said_twice(waiting, standing) == (7, 9)


_LINES: st.SearchStrategy[list[dict[str, object]]] = st.lists(
    st.builds(
        dict,
        start=st.one_of(st.none(), st.integers(0, 20).map(lambda hour: hour * 60)),
        minutes=st.sampled_from((30, 60, 90, 300, 700)),
        what=st.sampled_from(("清扫", "植树")),
        day=st.integers(0, 1),
    ),
    max_size=8,
)


def _possible(facts: list[dict[str, object]], first: int) -> list[Line]:
    """As the walls of the ledger let it stand: no overlaps, at most 24 hours a day."""
    found: list[Line] = []
    for number, one in enumerate(facts, start=first):
        made = line(number, **one)  # type: ignore[arg-type]
        that_day = sum(other.minutes for other in found if other.day == made.day)
        meets = any(overlap(made.span, other.span) for other in found)
        if not meets and that_day + made.minutes <= DAY_MINUTES:
            found.append(made)
    return found


@given(_LINES, _LINES, st.randoms(use_true_random=False))
def test_union_minus_duplicates(
    one: list[dict[str, object]], two: list[dict[str, object]], chance: object
) -> None:
    kept, other = _possible(one, 1), _possible(two, 101)
    found = plan(kept, other)
    # every minute of the other side has one fate, whatever the order
    fates = Counter[int]()
    for each in (*found.moves, *(twice.line for twice in found.twice)):
        fates[each.id] += each.minutes
    assert fates == Counter({each.id: each.minutes for each in other})
    chance.shuffle(other)  # type: ignore[attr-defined]
    assert plan(kept[::-1], other) == found
    # the walls hold for what is one person's then
    union = [*kept, *found.moves]
    assert not any(overlap(a.span, b.span) for a, b in combinations(union, 2))
    for day in {line.day for line in union}:
        assert sum(line.minutes for line in union if line.day == day) <= DAY_MINUTES
    # nothing is left out without its reason
    by_id = {line.id: line for line in kept}
    for twice in found.twice:
        if twice.twin is None:
            room = sum(line.minutes for line in union if line.day == twice.line.day)
            assert room + twice.line.minutes > DAY_MINUTES
        else:
            twin = by_id[twice.twin]
            whole = next(each for each in other if each.id == twice.line.id)
            assert overlap(whole.span, twin.span) or said_twice(whole, twin)


@given(_LINES, _LINES)
def test_time_by_the_clock_is_the_union_of_both_sides(
    one: list[dict[str, object]], two: list[dict[str, object]]
) -> None:
    """QUALITY L14, against minutes that are counted one by one."""
    kept = [line for line in _possible(one, 1) if line.starts_at is not None]
    other = [line for line in _possible(two, 101) if line.starts_at is not None]

    def served(lines: list[Line]) -> set[tuple[date, int]]:
        return {
            (line.day, minute)
            for line in lines
            if line.starts_at is not None
            for begin in [int((line.starts_at - MIDNIGHT).total_seconds() // 60)]
            for minute in range(begin, begin + line.minutes)
        }

    union = {minute for _, minute in served([*kept, *other])}
    assert sum(line.minutes for line in kept) + plan(kept, other).minutes == len(union)


@given(_LINES)
def test_with_itself_nothing_is_gained(facts: list[dict[str, object]]) -> None:
    lines = _possible(facts, 1)
    assert plan(lines, [*lines]).minutes == 0
