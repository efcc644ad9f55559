"""Connections to PostgreSQL; imported only where it is the store, for its driver takes 0.3 s."""

from __future__ import annotations

import contextlib

import psycopg
from sqlalchemy import Dialect
from sqlalchemy.dialects.postgresql import psycopg as postgresql

from storage.connections import (
    STATEMENT_SECONDS,
    Broken,
    Overlong,
    Refused,
    Retry,
    Unavailable,
)
from storage.libpq import LibpqCursor

# The server or the way to it has gone, or it has become a standby that takes no writes.
_POSTGRES_BROKEN = (
    psycopg.OperationalError,
    psycopg.InterfaceError,
    psycopg.errors.ReadOnlySqlTransaction,
    psycopg.errors.IdleInTransactionSessionTimeout,
)


class PostgresConnector:
    """Opens connections to PostgreSQL, in UTC, with a bound on every statement.

    Those that are not `wide` ask by keys: they never read a whole table. A plan that was made
    while a queue was empty, and is kept, would read all of it later for every message.
    """

    def __init__(self, url: str, wide: bool = False) -> None:
        self._url = url
        self._planner = " -c jit=off" + ("" if wide else " -c enable_seqscan=off")

    def connect(self) -> PostgresConnection:
        """Open one. Unavailable if the server does not answer within 3 s."""
        try:
            return PostgresConnection(self._url, self._planner)
        except psycopg.Error as error:
            raise Broken(f"PostgreSQL: {type(error).__name__}") from None


class PostgresConnection:
    """One connection to PostgreSQL, READ COMMITTED."""

    # SQLAlchemy ships it untyped.
    dialect: Dialect = postgresql.dialect(paramstyle="numeric_dollar")  # type: ignore[no-untyped-call]

    def __init__(self, url: str, planner: str = "") -> None:
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
                f" -c idle_in_transaction_session_timeout=30000 -c lock_timeout=10000{planner}"
            ),
        )
        self.cursor = LibpqCursor(self._connection)

    def begin(self) -> None:
        with _ERRORS:
            self.cursor.begin()

    @property
    def begun(self) -> bool:
        """Whether the server has heard of the transaction: BEGIN goes with its first statement."""
        return self.cursor.begun

    def settle(self) -> None:
        with _ERRORS:
            self.cursor.settle()

    def commit(self) -> None:
        with _ERRORS:
            self.cursor.end()

    def rollback(self) -> None:
        self.cursor.forget()
        with contextlib.suppress(psycopg.Error):
            if self._connection.info.transaction_status != psycopg.pq.TransactionStatus.IDLE:
                self.cursor.execute("ROLLBACK")

    def execute(self, sql: str) -> None:
        with _ERRORS:
            self.cursor.execute(sql)

    def errors(self) -> contextlib.AbstractContextManager[None]:
        return _ERRORS

    def close(self) -> None:
        with contextlib.suppress(psycopg.Error):
            self._connection.close()


class _PostgresErrors(contextlib.AbstractContextManager[None]):
    """Turns the driver's errors into ours. Without state: one serves everybody."""

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        match error:
            case psycopg.errors.IntegrityError() | psycopg.errors.RaiseException():
                raise Refused(error.diag.message_primary or "refused") from error
            case psycopg.errors.SerializationFailure() | psycopg.errors.DeadlockDetected():
                raise Retry(f"PostgreSQL: {type(error).__name__}") from error
            case psycopg.errors.QueryCanceled():
                raise Overlong("PostgreSQL: QueryCanceled") from error
            case psycopg.errors.LockNotAvailable():
                raise Unavailable("PostgreSQL: LockNotAvailable") from error
        if isinstance(error, _POSTGRES_BROKEN):
            raise Broken(f"PostgreSQL: {type(error).__name__}") from error


_ERRORS = _PostgresErrors()
