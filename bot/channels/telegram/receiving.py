"""What both ways of receiving share: read an update, complete it, write it down."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from aiogram.types import Update

from bot.channels.telegram.contents import Nameless
from bot.channels.telegram.files import Files
from bot.channels.telegram.reading import moved, read
from bot.chat import Event
from bot.intake import Intake
from storage.connections import Unavailable


class Receiver:
    """The way of an update to the inbox. `username` is the bot's own, once it is known."""

    def __init__(self, intake: Intake, files: Files, clock: Callable[[], datetime]) -> None:
        self._intake = intake
        self._files = files
        self._clock = clock
        self.username: str | None = None

    def event(self, update: Update) -> Event | Nameless | None:
        """What an update says to us."""
        return read(update, self.username, self._clock())

    async def keep(self, event: Event) -> None:
        """Write it down with its file. Unavailable if it cannot be kept."""
        await self._intake.accept(await self._files.filled(event))

    async def moved(self, old: int, new: int) -> None:
        """A send was told that a group has another id now. Where it cannot be kept: next time."""
        try:
            await self._intake.accept(moved(old, new, self._clock()))
        except Unavailable:
            return
