"""The audit: every line is linked, in order, and behind transactions that are open (L16)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

import psycopg
import pytest

from storage import audit
from storage.audit import Line
from storage.store import Store
from storage.tx import Tx
from storage.vault import Vault
from tests.engine import rows
from tests.storage.chain import AT, seal, sealed, verify, write


@pytest.fixture
async def store(database_url: str) -> AsyncIterator[Store]:
    made = Store(database_url, Vault([(1, bytes(32))]))
    yield made
    await asyncio.to_thread(made.close)


async def test_an_empty_chain_holds(store: Store) -> None:
    assert await seal(store) == 0
    assert await verify(store) == audit.Verified(0, 0, audit.GENESIS, None)


async def test_lines_are_linked_in_order_and_the_count_is_the_heads(
    store: Store, database_url: str
) -> None:
    """QUALITY L16."""
    await write(store, 5)
    before = await verify(store)
    assert (before.sealed, before.unsealed, before.broken_at) == (0, 5, None)
    await sealed(store, 5)
    await write(store, 3)
    await sealed(store, 3)
    after = await verify(store)
    assert (after.sealed, after.unsealed, after.broken_at) == (8, 0, None)
    seals = rows(database_url, "audit_seal")
    assert [seal["number"] for seal in seals] == list(range(1, 9))
    assert seals[-1]["hash"] == after.head


async def test_a_batch_has_its_bound(store: Store) -> None:
    await write(store, audit.BATCH + 20)
    assert await sealed(store, audit.BATCH + 20) == [audit.BATCH, 20]
    assert (await verify(store)).sealed == audit.BATCH + 20


async def test_a_line_of_a_turn_that_failed_is_no_line(store: Store) -> None:
    async def fails(tx: Tx) -> None:
        await audit.add(tx, Line("claim.approve"), 1, None, AT)
        raise LookupError

    with pytest.raises(LookupError):
        await store.turn(fails)
    await write(store)
    assert await sealed(store, 1) == [1]
    assert (await verify(store)).broken_at is None


def test_the_same_line_has_the_same_link_on_both_databases(
    sqlite_url: str, postgres_url: str
) -> None:
    async def head(url: str) -> str:
        store = Store(url, Vault([(1, bytes(32))]))
        await write(store, 3)
        await sealed(store, 3)
        found = await verify(store)
        await asyncio.to_thread(store.close)
        return found.head

    assert asyncio.run(head(sqlite_url)) == asyncio.run(head(postgres_url))


async def sealed_while_an_older_writer_is_open(url: str) -> audit.Verified:
    """A second connection writes first and commits last; the sealer looks in between."""
    store = Store(url, Vault([(1, bytes(32))]))
    await write(store, 2)
    await sealed(store, 2)
    with psycopg.connect(url, autocommit=False) as slow:
        slow.execute(
            "INSERT INTO audit (at, action, verdict, facts) VALUES (now(), 'slow', 'done', '{}')"
        )
        await write(store, 3, "quick")
        early = await seal(store)
        slow.commit()
    await write(store, 1, "last")
    await sealed(store, 1 if early else 5)
    found = await verify(store)
    await asyncio.to_thread(store.close)
    return found


async def test_an_open_older_writer_is_waited_for(postgres_url: str) -> None:
    found = await sealed_while_an_older_writer_is_open(postgres_url)
    assert (found.sealed, found.unsealed, found.broken_at) == (7, 0, None)


async def test_negative_control(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sealed without looking at open transactions, the slow line is overtaken for ever."""
    monkeypatch.setattr(audit, "_UNSEALED_SETTLED", audit._UNSEALED)
    found = await sealed_while_an_older_writer_is_open(postgres_url)
    assert found.broken_at == 3  # where the slow line should have been


async def test_many_writers_and_two_sealers(
    fresh_postgres_url: Callable[..., str],
) -> None:
    url = fresh_postgres_url()
    stores = [Store(url, Vault([(1, bytes(32))])) for _ in range(2)]
    writing = True

    async def seals(store: Store) -> None:
        while writing:
            await seal(store)
            await asyncio.sleep(0.001)

    sealers = [asyncio.create_task(seals(store)) for store in stores]
    await asyncio.gather(*(write(stores[n % 2], 1 + n % 3, f"w{n}") for n in range(150)))
    writing = False
    await asyncio.gather(*sealers)
    while (found := await verify(stores[0])).unsealed:  # others' tests hold the snapshot back
        await seal(stores[0])
        await asyncio.sleep(0.01)
    assert (found.sealed, found.unsealed, found.broken_at) == (300, 0, None)
    for store in stores:
        await asyncio.to_thread(store.close)
