"""The WeCom bot as the dispatcher and the application know it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any

import structlog

from bot.channel import Limits, Sent
from bot.channels.wecom_bot.callbacks import Callbacks
from bot.channels.wecom_bot.connection import Connection, Times
from bot.channels.wecom_bot.contents import Spoken
from bot.channels.wecom_bot.files import Files
from bot.channels.wecom_bot.frames import Frame
from bot.channels.wecom_bot.lines import Lines
from bot.channels.wecom_bot.presence import Alarm, Credentials, Presence
from bot.channels.wecom_bot.reading import CHANNEL, Kicked, read
from bot.channels.wecom_bot.sending import Sender
from bot.chat import Message
from bot.intake import Intake
from bot.single import whenever_held
from bot.tasks import Tasks
from storage.holding import Holding

log = structlog.get_logger("wecom_bot")


@dataclass(frozen=True, slots=True)
class Settings:
    """Who we are, and how long we wait. `renewed` may read files.

    `connects`: this process may be the one with the connection. It must be one that also sends
    late messages, for there is no other way to WeCom than the connection.
    """

    credentials: Credentials
    renewed: Callable[[], Credentials]
    zone: tzinfo
    spoken: Spoken
    elsewhere: Mapping[str | None, str]
    home: str
    times: Times
    connects: bool = True


@dataclass(frozen=True, slots=True)
class Parts:
    """What the channel uses of the application."""

    intake: Intake
    clock: Callable[[], datetime]
    tasks: Tasks
    alarm: Alarm
    holding: Holding


class WecomBotChannel:
    """Receives and sends on one connection over all replicas.

    What may have arrived is not said again: there is no duplicate check here, but for cards.
    """

    name = CHANNEL
    # At most 25 in any minute; nothing that may have arrived is known again.
    limits = Limits(account_per_second=20 / 60, account_burst=5, known_seconds=0.0)
    repeatable = False

    def __init__(self, settings: Settings, parts: Parts) -> None:
        self._settings = settings
        self._parts = parts
        self._callbacks = Callbacks()
        self._lines = Lines(parts.intake.accept, Files(), self._callbacks, parts.tasks)
        self._presence = Presence(
            settings.credentials,
            settings.renewed,
            self._heard,
            self._callbacks.reconnected,
            parts.holding.held,
            parts.alarm,
            parts.tasks,
            settings.times,
        )
        self._sender = Sender(
            self._current,
            self._presence.patience,
            self._callbacks,
            settings.times.answer,
            settings.elsewhere,
            settings.home,
        )

    @property
    def connected(self) -> bool:
        """Whether this process has the connection."""
        return self._presence.current is not None

    def routes(self) -> Sequence[Any]:
        """None: WeCom does not call us."""
        return ()

    async def start(self) -> None:
        """Connect in the background, wherever nobody else does."""
        if self._settings.connects:
            parts, look = self._parts, self._settings.times.look
            works = (self._presence.run,)
            held = whenever_held(parts.holding, parts.tasks, works, "wecom-bot", look)
            parts.tasks.start(held, "wecom-bot")

    async def send(self, message: Message) -> Sent:
        """Try to send one message, or its next part."""
        return await self._sender.send(message)

    async def stop(self) -> None:
        """Nothing yet: what is in hand leaves by this connection, and what comes in is kept.

        WeCom does not repeat what it sent to nobody, so the connection lives as long as we do.
        """

    def _current(self) -> Connection | None:
        return self._presence.current

    async def _heard(self, frame: Frame) -> Kicked | None:
        """A callback: remembered, then written down in the order of its conversation."""
        settings = self._settings
        found = read(frame, settings.spoken, settings.zone, self._parts.clock())
        if isinstance(found, Kicked):
            return found
        if found is None:
            log.info("callback_ignored")
            return None
        self._callbacks.note(found)
        await self._lines.put(found)
        return None
