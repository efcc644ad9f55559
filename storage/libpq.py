"""A cursor straight on libpq, for what the store asks again and again.

Each way to the server and back is one call that lets the interpreter go, where psycopg's cursor
makes several; and what need not wait for one another goes together (docs/decisions/0013). Values
are turned in and out by psycopg, and its errors are raised.
"""

from __future__ import annotations

import select
from collections import OrderedDict
from collections.abc import Sequence
from itertools import count
from typing import Any

import psycopg
from psycopg import pq
from psycopg.adapt import PyFormat, Transformer

KEPT = 400  # prepared statements of a connection
_TEXT, _BYTES = PyFormat.TEXT, PyFormat.BINARY
_GOOD = frozenset({pq.ExecStatus.COMMAND_OK, pq.ExecStatus.TUPLES_OK, pq.ExecStatus.EMPTY_QUERY})
_Asked = tuple[bytes, Any, Any]  # a prepared statement, its values and their formats


class LibpqCursor:
    """What storage.tx needs of a cursor, for statements with places `$1`, `$2`."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._pgconn = connection.pgconn
        self._transformer = Transformer(connection)
        self._many = psycopg.RawCursor(connection)
        self._names: OrderedDict[str, bytes] = OrderedDict()
        self._number = count(1)
        self._waiting: list[_Asked] = []
        self._poll = select.poll()
        self._poll.register(self._pgconn.socket, select.POLLIN)
        self._result: pq.abc.PGresult | None = None
        self._row = 0
        self.rowcount = -1
        self.begun = False

    def begin(self) -> None:
        """Begin a transaction with the first statement that is asked for: then it has `begun`."""
        self.forget()
        self.begun = False
        self.later("BEGIN")

    def end(self) -> None:
        """Run what waits and commit."""
        if self.begun or len(self._waiting) > 1:
            self.settle("COMMIT")
        self.forget()

    def forget(self) -> None:
        """What waits is not wanted any more."""
        self._waiting.clear()

    def execute(self, sql: str, values: Sequence[Any] | None = None) -> None:
        """Run one statement; without values also several, as they stand."""
        if values is None:
            self.settle()
            self._keep(self._pgconn.exec_(sql.encode()))
        elif self._waiting:
            self._keep(self._with_what_waits([self._asked(sql, values)])[0])
        else:
            self._keep(self._pgconn.exec_prepared(*self._asked(sql, values)))

    def later(self, sql: str, values: Sequence[Any] = ()) -> None:
        """Run a statement with the next one that is asked for, before it."""
        asked = self._asked(sql, values)  # which may run what waits
        self._waiting.append(asked)

    def settle(self, *last: str) -> None:
        """Run what waits, then these."""
        if last or self._waiting:
            self._with_what_waits([self._asked(sql, ()) for sql in last])

    def together(self, asked: Sequence[tuple[str, Sequence[Any]]]) -> list[list[Any]]:
        """The rows of each of some statements, in one way there and back."""
        found = []
        for result in self._with_what_waits([self._asked(*one) for one in asked]):
            self._transformer.set_pgresult(result)
            found.append(self._transformer.load_rows(0, result.ntuples, tuple))
        self._result = None
        return found

    def executemany(self, sql: str, many: Sequence[Sequence[Any]]) -> None:
        """Run a statement for each sequence of values; the rows that they touched are counted."""
        if len(many) == 1:
            self.execute(sql, many[0])
            return
        self.settle()
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

    def _asked(self, sql: str, values: Sequence[Any]) -> _Asked:
        # Text, whose type the statement says; a binary number would need the inferred length.
        formats = [_BYTES if type(value) is bytes else _TEXT for value in values]
        parameters = self._transformer.dump_sequence(values, formats)
        sent = self._transformer.formats
        return self._prepared(sql), parameters, sent

    def _prepared(self, sql: str) -> bytes:
        """The name of a statement, which is planned once on this connection."""
        name = self._names.get(sql)
        if name is not None:
            self._names.move_to_end(sql)
            return name
        self.settle()  # what waits may hold the name that is given up
        if len(self._names) >= KEPT:
            _, oldest = self._names.popitem(last=False)
            self._checked(self._pgconn.exec_(b"DEALLOCATE " + oldest))
        name = b"q%d" % next(self._number)
        self._checked(self._pgconn.prepare(name, sql.encode()))
        self._names[sql] = name
        return name

    def _with_what_waits(self, asked: list[_Asked]) -> list[pq.abc.PGresult]:
        """The results of what is asked, which what waits goes before."""
        waiting, self._waiting = self._waiting, []
        results = self._piped([*waiting, *asked])
        for result in results:
            self._checked(result)
        self.begun = True
        return results[len(waiting) :]

    def _piped(self, asked: list[_Asked]) -> list[pq.abc.PGresult]:
        """Say all of it at once, then hear the answers: none after the first that is an error."""
        pgconn = self._pgconn
        pgconn.enter_pipeline_mode()
        for one in asked:
            pgconn.send_query_prepared(*one)
        pgconn.pipeline_sync()
        while pgconn.flush():
            select.select([], [pgconn.socket], [])
        results: list[pq.abc.PGresult] = []
        while True:
            if pgconn.is_busy():  # or the interpreter would be held until the server answers
                self._poll.poll()
                pgconn.consume_input()
                continue
            result = pgconn.get_result()
            if result is None:  # the end of one
                continue
            if result.status == pq.ExecStatus.PIPELINE_SYNC:
                break
            results.append(result)
            if pgconn.status != pq.ConnStatus.OK:
                self._checked(result)
        pgconn.exit_pipeline_mode()
        return results

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
