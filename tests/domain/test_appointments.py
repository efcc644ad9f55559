"""Terms of office: days as people type them, whole local days, and when an office may end."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import appointments
from domain.appointments import Appointee, RoleProblem, Term, last_day, read_days, term, years_from
from domain.rights import Role

ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 22, 2, tzinfo=UTC)  # 10:00 in Shanghai
TODAY = date(2026, 11, 22)
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("typed", "days"),
    [
        ("2027-11-30", (date(2027, 11, 30),)),
        (" 2027年1月5日 ", (date(2027, 1, 5),)),
        ("2027/1/5", (date(2027, 1, 5),)),
        ("2026-12-01 至 2027-11-30", (date(2026, 12, 1), date(2027, 11, 30))),
        ("2026.12.1到2027.11.30", (date(2026, 12, 1), date(2027, 11, 30))),
        ("2026-12-01 to 2027-11-30", (date(2026, 12, 1), date(2027, 11, 30))),
        ("2027-02-30", RoleProblem.DATE),
        ("明年", RoleProblem.DATE),
        ("11-30", RoleProblem.DATE),
        ("不到 2027-11-30", RoleProblem.DATE),
        ("", RoleProblem.DATE),
        ("2026-1-1 2026-1-2 2026-1-3", RoleProblem.DATE),
    ],
)
def test_days_as_people_type_them(typed: str, days: tuple[date, ...] | RoleProblem) -> None:
    assert read_days(typed) == days


def test_a_term_is_whole_local_days() -> None:
    assert term(None, None, NOW, ZONE) == Term(NOW, None)
    found = term(date(2026, 12, 1), date(2026, 12, 31), NOW, ZONE)
    assert found == Term(
        datetime(2026, 11, 30, 16, tzinfo=UTC), datetime(2026, 12, 31, 16, tzinfo=UTC)
    )
    assert term(TODAY, TODAY, NOW, ZONE) == Term(NOW, datetime(2026, 11, 22, 16, tzinfo=UTC))


@pytest.mark.parametrize(
    ("first", "last", "problem"),
    [
        (TODAY - DAY, None, RoleProblem.PAST),
        (None, TODAY - DAY, RoleProblem.PAST),
        (TODAY + 2 * DAY, TODAY + DAY, RoleProblem.ORDER),
    ],
)
def test_terms_that_cannot_be(first: date | None, last: date | None, problem: RoleProblem) -> None:
    assert term(first, last, NOW, ZONE) is problem


@given(st.dates(date(2026, 11, 22), date(2090, 1, 1)))
def test_the_last_day_is_the_day_that_was_typed(day: date) -> None:
    found = term(None, day, NOW, ZONE)
    assert isinstance(found, Term)
    assert found.until is not None
    assert last_day(found.until, ZONE) == day


def test_a_year_ends_the_day_before() -> None:
    assert years_from(date(2026, 11, 22), 1) == date(2027, 11, 21)
    assert years_from(date(2024, 2, 29), 1) == date(2025, 2, 28)
    assert years_from(date(2024, 2, 29), 4) == date(2028, 2, 28)


def test_nobody_holds_one_role_twice_at_a_time() -> None:
    wanted = Term(NOW, NOW + 10 * DAY)
    assert _appointed(wanted, ()) is None
    before, after = Term(NOW - DAY, NOW), Term(NOW + 10 * DAY, None)
    assert _appointed(wanted, (before, after)) is None
    for held in (Term(NOW - DAY, None), Term(NOW + 9 * DAY, None), wanted):
        assert _appointed(wanted, (held,)) is RoleProblem.HOLDS
    for status in ("left", "deleted"):
        assert _appointed(wanted, (), status) is RoleProblem.PERSON
    assert _appointed(wanted, (), closed=True) is RoleProblem.CLOSED
    assert _appointed(Term(NOW, NOW), ()) is RoleProblem.ORDER


def _appointed(
    wanted: Term, held: tuple[Term, ...], status: str = "active", closed: bool = False
) -> RoleProblem | None:
    return appointments.appoint(wanted, Role.SECRETARY, Appointee(status), held, closed)


@pytest.mark.parametrize(
    ("role", "who", "problem"),
    [
        (Role.SECRETARY, Appointee("roster", 30), RoleProblem.UNREGISTERED),
        (Role.ORGANISER, Appointee("roster"), RoleProblem.UNREGISTERED),
        (Role.SECRETARY, Appointee("active", 17), RoleProblem.AGE),
        (Role.OFFICER, Appointee("active", 13), RoleProblem.AGE),
        (Role.AUDITOR, Appointee("active", 17), RoleProblem.AGE),
        (Role.SECRETARY, Appointee("active", 18), None),
        (Role.ORGANISER, Appointee("active", 15), RoleProblem.AGE),
        (Role.ORGANISER, Appointee("active", 16), None),
        (Role.ORGANISER, Appointee("active", 16, unguarded=True), RoleProblem.GUARDIAN),
        (Role.SECRETARY, Appointee("active", None, unguarded=True), RoleProblem.GUARDIAN),
        (Role.OFFICER, Appointee("active"), None),
    ],
)
def test_only_registered_people_of_age_hold_a_role(
    role: Role, who: Appointee, problem: RoleProblem | None
) -> None:
    assert appointments.fit(role, who) is problem


def test_the_last_officer_of_the_root_stays() -> None:
    held = Term(NOW - DAY, None)
    assert appointments.end(held, Role.OFFICER, True, 0, NOW) is RoleProblem.LAST_OFFICER
    assert appointments.end(held, Role.OFFICER, True, 1, NOW) is None
    assert appointments.end(held, Role.OFFICER, False, 0, NOW) is None
    assert appointments.end(held, Role.SECRETARY, True, 0, NOW) is None
    later = Term(NOW + DAY, None)
    assert appointments.end(later, Role.OFFICER, True, 0, NOW) is None
    over = Term(NOW - DAY, NOW)
    assert appointments.end(over, Role.OFFICER, True, 1, NOW) is RoleProblem.ENDED
