"""The HTTP server: health, metrics, the page behind a QR code, and the routes of the channels."""

from __future__ import annotations

import html
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from bot.guard import BodyLimit, is_local
from bot.metrics import exposition
from domain.linking import is_payload

# A reply quotes a whole message, each letter as six: what Telegram may not leave with us holds up
# everything else of its chat for a day.
HOOK = 256 * 1024
UPLOAD = 7 * 1024 * 1024  # 5 MiB in base64 and its JSON
_PAYLOAD = re.compile(r"[A-Za-z0-9_-]{1,64}")
_PAGE_HEADERS = {
    "content-security-policy": "default-src 'none'; style-src 'self'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
}

Readiness = Callable[[], Awaitable[dict[str, Any]]]


def make_app(
    readiness: Readiness,
    channel_routes: Sequence[BaseRoute],
    larger: Mapping[str, int] = MappingProxyType({}),
) -> Starlette:
    """Put the routes together. Nothing starts here. `larger`: paths with bodies of more bytes."""

    async def healthz(request: Request) -> Response:
        return PlainTextResponse("ok\n")

    async def readyz(request: Request) -> Response:
        found = await readiness()
        return JSONResponse(found, 503 if found["status"] == "down" else 200)

    async def metrics(request: Request) -> Response:
        if not is_local(request):
            return PlainTextResponse("not found\n", 404)
        return Response(exposition(), media_type="text/plain; version=0.0.4")

    return Starlette(
        routes=[
            Route("/healthz", healthz),
            Route("/readyz", readyz),
            Route("/metrics", metrics),
            Route("/c/{payload}", code_page),
            *channel_routes,
        ],
        middleware=[Middleware(BodyLimit, larger={"/playground/files": UPLOAD, **larger})],
    )


def make_metrics_app() -> Starlette:
    """/metrics alone, for `web.metrics_port`."""

    async def metrics(request: Request) -> Response:
        return Response(exposition(), media_type="text/plain; version=0.0.4")

    return Starlette(routes=[Route("/metrics", metrics)])


async def code_page(request: Request) -> Response:
    """What a scanned code opens: what to send, and to whom. Looking at it uses nothing up."""
    payload = request.path_params["payload"]
    if not _PAYLOAD.fullmatch(payload):
        return PlainTextResponse("not found\n", 404)
    safe = html.escape(payload)
    body = (
        '<!doctype html><html lang="zh-CN"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        "<title>青团</title><h1>青团</h1>"
        "<p>把下面这一行发给青团就可以了。<br>Send this line to Qingtuan.</p>"
        f"<p><code>{_word(payload)} {safe}</code></p></html>"
    )
    return HTMLResponse(body, headers=_PAGE_HEADERS)


def _word(payload: str) -> str:
    """The word to send it with: a link code joins accounts, an invite people."""
    return "绑定" if is_payload(payload) else "加入"
