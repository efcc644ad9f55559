"""What goes to the store together: the same rows, the same refusals, and nobody is kept waiting."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest
from sqlalchemy import bindparam, func, literal_column, select

from storage import libpq, runs
from storage.connections import Refused
from storage.libpq import LibpqCursor
from storage.prepared import Prepared, insert_row
from storage.schema import run_keys
from storage.store import Store
from storage.tx import Tx
from storage.vault import Vault

AT = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
ADD = insert_row(run_keys, "key", "at", returning=False)
COUNT = Prepared(select(func.count().label("count")).select_from(run_keys))
NAMED = Prepared(
    select(run_keys.c.key).where(run_keys.c.key == bindparam("name")).order_by(run_keys.c.key)
)


@pytest.fixture
async def store(database_url: str) -> AsyncIterator[Store]:
    made = Store(database_url, Vault([(1, bytes(32))]))
    yield made
    await asyncio.to_thread(made.close)


async def _count(store: Store) -> int:
    return int(await store.read(lambda tx: tx.value(COUNT)) or 0)


async def test_what_is_put_off_comes_before_the_next_look(store: Store) -> None:
    async def work(tx: Tx) -> list[Any]:
        await tx.later(ADD, key="one", at=AT)
        await tx.later(ADD, key="two", at=AT)
        return await tx.together((COUNT, {}), (NAMED, {"name": "two"}), (NAMED, {"name": "six"}))

    count, two, six = await store.turn(work)
    assert (count[0].count, [row.key for row in two], six) == (2, ["two"], [])
    assert await _count(store) == 2


async def test_what_is_put_off_to_the_end_is_kept(store: Store) -> None:
    await asyncio.gather(*(store.turn(lambda tx, n=n: _put_off(tx, n)) for n in range(20)))  # type: ignore[misc]
    assert await _count(store) == 20


async def _put_off(tx: Tx, number: int) -> None:
    await tx.later(ADD, key=f"k{number}", at=AT)


@pytest.mark.parametrize("lane", ["turn", "mark"])
async def test_a_refusal_of_what_is_put_off_undoes_its_own_work_alone(
    store: Store, lane: str
) -> None:
    await store.turn(lambda tx: runs.first(tx, "there", AT))
    run = getattr(store, lane)

    async def wrong(tx: Tx) -> None:
        await runs.first(tx, "with it", AT)
        await tx.later(ADD, key="there", at=AT)

    works = [run(wrong), *(run(lambda tx, n=n: runs.first(tx, f"k{n}", AT)) for n in range(5))]
    ends = await asyncio.gather(*works, return_exceptions=True)
    assert isinstance(ends[0], Refused)
    assert ends[1:] == [True] * 5
    assert await _count(store) == 6


async def test_nothing_is_left_of_what_was_put_off_by_one_that_failed(store: Store) -> None:
    async def fails(tx: Tx) -> None:
        await tx.later(ADD, key="never", at=AT)
        raise LookupError

    with pytest.raises(LookupError):
        await store.turn(fails)
    await asyncio.gather(*(store.turn(lambda tx: tx.value(COUNT)) for _ in range(12)))
    assert await _count(store) == 0


async def test_others_go_on_while_one_waits_for_the_server(postgres_url: str) -> None:
    """A wait inside libpq must let the interpreter go, in whichever way a statement was sent."""
    made = Store(postgres_url, Vault([(1, bytes(32))]))
    done = threading.Event()
    slow = Prepared(select(func.pg_sleep(literal_column("0.5")).label("slept")))

    async def waits(tx: Tx) -> None:
        await tx.one(slow)
        await tx.together((slow, {}), (COUNT, {}))
        done.set()

    waiting, ticks = asyncio.ensure_future(made.turn(waits)), 0
    while not done.is_set():
        await asyncio.sleep(0.001)
        ticks += 1
    await waiting
    assert ticks > 20  # two, if nobody else could run
    await asyncio.to_thread(made.close)


def test_a_cursor_keeps_a_bounded_number_of_statements(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(libpq, "KEPT", 4)
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        cursor = LibpqCursor(connection)
        for number in (*range(9), 0, *range(9)):
            cursor.execute(f"SELECT $1::BIGINT + {number}, $2::TEXT, $3::BYTEA", (1, None, b"\0'"))
            assert cursor.fetchall() == [(1 + number, None, b"\0'")]
        cursor.execute("SELECT name FROM pg_prepared_statements")
        assert len(cursor.fetchall()) == 4


def test_after_an_error_the_cursor_goes_on(postgres_url: str) -> None:
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        cursor = LibpqCursor(connection)
        for number in range(3):
            cursor.begin()
            cursor.later("SELECT 1 / ($1::BIGINT - $1::BIGINT)", (number,))
            with pytest.raises(psycopg.errors.DivisionByZero):
                cursor.together([("SELECT 1", ()), ("SELECT 2", ())])
            cursor.forget()
            cursor.execute("ROLLBACK")
            assert cursor.together([("SELECT 1", ()), ("SELECT 2", ())]) == [[(1,)], [(2,)]]
