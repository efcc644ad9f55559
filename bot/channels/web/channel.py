"""The web channel as the dispatcher and the application know it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from starlette.routing import BaseRoute

from bot.channel import Fate, Limits, Sent
from bot.channels.web.endpoints import Endpoints
from bot.channels.web.reading import CHANNEL
from bot.channels.web.showing import live
from bot.channels.web.streams import Streams
from bot.chat import Message
from bot.intake import Intake
from services.turn import House
from storage.store import Store


class WebChannel:
    """Messages are pushed to open pages; one that nobody has open waits in its history.

    A message may be pushed twice: it has the same id, and a page shows each id once.
    """

    name = CHANNEL
    limits = Limits()
    repeatable = True

    def __init__(
        self, intake: Intake, store: Store, house: House, clock: Callable[[], datetime]
    ) -> None:
        self._clock = clock
        self._streams = Streams()
        self._endpoints = Endpoints(intake, store, house, clock, self._streams)

    def routes(self) -> list[BaseRoute]:
        """What the web application mounts; only this machine finds it."""
        return self._endpoints.routes()

    async def start(self) -> None:
        """Nothing to do: the page comes to us."""

    async def send(self, message: Message) -> Sent:
        """Show a message to whoever has its account open."""
        self._streams.publish(live(message, self._clock()))
        return Sent(Fate.SENT, platform_id=str(message.id))

    async def stop(self) -> None:
        """Let the open pages go. Call it before the server waits for its connections."""
        self._streams.end()
