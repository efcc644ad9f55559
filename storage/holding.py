"""What one process at a time may do: held by a connection of its own, let go of with it."""

from __future__ import annotations

import asyncio
import contextlib

from sqlalchemy import bindparam, func, select

from storage.connections import Connection, Unavailable
from storage.prepared import Prepared
from storage.tx import Tx, drive

_SPACE = 7_112_029  # the first half of these advisory locks; turns have another
_TRY = Prepared(
    select(func.pg_try_advisory_lock(_SPACE, func.hashtext(bindparam("name"))).label("held"))
)
_STILL = Prepared(select(func.pg_backend_pid().label("backend")))


class Holding:
    """A session's advisory lock on PostgreSQL; SQLite has one process, so there it always holds."""

    def __init__(self, url: str, name: str) -> None:
        self._url = None if url.startswith("sqlite:") else url
        self._name = name
        self._connection: Connection | None = None
        self._one_at_a_time = asyncio.Lock()

    async def held(self) -> bool:
        """Whether it is ours now; takes it if nobody has it. False if the database is gone."""
        if self._url is None:
            return True
        async with self._one_at_a_time:
            return await asyncio.to_thread(self._held)

    async def release(self) -> None:
        """Let go of it."""
        async with self._one_at_a_time:
            await asyncio.to_thread(self._dropped)

    def _held(self) -> bool:
        try:
            if self._connection is not None:
                self._asked(self._connection, _STILL)
                return True
            return self._taken()
        except Unavailable:
            self._dropped()
            return False

    def _taken(self) -> bool:
        from storage.postgres import PostgresConnector  # noqa: PLC0415  # see there

        made = PostgresConnector(str(self._url)).connect()
        self._connection = made
        if self._asked(made, _TRY):
            return True
        self._dropped()
        return False

    def _asked(self, connection: Connection, statement: Prepared) -> object:
        with connection.errors():
            tx = Tx(connection.cursor, connection.dialect)
            return drive(tx.value(statement, name=self._name))

    def _dropped(self) -> None:
        if self._connection is not None:
            with contextlib.suppress(Unavailable):
                self._connection.close()
            self._connection = None
