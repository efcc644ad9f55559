"""QUALITY F17 and F18: the same event again and again, and to two replicas at once."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable

import pytest

from tests.faults import town
from tests.faults.rig import Emulator, Sender, Server, until

Serve = Callable[..., Awaitable[Server]]
Senders = Callable[..., Sender]


def _all_sent(url: str) -> bool:
    return all(row["state"] != "pending" for row in town.rows(url, "inbox")) and all(
        row["state"] == "sent" for row in town.rows(url, "outbox")
    )


@pytest.mark.slow
async def test_three_times_the_same_event(
    database_url: str, emulator: Emulator, serve: Serve, sender_of: Senders
) -> None:
    server = await serve(database_url)
    sender = sender_of(server)
    for _ in range(3):
        await sender.once("ann", "same", text="/lang")
        await asyncio.sleep(0.2)
    await until(lambda: _all_sent(database_url))
    assert sender.answers == {"same": [200, 200, 200]}
    assert len(town.rows(database_url, "inbox")) == 1
    assert len(emulator.log()) == 1


async def _to_both(
    url: str, serve: Serve, sender_of: Senders, emulator: Emulator, events: int, *options: str
) -> Counter[str]:
    """Everything to two replicas within a millisecond; answers how often each was replied to."""
    one = await serve(url, *options, name="one")
    two = await serve(url, *options, name="two")
    sender = sender_of(one, two)
    for number in range(events):
        await sender.once(f"p{number % 10}", f"k{number}", text="/lang")
    assert {status for found in sender.answers.values() for status in found} == {200}
    await until(lambda: _all_sent(url), every=0.1)
    return Counter(line["account"] for line in emulator.log())


@pytest.mark.slow
async def test_the_same_event_to_two_replicas(
    postgres_url: str, emulator: Emulator, serve: Serve, sender_of: Senders
) -> None:
    told = await _to_both(postgres_url, serve, sender_of, emulator, 100)
    assert len(town.rows(postgres_url, "inbox")) == 100
    assert set(told.values()) == {10}


@pytest.mark.slow
async def test_negative_control(
    postgres_url: str, emulator: Emulator, serve: Serve, sender_of: Senders
) -> None:
    told = await _to_both(postgres_url, serve, sender_of, emulator, 20, "--without", "unique-keys")
    assert set(told.values()) == {4}  # two events each, and each of them twice


@pytest.mark.e2e_long
async def test_a_thousand_events_to_two_replicas(
    postgres_url: str, emulator: Emulator, serve: Serve, sender_of: Senders
) -> None:
    told = await _to_both(postgres_url, serve, sender_of, emulator, 1000)
    assert set(told.values()) == {100}
