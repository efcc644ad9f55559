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

Way = tuple[str, str]  # the name of an app, and the link that opens it there
Readiness = Callable[[], Awaitable[dict[str, Any]]]


def make_app(
    readiness: Readiness,
    channel_routes: Sequence[BaseRoute],
    larger: Mapping[str, int] = MappingProxyType({}),
    ways: Callable[[str], Sequence[Way]] = lambda _: (),
) -> Starlette:
    """Put the routes together. Nothing starts here.

    `larger`: paths with bodies of more bytes. `ways`: links that open a code in an app.
    """

    async def healthz(request: Request) -> Response:
        return PlainTextResponse("ok\n")

    async def readyz(request: Request) -> Response:
        found = await readiness()
        return JSONResponse(found, 503 if found["status"] == "down" else 200)

    async def metrics(request: Request) -> Response:
        if not is_local(request):
            return PlainTextResponse("not found\n", 404)
        return Response(exposition(), media_type="text/plain; version=0.0.4")

    async def code(request: Request) -> Response:
        return code_page(request.path_params["payload"], ways)

    return Starlette(
        routes=[
            Route("/healthz", healthz),
            Route("/readyz", readyz),
            Route("/metrics", metrics),
            Route("/c/{payload}", code),
            *channel_routes,
        ],
        middleware=[Middleware(BodyLimit, larger={"/playground/files": UPLOAD, **larger})],
    )


def make_metrics_app() -> Starlette:
    """/metrics alone, for `web.metrics_port`."""

    async def metrics(request: Request) -> Response:
        return Response(exposition(), media_type="text/plain; version=0.0.4")

    return Starlette(routes=[Route("/metrics", metrics)])


def code_page(payload: str, ways: Callable[[str], Sequence[Way]]) -> Response:
    """What a scanned code opens: the apps, or what to send. Looking at it uses nothing up."""
    if not _PAYLOAD.fullmatch(payload):
        return PlainTextResponse("not found\n", 404)
    safe = html.escape(payload)
    links = "".join(
        f'<p><a href="{html.escape(url)}" rel="noreferrer">在 {html.escape(label)} 打开'
        f" · Open in {html.escape(label)}</a></p>"
        for label, url in ways(payload)
    )
    or_ = "或者把" if links else "把"
    body = (
        '<!doctype html><html lang="zh-CN"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>青团</title><h1>青团</h1>{links}"
        f"<p>{or_}下面这一行发给青团就可以了。<br>Send this line to Qingtuan.</p>"
        f"<p><code>{_word(payload)} {safe}</code></p></html>"
    )
    return HTMLResponse(body, headers=_PAGE_HEADERS)


def _word(payload: str) -> str:
    """The word to send it with: a link code joins accounts, an invite people."""
    return "绑定" if is_payload(payload) else "加入"
