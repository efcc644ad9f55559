"""One kept-alive HTTP connection to a bot's webhook; written for speed, one request at a time."""

from __future__ import annotations

import asyncio
import ssl
from typing import cast
from urllib.parse import SplitResult, urlsplit

import httptools


class Answer:
    """What the bot answered."""

    __slots__ = ("body", "headers", "status")

    def __init__(self) -> None:
        self.status = 0
        self.headers: dict[str, str] = {}
        self.body = b""


class Address:
    """Where a webhook is: the connection's target and the start of every request."""

    def __init__(self, url: str, secret: str) -> None:
        parts: SplitResult = urlsplit(url)
        self.host = parts.hostname or ""
        self.tls = parts.scheme == "https"
        self.port = parts.port or (443 if self.tls else 80)
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        head = f"POST {path} HTTP/1.1\r\nHost: {parts.netloc}\r\n"
        head += "Content-Type: application/json\r\nConnection: keep-alive\r\n"
        if secret:
            head += f"X-Telegram-Bot-Api-Secret-Token: {secret}\r\n"
        self.head = head.encode()

    async def connect(self) -> Connection:
        """A new connection; OSError where nobody listens."""
        context: ssl.SSLContext | None = None
        if self.tls:
            context = ssl.create_default_context()
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        loop = asyncio.get_running_loop()
        _, made = await loop.create_connection(Connection, self.host, self.port, ssl=context)
        made.address = self
        return made


class Connection(asyncio.Protocol):
    """`ask` sends a body and waits for the whole answer."""

    address: Address

    def __init__(self) -> None:
        self.closed = False
        self._transport: asyncio.Transport | None = None
        self._waiter: asyncio.Future[Answer] | None = None
        self._answer = Answer()
        self._parser: httptools.HttpResponseParser | None = None
        self._pieces: list[bytes] = []

    async def ask(self, body: bytes, seconds: float) -> Answer:
        """One request; ConnectionError or TimeoutError where there is no answer."""
        assert self._transport is not None
        loop = asyncio.get_running_loop()
        self._waiter, self._answer = loop.create_future(), Answer()
        self._parser, self._pieces = httptools.HttpResponseParser(self), []
        self._transport.write(
            b"%sContent-Length: %d\r\n\r\n%s" % (self.address.head, len(body), body)
        )
        late = loop.call_later(seconds, self._fail, TimeoutError())
        try:
            return await self._waiter
        finally:
            late.cancel()

    def close(self) -> None:
        """Hang up."""
        self.closed = True
        if self._transport is not None:
            self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """asyncio's word."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is no subclass

    def data_received(self, data: bytes) -> None:
        """asyncio's word."""
        if self._parser is None:
            return
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError:
            self._fail(ConnectionError("what was answered is not HTTP"))

    def connection_lost(self, exc: Exception | None) -> None:
        """asyncio's word."""
        self._fail(ConnectionError("Connection closed"))

    def on_header(self, name: bytes, value: bytes) -> None:
        """httptools' word."""
        self._answer.headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_body(self, body: bytes) -> None:
        """httptools' word."""
        self._pieces.append(body)

    def on_message_complete(self) -> None:
        """httptools' word."""
        parser, waiter = self._parser, self._waiter
        if parser is None or waiter is None or waiter.done():
            return
        self._answer.status = parser.get_status_code()
        self._answer.body = b"".join(self._pieces)
        if not parser.should_keep_alive():
            self.close()
        waiter.set_result(self._answer)

    def _fail(self, error: Exception) -> None:
        self.close()
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_exception(error)
