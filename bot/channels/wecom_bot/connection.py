"""One connection: subscribed, kept alive, what came in handed on, answers given to who asked."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiohttp
import structlog

from bot.channels.wecom_bot.frames import (
    LARGEST,
    PING,
    SUBSCRIBE,
    Frame,
    Json,
    made,
    new_request,
    parsed,
)
from bot.tasks import Tasks

log = structlog.get_logger("wecom_bot")

_MISSED = 2  # pings without an answer, then the connection is dead
_TRANSIENT = frozenset({-1, 6000, 45009, 45033, 45035})  # of a subscription: ask again later
_CLOSE_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Times:
    """Seconds. `ping`: between signs of life (WeCom advises 30); `answer`: waited for each answer.

    `connect`: for the way there and the subscription; `first` to `longest`: between tries;
    `refused` to `longest_refused`: after refused credentials; `settled`: a connection that lived
    so long makes the next wait short again; `look`: between looks at the configuration; `away`:
    without a connection until the operator is told.
    """

    ping: float = 30.0
    answer: float = 8.0
    connect: float = 10.0
    first: float = 1.0
    longest: float = 60.0
    refused: float = 60.0
    longest_refused: float = 1800.0
    settled: float = 10.0
    look: float = 5.0
    away: float = 60.0


class Ended(Exception):
    """The connection is no more, however that came."""


class Refused(Exception):
    """WeCom does not take our credentials."""


class Connection:
    """Asks and is answered by request id. `handle` gets the callbacks, one after the other."""

    def __init__(
        self,
        socket: aiohttp.ClientWebSocketResponse,
        handle: Callable[[Frame], Awaitable[None]],
        tasks: Tasks,
    ) -> None:
        self._socket = socket
        self._tasks = tasks
        self._handle = handle
        self._asked: dict[str, asyncio.Future[Frame]] = {}
        self._over = False
        self._dropped = asyncio.Event()

    def drop(self) -> None:
        """End it: it lives, but WeCom does not count it any more."""
        self._dropped.set()

    async def ask(self, command: str, request: str, body: Json | None, seconds: float) -> Frame:
        """Send a frame and wait for its answer.

        Ended: the connection ended first; TimeoutError: no answer. It may have arrived then.
        ConnectionError: it did not leave.
        """
        if self._over or self._socket.closed or request in self._asked:
            raise ConnectionError
        answer: asyncio.Future[Frame] = asyncio.get_running_loop().create_future()
        self._asked[request] = answer
        try:
            async with asyncio.timeout(seconds):
                try:
                    await self._socket.send_str(made(command, request, body))
                except (aiohttp.ClientError, OSError) as error:
                    raise Ended from error
                return await answer
        finally:
            del self._asked[request]

    async def live(self, times: Times) -> None:
        """Read until it ends. Returns for every kind of end; raises what `handle` raises."""
        reading = self._tasks.start(self._read(), "wecom-bot-reading")
        beating = self._tasks.start(self._beat(times), "wecom-bot-beating")
        try:
            await asyncio.wait((reading, beating), return_when=asyncio.FIRST_COMPLETED)
            if reading.done():
                reading.result()
        finally:
            self._over = True
            for task in (reading, beating):
                task.cancel()
            await asyncio.gather(reading, beating, return_exceptions=True)
            for answer in self._asked.values():
                if not answer.done():
                    answer.set_exception(Ended())

    async def subscribe(self, bot: str, secret: str, seconds: float) -> None:
        """Say who we are. Refused if that is not taken; Ended for all else."""
        request = new_request()
        await self._socket.send_str(made(SUBSCRIBE, request, {"bot_id": bot, "secret": secret}))
        async with asyncio.timeout(seconds):
            while True:
                frame = await self._next()
                if frame is not None and not frame.command and frame.request == request:
                    break
                if frame is not None and frame.command:
                    await self._handle(frame)
        if frame.code in _TRANSIENT:
            log.warning("subscription_later", code=frame.code)
            raise Ended
        if frame.code:
            log.warning("subscription_refused", code=frame.code)
            raise Refused

    async def _read(self) -> None:
        while True:
            try:
                frame = await self._next()
            except Ended:
                return
            if frame is None:
                log.warning("frame_unreadable")
            elif frame.command:
                await self._handle(frame)
            else:
                self._answered(frame)

    async def _next(self) -> Frame | None:
        """The next frame; None if it cannot be read. A clean end is an end like any other."""
        message = await self._socket.receive()
        if message.type in (aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY):
            return parsed(message.data)
        log.info("connection_ended", how=message.type.name, code=self._socket.close_code)
        raise Ended

    def _answered(self, frame: Frame) -> None:
        answer = self._asked.get(frame.request)
        if answer is not None and not answer.done():
            answer.set_result(frame)

    async def _beat(self, times: Times) -> None:
        """Give signs of life; ends when they are not answered."""
        missed = 0
        while missed < _MISSED:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._dropped.wait(), times.ping)
                return
            try:
                await self.ask(PING, new_request(), None, min(times.ping, times.answer))
                missed = 0
            except (Ended, TimeoutError, ConnectionError):
                missed += 1
        log.warning("pings_not_answered")


@asynccontextmanager
async def opened(
    url: str, times: Times, handle: Callable[[Frame], Awaitable[None]], tasks: Tasks
) -> AsyncIterator[Connection]:
    """A connection that is not subscribed yet; what cannot be reached raises Ended."""
    socket = None
    session = aiohttp.ClientSession(trust_env=True)
    try:
        try:
            async with asyncio.timeout(times.connect):
                socket = await session.ws_connect(
                    url,
                    max_msg_size=LARGEST,
                    timeout=aiohttp.ClientWSTimeout(ws_close=_CLOSE_SECONDS),
                )
        except (aiohttp.ClientError, OSError, ValueError) as error:
            log.warning("connection_failed", kind=type(error).__name__)
            raise Ended from None
        yield Connection(socket, handle, tasks)
    finally:
        if socket is not None:
            await socket.close()
        await session.close()
