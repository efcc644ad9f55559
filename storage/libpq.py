"""A cursor straight on libpq, for what the store asks again and again.

Each statement is one call that lets the interpreter go, where psycopg's own cursor makes several:
beside other threads it costs a third (docs/decisions/0013-statements-on-libpq.md). Values are
turned in and out by psycopg, and its errors are raised.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from itertools import count
from typing import Any

import psycopg
from psycopg import pq
from psycopg.adapt import PyFormat, Transformer

_TEXT, _BYTES = PyFormat.TEXT, PyFormat.BINARY
KEPT = 400  # prepared statements of a connection
_GOOD = frozenset({pq.ExecStatus.COMMAND_OK, pq.ExecStatus.TUPLES_OK, pq.ExecStatus.EMPTY_QUERY})


class LibpqCursor:
    """What storage.tx needs of a cursor, for statements with places `$1`, `$2`."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._pgconn = connection.pgconn
        self._transformer = Transformer(connection)
        self._many = psycopg.RawCursor(connection)
        self._names: OrderedDict[str, bytes] = OrderedDict()
        self._number = count(1)
        self._result: pq.abc.PGresult | None = None
        self._row = 0
        self.rowcount = -1

    def execute(self, sql: str, values: Sequence[Any] | None = None) -> None:
        """Run one statement; without values also several, as they stand."""
        if values is None:
            self._keep(self._pgconn.exec_(sql.encode()))
            return
        name = self._prepared(sql)
        # Text, whose type the statement says; a binary number would need the inferred length.
        formats = [_BYTES if type(value) is bytes else _TEXT for value in values]
        parameters: Any = self._transformer.dump_sequence(values, formats)  # None is NULL
        self._keep(self._pgconn.exec_prepared(name, parameters, self._transformer.formats))

    def executemany(self, sql: str, many: Sequence[Sequence[Any]]) -> None:
        """Run a statement for each sequence of values; the rows that they touched are counted."""
        if len(many) == 1:
            self.execute(sql, many[0])
            return
        self._result = None
        self._many.executemany(sql.encode(), many)
        self.rowcount = self._many.rowcount

    def fetchone(self) -> Any | None:
        """The next row of the last result."""
        if self._result is None or self._row >= self._result.ntuples:
            return None
        self._row += 1
        return self._transformer.load_row(self._row - 1, tuple)

    def fetchall(self) -> list[Any]:
        """Those rows of the last result that were not fetched yet."""
        if self._result is None:
            return []
        found = self._transformer.load_rows(self._row, self._result.ntuples, tuple)
        self._row = self._result.ntuples
        return found

    def _prepared(self, sql: str) -> bytes:
        """The name of a statement, which is planned once on this connection."""
        name = self._names.get(sql)
        if name is not None:
            self._names.move_to_end(sql)
            return name
        if len(self._names) >= KEPT:
            _, oldest = self._names.popitem(last=False)
            self._checked(self._pgconn.exec_(b"DEALLOCATE " + oldest))
        name = b"q%d" % next(self._number)
        self._checked(self._pgconn.prepare(name, sql.encode()))
        self._names[sql] = name
        return name

    def _keep(self, result: pq.abc.PGresult) -> None:
        self._result = self._checked(result)
        self._row = 0
        self._transformer.set_pgresult(result)
        touched = result.command_tuples
        self.rowcount = -1 if touched is None else touched

    def _checked(self, result: pq.abc.PGresult) -> pq.abc.PGresult:
        if result.status in _GOOD:
            return result
        if self._pgconn.status != pq.ConnStatus.OK:
            raise psycopg.OperationalError("the connection is lost")
        raise psycopg.errors.error_from_result(result, self._transformer.encoding)
