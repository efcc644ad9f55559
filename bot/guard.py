"""Who may come in over HTTP: bodies of a bounded size, and some doors from this machine only."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

BODY = 64 * 1024
_FORWARDING = ("forwarded", "via", "x-real-ip", "x-client-ip", "cf-connecting-ip")


class TooLarge(Exception):
    """The body is larger than its door allows."""


class BodyLimit:
    """Answers 413 before more than the allowed bytes are read; larger ones for some paths.

    Where an answer leaves before a body of unknown length has ended, the connection ends with it:
    a body without end is not swallowed for ever.
    """

    def __init__(self, app: ASGIApp, larger: Mapping[str, int]) -> None:
        self._app = app
        self._larger = larger

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        allowed = self._larger.get(scope["path"], BODY)
        headers = dict(scope["headers"])
        declared = headers.get(b"content-length", b"0")
        if not declared.isdigit() or len(declared) > 12 or int(declared) > allowed:
            await _too_large(scope, receive, send)
            return
        body = _Body(receive, send, allowed, ended=b"transfer-encoding" not in headers)
        try:
            await self._app(scope, body.receive, body.send)
        except TooLarge:
            if not body.answered:
                await _too_large(scope, receive, send)


class _Body:
    """One request's body as it is read, and what is answered meanwhile."""

    def __init__(self, receive: Receive, send: Send, allowed: int, ended: bool) -> None:
        self._receive = receive
        self._send = send
        self._allowed = allowed
        self._seen = 0
        self._ended = ended
        self.answered = False

    async def receive(self) -> Message:
        message = await self._receive()
        self._seen += len(message.get("body", b""))
        if self._seen > self._allowed:
            raise TooLarge
        self._ended = self._ended or not message.get("more_body", False)
        return message

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start" and not self._ended:
            close = (b"connection", b"close")
            message = {**message, "headers": [*message.get("headers", []), close]}
        self.answered = True
        await self._send(message)


async def _too_large(scope: Scope, receive: Receive, send: Send) -> None:
    headers = {"connection": "close"}
    await PlainTextResponse("too large\n", 413, headers)(scope, receive, send)


def is_local(request: Request) -> bool:
    """Say whether this comes from this machine to this machine, through nobody (SPEC section 2)."""
    if request.client is None or not _loopback(request.client.host):
        return False
    if any(name in _FORWARDING or name.startswith("x-forwarded") for name in request.headers):
        return False
    hosts = request.headers.getlist("host")
    return len(hosts) == 1 and _loopback(_without_port(hosts[0]))


def _without_port(host: str) -> str:
    if host.startswith("["):
        name, _, rest = host[1:].partition("]")
        return name if not rest or rest.startswith(":") else ""
    return host.rpartition(":")[0] if ":" in host else host


def _loopback(host: str) -> bool:
    if host.casefold() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
