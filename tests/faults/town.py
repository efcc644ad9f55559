"""A branch with members who have accounts, written straight into a database; and what is in it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import insert, select, text
from sqlalchemy.engine import Connection

from storage.migrate import engine
from storage.schema import accounts, homes, metadata, persons, unit_tree, units

_SINCE = datetime(2020, 1, 1, tzinfo=UTC)


def settle(url: str, count: int) -> list[str]:
    """Write `count` members of one branch down; answers their accounts (web:m0, web:m1 ...)."""
    made = engine(url)
    members = [f"m{number}" for number in range(count)]
    with made.connect() as connection, connection.begin():
        unit = {"code": "T1", "kind": "branch", "name": "第一团支部", "approval": False}
        connection.execute(insert(units), {**unit, "id": 1, "version": 1, "created_at": _SINCE})
        connection.execute(insert(unit_tree), {"ancestor_id": 1, "unit_id": 1, "depth": 0})
        _people(connection, members)
        if made.dialect.name == "postgresql":
            for table in ("units", "persons"):
                connection.execute(
                    text(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), 100000)")
                )
    made.dispose()
    return members


def _people(connection: Connection, members: list[str]) -> None:
    rows = [
        {
            "id": number + 1,
            "name": f"成员{name}",
            "alias": f"成*{name}",
            "home_unit_id": 1,
            "status": "active",
            "member_status": "league_member",
            "guardian": False,
            "version": 1,
            "created_at": _SINCE,
            "claimed_at": _SINCE,
        }
        for number, name in enumerate(members)
    ]
    connection.execute(insert(persons), rows)
    connection.execute(
        insert(homes), [{"person_id": row["id"], "unit_id": 1, "since": _SINCE} for row in rows]
    )
    connection.execute(
        insert(accounts),
        [
            {
                "channel": "web",
                "external": name,
                "person_id": number + 1,
                "reachable": True,
                "created_at": _SINCE,
            }
            for number, name in enumerate(members)
        ],
    )


def rows(url: str, table: str) -> list[dict[str, Any]]:
    """Every row of a table, by its key."""
    found = metadata.tables[table]
    made = engine(url)
    with made.connect() as connection:
        statement = select(found).order_by(*found.primary_key.columns)
        answer = [dict(row._mapping) for row in connection.execute(statement)]
    made.dispose()
    return answer
