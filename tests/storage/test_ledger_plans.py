"""No look at one person's hours walks the whole ledger (SQLite's own plans say so)."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

import pytest
from sqlalchemy.dialects import sqlite

from storage import claims, hours, ledger, review
from storage.prepared import Prepared

# The unique index of reverses_id: SQLite thinks that IS NULL finds one row by it, and it is all.
_WALK = "entries USING INDEX sqlite_autoindex_entries_2 (reverses_id=?)"
STATEMENTS = {
    "in force": ledger.IN_FORCE,
    "by year": ledger.BY_YEAR,
    "sums": hours._SUMS,
    "lines": hours._LINES,
    "count": hours._COUNT,
    "my claims": hours._WAITING,
    "standing": claims._STANDING,
    "queue": review._QUEUE,
    "holders": review._HOLDERS,
    "proposed": review._PROPOSED,
    "approved": review._APPROVED,
    "many": review._MANY,
}


@pytest.fixture
def connection(sqlite_url: str) -> Iterator[sqlite3.Connection]:
    opened = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"))
    yield opened
    opened.close()


def _plan(connection: sqlite3.Connection, sql: str) -> list[str]:
    found = connection.execute(f"EXPLAIN QUERY PLAN {sql}", [1] * sql.count("?"))
    return [str(row[3]) for row in found]


@pytest.mark.parametrize("name", STATEMENTS)
def test_a_statement_stays_with_its_person_or_its_units(
    connection: sqlite3.Connection, name: str
) -> None:
    statement: Prepared = STATEMENTS[name]
    plan = _plan(connection, statement.for_dialect(sqlite.dialect()).sql)
    for step in plan:
        assert not step.startswith(("SCAN entries", "SCAN claims", "SCAN persons")), plan
        assert step != f"SEARCH {_WALK}", plan


def test_the_control_finds_a_walk(connection: sqlite3.Connection) -> None:
    """The negative control: what this test is there to find, it finds."""
    sql = "SELECT id FROM entries WHERE person_id = ? AND day >= ? AND reverses_id IS NULL"
    assert _plan(connection, sql) == [f"SEARCH {_WALK}"]
