"""QUALITY F38 and F40: a full disk and a locked file cost time, never what was answered."""

from __future__ import annotations

import asyncio
import resource
import sqlite3
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.faults import town
from tests.faults.rig import Emulator, Sender, Server, until

Serve = Callable[..., Awaitable[Server]]
Senders = Callable[..., Sender]


def _settled(url: str) -> bool:
    return all(row["state"] == "done" for row in town.rows(url, "inbox")) and all(
        row["state"] == "sent" for row in town.rows(url, "outbox")
    )


def _answered(sender: Sender) -> set[str]:
    return {key for key, statuses in sender.answers.items() if 200 in statuses}


class _Disk:
    """What the process may write to one file: a full disk, for it alone (EFBIG)."""

    def __init__(self, server: Server) -> None:
        self._pid = server.child.pid
        self._room = resource.prlimit(self._pid, resource.RLIMIT_FSIZE)

    def fill(self, size: int) -> None:
        resource.prlimit(self._pid, resource.RLIMIT_FSIZE, (size, self._room[1]))

    def clear(self) -> None:
        resource.prlimit(self._pid, resource.RLIMIT_FSIZE, self._room)


def _size_of_log(url: str) -> int:
    return Path(url.removeprefix("sqlite:///") + "-wal").stat().st_size


async def _on_a_full_disk(server: Server, sender: Sender) -> _Disk:
    """Thirty events of which only the first few find room."""
    for number in range(5):
        await sender.once(f"p{number}", f"before-{number}", text="/help")
    await until(lambda: _settled(server.database))
    disk = _Disk(server)
    disk.fill(_size_of_log(server.database) + 20_000)
    for number in range(30):
        await sender.once(f"p{number}", f"full-{number}", text="/help" + " x" * 1000)
    return disk


def _lost(url: str, sender: Sender) -> set[str]:
    return _answered(sender) - {row["key"] for row in town.rows(url, "inbox")}


@pytest.mark.slow
async def test_a_full_disk_is_not_answered_with_yes(
    sqlite_url: str, emulator: Emulator, serve: Serve, sender_of: Senders
) -> None:
    server = await serve(sqlite_url)
    sender = sender_of(server)
    disk = await _on_a_full_disk(server, sender)
    statuses = [sender.answers[f"full-{number}"][0] for number in range(30)]
    assert statuses[-1] == 503
    assert set(statuses) == {200, 503}
    assert _lost(sqlite_url, sender) == set()
    assert server.child.status is None
    disk.clear()
    for number in range(30):
        await sender.send(f"p{number}", f"full-{number}", text="/help" + " x" * 1000)
    await until(lambda: _settled(sqlite_url))
    assert server.starts == 1  # it lived through all of it
    assert _lost(sqlite_url, sender) == set()
    delivered = [line["id"] for line in emulator.log()]
    assert len(delivered) == len(set(delivered)) == 35
    with sqlite3.connect(sqlite_url.removeprefix("sqlite:///")) as file:
        assert file.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    file.close()


@pytest.mark.slow
async def test_negative_control(sqlite_url: str, serve: Serve, sender_of: Senders) -> None:
    """Answered before it is durable: the same look finds what is lost."""
    server = await serve(sqlite_url, "--without", "write-first")
    sender = sender_of(server)
    await _on_a_full_disk(server, sender)
    await asyncio.sleep(0.5)
    assert _lost(sqlite_url, sender) != set()


@contextmanager
def _locked(url: str) -> Iterator[None]:
    other = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    yield
    other.execute("ROLLBACK")
    other.close()


@pytest.mark.slow
@pytest.mark.parametrize(("seconds", "errors"), [(3, False), (10, True)])
async def test_another_process_holds_the_file(
    sqlite_url: str,
    emulator: Emulator,
    serve: Serve,
    sender_of: Senders,
    seconds: int,
    errors: bool,
) -> None:
    server = await serve(sqlite_url)
    sender = sender_of(server)
    with _locked(sqlite_url):
        sending = [
            asyncio.create_task(sender.send(f"p{number}", f"k{number}", text="/help"))
            for number in range(20)
        ]
        await asyncio.sleep(seconds)
        assert _answered(sender) == set()
    await asyncio.gather(*sending)
    await until(lambda: _settled(sqlite_url))
    refused = [status for found in sender.answers.values() for status in found if status != 200]
    assert set(refused) == ({503} if errors else set())
    assert len(emulator.log()) == 20
    assert server.starts == 1
