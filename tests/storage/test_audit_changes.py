"""The audit: whatever is changed shows where it is, and the walls refuse to change it (A48)."""
# ruff: noqa: S608  # the statements are put together from fixed words, to break things

from __future__ import annotations

import asyncio
import random
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing

import psycopg
import pytest

from storage import audit
from storage.connections import Refused
from storage.store import Store
from storage.tx import Tx
from storage.vault import Vault
from tests.storage.chain import sealed, verify, write


@pytest.fixture
async def store(database_url: str) -> AsyncIterator[Store]:
    made = Store(database_url, Vault([(1, bytes(32))]))
    yield made
    await asyncio.to_thread(made.close)


TABLES = ("audit", "audit_seal", "entries")
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
        await write(store, at=number)
    await sealed(store, 10)
    assert (await verify(store)).broken_at is None
    place, statements = CHANGES[change]
    made = [one.replace("(SELECT at FROM audit_old)", _later(store)) for one in statements]
    if store.embedded:
        made.insert(0, "PRAGMA defer_foreign_keys = ON")
    await _free(store, *made)
    assert (await verify(store)).broken_at == place


def _later(store: Store) -> str:
    return "'2026-11-23 02:00:00.123456'" if store.embedded else "'2026-11-23T02:00:00Z'"


async def test_a_random_letter_anywhere_is_found(store: Store) -> None:
    """The negative control is the first look: an untouched chain holds."""
    await write(store, 30)
    await sealed(store, 30)
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
    assert (await verify(store)).broken_at is None


class _Seen(Exception):
    """Carries what was seen out of a transaction that is undone."""


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("verb", ["UPDATE", "DELETE", "TRUNCATE"])
async def test_the_walls_refuse(store: Store, database_url: str, table: str, verb: str) -> None:
    if store.embedded and verb == "TRUNCATE":
        pytest.skip("SQLite has none; its DELETE without WHERE fires the trigger")
    await write(store)
    await sealed(store, 1)
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
