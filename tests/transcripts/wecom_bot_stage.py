"""The WeCom bot as a stage: the product holds its connection to the emulated gateway."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from bot.app import App
from bot.channel import Limits
from bot.channels.wecom_bot import sending, wiring
from bot.channels.wecom_bot.connection import Times
from bot.channels.wecom_bot.room import A_MINUTE, Room
from bot.chat import Event
from tests.bot.wecom_bot.rig import channel_of
from tests.emulators.wecom_bot.client import Gateway, Json
from tests.emulators.wecom_bot.gateway import BOT, SECRET
from tests.transcripts.stage import Button, Heard, Ways, answered, configured
from tests.transcripts.wecom_bot_seen import Seen, takes_place
from tests.world import Ear, MovableClock, World

PEOPLE = ("root", "ann", "bob", "sec", "off", "new")
_APART = 60 / A_MINUTE * 3  # seconds between what people do: nobody is told too much
_QUICK = Times(first=0.02, look=0.02, away=60.0)
_PATIENCE = 20.0  # seconds


class WecomBotStage:
    """What people do and see in their chat with the bot."""

    channel = "wecom-bot"
    ways = Ways(in_place=True, places=False, blank_lines=False)

    def __init__(self, app: App, world: World, gateway: Gateway) -> None:
        self.world = world
        self._product = app
        self._gateway = gateway
        self._seen: dict[str, Seen] = {}
        self._change = 0
        self._told = self._kept = 0  # callbacks that left, and those that were written down
        self._keeping = asyncio.Condition()
        self._listen()

    def _listen(self) -> None:
        lines = channel_of(self._product)._lines
        accept = lines._accept

        async def listened(event: Event) -> bool:
            fresh = await accept(event)
            async with self._keeping:
                self._kept += 1
                self._keeping.notify_all()
            return fresh

        lines._accept = listened

    def external(self, who: str) -> str:
        """The user ids of members are words."""
        return who

    def _date(self) -> int:
        self.world.clock.forward(seconds=_APART)
        return int(self.world.clock().timestamp())

    async def _said(self, who: str, text: str = "", **more: Any) -> None:
        said = await self._gateway.say(who, text, at=self._date(), **more)
        assert said["delivered"]
        self._told += 1

    async def say(self, who: str, text: str, *, forwarded: bool = False) -> None:
        """Write it."""
        assert not forwarded, "nothing says that a message was forwarded"
        await self._said(who, text)

    async def edit(self, who: str, text: str) -> None:
        """Nobody can edit."""
        raise AssertionError(f"{who} cannot edit to {text}")

    async def press(self, who: str, message: int, button: Button) -> None:
        """Press a button of a message, or what somebody else's button sends."""
        seen = self._seen.get(who, Seen())
        if message in seen.numbered:  # a number means the newest message, a label any
            await self.say(who, button.data if message == seen.newest else button.label)
            return
        task = seen.tasks.get(message, "nobody's")
        told: Json = {"key": button.data, "task": task, "at": self._date()}
        assert (await self._gateway.press(who, **told))["delivered"]
        self._told += 1

    async def send(self, who: str, name: str, content: bytes) -> None:
        """Send a file or a photo."""
        kind = "image" if name.endswith(".jpg") else "file"
        await self._said(who, kind=kind, content=content, name=name)

    async def place(self, who: str, latitude: float, longitude: float) -> None:
        """WeCom does not say where a place is that a bot is shown."""
        await self._said(who, kind="location")

    async def heard(self, people: Sequence[str]) -> dict[str, list[Heard]]:
        """What is new or changed in the chats since the last look."""
        async with asyncio.timeout(_PATIENCE), self._keeping:
            await self._keeping.wait_for(lambda: self._kept >= self._told)
        await answered(self._product, self.world)
        found = await self._gateway.control("news", since=self._change)
        self._change, told = found["change"], found["messages"]
        return {who: self._seen.setdefault(who, Seen()).new(told.get(who, ())) for who in people}

    def takes_place(self, heard: Heard, pressed: Heard) -> bool:
        """A card becomes what one card can say."""
        return not pressed.attachment and takes_place(heard)


@asynccontextmanager
async def wecom_bot_stage(
    url: str, folder: Path, language: str, *, gateway: Gateway, **more: Any
) -> AsyncIterator[WecomBotStage]:
    """The product with the WeCom bot on; as fast as the table can be read."""
    await gateway.control("settings", a_minute=1e9, an_hour=1e9)
    await gateway.control("written", users=PEOPLE)
    clock = MovableClock()
    told = {"bot_id": BOT, "secret": SECRET, "ws_url": gateway.ws_url}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(wiring, "TIMES", _QUICK)
        app = App(configured(url, folder, language, "wecom-bot:root", wecom_bot=told), clock=clock)
    channel = channel_of(app)
    channel.limits = Limits()  # how fast it may go is tested elsewhere
    channel._sender._room = Room(lambda: clock().timestamp())
    world = World(app, clock, Ear("wecom-bot"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sending, "PART_SECONDS", 0.0)
        await app.start()
        try:
            await gateway.connected()
            yield WecomBotStage(app, world, gateway)
        finally:
            await app.stop()
