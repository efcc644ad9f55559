"""QUALITY F43: the end is orderly: everything in hand is finished or left for the next start."""

from __future__ import annotations

import asyncio
import signal
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from tests.faults import town
from tests.faults.rig import Emulator, Nursery, Sender, Server, timed, until

Serve = Callable[..., Awaitable[Server]]
Senders = Callable[..., Sender]


def _settled(url: str) -> bool:
    return all(row["state"] == "done" for row in town.rows(url, "inbox")) and all(
        row["state"] == "sent" for row in town.rows(url, "outbox")
    )


async def _ended_under_load(
    server: Server, sender: Sender, emulator: Emulator, number: int
) -> Counter[int]:
    """End it with a signal amid a stream of events, start it again; how often each id arrived."""
    await emulator.behave(hang=0.2, times=10_000)  # there is always something in its hands

    async def stream() -> None:
        async with asyncio.TaskGroup() as sending:
            event = 0
            while event < 60 or server.starts < 2:  # also while it ends, and after its restart
                event += 1
                sending.create_task(sender.send(f"p{event}", f"k{event}", text="/lang"))
                await asyncio.sleep(0.01)

    streaming = asyncio.create_task(stream())
    await until(lambda: len(emulator.log("hung")) >= 15)
    with timed() as took:
        status = await server.ends(number)
    assert took[0] < 10
    assert status == (0 if number == signal.SIGTERM else -number)
    server.supervised = True
    await streaming
    await until(lambda: _settled(server.database), every=0.1)
    assert {row["key"] for row in town.rows(server.database, "inbox")} == set(sender.answers)
    return Counter(line["id"] for line in emulator.log())


@pytest.mark.slow
async def test_the_end_under_load(
    database_url: str, emulator: Emulator, serve: Serve, sender_of: Senders
) -> None:
    server = await serve(database_url, "--lease", "2")
    sender = sender_of(server)
    arrived = await _ended_under_load(server, sender, emulator, signal.SIGTERM)
    assert len(arrived) == len(sender.answers)
    assert set(arrived.values()) == {1}


@pytest.mark.slow
async def test_negative_control(
    sqlite_url: str, emulator: Emulator, serve: Serve, sender_of: Senders
) -> None:
    """Killed instead: nothing is lost, but what was in the platform's hands comes twice."""
    server = await serve(sqlite_url)
    sender = sender_of(server)
    arrived = await _ended_under_load(server, sender, emulator, signal.SIGKILL)
    assert len(arrived) == len(sender.answers)
    assert set(arrived.values()) == {1, 2}


@pytest.mark.slow
async def test_a_second_signal_ends_it_at_once(
    sqlite_url: str, emulator: Emulator, serve: Serve, sender_of: Senders
) -> None:
    server = await serve(sqlite_url)
    await emulator.behave(hang=8, times=10)
    await sender_of(server).once("ann", "k", text="/lang")
    await until(lambda: emulator.log("hung"))
    server.supervised = False
    server.child.signal(signal.SIGTERM)
    await asyncio.sleep(0.3)
    assert server.child.status is None  # it still waits for the platform
    with timed() as took:
        assert await server.ends(signal.SIGTERM) == 1
    assert took[0] < 1


@pytest.mark.slow
async def test_a_second_serve_of_one_file_refuses(
    sqlite_url: str, nursery: Nursery, emulator: Emulator, serve: Serve, tmp_path: Path
) -> None:
    await serve(sqlite_url)
    second = Server(nursery, tmp_path, sqlite_url, emulator.url, name="second")
    assert await second.child.end() == 2
    assert "another serve" in second.output.read_text(encoding="utf-8")


@pytest.mark.slow
@pytest.mark.parametrize("role", ["web", "worker"])
async def test_a_file_is_not_shared_by_roles(
    sqlite_url: str, nursery: Nursery, emulator: Emulator, tmp_path: Path, role: str
) -> None:
    server = Server(nursery, tmp_path, sqlite_url, emulator.url, ("--role", role))
    assert await server.child.end() == 2
    assert "SQLite is served by one process" in server.output.read_text(encoding="utf-8")


@pytest.mark.slow
async def test_web_and_worker_share_postgresql(
    postgres_url: str,
    nursery: Nursery,
    emulator: Emulator,
    serve: Serve,
    sender_of: Senders,
    tmp_path: Path,
) -> None:
    """The one receives and answers; it dies with a message in hand and the other one sends it."""
    web = await serve(postgres_url, "--role", "web", "--lease", "2", plan=["before-send:1"])
    worker = Server(
        nursery,
        tmp_path,
        postgres_url,
        emulator.url,
        ("--role", "worker", "--lease", "2"),
        name="worker",
    )
    web.supervised = False
    await sender_of(web).once("ann", "k", text="/lang")
    await until(lambda: len(emulator.log()) == 1)
    await until(lambda: _settled(postgres_url))
    assert web.child.status == -signal.SIGKILL
    assert await worker.ends() == 0
