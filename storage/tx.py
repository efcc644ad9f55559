"""One transaction as the queries see it: coroutines that never wait for anything but the store."""

from __future__ import annotations

from collections.abc import Coroutine, Iterable, Mapping
from typing import Any, TypeVar

from sqlalchemy import Dialect, Executable

from storage.prepared import Compiled, Prepared

T = TypeVar("T")


class Waited(RuntimeError):
    """Something inside a transaction waited for something else than the store."""


class Tx:
    """An open transaction on one connection of a driver.

    The methods are coroutines so that handlers and services are, and they never suspend: a turn
    runs whole in one worker thread (see docs/decisions/0002-the-turn-in-one-thread.md).
    """

    __slots__ = ("_cursor", "dialect")

    def __init__(self, cursor: Any, dialect: Dialect) -> None:
        self._cursor = cursor
        self.dialect = dialect

    def _run(self, statement: Prepared, values: Mapping[str, Any]) -> Compiled:
        compiled = statement.for_dialect(self.dialect)
        self._cursor.execute(compiled.sql, compiled.arguments(values))
        return compiled

    async def all(self, statement: Prepared, /, **values: Any) -> list[Any]:
        """Every row, with named fields."""
        compiled = self._run(statement, values)
        return [compiled.make(row) for row in self._cursor.fetchall()]

    async def one(self, statement: Prepared, /, **values: Any) -> Any | None:
        """The first row or None."""
        compiled = self._run(statement, values)
        found = self._cursor.fetchone()
        return None if found is None else compiled.make(found)

    async def value(self, statement: Prepared, /, **values: Any) -> Any | None:
        """The first field of the first row or None."""
        found = await self.one(statement, **values)
        return None if found is None else found[0]

    async def run(self, statement: Prepared, /, **values: Any) -> int:
        """Do it and answer how many rows it touched."""
        self._run(statement, values)
        return int(self._cursor.rowcount)

    async def later(self, statement: Prepared, /, **values: Any) -> None:
        """Do it with the next statement or the commit, before that: one way to the server less.

        Nobody hears how many rows it touched, and what it is refused for shows there.
        """
        compiled = statement.for_dialect(self.dialect)
        self._cursor.later(compiled.sql, compiled.arguments(values))

    async def together(self, *asked: tuple[Prepared, Mapping[str, Any]]) -> list[list[Any]]:
        """Every row of each of some statements that need not wait for one another."""
        made = [(statement.for_dialect(self.dialect), values) for statement, values in asked]
        found = self._cursor.together([(one.sql, one.arguments(values)) for one, values in made])
        return [[one.make(row) for row in rows] for (one, _), rows in zip(made, found, strict=True)]

    async def many(self, statement: Prepared, rows: Iterable[Mapping[str, Any]]) -> int:
        """Do it once for each row of values; how many rows it touched."""
        compiled = statement.for_dialect(self.dialect)
        arguments = [compiled.arguments(row) for row in rows]
        self._cursor.executemany(compiled.sql, arguments)
        return int(self._cursor.rowcount) if arguments else 0

    async def query(self, statement: Executable, /, **values: Any) -> list[Any]:
        """Every row of a statement that was put together just now (it is compiled each time).

        Write `or_(column == a, column == b)` instead of `column.in_(...)`.
        """
        return await self.all(Prepared(statement), **values)

    async def script(self, sql: str) -> None:
        """Run a fixed piece of SQL without values."""
        self._cursor.execute(sql)


def drive(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine that never suspends, here and now."""
    try:
        work.send(None)
    except StopIteration as done:
        result: T = done.value
        return result
    work.close()
    raise Waited("a transaction waits for nothing but the store")
