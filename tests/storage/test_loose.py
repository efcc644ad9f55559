"""A database that goes away and comes back leaves the threads that serve it alive."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest

from storage import runs
from storage import sqlite as embedded
from storage.connections import Broken
from storage.lanes import Lane

AT = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)


class _Loose(embedded.SqliteConnector):
    """A disk that comes off: connections break, and no other can be opened, until it is back."""

    off = False

    def connect(self) -> embedded.SqliteConnection:
        if self.off:
            raise Broken("the disk is off")
        made = super().connect()
        begin = made.begin

        def begins() -> None:
            if self.off:
                raise Broken("the disk is off")
            begin()

        made.begin = begins  # type: ignore[method-assign]  # the driver's part of it
        return made


async def test_a_disk_that_comes_off_and_back_ends_no_thread(sqlite_url: str) -> None:
    connector = _Loose(Path(sqlite_url.removeprefix("sqlite:///")))
    lane = Lane(connector, "loose", 1, shared=True)
    assert await lane.run(lambda tx: runs.first(tx, "before", AT))
    connector.off = True
    for _ in range(2):
        with pytest.raises(Broken):
            await asyncio.wait_for(lane.run(lambda tx: runs.first(tx, "off", AT)), 30)
    connector.off = False
    assert await asyncio.wait_for(lane.run(lambda tx: runs.first(tx, "after", AT)), 30)
    await asyncio.to_thread(lane.close)
