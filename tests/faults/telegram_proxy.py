"""A bad line to the platform: a proxy in front of the emulator that breaks in every way."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

WAYS = ("pass", "stall", "reset", "cut", "refuse")


class Proxy:
    """`way` is how connections and requests fare from now on; `cuts` counts lost answers.

    pass: as they should. stall: nothing is handed on. reset: RST when something is asked. cut: it
    is handed on, and the answer is broken off in its middle. refuse: nobody listens.
    """

    def __init__(self, target: str) -> None:
        self._host, _, port = target.removeprefix("http://").partition(":")
        self._target = int(port)
        self.way = "pass"
        self.cuts = 0
        self.url = ""
        self._server: asyncio.Server | None = None
        self._port = 0
        self._open: set[asyncio.StreamWriter] = set()

    async def listen(self) -> None:
        """Begin, or begin again at the same port."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self._port)
        self._port = self._server.sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{self._port}"

    async def behave(self, way: str) -> None:
        """Change the way; what is open is broken off."""
        self.way = way
        for writer in tuple(self._open):
            _reset(writer)
        if way == "refuse" and self._server is not None:
            self._server.close()
            self._server = None
        elif way != "refuse" and self._server is None:
            await self.listen()

    async def close(self) -> None:
        """End."""
        await self.behave("refuse")

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        there: asyncio.StreamWriter | None = None
        try:
            back, there = await asyncio.open_connection(self._host, self._target)
            async with asyncio.TaskGroup() as both:
                both.create_task(self._asked(reader, writer, there))
                both.create_task(self._answered(back, writer))
        except (OSError, ExceptionGroup, asyncio.CancelledError):
            pass
        finally:
            self._open.discard(writer)
            for one in (writer, there):
                if one is not None:
                    with suppress(OSError):
                        one.close()

    async def _asked(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        there: asyncio.StreamWriter,
    ) -> None:
        while chunk := await reader.read(65_536):
            if self.way == "stall":
                await asyncio.sleep(60)
            elif self.way == "reset":
                _reset(writer)
            else:
                there.write(chunk)
        raise ConnectionResetError

    async def _answered(self, back: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while chunk := await back.read(65_536):
            if self.way == "cut":
                self.cuts += 1
                writer.write(chunk[: len(chunk) // 2])
                await writer.drain()
                _reset(writer)
            writer.write(chunk)
        raise ConnectionResetError


def _reset(writer: asyncio.StreamWriter) -> None:
    found: socket.socket | None = writer.get_extra_info("socket")
    if found is not None:
        with suppress(OSError):
            found.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


@asynccontextmanager
async def bad_line(target: str) -> AsyncIterator[Proxy]:
    """A proxy in front of `target`."""
    made = Proxy(target)
    await made.listen()
    try:
        yield made
    finally:
        await made.close()
