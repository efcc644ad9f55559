"""The audit: every line is linked, behind open transactions, and what is changed shows (A48)."""
# ruff: noqa: S608  # the statements are put together from fixed words, to break things

from __future__ import annotations

import asyncio
import random
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from datetime import UTC, datetime

import psycopg
import pytest

from storage import audit
from storage.audit import Line
from storage.connections import Refused
from storage.store import Store
from storage.tx import Tx
from storage.vault import Vault
from tests.engine import rows

AT = datetime(2026, 11, 22, 2, 0, 0, 123456, tzinfo=UTC)
TABLES = ("audit", "audit_seal", "entries")


@pytest.fixture
async def store(database_url: str) -> AsyncIterator[Store]:
    made = Store(database_url, Vault([(1, bytes(32))]))
    yield made
    await asyncio.to_thread(made.close)


async def _write(store: Store, count: int = 1, name: str = "claim.approve", at: int = 1) -> None:
    async def work(tx: Tx) -> None:
        for number in range(at, at + count):
            facts = {"hours": number, "why": "补录"}
            await audit.add(tx, Line(name, "done", "claims", number, None, facts), 1, None, AT)

    await store.turn(work)


async def _seal(store: Store) -> int:
    return await store.mark(lambda tx: audit.seal(tx, AT))


async def _sealed(store: Store, lines: int) -> list[int]:
    """Seal so many lines; answers the batches.

    On PostgreSQL any open writer of the server holds it up, and other tests have some.
    """
    batches: list[int] = []
    async with asyncio.timeout(20):
        while sum(batches) < lines:
            count = await _seal(store)
            batches += [count] * (count > 0)
            await asyncio.sleep(0 if count else 0.005)
    return batches


async def _verify(store: Store) -> audit.Verified:
    return await store.read(audit.verify)


async def _free(store: Store, *statements: str) -> None:
    """What somebody does who owns the database: the walls are down meanwhile."""

    async def work(tx: Tx) -> None:
        if tx.dialect.name == "postgresql":
            await tx.script("SET LOCAL session_replication_role = replica")
        else:
            for table in TABLES:
                for verb in ("update", "delete"):
                    await tx.script(f"DROP TRIGGER {table}_no_{verb}")
        for statement in statements:
            await tx.script(statement)

    await store.turn(work)


async def test_an_empty_chain_holds(store: Store) -> None:
    assert await _seal(store) == 0
    assert await _verify(store) == audit.Verified(0, 0, audit.GENESIS, None)


async def test_lines_are_linked_in_order_and_the_count_is_the_heads(
    store: Store, database_url: str
) -> None:
    """QUALITY L16."""
    await _write(store, 5)
    before = await _verify(store)
    assert (before.sealed, before.unsealed, before.broken_at) == (0, 5, None)
    await _sealed(store, 5)
    await _write(store, 3)
    await _sealed(store, 3)
    after = await _verify(store)
    assert (after.sealed, after.unsealed, after.broken_at) == (8, 0, None)
    seals = rows(database_url, "audit_seal")
    assert [seal["number"] for seal in seals] == list(range(1, 9))
    assert seals[-1]["hash"] == after.head


async def test_a_batch_has_its_bound(store: Store) -> None:
    await _write(store, audit.BATCH + 20)
    assert await _sealed(store, audit.BATCH + 20) == [audit.BATCH, 20]
    assert (await _verify(store)).sealed == audit.BATCH + 20


async def test_a_line_of_a_turn_that_failed_is_no_line(store: Store) -> None:
    async def fails(tx: Tx) -> None:
        await audit.add(tx, Line("claim.approve"), 1, None, AT)
        raise LookupError

    with pytest.raises(LookupError):
        await store.turn(fails)
    await _write(store)
    assert await _sealed(store, 1) == [1]
    assert (await _verify(store)).broken_at is None


def test_the_same_line_has_the_same_link_on_both_databases(
    sqlite_url: str, postgres_url: str
) -> None:
    async def head(url: str) -> str:
        store = Store(url, Vault([(1, bytes(32))]))
        await _write(store, 3)
        await _sealed(store, 3)
        found = await _verify(store)
        await asyncio.to_thread(store.close)
        return found.head

    assert asyncio.run(head(sqlite_url)) == asyncio.run(head(postgres_url))


# ------------------------------------------------------------------ what is changed shows

_COLUMNS = "at, action, verdict, object, object_id, facts, writer"
CHANGES: dict[str, tuple[int, tuple[str, ...]]] = {
    "an action": (4, ("UPDATE audit SET action = 'claim.refuse' WHERE id = 4",)),
    "a time": (4, ("UPDATE audit SET at = (SELECT at FROM audit_old) WHERE id = 4",)),
    "the actor": (4, ("UPDATE audit SET actor_id = 2 WHERE id = 4",)),
    "the account": (4, ("UPDATE audit SET account_id = 2 WHERE id = 4",)),
    "the verdict": (4, ("UPDATE audit SET verdict = 'refused' WHERE id = 4",)),
    "the unit": (4, ("UPDATE audit SET unit_id = 2 WHERE id = 4",)),
    "the object": (4, ("UPDATE audit SET object = 'roles' WHERE id = 4",)),
    "the object's id": (4, ("UPDATE audit SET object_id = 99 WHERE id = 4",)),
    "the facts": (4, ("UPDATE audit SET facts = '{}' WHERE id = 4",)),
    "a hash": (4, ("UPDATE audit_seal SET hash = 'x' WHERE number = 4",)),
    "a line is gone": (
        4,
        ("DELETE FROM audit_seal WHERE audit_id = 4", "DELETE FROM audit WHERE id = 4"),
    ),
    "a line is gone and the numbers are closed": (
        4,
        (
            "DELETE FROM audit_seal WHERE audit_id = 4",
            "DELETE FROM audit WHERE id = 4",
            *(f"UPDATE audit_seal SET number = {n - 1} WHERE number = {n}" for n in range(5, 11)),
        ),
    ),
    "two seals are swapped": (
        4,
        (
            "UPDATE audit_seal SET audit_id = 999 WHERE number = 4",
            "UPDATE audit_seal SET audit_id = 4 WHERE number = 5",
            "UPDATE audit_seal SET audit_id = 5 WHERE number = 4",
        ),
    ),
    "two lines are swapped": (
        4,
        (
            "UPDATE audit SET id = 999 WHERE id = 4",
            "UPDATE audit SET id = 4 WHERE id = 5",
            "UPDATE audit SET id = 5 WHERE id = 999",
        ),
    ),
    "a line is put in the middle": (
        4,
        (f"INSERT INTO audit (id, {_COLUMNS}) SELECT 500, {_COLUMNS} FROM audit WHERE id = 3",),
    ),
    "a line is put before the first": (
        1,
        (f"INSERT INTO audit (id, {_COLUMNS}) SELECT -1, {_COLUMNS} FROM audit WHERE id = 1",),
    ),
    "the first line is gone": (
        1,
        ("DELETE FROM audit_seal WHERE number = 1", "DELETE FROM audit WHERE id = 1"),
    ),
}


@pytest.mark.parametrize("change", CHANGES)
async def test_every_change_is_found_where_it_is(store: Store, change: str) -> None:
    if store.embedded and change == "a line is put in the middle":
        pytest.skip("its ids are whole numbers one after the other: there is no between")
    for number in range(10):
        await _write(store, at=number)
    await _sealed(store, 10)
    assert (await _verify(store)).broken_at is None
    place, statements = CHANGES[change]
    made = [one.replace("(SELECT at FROM audit_old)", _later(store)) for one in statements]
    if store.embedded:
        made.insert(0, "PRAGMA defer_foreign_keys = ON")
    await _free(store, *made)
    assert (await _verify(store)).broken_at == place


def _later(store: Store) -> str:
    return "'2026-11-23 02:00:00.123456'" if store.embedded else "'2026-11-23T02:00:00Z'"


async def test_a_random_letter_anywhere_is_found(store: Store) -> None:
    """The negative control is the first look: an untouched chain holds."""
    await _write(store, 30)
    await _sealed(store, 30)
    columns = ("action", "verdict", "object", "facts")
    for number in random.sample(range(1, 31), 8):
        column = random.choice(columns)
        change = f"UPDATE audit SET {column} = {column} || ' ' WHERE id = {number}"
        if column == "facts":
            change = f"UPDATE audit SET facts = '{{\"hours\":-{number}}}' WHERE id = {number}"

        async def tried(tx: Tx, change: str = change) -> int | None:
            if tx.dialect.name == "postgresql":
                await tx.script("SET LOCAL session_replication_role = replica")
            else:
                await tx.script("DROP TRIGGER audit_no_update")
            await tx.script(change)
            raise _Seen((await audit.verify(tx)).broken_at)

        with pytest.raises(_Seen) as seen:
            await store.turn(tried)
        assert seen.value.args == (number,)
    assert (await _verify(store)).broken_at is None


class _Seen(Exception):
    """Carries what was seen out of a transaction that is undone."""


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("verb", ["UPDATE", "DELETE", "TRUNCATE"])
async def test_the_walls_refuse(store: Store, database_url: str, table: str, verb: str) -> None:
    if store.embedded and verb == "TRUNCATE":
        pytest.skip("SQLite has none; its DELETE without WHERE fires the trigger")
    await _write(store)
    await _sealed(store, 1)
    _an_entry(database_url)
    column = "number" if table == "audit_seal" else "id"
    statement = {
        "UPDATE": f"UPDATE {table} SET {column} = {column}",
        "DELETE": f"DELETE FROM {table}",
        "TRUNCATE": f"TRUNCATE {table} CASCADE",
    }[verb]
    with pytest.raises(Refused, match="append-only"):
        await store.turn(lambda tx: tx.script(statement))


def _an_entry(url: str) -> None:
    """A row without those it points to, so that there is something to refuse."""
    row = (
        "INSERT INTO entries (id, person_id, unit_id, year, day, source, minutes, what, part, "
        "recorded_at, inbox_id) VALUES (1, 1, 1, 2026, '2026-11-21', 'claim', 60, 'x', 1, "
        "'2026-11-22 02:00:00.000000', 1)"
    )
    if url.startswith("sqlite:"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as file, file:
            file.execute(row)
    else:
        with psycopg.connect(url) as connection:
            connection.execute("SET LOCAL session_replication_role = replica")
            connection.execute(row)


# ------------------------------------------------------------------ several writers


async def _sealed_while_an_older_writer_is_open(url: str) -> audit.Verified:
    """A second connection writes first and commits last; the sealer looks in between."""
    store = Store(url, Vault([(1, bytes(32))]))
    await _write(store, 2)
    await _sealed(store, 2)
    with psycopg.connect(url, autocommit=False) as slow:
        slow.execute(
            "INSERT INTO audit (at, action, verdict, facts) VALUES (now(), 'slow', 'done', '{}')"
        )
        await _write(store, 3, "quick")
        early = await _seal(store)
        slow.commit()
    await _write(store, 1, "last")
    await _sealed(store, 1 if early else 5)
    found = await _verify(store)
    await asyncio.to_thread(store.close)
    return found


async def test_an_open_older_writer_is_waited_for(postgres_url: str) -> None:
    found = await _sealed_while_an_older_writer_is_open(postgres_url)
    assert (found.sealed, found.unsealed, found.broken_at) == (7, 0, None)


async def test_negative_control(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sealed without looking at open transactions, the slow line is overtaken for ever."""
    monkeypatch.setattr(audit, "_UNSEALED_SETTLED", audit._UNSEALED)
    found = await _sealed_while_an_older_writer_is_open(postgres_url)
    assert found.broken_at == 3  # where the slow line should have been


async def test_many_writers_and_two_sealers(
    fresh_postgres_url: Callable[..., str],
) -> None:
    url = fresh_postgres_url()
    stores = [Store(url, Vault([(1, bytes(32))])) for _ in range(2)]
    writing = True

    async def seals(store: Store) -> None:
        while writing:
            await _seal(store)
            await asyncio.sleep(0.001)

    sealers = [asyncio.create_task(seals(store)) for store in stores]
    await asyncio.gather(*(_write(stores[n % 2], 1 + n % 3, f"w{n}") for n in range(150)))
    writing = False
    await asyncio.gather(*sealers)
    while await _seal(stores[0]):
        pass
    found = await _verify(stores[0])
    assert (found.sealed, found.unsealed, found.broken_at) == (300, 0, None)
    for store in stores:
        await asyncio.to_thread(store.close)
