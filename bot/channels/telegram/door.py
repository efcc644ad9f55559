"""The webhook: Telegram knocks, proves itself, and is answered when the event is written down."""

from __future__ import annotations

import hmac

import orjson
import structlog
from aiogram.types import Update
from pydantic import ValidationError
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from bot.channels.telegram.contents import Nameless
from bot.channels.telegram.receiving import Receiver
from storage.connections import Unavailable

log = structlog.get_logger("telegram")

_SECRET = "x-telegram-bot-api-secret-token"  # noqa: S105  # the name of the header, not a secret


class Door:
    """The route `path`. ValueError for an empty secret: then everybody would be Telegram."""

    def __init__(self, receiver: Receiver, path: str, secret: str) -> None:
        if not secret:
            raise ValueError("a webhook without a secret")
        self._receiver = receiver
        self._secret = secret.encode()
        self.route = Route(path, self.knock, methods=["POST"])

    async def knock(self, request: Request) -> Response:
        """Take one update; the next of its chat comes when this one is answered."""
        given = request.headers.getlist(_SECRET)
        proof = given[0].encode() if len(given) == 1 else b""
        if not hmac.compare_digest(proof, self._secret):
            return PlainTextResponse("unauthorized\n", 401)
        try:
            body = await request.body()
        except ClientDisconnect:
            return Response(status_code=400)
        try:
            update = Update.model_validate_json(body)
        except (ValidationError, RecursionError):
            return _unread(body)
        return await self._taken(update)

    async def _taken(self, update: Update) -> Response:
        event = self._receiver.event(update)
        try:
            if isinstance(event, Nameless):
                return _later()
            if event is not None:
                await self._receiver.keep(event)
        except Unavailable:
            log.warning("update_not_kept")
            return _later()
        if update.callback_query is None:
            return Response()
        told = {"method": "answerCallbackQuery", "callback_query_id": update.callback_query.id}
        return JSONResponse(told)


def _unread(body: bytes) -> Response:
    """What is no update is refused; one that we cannot read is put aside.

    Telegram would repeat it for a day, and send nothing else of that chat before it is taken.
    """
    try:
        update = orjson.loads(body)
    except orjson.JSONDecodeError:
        update = None
    number = update.get("update_id") if isinstance(update, dict) else None
    if type(number) is not int:
        return PlainTextResponse("unreadable\n", 400)
    log.warning("update_set_aside", update=number, reason="unreadable")
    return Response()


def _later() -> Response:
    return PlainTextResponse("later\n", 503, {"Retry-After": "1"})
