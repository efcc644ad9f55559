"""A Qingtuan in the test's process that talks to the emulated Telegram, and a sender alone."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import uvicorn
from aiogram import Bot
from aiogram.client.telegram import TelegramAPIServer

from bot.app import App
from bot.channel import Sent
from bot.channels.telegram import TelegramChannel
from bot.channels.telegram.sending import Sender
from bot.channels.telegram.session import Session
from bot.channels.telegram.standing import Standing
from bot.chat import Message
from bot.commands.serve import Server
from bot.config import Config
from bot.tasks import Tasks
from tests.emulators.telegram.network import TOKEN
from tests.world import MovableClock

KEY = "1:" + "A" * 43 + "="
SECRET = "a-secret_of_the_webhook"
HOOKED: dict[str, Any] = {"mode": "webhook", "webhook_secret": SECRET}


def free_port() -> int:
    """A port that nobody has just now."""
    with socket.socket() as made:
        made.bind(("127.0.0.1", 0))
        return int(made.getsockname()[1])


def configured(
    url: str, api_base: str, folder: Path, base: str = "http://127.0.0.1:1", **telegram: Any
) -> Config:
    """A configuration with the channel on."""
    sections = {
        "app": {"secret_key": "s" * 40, "admins": ["telegram:1"], "base_url": base},
        "database": {"url": url},
        "privacy": {"pii_keys": [KEY]},
        "telegram": {"token": TOKEN, "api_base": api_base, **telegram},
    }
    return Config.of((sections,), folder)


@asynccontextmanager
async def served(
    url: str, api_base: str, folder: Path, **telegram: Any
) -> AsyncIterator[tuple[App, str]]:
    """The product with the Telegram channel on; answers it and its own address."""
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    app = App(configured(url, api_base, folder, base, **telegram))
    server = Server(uvicorn.Config(app.web(), port=port, log_config=None, lifespan="off"))
    serving = asyncio.ensure_future(server.serve())
    await until(lambda: server.started)
    await app.start()
    try:
        yield app, base
    finally:
        await app.stop()
        server.should_exit = True
        await serving


def channel_of(app: App) -> TelegramChannel:
    """The channel itself."""
    (found,) = app.channels
    assert isinstance(found, TelegramChannel)
    return found


def message(account: int, text: str, number: int = 1) -> Message:
    """A worded message as the dispatcher hands it over."""
    return Message(number, str(account), text)


class Told:
    """An operator who keeps what the channel tells."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.standing: dict[str, str] = {}

    async def tell(self, kind: str, shown: str, **facts: Any) -> None:
        self.heard.append(kind)
        self.standing[kind] = shown

    def over(self, kind: str) -> None:
        self.standing.pop(kind, None)


class Alone:
    """A sender without the rest of the product."""

    def __init__(self, api_base: str, token: str = TOKEN) -> None:
        self.session = Session(api=TelegramAPIServer.from_base(api_base))
        self.bot = Bot(token, self.session)
        self.clock, self.tasks, self.operator = MovableClock(), Tasks(), Told()
        self.moved: list[tuple[int, int]] = []
        self.standing = Standing(self.clock, self.operator, self.tasks)
        self.sender = Sender(lambda: self.bot, self.standing, self._moves, "位置 · Place")
        self._numbers = iter(range(1, 1_000_000))

    async def _moves(self, old: int, new: int) -> None:
        self.moved.append((old, new))

    async def send(self, chat: int | str, text: str, **more: Any) -> Sent:
        """One attempt at a new message; `number` names an old one."""
        number = more.pop("number", None) or next(self._numbers)
        return await self.sender.send(Message(number, str(chat), text, **more))

    async def close(self) -> None:
        """Let go of the connections."""
        await self.tasks.stop()
        await self.session.close()


async def until(true: Callable[[], Any], seconds: float = 15.0) -> None:
    """Look again and again; TimeoutError if it does not come true."""
    async with asyncio.timeout(seconds):
        while not true():  # noqa: ASYNC110  # some of it is in another process
            await asyncio.sleep(0.02)
