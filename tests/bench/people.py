"""Fills a database for the bench: people with accounts, and entries of theirs."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import psycopg

JOINED = datetime(2024, 9, 1, tzinfo=UTC)
_PERSON = (
    "INSERT INTO persons (id, name, alias, home_unit_id, status, member_status, guardian, version,"
    " created_at, claimed_at)"
    " VALUES (?, '王小明', '王*明', ?, 'active', 'league_member', ?, 1, ?, ?)"
)
_ACCOUNT = (
    "INSERT INTO accounts (id, channel, external, person_id, reachable, created_at)"
    " VALUES (?, ?, ?, ?, ?, ?)"
)
_HOME = "INSERT INTO homes (person_id, unit_id, since) VALUES (?, ?, ?)"
_UNIT = (
    "INSERT INTO units (id, parent_id, code, kind, name, approval, version, created_at)"
    " VALUES (?, ?, ?, ?, ?, ?, 1, ?)"
)
_ABOVE = "INSERT INTO unit_tree (ancestor_id, unit_id, depth) VALUES (?, ?, ?)"
_ENTRY = (
    "INSERT INTO entries (person_id, unit_id, source, year, day, minutes, what, claim_id, part,"
    " recorded_at, inbox_id) VALUES (?, ?, 'claim', ?, ?, 30, '社区清扫', NULL, ?, ?, 0)"
)
_BALANCE = (
    "INSERT INTO balances (person_id, year, unit_id, source, minutes) VALUES (?, ?, ?, 'claim', ?)"
)
MEMBERS = 50  # of a branch


def _branch(person: int) -> int:
    """The branch of a person, below the district, which is unit 1."""
    return 2 + (person - 1) // MEMBERS


class Filler:
    """Writes rows past the product, with the ledger's triggers asleep meanwhile."""

    def __init__(self, url: str) -> None:
        self.postgres = url.startswith("postgresql:")
        self._connection: Any = (
            psycopg.connect(url)
            if self.postgres
            else sqlite3.connect(url.removeprefix("sqlite:///"))
        )

    def fill(self, people: int, entries: int, channel: str = "web", first: str = "u0") -> None:
        """`people` accounts u0, u1, ... of branches of a district, with `entries` entries in all.

        `first` is the id of the first account; its digits are counted on.
        """
        letters = first.rstrip("0123456789")
        begin = int(first[len(letters) :])
        moment = self._moment(JOINED)
        yes: Any = True if self.postgres else 1
        no: Any = False if self.postgres else 0
        numbers = range(1, people + 1)
        branches = range(2, _branch(people) + 1)
        self._do(_UNIT, [(1, None, "D1", "district", "量速度的团区委", no, moment)])
        self._do(_UNIT, ((b, 1, f"B{b}", "branch", f"第{b}团支部", no, moment) for b in branches))
        self._do(
            _ABOVE, [(1, 1, 0), *((b, b, 0) for b in branches), *((1, b, 1) for b in branches)]
        )
        self._do(_PERSON, ((n, _branch(n), no, moment, moment) for n in numbers))
        self._do(
            _ACCOUNT, ((n, channel, f"{letters}{begin + n - 1}", n, yes, moment) for n in numbers)
        )
        self._do(_HOME, ((n, _branch(n), moment) for n in numbers))
        if entries:
            self._entries(people, entries, moment)
        if self.postgres:  # the ids above were given, the next ones come after them
            for table in ("units", "persons", "accounts"):
                self._connection.execute(
                    f"SELECT setval('{table}_id_seq', (SELECT max(id) FROM {table}))"  # noqa: S608  # ours
                )
        self._connection.commit()
        self._connection.execute("ANALYZE")
        self._connection.commit()
        self._connection.close()

    def _entries(self, people: int, entries: int, moment: Any) -> None:
        each = entries // people
        asleep = self._sleep()
        self._do(_ENTRY, self._lines(people, each, moment))
        self._do(_BALANCE, ((n, 2026, _branch(n), each * 30) for n in range(1, people + 1)))
        for wall in asleep:
            self._connection.execute(wall)
        if self.postgres:
            self._connection.execute("SET session_replication_role = origin")

    def _lines(self, people: int, each: int, moment: Any) -> Iterator[tuple[Any, ...]]:
        days = [date(2026, 1, 5) + timedelta(days=7 * number) for number in range(each)]
        for person in range(1, people + 1):
            for number, day in enumerate(days):
                shown: Any = day if self.postgres else day.isoformat()
                yield person, _branch(person), 2026, shown, number, moment

    def _sleep(self) -> list[str]:
        if self.postgres:
            self._connection.execute("SET session_replication_role = replica")
            return []
        walls = self._connection.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
        ).fetchall()
        for name, _ in walls:
            self._connection.execute(f'DROP TRIGGER "{name}"')
        return [sql for _, sql in walls]

    def _do(self, sql: str, rows: Any) -> None:
        if self.postgres:
            with self._connection.cursor() as cursor:
                cursor.executemany(sql.replace("?", "%s"), rows)
        else:
            self._connection.executemany(sql, rows)

    def _moment(self, at: datetime) -> Any:
        return at if self.postgres else at.strftime("%Y-%m-%d %H:%M:%S.%f")
