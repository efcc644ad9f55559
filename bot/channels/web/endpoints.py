"""The doors of the page: what it says, what it is told, what was said, who there is."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import BaseRoute

from bot.channels.web import showing
from bot.channels.web.local import LocalRoute
from bot.channels.web.reading import Unreadable, read_account, read_event
from bot.channels.web.streams import Stream, Streams
from bot.intake import Intake
from services import demo
from services.turn import House
from storage import playground
from storage.connections import Unavailable
from storage.store import Store
from storage.tx import Tx

EVENT_BYTES = 64 * 1024
FILE_BYTES = 7 * 1024 * 1024  # 5 MiB in base64, and its JSON
_BEAT = 15.0  # seconds
_MOST_ACCOUNTS = 4  # that one page shows
_FOLDER = Path(__file__).parents[2] / "playground"
_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
}
_HEADERS = {
    # images of a message are made from its bytes in the page, as blobs
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' blob:; object-src 'none'; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class Endpoints:
    """The HTTP side of the web channel. Nobody but this machine finds any of it."""

    def __init__(
        self,
        intake: Intake,
        store: Store,
        house: House,
        clock: Callable[[], datetime],
        streams: Streams,
    ) -> None:
        self._intake = intake
        self._store = store
        self._house = house
        self._clock = clock
        self._streams = streams
        self.beat = _BEAT

    def routes(self) -> list[BaseRoute]:
        """The page at `/`, its files, and what it asks for."""
        doors = [
            LocalRoute("/playground/personas", self.personas, methods=["GET"]),
            LocalRoute("/playground/history", self.history, methods=["GET"]),
            LocalRoute("/playground/stream", self.stream, methods=["GET"]),
            LocalRoute("/playground/events", self.events, methods=["POST"]),
            LocalRoute("/playground/files", self.files, methods=["POST"]),
        ]
        return [*doors, *_page()]

    async def events(self, request: Request) -> Response:
        """Take what was said: answered only after it is written down."""
        return await self._take(request, EVENT_BYTES, with_content=False)

    async def files(self, request: Request) -> Response:
        """Take a photo or a file of at most 5 MiB."""
        return await self._take(request, FILE_BYTES, with_content=True)

    async def _take(self, request: Request, most: int, *, with_content: bool) -> Response:
        if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
            return _json({"error": "unreadable", "what": "content-type"}, 400)
        try:
            body = await _body(request, most)
        except ClientDisconnect:
            return Response(status_code=400)
        if body is None:
            return _too_large(most)
        event = read_event(body, self._clock(), with_content=with_content)
        if isinstance(event, Unreadable):
            if event.too_large:
                return _too_large(most)
            return _json({"error": "unreadable", "what": event.what}, 400)
        try:
            return _json({"new": await self._intake.accept(event)})
        except Unavailable:
            return _unavailable()

    async def personas(self, request: Request) -> Response:
        """Whom one can be."""

        async def work(tx: Tx) -> dict[str, Any]:
            at = self._clock()
            people = await playground.web_people(tx, at)
            return showing.personas(people, await demo.invitation(tx, self._house, at))

        return await self._looked(work)

    async def history(self, request: Request) -> Response:
        """Both sides of the chat of `account`, the last hundred."""
        account = read_account(request.query_params.get("account"))
        if account is None:
            return _json({"error": "unreadable", "what": "account"}, 400)
        vault = self._store.vault

        async def work(tx: Tx) -> dict[str, Any]:
            heard = await playground.heard_from(tx, vault, account)
            return showing.history(
                account, heard, await playground.spoken_after(tx, vault, account, 0)
            )

        return await self._looked(work)

    async def _looked(self, work: Callable[[Tx], Any]) -> Response:
        try:
            return _json(await self._store.read(work))
        except Unavailable:
            return _unavailable()

    async def stream(self, request: Request) -> Response:
        """What is sent to `account` (up to four may be named), for as long as the page is open.

        After `Last-Event-ID` or `?after=` everything that was sent since comes first.
        """
        names = request.query_params.getlist("account")
        accounts = frozenset(name for name in names if read_account(name))
        after = _number(request.headers.get("last-event-id") or request.query_params.get("after"))
        if not accounts or len(accounts) != len(set(names)) or len(accounts) > _MOST_ACCOUNTS:
            return _json({"error": "unreadable", "what": "account"}, 400)
        stream = self._streams.open(accounts)
        if stream is None:
            return _unavailable()
        if after is None:
            stream.skip(await self._sent(accounts, 0))
        body = self._told(stream, after or 0)
        headers = {**_HEADERS, "X-Accel-Buffering": "no"}
        return StreamingResponse(body, media_type="text/event-stream", headers=headers)

    async def _told(self, stream: Stream, after: int) -> AsyncIterator[bytes]:
        async def catch_up() -> Sequence[Mapping[str, Any]]:
            return await self._sent(stream.accounts, after)

        try:
            async for frame in stream.frames(catch_up, self.beat):
                yield frame
        finally:
            self._streams.close(stream)

    async def _sent(self, accounts: frozenset[str], after: int) -> list[dict[str, Any]]:
        vault = self._store.vault

        async def work(tx: Tx) -> list[dict[str, Any]]:
            found = [
                showing.again(account, spoken)
                for account in accounts
                for spoken in await playground.spoken_after(tx, vault, account, after)
            ]
            return sorted(found, key=lambda message: int(message["id"]))

        try:
            return await self._store.read(work)
        except Unavailable:
            return []  # the next look may find it


async def _body(request: Request, most: int) -> bytes | None:
    """The whole body, or None as soon as it is clear that it is longer than `most` bytes."""
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and (len(declared) > 12 or int(declared) > most):
        return None
    body = bytearray()
    async for chunk in request.stream():
        if len(body) + len(chunk) > most:
            return None
        body += chunk
    return bytes(body)


def _number(text: str | None) -> int | None:
    if text is None or not text.isascii() or not text.isdecimal() or len(text) > 18:
        return None
    return int(text)


def _json(content: object, status: int = 200, more: Mapping[str, str] | None = None) -> Response:
    # ASCII only, so that half a surrogate pair in an old payload cannot break the answer
    body = json.dumps(content, separators=(",", ":"), allow_nan=False)
    headers = {**_HEADERS, **(more or {})}
    return Response(body, status, headers, media_type="application/json")


def _too_large(most: int) -> Response:
    return _json({"error": "too_large", "most": most}, 413, {"Connection": "close"})


def _unavailable() -> Response:
    return _json({"error": "unavailable"}, 503, {"Retry-After": "1"})


def _page() -> list[BaseRoute]:
    """The files of the page, read once."""
    found: list[BaseRoute] = []
    for file in sorted(_FOLDER.iterdir()):
        if file.suffix not in _TYPES:
            continue
        path = "/" if file.name == "index.html" else f"/playground/{file.name}"
        found.append(LocalRoute(path, _shown(file.read_bytes(), _TYPES[file.suffix])))
    return found


def _shown(content: bytes, media_type: str) -> Callable[[Request], Any]:
    async def show(request: Request) -> Response:
        return Response(content, headers={**_HEADERS, "Content-Type": media_type})

    return show
