"""QUALITY F02: killed at every named step of sending; the state converges and nothing is lost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable

import pytest

from tests.faults import town
from tests.faults.rig import Emulator, Sender, Server, until

Serve = Callable[..., Awaitable[Server]]
Senders = Callable[..., Sender]
PLACES = ("after-claim", "before-send", "after-send-before-mark", "after-mark")


def _unsettled(url: str) -> list[str]:
    """The states of what has no end yet."""
    states = [row["state"] for row in town.rows(url, "inbox") if row["state"] == "pending"]
    return states + [
        row["state"] for row in town.rows(url, "outbox") if row["state"] in ("pending", "sending")
    ]


async def _killed_at(place: str, server: Server, sender: Sender, url: str, run: int) -> set[str]:
    """Kill the next process there, with a question on its way; answers the accounts involved."""
    server.plan = [f"{place}:{run % 4 + 1}", ""]
    server.child.signal(9)  # the one that is told where to die starts now
    kills = server.kills
    await server.ready()
    accounts = {f"{place}-{run}-{number}" for number in range(5)}
    for account in sorted(accounts):
        await sender.send(account, f"help-{account}", text="/help")
    await until(lambda: server.kills >= kills + 2)
    await server.ready()
    await until(lambda: not _unsettled(url), every=0.1)
    return accounts


def _delivered(emulator: Emulator, accounts: set[str]) -> Counter[str]:
    return Counter(line["account"] for line in emulator.log() if line["account"] in accounts)


async def _at_every_place(
    url: str, server: Server, sender: Sender, emulator: Emulator, runs: int
) -> None:
    for run in range(runs):
        for place in PLACES:
            accounts = await _killed_at(place, server, sender, url, run)
            delivered = _delivered(emulator, accounts)
            assert set(delivered) == accounts, f"lost at {place}"
            doubled = sum(delivered.values()) - len(accounts)
            if place == "after-send-before-mark":
                assert 1 <= doubled <= len(accounts)  # what was in the platform's hands
            else:
                assert doubled <= len(accounts) - 1  # others, that were in its hands just then
    assert {row["state"] for row in town.rows(url, "outbox")} == {"sent"}


@pytest.mark.slow
async def test_killed_at_every_step(
    database_url: str, emulator: Emulator, serve: Serve, sender_of: Senders
) -> None:
    server = await serve(database_url, "--lease", "1")
    await _at_every_place(database_url, server, sender_of(server), emulator, 1)


@pytest.mark.e2e_long
async def test_killed_at_every_step_again_and_again(
    database_url: str, emulator: Emulator, serve: Serve, sender_of: Senders
) -> None:
    server = await serve(database_url, "--lease", "1")
    await _at_every_place(database_url, server, sender_of(server), emulator, 25)


@pytest.mark.slow
@pytest.mark.parametrize("place", PLACES)
async def test_one_message_at_a_time(
    sqlite_url: str, emulator: Emulator, serve: Serve, sender_of: Senders, place: str
) -> None:
    """With nothing else in hand the figure is exact: once, and twice at that one place only."""
    server = await serve(sqlite_url, plan=[f"{place}:1"])
    await sender_of(server).send("ann", "one", text="/help")
    await until(lambda: server.kills == 1)
    await server.ready()
    await until(lambda: not _unsettled(sqlite_url), every=0.1)
    assert len(emulator.log()) == (2 if place == "after-send-before-mark" else 1)
    assert [row["state"] for row in town.rows(sqlite_url, "outbox")] == ["sent"]


@pytest.mark.slow
async def test_negative_control(
    sqlite_url: str, emulator: Emulator, serve: Serve, sender_of: Senders
) -> None:
    """What a dead process held stays with it: the state does not converge."""
    server = await serve(sqlite_url, "--without", "inherit", plan=["before-send:1"])
    await sender_of(server).send("ann", "one", text="/help")
    await until(lambda: server.kills == 1)
    await server.ready()
    with pytest.raises(TimeoutError):
        await until(lambda: not _unsettled(sqlite_url), 4, every=0.1)
    assert emulator.log() == []


@pytest.mark.slow
@pytest.mark.parametrize("place", ["before-send", "after-send-before-mark", "after-mark"])
async def test_where_a_repetition_would_be_seen(
    sqlite_url: str, emulator: Emulator, serve: Serve, sender_of: Senders, place: str
) -> None:
    """SPEC section 5: answers on WeCom at most once; in flight at the kill they end uncertain."""
    server = await serve(sqlite_url, "--careful", plan=[f"{place}:1"])
    await sender_of(server).send("ann", "one", text="/help")
    await until(lambda: server.kills == 1)
    await server.ready()
    await until(lambda: not _unsettled(sqlite_url), every=0.1)
    states = [row["state"] for row in town.rows(sqlite_url, "outbox")]
    assert states == ["sent" if place == "after-mark" else "uncertain"]
    assert len(emulator.log()) == (0 if place == "before-send" else 1)
