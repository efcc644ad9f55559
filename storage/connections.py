"""Connections of the two databases, with the few words in which they differ."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

import psycopg
from sqlalchemy import Dialect
from sqlalchemy.dialects.postgresql import psycopg as postgresql
from sqlalchemy.dialects.sqlite import pysqlite

BUSY_SECONDS = 4.0  # how long another writer of the same file is waited for
STATEMENT_SECONDS = 30


class Unavailable(Exception):
    """The store cannot take this now: unreachable, locked or full. Nothing was kept."""


class Broken(Unavailable):
    """The connection is of no more use."""


class Retry(Unavailable):
    """The transaction lost against another one: the same again will do."""


class Overlong(Unavailable):
    """A statement was given up after STATEMENT_SECONDS; the same again may take as long."""


class Refused(Exception):
    """A wall of the database refused the row: a trigger, a check or a unique key."""


class Connection(Protocol):
    """A connection in its thread."""

    cursor: Any
    dialect: Dialect

    def begin(self) -> None: ...
    def commit(self) -> None: ...
    def rollback(self) -> None: ...
    def execute(self, sql: str) -> None: ...
    def errors(self) -> contextlib.AbstractContextManager[None]: ...
    def close(self) -> None: ...


class Connector(Protocol):
    """What opens connections to one database."""

    def connect(self) -> Connection: ...


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
        with _sqlite_errors():
            return SqliteConnection(self.path, self.read_only)


class SqliteConnection:
    """One connection to the embedded database."""

    dialect: Dialect = pysqlite.dialect()

    def __init__(self, path: Path, read_only: bool) -> None:
        self._connection = sqlite3.connect(
            path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
        self._begin = "BEGIN" if read_only else "BEGIN IMMEDIATE"
        self.cursor = self._connection.cursor()
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            "temp_store=MEMORY",
            "journal_size_limit=67108864",
        ):
            self.cursor.execute(f"PRAGMA {pragma}")

    def begin(self) -> None:
        with _sqlite_errors():
            self.cursor.execute(self._begin)

    def commit(self) -> None:
        with _sqlite_errors():
            self.cursor.execute("COMMIT")

    def rollback(self) -> None:
        if self._connection.in_transaction:
            with contextlib.suppress(sqlite3.Error):
                self.cursor.execute("ROLLBACK")

    def execute(self, sql: str) -> None:
        with _sqlite_errors():
            self.cursor.execute(sql)

    def errors(self) -> contextlib.AbstractContextManager[None]:
        return _sqlite_errors()

    def close(self) -> None:
        with contextlib.suppress(sqlite3.Error):
            self._connection.close()


@contextlib.contextmanager
def _sqlite_errors() -> Iterator[None]:
    try:
        yield
    except sqlite3.IntegrityError as error:
        raise Refused(str(error)) from error
    except sqlite3.DatabaseError as error:
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
        if code in _SQLITE_BROKEN:
            raise Broken(f"SQLite: {error}") from error
        if code in _SQLITE_LATER:
            raise Unavailable(f"SQLite: {error}") from error
        raise  # a statement of ours is wrong: that is no reason to wait


# The server or the way to it has gone, or it has become a standby that takes no writes.
_POSTGRES_BROKEN = (
    psycopg.OperationalError,
    psycopg.InterfaceError,
    psycopg.errors.ReadOnlySqlTransaction,
    psycopg.errors.IdleInTransactionSessionTimeout,
)


class PostgresConnector:
    """Opens connections to PostgreSQL, in UTC, with a bound on every statement."""

    def __init__(self, url: str) -> None:
        self._url = url

    def connect(self) -> PostgresConnection:
        """Open one. Unavailable if the server does not answer within 3 s."""
        try:
            return PostgresConnection(self._url)
        except psycopg.Error as error:
            raise Broken(f"PostgreSQL: {type(error).__name__}") from None


class PostgresConnection:
    """One connection to PostgreSQL, READ COMMITTED."""

    dialect: Dialect = postgresql.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy ships it untyped

    def __init__(self, url: str) -> None:
        self._connection = psycopg.connect(
            url,
            autocommit=True,
            connect_timeout=3,
            prepare_threshold=3,
            keepalives_idle=10,  # a server that vanished is noticed within half a minute
            keepalives_interval=5,
            keepalives_count=3,
            tcp_user_timeout=20_000,
            options=(
                f"-c timezone=UTC -c statement_timeout={STATEMENT_SECONDS * 1000}"
                " -c idle_in_transaction_session_timeout=30000 -c lock_timeout=10000"
            ),
        )
        self.cursor = self._connection.cursor()

    def begin(self) -> None:
        self.execute("BEGIN")

    def commit(self) -> None:
        self.execute("COMMIT")

    def rollback(self) -> None:
        with contextlib.suppress(psycopg.Error):
            if self._connection.info.transaction_status != psycopg.pq.TransactionStatus.IDLE:
                self.cursor.execute("ROLLBACK")

    def execute(self, sql: str) -> None:
        with _postgres_errors():
            self.cursor.execute(sql.encode())

    def errors(self) -> contextlib.AbstractContextManager[None]:
        return _postgres_errors()

    def close(self) -> None:
        with contextlib.suppress(psycopg.Error):
            self._connection.close()


@contextlib.contextmanager
def _postgres_errors() -> Iterator[None]:
    try:
        yield
    except (psycopg.errors.IntegrityError, psycopg.errors.RaiseException) as error:
        raise Refused(error.diag.message_primary or "refused") from error
    except (psycopg.errors.SerializationFailure, psycopg.errors.DeadlockDetected) as error:
        raise Retry(f"PostgreSQL: {type(error).__name__}") from error
    except psycopg.errors.QueryCanceled as error:
        raise Overlong("PostgreSQL: QueryCanceled") from error
    except psycopg.errors.LockNotAvailable as error:
        raise Unavailable("PostgreSQL: LockNotAvailable") from error
    except _POSTGRES_BROKEN as error:
        raise Broken(f"PostgreSQL: {type(error).__name__}") from error
