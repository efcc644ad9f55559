"""What a connection to either database is, and how it says no."""

from __future__ import annotations

import contextlib
from typing import Any, Protocol

from sqlalchemy import Dialect

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
    """A connection in its thread. `begun`: the database has heard of the last BEGIN.

    `settle` runs what was put off (Tx.later), so that its refusal shows now.
    """

    cursor: Any
    dialect: Dialect

    @property
    def begun(self) -> bool: ...
    def begin(self) -> None: ...
    def settle(self) -> None: ...
    def commit(self) -> None: ...
    def rollback(self) -> None: ...
    def execute(self, sql: str) -> None: ...
    def errors(self) -> contextlib.AbstractContextManager[None]: ...
    def close(self) -> None: ...


class Connector(Protocol):
    """What opens connections to one database."""

    def connect(self) -> Connection: ...
