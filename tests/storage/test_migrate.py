"""Migrations: what stands is what the code says, on both databases (kills: tests/faults)."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text
from sqlalchemy.engine import Connection

from storage import migrate
from storage.schema import metadata
from tests.storage.shapes import looked, shape

PROJECT = Path(__file__).resolve().parents[2]


def test_the_head_is_the_last_of_the_folder() -> None:
    folder = PROJECT / "storage" / "migrations" / "versions"
    numbers = sorted(path.name[:4] for path in folder.glob("[0-9]*.py"))
    assert numbers == [f"{number:04}" for number in range(1, len(numbers) + 1)]
    assert numbers[-1] == migrate.HEAD
    for number in numbers:
        source = next(folder.glob(f"{number}_*.py")).read_text(encoding="utf-8")
        assert re.search(f'^revision = "{number}"$', source, re.MULTILINE)


def test_what_stands_is_what_the_code_says(database_url: str) -> None:
    def look(connection: Connection) -> Any:
        return compare_metadata(MigrationContext.configure(connection), metadata)

    assert looked(database_url, look) == []


def test_the_comparison_sees_a_difference(database_url: str) -> None:
    """The negative control: one column too many."""

    def look(connection: Connection) -> Any:
        connection.execute(text("ALTER TABLE run_keys ADD COLUMN more INTEGER"))
        return compare_metadata(MigrationContext.configure(connection), metadata)

    (difference,) = looked(database_url, look)
    assert difference[0] == "remove_column"


def test_both_databases_have_the_same_tables_and_columns(
    sqlite_url: str, postgres_url: str
) -> None:
    def look(connection: Connection) -> dict[str, set[tuple[str, bool]]]:
        found = inspect(connection)
        return {
            table: {(column["name"], column["nullable"]) for column in found.get_columns(table)}
            for table in found.get_table_names()
        }

    assert looked(sqlite_url, look) == looked(postgres_url, look)


def test_a_second_time_there_is_nothing_to_do(empty_database_url: str) -> None:
    assert migrate.revision(empty_database_url) is None
    assert migrate.migrate(empty_database_url)
    made = shape(empty_database_url)
    assert not migrate.migrate(empty_database_url)
    assert shape(empty_database_url) == made
    assert migrate.revision(empty_database_url) == migrate.HEAD


def test_the_schema_of_a_later_release_is_served(database_url: str) -> None:
    """SPEC section 5: the previous release runs on the next schema."""
    made = migrate.engine(database_url)
    with made.connect() as connection, connection.begin():
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    made.dispose()
    assert not migrate.migrate(database_url)
    found = migrate.revision(database_url)
    assert migrate.serves(found)
    assert not migrate.serves("0001")
    assert not migrate.serves(None)


def test_looking_at_the_revision_waits_for_no_writer(sqlite_url: str) -> None:
    made = migrate.engine(sqlite_url)
    with made.connect() as connection, connection.begin():  # BEGIN IMMEDIATE
        assert migrate.revision(sqlite_url) == migrate.HEAD
    made.dispose()


def test_a_new_database_is_its_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "data" / "new.db"
    migrate.migrate(f"sqlite:///{path}")
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
