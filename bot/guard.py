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
    """Answers 413 before more than the allowed bytes are read; larger ones for some paths."""

    def __init__(self, app: ASGIApp, larger: Mapping[str, int]) -> None:
        self._app = app
        self._larger = larger

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        allowed = self._larger.get(scope["path"], BODY)
        declared = dict(scope["headers"]).get(b"content-length", b"0")
        if not declared.isdigit() or len(declared) > 12 or int(declared) > allowed:
            await _too_large(scope, receive, send)
            return
        started = False
        seen = 0

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > allowed:
                raise TooLarge
            return message

        async def noticed(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self._app(scope, counted, noticed)
        except TooLarge:
            if not started:
                await _too_large(scope, receive, send)


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
        return host[1:].partition("]")[0]
    return host.rpartition(":")[0] if ":" in host else host


def _loopback(host: str) -> bool:
    if host.casefold() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
