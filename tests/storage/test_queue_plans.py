"""PostgreSQL: a plan that was made while a queue was empty does not read all of it later."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import psycopg
import pytest

from storage import inbox, leases, outbox, session
from storage.prepared import Prepared
from storage.store import Store
from storage.tx import Tx
from storage.vault import Vault

STATEMENTS = {
    "next": inbox._NEXT,
    "done": inbox._DONE,
    "begin": outbox._BEGIN,
    "end": outbox._END,
    "again": outbox._AGAIN,
    "renew": leases._RENEW,
    "claim": leases._CLAIM,
    "who": session._WHO,
}


@pytest.fixture
async def store(postgres_url: str) -> AsyncIterator[Store]:
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute("ANALYZE")  # so that it knows: there is nothing
    made = Store(postgres_url, Vault([(1, bytes(32))]))
    yield made
    await asyncio.to_thread(made.close)


async def _plan(run: Any, statement: Prepared) -> str:
    """What PostgreSQL would keep for every value."""

    async def work(tx: Tx) -> str:
        sql = statement.for_dialect(tx.dialect).sql
        await tx.script(f"EXPLAIN (GENERIC_PLAN) {sql}")
        return "\n".join(str(row[0]) for row in tx._cursor.fetchall())

    return str(await run(work))


@pytest.mark.parametrize("name", STATEMENTS)
@pytest.mark.parametrize("lane", ["intake", "turn", "mark"])
async def test_what_is_asked_by_key_is_found_by_key(store: Store, lane: str, name: str) -> None:
    assert "Seq Scan" not in await _plan(getattr(store, lane), STATEMENTS[name])


async def test_the_control_reads_everything(store: Store) -> None:
    """The negative control: without that rule the plan that is kept reads the whole table."""
    assert "Seq Scan" in await _plan(store.read, outbox._END)
