"""Telegram as a stage: the product polls the emulated Bot API, people write and press there."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from bot.app import App
from bot.channel import Limits
from tests.bot.telegram.rig import channel_of
from tests.emulators.telegram.client import Json, Telegram
from tests.emulators.telegram.network import TOKEN
from tests.transcripts.stage import Button, Heard, Ways, answered, configured
from tests.world import Ear, MovableClock, World

FIRST = 1001
_AGES = 1e12  # the clock of the table is not the emulator's: nothing is too old to be told
PEOPLE = 40  # who may be written to, because they wrote once, long ago


class TelegramStage:
    """What people do and see in Telegram's own app."""

    channel = "telegram"
    ways = Ways(in_place=True, edits=True, forwards=True, deep_links=True)

    def __init__(self, app: App, world: World, telegram: Telegram) -> None:
        self.world = world
        self._product = app
        self._telegram = telegram
        self._numbers: dict[str, int] = {"root": 1}
        self._seen = 0
        self._known: set[tuple[str, int]] = set()
        self._said: dict[str, int] = {}

    def external(self, who: str) -> str:
        """A number, given in the order of first use."""
        return str(self._user(who))

    def _user(self, who: str) -> int:
        return self._numbers.setdefault(who, FIRST + len(self._numbers) - 1)

    def _date(self) -> int:
        return int(self.world.clock().timestamp())

    async def say(self, who: str, text: str, *, forwarded: bool = False) -> None:
        """Write it; `forwarded`: somebody else did."""
        more: Json = {"forward": "某人"} if forwarded else {}
        said = await self._telegram.say(self._user(who), text, date=self._date(), **more)
        self._said[who] = said["message_id"]

    async def edit(self, who: str, text: str) -> None:
        """Edit the last message."""
        told = {"message_id": self._said[who], "text": text, "date": self._date()}
        await self._telegram.control("edit", user=self._user(who), **told)

    async def press(self, who: str, message: int, button: Button) -> None:
        """Press a button of a message, or what somebody else's button sends."""
        mine: Json = {"message_id": message} if (who, message) in self._known else {}
        await self._telegram.press(self._user(who), data=button.data, date=self._date(), **mine)

    async def send(self, who: str, name: str, content: bytes) -> None:
        """Send a document or a photo."""
        more = {"date": self._date()}
        if name.endswith(".jpg"):
            await self._telegram.photo(self._user(who), content, **more)
        else:
            await self._telegram.document(self._user(who), content, name, **more)

    async def place(self, who: str, latitude: float, longitude: float) -> None:
        """Share a place."""
        where = {"latitude": latitude, "longitude": longitude, "date": self._date()}
        await self._telegram.control("location", user=self._user(who), **where)

    async def heard(self, people: Sequence[str]) -> dict[str, list[Heard]]:
        """What is new or edited in the chats since the last look."""
        await self._telegram.quiet()
        await answered(self._product, self.world)
        found = await self._telegram.control("news", since=self._seen)
        self._seen = found["change"]
        told = found["messages"]
        return {
            who: [self._shown(who, one) for one in told.get(str(self._user(who)), ())]
            for who in people
        }

    def takes_place(self, heard: Heard, pressed: Heard) -> bool:
        """Words can be edited, what is attached cannot."""
        return not (heard.attachment or pressed.attachment)

    def _shown(self, who: str, one: Json) -> Heard:
        number = one["message_id"]
        edited = (who, number) in self._known
        self._known.add((who, number))
        buttons = tuple(
            Button(button["text"], button.get("callback_data", ""), button.get("url", ""))
            for row in one["buttons"]
            for button in row
        )
        kind = "image" if one.get("photo") else "file" if one.get("document") else ""
        text = str(one.get("text") or one.get("caption") or "")
        return Heard(number, text, buttons, edited, kind)


@asynccontextmanager
async def telegram_stage(
    url: str, folder: Path, language: str, *, telegram: Telegram, agreed: bool = True, **more: Any
) -> AsyncIterator[TelegramStage]:
    """The product with the Telegram channel on; as fast as the table can be read.

    `agreed`: whoever speaks has agreed before that messages are kept abroad.
    """
    await telegram.control("limits", on=False)
    await telegram.control("settings", message_seconds=_AGES, callback_seconds=_AGES)
    await telegram.control("users", count=PEOPLE, first=FIRST)
    await telegram.control("users", count=1, first=1)
    clock = MovableClock()
    told = {"token": TOKEN, "api_base": telegram.api_base}
    app = App(configured(url, folder, language, "telegram:1", telegram=told), clock=clock)
    channel_of(app).limits = Limits()  # how fast it may go is tested elsewhere
    world = World(app, clock, Ear("telegram"))
    await app.start()
    try:
        yield TelegramStage(app, world, telegram)
    finally:
        await app.stop()
