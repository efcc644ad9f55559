"""The inbox: once per key, in order, sealed, and forgotten when no platform repeats it any more."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.chat import Event, Kind
from storage import inbox
from storage.inbox import Pending
from storage.store import Store
from storage.tx import Tx
from storage.vault import Sealed, Vault
from tests.engine import rows

AT = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
VAULT = Vault([(1, bytes(32))])


@pytest.fixture
async def store(database_url: str) -> AsyncIterator[Store]:
    made = Store(database_url, VAULT)
    yield made
    await asyncio.to_thread(made.close)


async def _add(
    store: Store,
    key: str,
    account: str = "ann",
    channel: str = "web",
    at: datetime = AT,
    **more: Any,
) -> int | None:
    event = Event(channel, account, key, Kind.TEXT, {"text": "秘密", **more}, at, private=False)
    return await store.intake(lambda tx: inbox.add(tx, VAULT, event, at))


async def _next(store: Store, account: str = "ann") -> Pending | None:
    return await store.turn(lambda tx: inbox.next_for(tx, "web", account))


async def test_a_key_stands_once_in_its_channel(store: Store) -> None:
    assert await _add(store, "k") is not None
    assert await _add(store, "k", account="bob") is None
    assert await _add(store, "k", channel="telegram") is not None


async def test_many_at_once(store: Store, database_url: str) -> None:
    found = await asyncio.gather(*(_add(store, f"k{number % 40}") for number in range(160)))
    assert sum(one is not None for one in found) == 40
    assert len(rows(database_url, "inbox")) == 40


async def test_what_is_said_is_sealed_and_comes_back(store: Store, database_url: str) -> None:
    await _add(store, "k", more=[1, None, {"a": "b"}])
    (row,) = rows(database_url, "inbox")
    assert "秘密".encode() not in bytes(row["payload"])
    pending = await _next(store)
    assert pending is not None
    event = pending.event(VAULT)
    assert event.payload == {"text": "秘密", "more": [1, None, {"a": "b"}]}
    assert (event.key, event.kind, event.at, event.private) == ("k", Kind.TEXT, AT, False)
    with pytest.raises(Sealed):
        pending.event(Vault([(2, b"2" * 32)]))


async def test_the_oldest_comes_first_until_it_is_done(store: Store) -> None:
    ids = [await _add(store, f"k{number}") for number in range(3)]
    await _add(store, "other", account="bob")
    seen = []
    while (pending := await _next(store)) is not None:
        seen.append(pending.id)
        await store.turn(lambda tx, number=pending.id: inbox.done(tx, number))  # type: ignore[misc]
    assert seen == ids
    assert await _next(store, "bob") is not None


async def test_after_three_tries_it_is_set_aside(store: Store, database_url: str) -> None:
    await _add(store, "k")
    ends = []
    for _ in range(3):
        pending = await _next(store)
        assert pending is not None
        ends.append(await store.turn(lambda tx, one=pending: inbox.failed(tx, one, AT)))  # type: ignore[misc]
    assert ends == [False, False, True]
    assert await _next(store) is None
    (row,) = rows(database_url, "inbox")
    assert (row["state"], row["tries"]) == ("quarantined", 3)


async def test_a_try_is_counted_once(store: Store) -> None:
    """Two processes saw the same failure."""
    await _add(store, "k")
    pending = await _next(store)
    assert pending is not None
    ends = [await store.turn(lambda tx: inbox.failed(tx, pending, AT)) for _ in range(2)]
    assert ends == [False, None]


async def _held(store: Store, account: str) -> bool:
    return (await store.turn(lambda tx: inbox.next_held(tx, "web", account)))[0]


async def test_an_account_is_held_by_one_process(postgres_url: str) -> None:
    one, two = Store(postgres_url, VAULT), Store(postgres_url, VAULT)
    held, go = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()

    async def first(tx: Tx) -> bool:
        found, _ = await inbox.next_held(tx, "web", "ann")
        loop.call_soon_threadsafe(held.set)
        asyncio.run_coroutine_threadsafe(go.wait(), loop).result(10)
        return found

    holding = asyncio.create_task(one.turn(first))
    await held.wait()
    assert not await _held(two, "ann")
    assert await _held(two, "bob")
    go.set()
    assert await holding
    assert await _held(two, "ann")
    for store in (one, two):
        await asyncio.to_thread(store.close)


async def test_what_waits_and_since_when(store: Store) -> None:
    async def look(tx: Tx) -> Any:
        return await inbox.backlog(tx), sorted(await inbox.waiting(tx, AT + timedelta(seconds=1)))

    assert await store.read(look) == ((0, None), [])
    for number in range(3):
        await _add(store, f"k{number}", at=AT + timedelta(seconds=number))
    await _add(store, "other", account="bob")
    assert await store.read(look) == ((4, AT), [("web", "ann", 2), ("web", "bob", 1)])
