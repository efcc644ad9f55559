"""The one shared store: lanes for what comes in, for turns, for marks and for reading."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

from storage.connections import Connector
from storage.lanes import Lane, Work
from storage.sqlite import SqliteConnector
from storage.vault import Vault

T = TypeVar("T")

TURN_THREADS = 4  # PostgreSQL: turns of different accounts at once; more keep intake waiting


class Store:
    """SQLite or PostgreSQL behind the same words.

    SQLite has one writer, so everything that writes shares one lane and its commits; PostgreSQL
    has connections of its own for intake, so that a full house never keeps the door shut.
    """

    def __init__(self, url: str, vault: Vault) -> None:
        self.vault = vault
        self.embedded = url.startswith("sqlite:")
        if self.embedded:
            path = Path(url.removeprefix("sqlite:///"))
            writer = Lane(SqliteConnector(path), "store", 1, shared=True)
            reader: Connector = SqliteConnector(path, read_only=True)
            self._lanes = {"intake": writer, "turn": writer, "mark": writer}
        else:
            from storage.postgres import PostgresConnector  # noqa: PLC0415  # see there

            reader = PostgresConnector(url, wide=True)
            self._lanes = {
                "intake": Lane(PostgresConnector(url), "intake", 1, shared=True),
                "turn": Lane(PostgresConnector(url), "turn", TURN_THREADS, shared=False),
                "mark": Lane(PostgresConnector(url), "mark", 1, shared=True),
            }
        self._lanes["read"] = Lane(reader, "read", 1, shared=False)

    async def intake(self, work: Work[T]) -> T:
        """Write down what came in: before what turns and marks want, for the platform waits."""
        return await self._lanes["intake"].run(work, urgent=True)

    async def turn(self, work: Work[T]) -> T:
        """Run a use case."""
        return await self._lanes["turn"].run(work)

    async def mark(self, work: Work[T]) -> T:
        """Record what became of something."""
        return await self._lanes["mark"].run(work)

    async def read(self, work: Work[T]) -> T:
        """Only look."""
        return await self._lanes["read"].run(work)

    def close(self) -> None:
        """Finish what waits and let go of the database."""
        for lane in set(self._lanes.values()):
            lane.close()
