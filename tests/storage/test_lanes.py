"""Lanes: many transactions to a commit, each for itself, and no thread that dies with its work."""

from __future__ import annotations

import asyncio
import re
import sqlite3
import threading
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import bindparam, select

from storage import postgres, runs
from storage import sqlite as embedded
from storage.connections import Broken, Overlong, Refused, Retry, Unavailable
from storage.lanes import BATCH, BESIDE, TRIES
from storage.prepared import Prepared
from storage.schema import run_keys
from storage.store import Store
from storage.tx import Tx, Waited
from storage.vault import Vault

AT = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
PROJECT = Path(__file__).resolve().parents[2]


@pytest.fixture
async def store(database_url: str) -> AsyncIterator[Store]:
    made = Store(database_url, Vault([(1, bytes(32))]))
    yield made
    await asyncio.to_thread(made.close)


@pytest.fixture
async def sqlite_store(sqlite_url: str) -> AsyncIterator[Store]:
    made = Store(sqlite_url, Vault([(1, bytes(32))]))
    yield made
    await asyncio.to_thread(made.close)


async def _count(store: Store) -> int:
    async def work(tx: Tx) -> int:
        await tx.script("SELECT COUNT(*) FROM run_keys")
        return int(tx._cursor.fetchone()[0])

    return await store.read(work)


def _key(name: str) -> Any:
    return lambda tx: runs.first(tx, name, AT)


async def test_one_that_fails_takes_nobody_with_it(store: Store) -> None:
    async def fails(tx: Tx) -> None:
        await runs.first(tx, "never", AT)
        raise LookupError("of this one alone")

    works = [fails if number % 3 == 0 else _key(f"key {number}") for number in range(60)]
    ends = await asyncio.gather(*(store.mark(work) for work in works), return_exceptions=True)
    assert [type(end) for end in ends[::3]] == [LookupError] * 20
    assert [end for number, end in enumerate(ends) if number % 3] == [True] * 40
    assert await _count(store) == 40


async def test_a_wall_of_the_database_is_a_refusal(store: Store) -> None:
    async def work(tx: Tx) -> None:
        await tx.script("INSERT INTO run_keys (key) VALUES ('without a time')")

    with pytest.raises(Refused):
        await store.turn(work)
    assert await store.turn(_key("after it"))


async def test_a_wrong_statement_is_a_surprise_and_no_reason_to_wait(store: Store) -> None:
    """Were it called unavailable, an event that runs into it would be tried for ever."""
    with pytest.raises((sqlite3.OperationalError, psycopg.errors.UndefinedTable)):
        await store.turn(lambda tx: tx.script("SELECT * FROM no_such_table"))
    assert await store.turn(_key("after it"))


@pytest.mark.parametrize("raised", [SystemExit, KeyboardInterrupt, StopIteration, RecursionError])
async def test_no_thread_dies_with_its_work(store: Store, raised: type[BaseException]) -> None:
    async def work(tx: Tx) -> None:
        raise raised

    for lane in (store.intake, store.turn, store.mark, store.read):
        (end,) = await asyncio.gather(asyncio.wait_for(lane(work), 5), return_exceptions=True)
        assert isinstance(end, RuntimeError)  # a RecursionError is one
        assert await asyncio.wait_for(lane(_key(f"after {lane.__name__}")), 5)


async def test_a_transaction_waits_for_nothing_but_the_store(store: Store) -> None:
    async def work(tx: Tx) -> None:
        await runs.first(tx, "never", AT)
        await asyncio.sleep(0)

    with pytest.raises(Waited):
        await store.turn(work)
    assert await _count(store) == 0


async def test_what_lost_is_done_again_from_the_start(store: Store) -> None:
    tries = 0

    async def work(tx: Tx) -> int:
        nonlocal tries
        tries += 1
        await runs.first(tx, f"try {tries}", AT)
        if tries < TRIES:
            raise Retry("lost")
        return tries

    assert await store.turn(work) == TRIES
    assert await _count(store) == 1


async def test_what_loses_every_time_is_unavailable(store: Store) -> None:
    async def work(tx: Tx) -> None:
        raise Retry("lost")

    with pytest.raises(Unavailable):
        await store.turn(work)
    assert await store.turn(_key("after it"))


async def test_what_comes_in_goes_first_and_the_others_go_along(sqlite_store: Store) -> None:
    """The platform waits for intake; a turn waits for a batch, not for the end of the storm."""
    order: list[str] = []
    begun, held = threading.Event(), threading.Event()

    def works(name: str) -> Any:
        async def work(tx: Tx) -> None:
            if name == "first":
                begun.set()
                held.wait(30)
            order.append(name)

        return work

    first = asyncio.ensure_future(sqlite_store.turn(works("first")))
    assert await asyncio.to_thread(begun.wait, 30)
    waits = [sqlite_store.turn(works("turn")) for _ in range(3 * BESIDE)]
    waits += [sqlite_store.intake(works("intake")) for _ in range(2 * BATCH + 1)]
    running = asyncio.gather(*waits)
    await asyncio.sleep(0)
    held.set()
    await asyncio.gather(first, running)
    assert order.count("intake") == 2 * BATCH + 1
    assert order.count("turn") == 3 * BESIDE
    storm = order[1 : order.index("turn", 1)]
    assert storm == ["intake"] * BATCH  # then turns, before the other half
    last = len(order) - 1 - order[::-1].index("intake")
    assert order[:last].count("turn") == 2 * BESIDE  # a few beside each batch


@pytest.mark.parametrize("count", [1, BATCH, 3 * BATCH])
async def test_what_came_in_before_the_end_is_kept(sqlite_store: Store, count: int) -> None:
    waits = [sqlite_store.intake(_key(f"key {number}")) for number in range(count)]
    running = [asyncio.ensure_future(one) for one in waits]
    await asyncio.sleep(0)
    await asyncio.to_thread(sqlite_store.close)
    assert await asyncio.gather(*running) == [True] * count


async def test_a_closed_store_says_so(store: Store) -> None:
    await asyncio.to_thread(store.close)
    with pytest.raises(Unavailable):
        await store.mark(_key("late"))


@pytest.mark.slow
async def test_a_locked_file_is_waited_for_and_then_refused(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded, "BUSY_SECONDS", 0.3)
    store = Store(sqlite_url, Vault([(1, bytes(32))]))
    path = sqlite_url.removeprefix("sqlite:///")
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(Unavailable, match="locked"):
            await store.intake(_key("locked out"))
        assert await _count(store) == 0  # who only looks is not locked out
        other.execute("ROLLBACK")
        assert await store.intake(_key("let in"))
    await asyncio.to_thread(store.close)


async def test_a_connection_that_broke_while_idle_is_replaced(postgres_url: str) -> None:
    store = Store(postgres_url, Vault([(1, bytes(32))]))
    assert await store.mark(_key("before"))
    with psycopg.connect(postgres_url, autocommit=True) as operator:
        operator.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    assert await store.mark(_key("after"))
    await asyncio.to_thread(store.close)


async def test_a_connection_that_breaks_at_work_is_told_and_replaced(postgres_url: str) -> None:
    store = Store(postgres_url, Vault([(1, bytes(32))]))

    async def work(tx: Tx) -> None:
        await runs.first(tx, "never", AT)
        await tx.script("SELECT pg_terminate_backend(pg_backend_pid())")

    with pytest.raises(Broken):
        await store.turn(work)
    assert await store.turn(_key("after"))
    assert await _count(store) == 1
    await asyncio.to_thread(store.close)


@pytest.mark.slow
async def test_a_statement_without_end_is_given_up(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "STATEMENT_SECONDS", 1)
    store = Store(postgres_url, Vault([(1, bytes(32))]))
    with pytest.raises(Overlong):
        await store.turn(lambda tx: tx.script("SELECT pg_sleep(20)"))
    assert await store.turn(_key("after"))
    await asyncio.to_thread(store.close)


async def test_two_in_opposite_order_both_get_there(postgres_url: str) -> None:
    """QUALITY F07: a deadlock reaches nobody."""
    store = Store(postgres_url, Vault([(1, bytes(32))]))
    for name in ("a", "b"):
        assert await store.turn(_key(name))

    row = Prepared(
        select(run_keys.c.key).where(run_keys.c.key == bindparam("name")).with_for_update()
    )

    def both(first: str, then: str) -> Any:
        async def work(tx: Tx) -> str:
            for name in (first, then):
                await tx.one(row, name=name)
                await tx.script("SELECT pg_sleep(0.05)")
            return first + then

        return work

    ends = await asyncio.gather(store.turn(both("a", "b")), store.turn(both("b", "a")))
    assert tuple(ends) == ("ab", "ba")
    await asyncio.to_thread(store.close)


def test_every_writer_of_sqlite_begins_immediately() -> None:
    """QUALITY F40: a transaction that reads first and then writes may lose whatever it waits."""
    begins = {
        (path.relative_to(PROJECT).as_posix(), found)
        for folder in ("bot", "domain", "handlers", "scheduler", "services", "storage")
        for path in (PROJECT / folder).rglob("*.py")
        for found in re.findall(r"\"(BEGIN(?: [A-Z]+)?)\"", path.read_text(encoding="utf-8"))
    }
    assert begins == {
        ("storage/libpq.py", "BEGIN"),
        ("storage/sqlite.py", "BEGIN"),  # where nothing is written
        ("storage/sqlite.py", "BEGIN IMMEDIATE"),
        ("storage/migrate.py", "BEGIN IMMEDIATE"),
    }
    source = (PROJECT / "storage/sqlite.py").read_text(encoding="utf-8")
    assert 'self._begin = "BEGIN" if read_only else "BEGIN IMMEDIATE"' in source
