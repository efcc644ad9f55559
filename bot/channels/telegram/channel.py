"""The Telegram channel as the dispatcher and the application know it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import structlog
from aiogram import Bot
from aiogram.client.telegram import TelegramAPIServer
from aiogram.exceptions import (
    AiogramError,
    TelegramNotFound,
    TelegramRetryAfter,
    TelegramUnauthorizedError,
)
from aiogram.utils.token import TokenValidationError
from starlette.routing import BaseRoute

from bot.channel import Limits, Sent
from bot.channels.telegram.door import Door
from bot.channels.telegram.files import Files
from bot.channels.telegram.menu import Menu
from bot.channels.telegram.plan import private_link
from bot.channels.telegram.polling import Polling
from bot.channels.telegram.reading import CHANNEL, HEARD
from bot.channels.telegram.receiving import Receiver
from bot.channels.telegram.sending import Sender
from bot.channels.telegram.session import Session
from bot.channels.telegram.standing import AGAIN_SECONDS, Alarm, Standing
from bot.chat import Message
from bot.intake import Intake
from bot.single import Work, whenever_held
from bot.tasks import Tasks
from storage.holding import Holding

log = structlog.get_logger("telegram")

_CONNECTIONS = 40  # that Telegram may open to our webhook
_LONGEST = 60.0  # seconds between tries to present ourselves


@dataclass(frozen=True, slots=True)
class Settings:
    """How to reach Telegram and how it reaches us. `hook`: the whole address, empty when polling.

    `renewed` answers the token as it is configured now; it may read files.
    """

    api_base: str
    token: str
    renewed: Callable[[], str]
    hook: str = ""
    hook_path: str = ""
    hook_secret: str = ""
    receives: bool = True


@dataclass(frozen=True, slots=True)
class Parts:
    """What the channel uses of the application."""

    intake: Intake
    clock: Callable[[], datetime]
    tasks: Tasks
    alarm: Alarm
    holding: Holding
    menu: Menu
    place_label: str


class TelegramChannel:
    """Receives by polling or by webhook and sends. Sending twice after a crash is possible."""

    name = CHANNEL
    label = "Telegram"
    limits = Limits(
        per_second=26.0,  # 30 are taken in any second, also where some are late on their way
        burst=1,
        account_per_second=1.0,
        account_burst=3,
        bulk_only=True,
        group_prefix="-",
        group_per_minute=20.0,
    )
    repeatable = True

    def __init__(self, settings: Settings, parts: Parts) -> None:
        self._settings = settings
        self._parts = parts
        server = TelegramAPIServer.from_base(settings.api_base)
        self._session = Session(api=server)
        self._token = settings.token
        self._bot = Bot(self._token, self._session)
        self._standing = Standing(parts.clock, parts.alarm, parts.tasks)
        self._receiver = Receiver(parts.intake, Files(self._current), parts.clock)
        self._sender = Sender(
            self._current, self._standing, self._receiver.moved, parts.place_label, self._name
        )
        self._receiving: list[asyncio.Task[None]] = []
        self._go_on: Callable[[], None] = _nobody

    def _current(self) -> Bot:
        return self._bot

    def _name(self) -> str | None:
        return self._receiver.username

    def opens(self, payload: str) -> str | None:
        """The deep link into our private chat (Bot features, deep linking)."""
        return private_link(payload, self._name())

    def resumes(self, go_on: Callable[[], None]) -> None:
        """Call this whenever the token is taken: what met a refused one can be sent."""
        self._go_on = go_on

    def routes(self) -> Sequence[BaseRoute]:
        """The webhook, where there is one."""
        settings = self._settings
        if not settings.hook:
            return ()
        return (Door(self._receiver, settings.hook_path, settings.hook_secret).route,)

    async def start(self) -> None:
        """Present ourselves in the background, then poll or be called."""
        tasks = self._parts.tasks
        tasks.start(self._hold_session(), "telegram-session")
        tasks.start(self._tend(), "telegram")
        if self._settings.receives:
            self._receiving.append(tasks.start(self._receive(), "telegram-receiving"))

    async def _receive(self) -> None:
        """What one process at a time does: polling, and following who holds which role."""
        parts = self._parts
        polling = Polling(self._current, self._receiver, self._standing, parts.tasks)
        works: list[Work] = [partial(parts.menu.follow, self._current)]
        if not self._settings.hook:
            works.append(polling.run)
        await whenever_held(parts.holding, parts.tasks, works, CHANNEL)

    async def send(self, message: Message) -> Sent:
        """Try to send one message, or its next part."""
        return await self._sender.send(message)

    async def stop(self) -> None:
        """Receive nothing more; what is in hand may still be sent until the program ends."""
        for task in self._receiving:
            task.cancel()
        if self._receiving:
            await asyncio.wait(self._receiving)

    async def _hold_session(self) -> None:
        """Keep the connections until every other task has been told to end."""
        try:
            await asyncio.Event().wait()
        finally:
            await self._session.close()

    async def _tend(self) -> None:
        """Present ourselves; whenever the token is refused, look for a new one."""
        while True:
            await self._insistently(self._presented)
            if not self._standing.refused.is_set():
                await self._insistently(self._shown)
                await self._standing.refused.wait()
            await asyncio.sleep(AGAIN_SECONDS)
            await self._renew()

    async def _insistently(self, attempt: Callable[[], Awaitable[None]]) -> None:
        """Until it succeeds or the token is refused."""
        wait = 1.0
        while True:
            try:
                return await attempt()
            except (TelegramUnauthorizedError, TelegramNotFound):
                return self._standing.refuse()
            except TelegramRetryAfter as error:
                wait = max(wait, float(error.retry_after))
            except AiogramError as error:
                log.warning("telegram_not_reached", kind=type(error.__cause__ or error).__name__)
            await asyncio.sleep(wait)
            wait = min(_LONGEST, wait * 2)

    async def _presented(self) -> None:
        """Learn our name and say how we want to be called."""
        bot, settings = self._bot, self._settings
        self._receiver.username = (await bot.get_me()).username
        if settings.receives and settings.hook:
            await bot.set_webhook(
                settings.hook,
                secret_token=settings.hook_secret,
                allowed_updates=list(HEARD),
                max_connections=_CONNECTIONS,
            )
        elif settings.receives:
            await bot.delete_webhook()
        self._standing.accept()
        self._go_on()

    async def _shown(self) -> None:
        if self._settings.receives:
            await self._parts.menu.show(self._bot)

    async def _renew(self) -> None:
        """Take the token that is configured now."""
        try:
            token = await asyncio.to_thread(self._settings.renewed)
            if token != self._token:
                self._bot, self._token = Bot(token, self._session), token
        except TokenValidationError:
            log.warning("token_malformed")


def _nobody() -> None:
    """Nobody waits to be told yet."""
