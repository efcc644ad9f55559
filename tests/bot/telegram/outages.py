"""A database that takes nothing for a while, and a network that fails in every way."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import sqlite3
import struct
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import psycopg
from psycopg import sql


@contextmanager
def out_of_order(url: str) -> Iterator[None]:
    """Nothing can be written meanwhile."""
    with _sqlite_locked(url) if url.startswith("sqlite:") else _postgresql_shut(url):
        yield


@contextmanager
def _sqlite_locked(url: str) -> Iterator[None]:
    connection = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
    connection.execute("BEGIN EXCLUSIVE")
    try:
        yield
    finally:
        connection.close()


@contextmanager
def _postgresql_shut(url: str) -> Iterator[None]:
    name = url.rpartition("/qt_")[2].partition("?")[0]
    elsewhere = url.replace(f"/qt_{name}", "/postgres")
    with psycopg.connect(elsewhere, autocommit=True) as connection:
        _allow(connection, f"qt_{name}", allowed=False)
        try:
            yield
        finally:
            _allow(connection, f"qt_{name}", allowed=True)


def _allow(connection: psycopg.Connection, name: str, *, allowed: bool) -> None:
    words = (
        "ALTER DATABASE {} ALLOW_CONNECTIONS true"
        if allowed
        else ("ALTER DATABASE {} ALLOW_CONNECTIONS false")
    )
    connection.execute(sql.SQL(words).format(sql.Identifier(name)))
    if not allowed:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (name,)
        )


@asynccontextmanager
async def broken_network(how: str) -> AsyncIterator[str]:
    """The address of a Bot API behind which is: dns, refused, stall, silence, reset or proxy."""
    if how == "dns":
        yield "http://no-such-host.invalid"
        return
    if how == "refused":
        with socket.socket() as made:
            made.bind(("127.0.0.1", 0))
            port = made.getsockname()[1]
        yield f"http://127.0.0.1:{port}"
        return

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.CancelledError, EOFError):
            if how == "reset":
                await reader.readuntil(b"\r\n\r\n")
                found: socket.socket = writer.get_extra_info("socket")
                found.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                writer.transport.abort()
            elif how == "proxy":
                await reader.readuntil(b"\r\n\r\n")
                head = (
                    b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 4\r\n\r\nno\r\n"
                )
                writer.write(head)
                await writer.drain()
            else:
                await asyncio.sleep(60)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    scheme = "https" if how == "stall" else "http"  # the TLS handshake is never answered
    try:
        yield f"{scheme}://127.0.0.1:{port}"
    finally:
        server.close()
