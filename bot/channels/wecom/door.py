"""The callback address: WeCom proves itself, and is answered when what it says is written down."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import structlog
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from bot.channels.wecom.answers import enveloped
from bot.channels.wecom.crypto import Crypto, Forged
from bot.channels.wecom.lock import Late, Lock
from bot.channels.wecom.receiving import Receiver
from bot.guard import BODY
from bot.unanswered import Unanswered
from storage.connections import Unavailable

log = structlog.get_logger("wecom")

BODY_SECONDS = 3.0  # for a body to arrive; WeCom's come at once
_SAFE: Final = {"x-content-type-options": "nosniff", "cache-control": "no-store"}


@dataclass(frozen=True, slots=True)
class Settings:
    """Who WeCom is to us, and where it knocks: [wecom] of the configuration."""

    corp_id: str
    agent_id: int
    token: str
    encoding_aes_key: str
    path: str


class Door:
    """The routes of one app. ValueError for an empty token: then everybody would be WeCom."""

    def __init__(self, receiver: Receiver, settings: Settings) -> None:
        if not settings.token or not settings.corp_id:
            raise ValueError("a callback without a secret")
        self._receiver = receiver
        self._crypto = Crypto(settings.token, settings.encoding_aes_key, settings.corp_id)
        self._lock = Lock(self._crypto, settings.corp_id, settings.agent_id)
        self.routes: Sequence[BaseRoute] = (
            Route(settings.path, self.verify, methods=["GET"]),
            Route(settings.path, self.knock, methods=["POST"]),
        )

    async def verify(self, request: Request) -> Response:
        """Answer what WeCom has sealed when the address is set, and nothing besides."""
        try:
            echo = self._lock.echo(request.query_params.multi_items(), self._receiver.clock())
        except Forged as forged:
            return self._refused(forged)
        return PlainTextResponse(echo.encode(), headers=_SAFE)

    async def knock(self, request: Request) -> Response:
        """Take one callback. One that cannot be kept gets no answer: WeCom says it again."""
        if _is_long(request):
            return _too_large()
        try:
            proof = self._lock.proof(request.query_params.multi_items())
            async with asyncio.timeout(BODY_SECONDS):
                body = await request.body()
            if len(body) > BODY:
                return _too_large()
            xml = self._lock.opened(proof, body, self._receiver.clock())
            self._receiver.saw(stale=False)
            answer = await self._receiver.took(xml)
        except Forged as forged:
            return self._refused(forged)
        except ClientDisconnect:
            return Unanswered()
        except (Unavailable, TimeoutError) as error:
            log.warning("callback_not_kept", kind=type(error).__name__)
            return Unanswered()
        return self._answered(answer)

    def _answered(self, answer: str) -> Response:
        """Nothing, which WeCom takes for heard, or a passive reply."""
        if not answer:
            return Response(headers=_SAFE)
        sealed = enveloped(self._crypto, answer, secrets.token_hex(8), self._receiver.clock())
        return Response(sealed, media_type="application/xml", headers=_SAFE)

    def _refused(self, forged: Forged) -> Response:
        """One answer to everything that is not WeCom's."""
        if isinstance(forged, Late) and forged.genuine:
            self._receiver.saw(stale=True)
        return PlainTextResponse("forbidden\n", 403, headers=_SAFE)


def _is_long(request: Request) -> bool:
    declared = request.headers.get("content-length", "0")
    return not declared.isdecimal() or len(declared) > 9 or int(declared) > BODY


def _too_large() -> Response:
    return PlainTextResponse("too large\n", 413, headers={**_SAFE, "connection": "close"})
