"""Hanging up on a request without an answer: some platforms only then try again.

ASGI knows no such answer. Our protocol puts the way to do it into the request's state; on another
server we keep silent until the peer hangs up.
"""

from __future__ import annotations

import asyncio

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

_HANG_UP = "hang_up"

try:
    from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol as _Http
except ImportError:  # without httptools, as uvicorn itself chooses
    from uvicorn.protocols.http.h11_impl import H11Protocol as _Http  # type: ignore[assignment]


class Protocol(_Http):
    """uvicorn's HTTP with a way to hang up in `scope["state"]`."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn
        super().connection_made(transport)
        self.app_state = {**self.app_state, _HANG_UP: transport.abort}


class Unanswered(Response):
    """No answer: the connection ends."""

    def __init__(self) -> None:
        super().__init__(status_code=503)  # what is counted; nobody gets to see it

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        hang_up = scope.get("state", {}).get(_HANG_UP)
        if hang_up is not None:
            hang_up()
        while (await receive())["type"] != "http.disconnect":
            pass
