"""Connections to the embedded database."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Dialect
from sqlalchemy.dialects.sqlite import pysqlite

from storage.connections import Broken, Refused, Unavailable

BUSY_SECONDS = 4.0  # how long another writer of the same file is waited for

# Primary result codes: what another moment, more room or another connection may mend.
_SQLITE_LATER = frozenset(
    (
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_INTERRUPT,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_PROTOCOL,
    )
)
_SQLITE_BROKEN = frozenset(
    (
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_NOTADB,
    )
)


class SqliteConnector:
    """Opens the embedded database: WAL, synchronous=FULL, foreign keys, BEGIN IMMEDIATE."""

    def __init__(self, path: Path, read_only: bool = False) -> None:
        self.path = path
        self.read_only = read_only

    def connect(self) -> SqliteConnection:
        """Open it. Unavailable if the file cannot be opened."""
        with _ERRORS:
            return SqliteConnection(self.path, self.read_only)


class SqliteCursor(sqlite3.Cursor):
    """What storage.tx needs besides: here no way is long, and everything is asked at once."""

    def later(self, sql: str, values: Sequence[Any] = ()) -> None:
        """Run a statement whose rows nobody counts."""
        self.execute(sql, values)

    def together(self, asked: Sequence[tuple[str, Sequence[Any]]]) -> list[list[Any]]:
        """The rows of each of some statements."""
        return [self.execute(sql, values).fetchall() for sql, values in asked]


class SqliteConnection:
    """One connection to the embedded database."""

    dialect: Dialect = pysqlite.dialect()
    begun = True  # BEGIN is said at once: what breaks after it broke at work

    def __init__(self, path: Path, read_only: bool) -> None:
        self._connection = sqlite3.connect(
            path,
            timeout=BUSY_SECONDS,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=1024,  # more than we have: nothing is parsed twice
        )
        self._begin = "BEGIN" if read_only else "BEGIN IMMEDIATE"
        self.cursor = self._connection.cursor(SqliteCursor)
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            "temp_store=MEMORY",
            "journal_size_limit=67108864",
            "cache_size=-32768",  # KiB, used as the file grows: a large one costs as a small one
        ):
            self.cursor.execute(f"PRAGMA {pragma}")

    def begin(self) -> None:
        with _ERRORS:
            self.cursor.execute(self._begin)

    def settle(self) -> None:
        """Nothing waits here."""

    def commit(self) -> None:
        with _ERRORS:
            self.cursor.execute("COMMIT")

    def rollback(self) -> None:
        if self._connection.in_transaction:
            with contextlib.suppress(sqlite3.Error):
                self.cursor.execute("ROLLBACK")

    def execute(self, sql: str) -> None:
        with _ERRORS:
            self.cursor.execute(sql)

    def errors(self) -> contextlib.AbstractContextManager[None]:
        return _ERRORS

    def close(self) -> None:
        with contextlib.suppress(sqlite3.Error):
            self._connection.close()


class _SqliteErrors(contextlib.AbstractContextManager[None]):
    """Turns the driver's errors into ours. Without state: one serves everybody."""

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, sqlite3.IntegrityError):
            raise Refused(str(error)) from error
        if not isinstance(error, sqlite3.DatabaseError):
            return
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
        if code in _SQLITE_BROKEN:
            raise Broken(f"SQLite: {error}") from error
        if code in _SQLITE_LATER:
            raise Unavailable(f"SQLite: {error}") from error
        # else a statement of ours is wrong: that is no reason to wait


_ERRORS = _SqliteErrors()
