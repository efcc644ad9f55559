"""The demo district: once, whole, and such that the ledger's walls hold on any day of the year."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from domain.names import NameProblem, alias, clean_name
from domain.org import BELOW, UnitKind
from domain.roster.values import read_number
from domain.tokens import Link, read_link
from services.demo import district
from services.demo.deeds import spread
from storage import audit, ledger
from storage.schema import (
    accounts,
    claims,
    entries,
    invites,
    metadata,
    outbox,
    persons,
    registrations,
    verdicts,
)
from storage.schema import (
    audit as audit_lines,
)
from storage.tx import Tx
from tests.bot.web_page import Page

DAYS = [
    datetime(2026, 11, 22, 2, tzinfo=UTC),
    datetime(2028, 2, 29, 15, 59, tzinfo=UTC),
    datetime(2026, 12, 31, 15, 59, 59, tzinfo=UTC),  # the year's last second in Shanghai
    datetime(2026, 12, 31, 16, tzinfo=UTC),
    datetime(2027, 1, 4, 3, tzinfo=UTC),
    datetime(2027, 3, 1, 0, tzinfo=UTC),
]


@pytest.fixture
async def page(database_url: str) -> AsyncIterator[Page]:
    page = Page(database_url)
    yield page
    page.store.close()


async def _rows(page: Page, statement: Any) -> list[Any]:
    async def work(tx: Tx) -> list[Any]:
        return await tx.query(statement)

    return await page.store.read(work)


async def _count(page: Page, table: Any, *where: Any) -> int:
    counted = select(func.count().label("count")).select_from(table).where(*where)
    return int((await _rows(page, counted))[0].count)


async def _minutes(page: Page, account: str, year: int) -> int:
    found = await _rows(
        page,
        select(entries.c.minutes)
        .join(accounts, accounts.c.person_id == entries.c.person_id)
        .where(accounts.c.external == account, entries.c.year == year),
    )
    return sum(row.minutes for row in found)


@pytest.mark.parametrize("at", DAYS, ids=str)
async def test_the_ledger_is_whole_on_any_day(page: Page, at: datetime) -> None:
    page.at = at
    assert await page.seed() == len(district.PEOPLE)
    stored = await page.store.read(ledger.stored)
    assert stored == await page.store.read(ledger.recomputed)
    assert stored
    effective = await _count(page, claims, claims.c.state == "effective")
    assert await _count(page, entries) == effective
    assert await _count(page, claims, claims.c.created_at > at) == 0
    assert await _count(page, verdicts, verdicts.c.at > at) == 0
    assert await _count(page, entries, entries.c.ends_at > at) == 0
    assert await _count(page, entries, entries.c.recorded_by == entries.c.person_id) == 0
    own = claims.join(verdicts, verdicts.c.claim_id == claims.c.id)
    assert await _count(page, own, verdicts.c.reviewer_id == claims.c.person_id) == 0


async def test_there_is_something_of_everything(page: Page) -> None:
    await page.seed()
    year = 2026
    assert await _minutes(page, "demo-member", year) == 360
    assert await _minutes(page, "demo-member-13", year) == 810
    assert await _minutes(page, "demo-member-21", year) == 1260
    assert await _minutes(page, "demo-member-0", year) == 0
    assert await _minutes(page, "demo-member", year - 1) > 0
    assert await _count(page, claims, claims.c.state == "waiting") >= 5
    assert await _count(page, registrations, registrations.c.state == "waiting") == 1
    lines = await _rows(page, select(persons.c.number_index).where(persons.c.status == "roster"))
    assert len(lines) >= 15
    assert all(line.number_index for line in lines)
    assert await _count(page, persons, persons.c.guardian.is_(True)) > 5
    assert await _count(page, outbox) == 0, "nobody is told of what never happened"


async def test_hours_over_the_quota_had_two_reviewers(page: Page) -> None:
    await page.seed()
    found = await _rows(
        page,
        select(verdicts.c.claim_id, func.count().label("count"))
        .join(claims, claims.c.id == verdicts.c.claim_id)
        .join(accounts, accounts.c.person_id == claims.c.person_id)
        .where(accounts.c.external == "demo-member-21")
        .group_by(verdicts.c.claim_id)
        .order_by(verdicts.c.claim_id),
    )
    # last year 660 minutes in three claims, this year 1,260 in six; 600 are free each year
    assert [row.count for row in found] == [1, 1, 2, 1, 1, 2, 2, 2, 2]


async def test_a_second_time_changes_nothing(page: Page) -> None:
    await page.seed()
    before = {table.name: await _count(page, table) for table in metadata.sorted_tables}
    page.at += timedelta(days=1)
    assert await page.seed() == 0
    after = {table.name: await _count(page, table) for table in metadata.sorted_tables}
    assert after == before


async def test_the_audit_knows_that_it_was_the_demo(page: Page) -> None:
    await page.seed()
    while await page.store.mark(lambda tx: audit.seal(tx, page.at)):
        pass
    verified = await page.store.read(audit.verify)
    assert (verified.broken_at, verified.unsealed) == (None, 0)
    lines = await _rows(page, select(audit_lines.c.action, audit_lines.c.facts))
    assert {line.facts["demo"] for line in lines} == {True}
    acts = {line.action for line in lines}
    assert acts == {"join", "appoint", "claim.make", "claim.approve", "invite", "register"}


async def test_the_invite_is_a_link_of_the_product(page: Page) -> None:
    from services import demo

    await page.seed()
    payload = await page.store.read(lambda tx: demo.invitation(tx, page.house, page.at))
    assert payload is not None
    row = (await _rows(page, select(invites)))[0]
    found = read_link(page.house.key, payload, page.at + timedelta(days=300))
    assert found == Link("i", row.id, row.version)
    late = page.at + timedelta(days=366)
    assert await page.store.read(lambda tx: demo.invitation(tx, page.house, late)) is None


def test_the_people_are_such_as_the_product_takes() -> None:
    units = {unit.code: unit for unit in district.UNITS}
    names = [someone.name for someone in district.PEOPLE]
    assert len(set(names)) == len(names)
    for someone in district.PEOPLE:
        assert not isinstance(clean_name(someone.name), NameProblem)
        assert alias(someone.name) != someone.name
        assert someone.unit in units
        assert (someone.account is None) == (someone.number is not None)
        assert someone.number is None or read_number(someone.number) == someone.number
    for unit in district.UNITS:
        parent = units.get(unit.parent or "")
        assert parent is None or UnitKind(unit.kind) in BELOW[UnitKind(parent.kind)]


def test_each_service_has_a_day_of_its_own() -> None:
    first, last = date(2026, 1, 1), date(2026, 1, 20)
    for amount in range(25):
        for shift in range(7):
            found = spread((60,) * amount, first, last, shift)
            days = {day for day, _ in found}
            assert len(days) == len(found) == min(amount, 20)
            assert all(first <= day <= last for day in days)
    assert spread((60,), last, first, 0) == []
