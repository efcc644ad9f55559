"""The outbox: once per key, claimed by one, and a fence tells the old holder from the new one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest

from storage import leases, outbox, outbox_state
from storage.outbox import LEASE, Delivery, New, Outcome
from storage.store import Store
from storage.tx import Tx
from storage.vault import Vault
from tests.engine import rows
from tests.faults import town

AT = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
VAULT = Vault([(1, bytes(32))])
SAY = {"name": "common.done", "facts": {"who": "成员"}, "rows": []}


@pytest.fixture
async def store(database_url: str) -> AsyncIterator[Store]:
    town.settle(database_url, 3)
    made = Store(database_url, VAULT)
    yield made
    await asyncio.to_thread(made.close)


async def _add(store: Store, key: str, **more: Any) -> int | None:
    known: dict[str, Any] = {"account_id": 1, "say": SAY, "answer": False, "inbox_id": None}
    new = New(**{"key": key, "not_before": AT, **known, **more})
    return await store.turn(lambda tx: outbox.add(tx, VAULT, new, AT))


async def _claim(
    store: Store, owner: str = "one", at: datetime = AT, held: frozenset[int] = frozenset()
) -> list[Delivery]:
    return await store.mark(lambda tx: leases.claim(tx, VAULT, owner, at, held))


async def _end(store: Store, delivery: Delivery, state: str = "sent") -> bool:
    outcome = Outcome(state, None, "p1")
    return await store.mark(lambda tx: outbox.ended(tx, VAULT, delivery, outcome, AT))


async def test_a_key_stands_once(store: Store, database_url: str) -> None:
    assert await _add(store, "welcome/1") is not None
    assert await _add(store, "welcome/1") is None
    assert len(rows(database_url, "outbox")) == 1


async def test_what_it_says_is_sealed(store: Store, database_url: str) -> None:
    await _add(store, "a")
    (row,) = rows(database_url, "outbox")
    assert "成员".encode() not in bytes(row["facts"])
    (delivery,) = await _claim(store)
    assert delivery.say == SAY


async def test_answers_go_first_and_then_by_age(store: Store) -> None:
    ids = [await _add(store, f"k{n}", answer=n in {2, 4}) for n in range(5)]
    claimed = [delivery.id for delivery in await _claim(store)]
    assert claimed == [ids[2], ids[4], ids[0], ids[1], ids[3]]


async def test_nothing_leaves_before_its_time(store: Store) -> None:
    await _add(store, "later", not_before=AT + timedelta(seconds=5))
    assert await _claim(store) == []
    assert len(await _claim(store, at=AT + timedelta(seconds=5))) == 1


async def test_what_is_claimed_is_taken_until_the_lease_ends(store: Store) -> None:
    await _add(store, "a")
    (first,) = await _claim(store, "one")
    assert await _claim(store, "two", AT + LEASE - timedelta(seconds=1)) == []
    (second,) = await _claim(store, "two", AT + LEASE)
    assert second.fence == first.fence + 1
    assert not await _end(store, first)
    assert await _end(store, second)
    assert await _claim(store, "one", AT + 3 * LEASE) == []


async def test_what_one_has_in_hand_gets_a_new_lease_and_the_old_fence(store: Store) -> None:
    await _add(store, "a")
    (held,) = await _claim(store, "one")
    assert await _claim(store, "one", AT + LEASE, frozenset({held.id})) == []
    assert await _claim(store, "two", AT + LEASE + timedelta(seconds=1)) == []
    assert await _end(store, held)


async def test_a_held_number_of_somebody_elses_row_is_not_ours(store: Store) -> None:
    """It was taken over, and that process was lost as well: then it is claimed anew."""
    await _add(store, "a")
    (first,) = await _claim(store, "one")
    await _claim(store, "two", AT + LEASE)
    (again,) = await _claim(store, "one", AT + 2 * LEASE, frozenset({first.id}))
    assert again.fence == first.fence + 2


async def test_an_own_message_is_claimed_as_it_is_written(store: Store) -> None:
    await _add(store, "a", owner="one")
    assert await _claim(store, "two", AT + LEASE / 2) == []
    assert len(await _claim(store, "two", AT + LEASE)) == 1


async def test_an_end_names_its_fence_and_state(store: Store, database_url: str) -> None:
    await _add(store, "a")
    (delivery,) = await _claim(store)
    assert await _end(store, delivery, "uncertain")
    assert not await _end(store, delivery)  # it has ended
    (row,) = rows(database_url, "outbox")
    assert (row["state"], row["platform_id"], row["owner"]) == ("uncertain", "p1", None)


async def test_put_back_it_waits_with_its_words(store: Store) -> None:
    await _add(store, "a")
    (delivery,) = await _claim(store)
    delivery.worded, delivery.attempts = {"text": "as it left"}, 3
    until = AT + timedelta(seconds=35)
    assert await store.mark(lambda tx: outbox.again(tx, VAULT, delivery, "waits", until))
    assert await _claim(store, at=until - timedelta(seconds=1)) == []
    (again,) = await _claim(store, at=until)
    assert (again.worded, again.attempts, again.attempted) == ({"text": "as it left"}, 3, False)


async def test_a_marked_attempt_is_remembered_until_its_end_is_known(store: Store) -> None:
    await _add(store, "a")
    (delivery,) = await _claim(store)
    delivery.worded = {"text": "x"}
    assert await store.mark(lambda tx: outbox.begin(tx, VAULT, delivery, AT))
    (taken,) = await _claim(store, "two", AT + LEASE)
    assert (taken.attempted, taken.worded) == (True, {"text": "x"})
    assert not await store.mark(lambda tx: outbox.begin(tx, VAULT, delivery, AT + LEASE))
    assert await store.mark(partial(leases.renew, taken, AT + LEASE))  # it did not arrive
    (last,) = await _claim(store, "three", AT + 2 * LEASE)
    assert not last.attempted


@pytest.mark.parametrize("way", ["abandon", "inherit"])
async def test_leases_end_with_their_process(store: Store, way: str) -> None:
    for number in range(3):
        await _add(store, f"k{number}")
    await _claim(store, "one")
    who, end = ("one", leases.abandon) if way == "abandon" else ("two", leases.inherit)
    await store.mark(lambda tx: end(tx, who, AT))
    assert len(await _claim(store, "two")) == 3


async def test_two_processes_never_claim_the_same(postgres_url: str) -> None:
    town.settle(postgres_url, 1)
    stores = [Store(postgres_url, VAULT) for _ in range(2)]
    for number in range(60):
        await _add(stores[0], f"k{number}")
    found = await asyncio.gather(
        *(_claim(store, name) for name, store in zip("ab", stores, strict=True) for _ in range(3))
    )
    ids = [delivery.id for batch in found for delivery in batch]
    assert len(ids) == len(set(ids)) == 60
    for store in stores:
        await asyncio.to_thread(store.close)


async def test_how_it_stands(store: Store) -> None:
    async def look(tx: Tx) -> tuple[dict[str, int], datetime | None]:
        return await outbox_state.counts(tx), await outbox_state.oldest_due(tx)

    assert await store.read(look) == ({}, None)
    for number in range(4):
        await _add(store, f"k{number}", not_before=AT + timedelta(seconds=number))
    (first,) = await _claim(store)
    await _end(store, first)
    assert await store.read(look) == ({"pending": 3}, AT + timedelta(seconds=1))
