"""Statements that are built by SQLAlchemy once and then run by the bare driver."""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Mapping
from typing import Any, cast

from sqlalchemy import Dialect, Executable, Insert, Table, bindparam
from sqlalchemy.dialects import sqlite
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.dml import ReturningInsert, UpdateBase
from sqlalchemy.sql.selectable import SelectBase


class Compiled:
    """A statement in the words of one dialect, with what turns values in and out."""

    def __init__(self, statement: Executable, dialect: Dialect) -> None:
        made = cast(SQLCompiler, cast(Any, statement).compile(dialect=dialect))
        self.sql = made.string
        into = {
            name: bind.type.dialect_impl(dialect).bind_processor(dialect)
            for name, bind in made.binds.items()
        }
        self._fixed = {
            name: bind.value if (process := into[name]) is None else process(bind.value)
            for name, bind in made.binds.items()
            if not bind.required
        }
        named = made.positiontup is None
        self._order = None if named else [(name, into[name]) for name in made.positiontup or ()]
        self._into = [(name, process) for name, process in into.items() if name not in self._fixed]
        columns = _columns(statement)
        out = [
            column.type.dialect_impl(dialect).result_processor(dialect, None) for column in columns
        ]
        self._out = [(place, process) for place, process in enumerate(out) if process is not None]
        self.row: Any = _row_type([column.key for column in columns])

    def arguments(self, given: Mapping[str, Any]) -> Any:
        """Order the values as the driver wants them. KeyError if one is missing."""
        fixed = self._fixed
        if self._order is not None:
            return [
                fixed[name]
                if name in fixed
                else given[name]
                if process is None
                else process(given[name])
                for name, process in self._order
            ]
        values = dict(fixed)
        for name, process in self._into:
            values[name] = given[name] if process is None else process(given[name])
        return values

    def make(self, fetched: Any) -> Any:
        """Turn what the driver fetched into a row with named fields."""
        if not self._out:
            return self.row._make(fetched)
        values = list(fetched)
        for place, process in self._out:
            values[place] = process(values[place])
        return self.row._make(values)


def _row_type(names: list[str]) -> Any:
    return namedtuple("Row", names) if names else None  # noqa: PYI024  # fields known only here


def _columns(statement: Executable) -> list[Any]:
    if isinstance(statement, SelectBase):
        return list(statement.selected_columns)
    if isinstance(statement, UpdateBase):
        return [
            column
            for source in statement._returning  # noqa: SLF001  # no public list of RETURNING columns
            for column in (source.columns if isinstance(source, Table) else (source,))
        ]
    return []


class Prepared:
    """A statement, compiled once per dialect at its first use.

    Give a statement, or, for what differs between dialects, a function of that dialect's insert.
    """

    __slots__ = ("_made", "_source")

    def __init__(self, source: Executable | Callable[[Callable[[Table], Any]], Any]) -> None:
        self._source = source
        self._made: dict[str, Compiled] = {}

    def for_dialect(self, dialect: Dialect) -> Compiled:
        """Answer the compiled form."""
        made = self._made.get(dialect.name)
        if made is None:
            made = self._made[dialect.name] = Compiled(self._statement(dialect), dialect)
        return made

    def _statement(self, dialect: Dialect) -> Executable:
        if not callable(self._source):
            return self._source
        if dialect.name != "postgresql":
            return cast(Executable, self._source(sqlite.insert))
        from sqlalchemy.dialects import postgresql  # noqa: PLC0415  # 0.1 s, for who uses it

        return cast(Executable, self._source(postgresql.insert))


def insert_row(table: Table, *columns: str, returning: bool = True) -> Prepared:
    """An insert of these columns that answers the new id."""
    return Prepared(lambda insert: _inserted(insert(table), table, columns, returning))


def insert_once(table: Table, *columns: str, unique: tuple[str, ...]) -> Prepared:
    """An insert that does nothing, and answers no id, where the unique columns stand already."""
    return Prepared(
        lambda insert: _inserted(
            insert(table).on_conflict_do_nothing(index_elements=list(unique)), table, columns, True
        )
    )


def _inserted(
    statement: Insert, table: Table, columns: tuple[str, ...], returning: bool
) -> Insert | ReturningInsert[Any]:
    filled = statement.values({name: bindparam(name, type_=table.c[name].type) for name in columns})
    key = next(iter(table.primary_key.columns))
    return filled.returning(key) if returning else filled
