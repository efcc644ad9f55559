"""What a database says about its own schema."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import inspect, text
from sqlalchemy.engine import Connection

from storage import migrate


def looked(url: str, look: Callable[[Connection], Any]) -> Any:
    """What `look` finds over a connection that is closed afterwards."""
    made = migrate.engine(url)
    with made.connect() as connection:
        found = look(connection)
    made.dispose()
    return found


def shape(url: str) -> list[tuple[Any, ...]]:
    """Everything the database says about its own schema."""

    def look(connection: Connection) -> list[tuple[Any, ...]]:
        if connection.dialect.name == "sqlite":
            words = "SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY 1, 2"
            return [tuple(row) for row in connection.execute(text(words))]
        found: list[tuple[Any, ...]] = []
        for words in (
            (
                "SELECT table_name, column_name, data_type, is_nullable, column_default "
                "FROM information_schema.columns WHERE table_schema = 'public' ORDER BY 1, 2"
            ),
            "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1",
            (
                "SELECT conrelid::regclass::text, pg_get_constraintdef(oid) FROM pg_constraint "
                "WHERE connamespace = 'public'::regnamespace ORDER BY 1, 2"
            ),
            (
                "SELECT tgrelid::regclass::text, pg_get_triggerdef(oid) FROM pg_trigger "
                "WHERE NOT tgisinternal ORDER BY 1, 2"
            ),
            (
                "SELECT proname, prosrc FROM pg_proc "
                "WHERE pronamespace = 'public'::regnamespace ORDER BY 1"
            ),
        ):
            found += [tuple(row) for row in connection.execute(text(words))]
        return found

    return list(looked(url, look))


def tables(url: str) -> set[str]:
    """The names of the tables that are there."""
    return set(looked(url, lambda connection: inspect(connection).get_table_names()))
