"""What cannot be delivered to one account of a person goes to the next, once each."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from storage import consents, fallback, leases, links, outbox, session
from storage.outbox import FACTS, New, Outcome
from storage.store import Store
from storage.tx import Tx
from storage.vault import Vault
from tests.faults import town

AT = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
LIFE = timedelta(hours=24)
VAULT = Vault([(1, bytes(32))])
BUTTON = {
    "label": "go.me",
    "purpose": "go",
    "object": 0,
    "version": 0,
    "argument": 7,
    "expires": None,
    "facts": {},
    "url": None,
}
SAY = {"name": "common.done", "facts": {}, "rows": [[BUTTON]], "replaces": "99"}


@pytest.fixture
async def store(database_url: str) -> AsyncIterator[Store]:
    """Person 1 has the accounts 1 (web), 3 (wecom), 4 (wecom-bot), 5 (telegram); person 2 has 2."""
    town.settle(database_url, 2)
    made = Store(database_url, VAULT)

    async def accounts(tx: Tx) -> None:
        for channel in ("wecom", "wecom-bot", "telegram"):
            found = await session.load(tx, VAULT, channel, "m0", AT)
            await links.set_owner(tx, found.account.id, 1)

    await made.turn(accounts)
    yield made
    await asyncio.to_thread(made.close)


async def posted(store: Store, key: str, account: int = 1, **more: Any) -> None:
    known: dict[str, Any] = {"say": SAY, "answer": False, "inbox_id": None, "not_before": AT}
    new = New(**{**known, "key": key, "account_id": account, **more})
    await store.turn(lambda tx: outbox.add(tx, VAULT, new, AT))


async def lost(store: Store, account: int, at: datetime = AT) -> int:
    async def work(tx: Tx) -> int:
        await outbox.unreachable(tx, account, "blocked")
        return await fallback.pass_on(tx, VAULT, account, LIFE, at)

    return await store.mark(work)


async def where(store: Store, url: str) -> dict[str, tuple[int, str]]:
    return {row["key"]: (row["account_id"], row["state"]) for row in town.rows(url, "outbox")}


async def test_notices_go_to_the_next_account_and_answers_stay(
    store: Store, database_url: str
) -> None:
    await posted(store, "claim/7/end")
    await posted(store, "answer/1/0", answer=True)
    await posted(store, "other/2", account=2)
    assert await lost(store, 1) == 1
    assert await where(store, database_url) == {
        "claim/7/end": (1, "failed"),
        "answer/1/0": (1, "pending"),
        "other/2": (2, "pending"),
        "claim/7/end/fallback/3": (3, "pending"),
    }


async def test_the_preferred_account_is_the_next(store: Store, database_url: str) -> None:
    await store.turn(lambda tx: links.prefer(tx, 1, 4))
    await posted(store, "a")
    await lost(store, 1)
    assert (await where(store, database_url))["a/fallback/4"] == (4, "pending")


async def test_what_is_being_sent_goes_on_too(store: Store, database_url: str) -> None:
    """The message that found the account gone is still in hand."""
    await posted(store, "a")
    (delivery,) = await store.mark(lambda tx: leases.claim(tx, VAULT, "one", AT, frozenset()))
    await lost(store, 1)
    ended = Outcome("failed", "blocked")
    await store.mark(lambda tx: outbox.ended(tx, VAULT, delivery, ended, AT))
    assert await where(store, database_url) == {
        "a": (1, "failed"),
        "a/fallback/3": (3, "pending"),
    }


async def test_each_account_is_tried_once_and_the_last_has_no_next(
    store: Store, database_url: str
) -> None:
    await posted(store, "a")
    assert [await lost(store, account) for account in (1, 3, 4)] == [1, 1, 0]
    await store.turn(lambda tx: session.load(tx, VAULT, "wecom", "m0", AT))  # it is back
    assert await lost(store, 4) == 0  # and has had its turn
    assert sorted(await where(store, database_url)) == ["a", "a/fallback/3", "a/fallback/4"]


async def test_who_has_one_account_or_none_keeps_what_failed(
    store: Store, database_url: str
) -> None:
    await posted(store, "a", account=2)
    assert await lost(store, 2) == 0
    assert await where(store, database_url) == {"a": (2, "pending")}  # the dispatcher ends it


async def test_it_says_the_same_with_buttons_that_end_when_they_would_have(
    store: Store, database_url: str
) -> None:
    await posted(store, "a")
    await lost(store, 1, AT + timedelta(hours=3))
    row = town.rows(database_url, "outbox")[-1]
    say = VAULT.open_json(FACTS, row["facts"])
    assert (say["name"], say["replaces"]) == ("common.done", None)
    assert say["rows"][0][0]["expires"] == (AT + LIFE).isoformat()
    assert row["not_before"] == AT + timedelta(hours=3)
    found = await store.turn(lambda tx: session.load(tx, VAULT, "wecom", "m0", AT))
    assert [one["label"] for one in found.dialog.offers or []] == ["go.me"]


async def test_nothing_goes_abroad_without_consent(store: Store, database_url: str) -> None:
    async def only_telegram(tx: Tx) -> None:
        for account in (3, 4):
            await outbox.unreachable(tx, account, "blocked")

    await store.turn(only_telegram)
    await posted(store, "a")
    assert await lost(store, 1) == 0
    values = {
        "account_id": 5,
        "person_id": 1,
        "purpose": "telegram",
        "text_version": "1",
        "recorded_by": None,
    }
    await store.turn(lambda tx: consents.add(tx, VAULT, values, None, AT))
    assert await lost(store, 1) == 1
    assert (await where(store, database_url))["a/fallback/5"] == (5, "pending")
