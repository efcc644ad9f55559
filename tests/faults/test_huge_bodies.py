"""QUALITY F45: a body beyond its limit is refused before more than the limit has been read."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from tests.faults.rig import Server

Serve = Callable[..., Awaitable[Server]]
PIECE = b"x" * 65_536
MOST = 20 * 1024 * 1024  # bytes that the process may grow by
HEAD = b"POST /plain/events HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"


def _memory(pid: int) -> int:
    for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) * 1024
    raise AssertionError("no VmHWM")


async def _pour(
    server: Server, head: bytes, pieces: int, chunked: bool, *, on: bool = False
) -> tuple[bytes, int]:
    """Send a body as fast as it is taken; answers the status line and how much was taken.

    Ends at the answer, unless it is to go `on`.
    """
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(head)
    taken = 0
    answer = asyncio.create_task(reader.readline())
    try:
        for _ in range(pieces):
            writer.write(b"%x\r\n%b\r\n" % (len(PIECE), PIECE) if chunked else PIECE)
            await asyncio.wait_for(writer.drain(), 5)
            taken += len(PIECE)
            if answer.done() and not on:
                break
    except (ConnectionError, TimeoutError):
        pass
    try:
        line = await asyncio.wait_for(answer, 10)
    except ConnectionError:
        line = b""  # closed while we were still pouring
    writer.close()
    return line, taken


@pytest.mark.slow
async def test_huge_bodies(sqlite_url: str, serve: Serve) -> None:
    server = await serve(sqlite_url)
    before = _memory(server.child.pid)
    for size in (65_537, 10**6, 10**7, 10**8, 10**30):
        head = HEAD + b"Content-Length: %d\r\n\r\n" % size
        line, _ = await _pour(server, head, 0, False)  # told by its head alone: nothing was read
        assert line.startswith(b"HTTP/1.1 413 ") or (size == 10**30 and b" 400 " in line), size
        line, _ = await _pour(server, head, min(size // len(PIECE), 200), False)
        # Who goes on pouring may lose the answer to the reset of the connection.
        assert line == b"" or line.startswith((b"HTTP/1.1 413 ", b"HTTP/1.1 400 ")), size
    line, taken = await _pour(
        server, HEAD + b"Transfer-Encoding: chunked\r\n\r\n", 1600, True, on=True
    )
    assert line == b"" or line.startswith(b"HTTP/1.1 413 ")
    assert taken < 8 * 1024 * 1024  # what fits into the buffers of two kernels' sockets
    assert _memory(server.child.pid) - before < MOST
    assert server.child.status is None


@pytest.mark.slow
@pytest.mark.parametrize("path", [b"/healthz", b"/nowhere", b"/c/abc", b"/metrics"])
async def test_a_body_that_nobody_reads_ends_the_connection(
    sqlite_url: str, serve: Serve, path: bytes
) -> None:
    server = await serve(sqlite_url)
    head = b"POST %b HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n" % path
    before = _memory(server.child.pid)
    line, taken = await _pour(server, head, 1600, True, on=True)
    assert line == b"" or line.startswith((b"HTTP/1.1 404 ", b"HTTP/1.1 405 ", b"HTTP/1.1 413 "))
    assert taken < 8 * 1024 * 1024
    assert _memory(server.child.pid) - before < MOST


@pytest.mark.slow
async def test_the_largest_body_that_is_allowed(sqlite_url: str, serve: Serve) -> None:
    server = await serve(sqlite_url)
    told = b'{"account":"ann","key":"k","kind":"text","payload":{"text":"%b"}}'
    body = told % (b"x" * (65_536 - len(told) + 2))
    assert len(body) == 65_536
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(HEAD + b"Content-Length: 65536\r\n\r\n" + body)
    assert (await reader.readline()).startswith(b"HTTP/1.1 200 ")
    writer.close()
