"""Bring the schema up to date: one transaction, one process at a time, both databases."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, event, text
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import OperationalError, ProgrammingError

_FOLDER = Path(__file__).parent / "migrations"
_LOCK = 7_112_026  # PostgreSQL advisory lock: replicas that start together migrate once

_REVISION = text("SELECT version_num FROM alembic_version")

HEAD = "0003"  # numbers of four digits, so that they compare; a test holds it against the folder


def engine(url: str) -> Engine:
    """An engine for migrations and whole-table work; turns never use it."""
    made = _engine(url)
    if made.dialect.name == "sqlite":

        def connected(connection: Any, _: Any) -> None:
            connection.isolation_level = None
            connection.execute("PRAGMA busy_timeout = 20000")
            connection.execute("PRAGMA journal_mode = WAL")  # from the first page on

        def begun(connection: Connection) -> None:
            connection.exec_driver_sql("BEGIN IMMEDIATE")

        event.listen(made, "connect", connected)
        event.listen(made, "begin", begun)
    return made


def _engine(url: str) -> Engine:
    return create_engine(url.replace("postgresql://", "postgresql+psycopg://", 1))


def revision(url: str) -> str | None:
    """The schema's revision, or None where nothing is yet or nobody answers.

    Costs one look without Alembic, and takes no lock: readiness asks while others write.
    """
    if url.startswith("sqlite:") and not Path(url.removeprefix("sqlite:///")).exists():
        return None
    made = _engine(url)
    try:
        with made.connect() as connection:
            return connection.execute(_REVISION).scalar()
    except (OperationalError, ProgrammingError):
        return None
    finally:
        made.dispose()


def serves(found: str | None) -> bool:
    """Say whether this program runs on a schema: its own, or one that a later release made.

    Upgrades add: the previous release runs on the next schema (SPEC section 5).
    """
    return found is not None and found >= HEAD


def migrate(url: str) -> bool:
    """Run what is missing and say whether anything was.

    Everything happens in one transaction, so that a kill at any statement leaves what was before;
    PostgreSQL additionally takes an advisory lock, SQLite has its write lock.
    """
    if url.startswith("sqlite:"):
        _own(Path(url.removeprefix("sqlite:///")))
    elif serves(revision(url)):
        return False
    made = engine(url)
    try:
        with made.connect() as connection, connection.begin():
            if made.dialect.name == "postgresql":
                connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
            if serves(_current(connection)):
                return False
            _upgrade(connection)
            return True
    finally:
        made.dispose()


def _own(path: Path) -> None:
    """A new database is readable by its owner only; SQLite gives its journal the same mode."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not path.exists():
        path.touch(mode=0o600)


def _current(connection: Connection) -> str | None:
    if not made_already(connection):
        return None
    return connection.execute(_REVISION).scalar()


def made_already(connection: Connection) -> bool:
    """Say whether Alembic's own table is there."""
    return bool(connection.dialect.has_table(connection, "alembic_version"))


def _upgrade(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_FOLDER))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
