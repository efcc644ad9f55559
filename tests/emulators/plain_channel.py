"""The channel of the plain platform: the barest HTTP door, and a client of its emulator."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import aiohttp
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.channel import Fate, Limits, Sent
from bot.chat import Event, Kind, Message
from bot.intake import Intake
from storage.connections import Unavailable


class PlainChannel:
    """bot.channel.Channel for tests and the bench. `name` is web: no platform of ours is faked."""

    name = "web"

    def __init__(
        self, intake: Intake, emulator: str, repeatable: bool = True, limits: Limits | None = None
    ) -> None:
        self._intake = intake
        self._emulator = emulator
        self._session: aiohttp.ClientSession | None = None
        self.repeatable = repeatable
        self.limits = limits or Limits(per_second=100_000, account_per_second=100_000)

    def routes(self) -> Sequence[Any]:
        return [Route("/plain/events", self._event, methods=["POST"])]

    async def start(self) -> None:
        self._session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=200))

    async def stop(self) -> None:
        """Receive nothing more; what is in hand may still be sent until the process ends."""

    async def _event(self, request: Request) -> Response:
        told = await request.json()
        event = Event(
            self.name,
            told["account"],
            told["key"],
            Kind(told["kind"]),
            told["payload"],
            datetime.now(UTC),
        )
        try:
            new = await self._intake.accept(event)
        except Unavailable:
            return JSONResponse({}, 503)
        return JSONResponse({"new": new})

    async def send(self, message: Message) -> Sent:
        assert self._session is not None
        body = {
            "id": message.id,
            "account": message.account,
            "text": message.text,
            "buttons": {b.label: b.token for row in message.rows for b in row},
        }
        try:
            async with self._session.post(f"{self._emulator}/send", json=body) as answer:
                return _fate(answer.status, await answer.json())
        except aiohttp.ClientConnectorError:
            return Sent(Fate.LATER, "no connection")
        except aiohttp.ClientError:
            return Sent(Fate.UNKNOWN, "connection lost")


def _fate(status: int, body: dict[str, Any]) -> Sent:
    if status == 200:
        return Sent(Fate.SENT, platform_id=body.get("platform_id"))
    if status == 429:
        return Sent(Fate.LATER, "too many", seconds=float(body.get("retry_after") or 1))
    if status == 403:
        return Sent(Fate.UNREACHABLE, "blocked")
    if status == 400:
        return Sent(Fate.REFUSED, "bad request")
    return Sent(Fate.LATER, f"status {status}")
