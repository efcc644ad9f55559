"""A Qingtuan in the test's process that is connected to the emulated gateway."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from bot.app import App
from bot.channels.wecom_bot import WecomBotChannel, wiring
from bot.channels.wecom_bot.connection import Times
from bot.chat import Button, Message
from bot.config import Config
from bot.router import Router
from tests.emulators.wecom_bot.gateway import BOT, SECRET

KEY = "1:" + "A" * 43 + "="
QUICK = Times(
    ping=0.3,
    answer=1.0,
    connect=2.0,
    first=0.05,
    longest=0.4,
    refused=0.3,
    longest_refused=1.0,
    settled=0.2,
    look=0.1,
    away=0.5,
)


def configured(url: str, ws_url: str, folder: Path, **bot: str) -> Config:
    """A configuration with the channel on; the playground gets what the operator is told."""
    sections = {
        "app": {"secret_key": "s" * 40, "admins": ["wecom-bot:root"]},
        "database": {"url": url},
        "privacy": {"pii_keys": [KEY]},
        "wecom_bot": {"bot_id": BOT, "secret": SECRET, "ws_url": ws_url, **bot},
    }
    return Config.of((sections,), folder)


@asynccontextmanager
async def served(
    url: str, ws_url: str, folder: Path, times: Times = QUICK, role: str = "all", **bot: str
) -> AsyncIterator[App]:
    """The product with the channel on, as impatient as `times` say."""
    wiring.TIMES, usual = times, wiring.TIMES
    try:
        app = App(configured(url, ws_url, folder, **bot), role)
    finally:
        wiring.TIMES = usual
    await app.start()
    try:
        yield app
    finally:
        await app.stop()


def channel_of(app: App) -> WecomBotChannel:
    """The channel itself."""
    (found,) = app.channels
    assert isinstance(found, WecomBotChannel)
    return found


def message(account: str, text: str, number: int = 1, labels: int = 0, **more: Any) -> Message:
    """A worded message as the dispatcher hands it over, with so many buttons."""
    rows = tuple((Button(f"选{n}", f"token-{number}-{n}"),) for n in range(1, labels + 1))
    return Message(number, account, text, rows, **more)


def watched(app: App) -> list[Any]:
    """The events that reach a turn, as they come."""
    seen: list[Any] = []
    answer = Router.answer

    async def listen(turn: Any, event: Any) -> None:
        seen.append(event)
        await answer(app.router, turn, event)

    app.router.answer = listen  # type: ignore[method-assign]  # a listener, not a double
    return seen


async def until(true: Callable[[], Any], seconds: float = 15.0) -> None:
    """Look again and again; TimeoutError if it does not come true."""
    async with asyncio.timeout(seconds):
        while not true():  # noqa: ASYNC110  # some of it is in another process
            await asyncio.sleep(0.02)
