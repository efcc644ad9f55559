"""The WeCom channel (self-built app) as the dispatcher and the application know it."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from starlette.routing import BaseRoute

from bot.channel import Fate, Limits, Sent
from bot.channels.wecom import menu
from bot.channels.wecom.api import Api, fate_of_silence
from bot.channels.wecom.client import Client, NoAnswer, errcode
from bot.channels.wecom.codes import Codes
from bot.channels.wecom.fates import fate_of
from bot.channels.wecom.heard import CHANNEL
from bot.channels.wecom.limits import Members
from bot.channels.wecom.many import send_many
from bot.channels.wecom.parts import Labels
from bot.channels.wecom.sending import CHECKED, Sender
from bot.channels.wecom.standing import Alarm, Barred, Standing
from bot.channels.wecom.token import Shared, Tokens
from bot.chat import Message
from bot.tasks import Tasks

log = structlog.get_logger("wecom")

FILE_BYTES = 5 * 1024 * 1024  # that are fetched; as many as the playground takes
_LONGEST = 300.0  # seconds between tries to show the menu


@dataclass(frozen=True, slots=True)
class App:
    """The self-built app. `secret` answers its secret as it is configured now (it may read files).

    `receives`: this process also shows the menu.
    """

    api_base: str
    corp_id: str
    agent_id: int
    secret: Callable[[], str]
    cards: bool = True
    receives: bool = True


@dataclass(frozen=True, slots=True)
class Parts:
    """What the channel uses of the application."""

    clock: Callable[[], datetime]
    tasks: Tasks
    alarm: Alarm
    labels: Labels
    menu: menu.Entry
    shared: Shared | None = None


class WecomChannel:
    """Sends. What it hears comes through the routes that it is `heard_by`.

    Answers go out once, whatever happens. Notices carry WeCom's duplicate check from their first
    try: they may be tried again for as long as it lasts.
    """

    name = CHANNEL
    repeatable = False
    # 16 a minute and 9 at once: at most 25 in any minute (30 there) and 969 in an hour (1,000).
    limits = Limits(
        per_second=160.0,  # 10,000 a minute there
        account_per_second=16 / 60,
        account_burst=9,
        account_counted=True,  # 25 in any minute (limits.Members)
        known_seconds=(CHECKED - timedelta(minutes=5)).total_seconds(),
    )

    def __init__(self, app: App, parts: Parts) -> None:
        self._app = app
        self._parts = parts
        self._routes: Sequence[BaseRoute] = ()
        self._client = Client(app.api_base)
        self._tokens = Tokens(self._client, app.corp_id, app.secret, parts.clock, parts.shared)
        self.standing = Standing(parts.clock, parts.alarm, parts.tasks)
        self.api = Api(self._client, self._tokens, self.standing)
        self.codes = Codes(parts.clock)
        self.sender = Sender(
            *(self.api, self.standing, self.codes, Members(), parts.labels),
            agent_id=app.agent_id,
            clock=parts.clock,
            cards=app.cards,
        )

    def beside(self, standing: Standing, answers: Collection[int]) -> Api:
        """Other calls of the same app, which may make sense while these do not."""
        return Api(self._client, self._tokens, standing, answers)

    def heard_by(self, routes: Sequence[BaseRoute]) -> None:
        """The routes by which WeCom reaches us."""
        self._routes = routes

    def routes(self) -> Sequence[BaseRoute]:
        """The callback address."""
        return self._routes

    async def start(self) -> None:
        """Show the menu in the background."""
        tasks = self._parts.tasks
        tasks.start(self._hold_session(), "wecom-session")
        if self._app.receives:
            tasks.start(self._show_menu(), "wecom-menu")

    async def send(self, message: Message) -> Sent:
        """Try to send one message, or what is left of it."""
        return await self.sender.send(message)

    async def send_many(self, messages: Sequence[Message]) -> Mapping[int, Sent]:
        """The fate of each by its id; equal ones go out as one call for every thousand."""
        return await send_many(self.sender, messages)

    async def recall(self, platform_id: str) -> Sent:
        """Take a message back that was sent within 24 h; members in the WeChat plugin keep it."""
        barred = self.standing.barred()
        if barred is not None:
            return barred
        try:
            answer = await self.api.post("message/recall", {"msgid": platform_id})
        except NoAnswer as silence:
            return fate_of_silence(silence)
        except Barred as closed:
            return closed.sent
        finally:
            self.standing.gave_up()
        return fate_of(errcode(answer)) if errcode(answer) else Sent(Fate.SENT)

    async def fetch(self, media_id: str) -> Mapping[str, Any]:
        """A file that somebody sent: `content` (base64) or `too_big`. Barred or NoAnswer if not."""
        found = await self.api.download(media_id, FILE_BYTES)
        if found is None:
            return {"too_big": True}
        return {"content": base64.b64encode(found).decode()}

    async def stop(self) -> None:
        """What is in hand may still be sent until the program ends."""

    async def _hold_session(self) -> None:
        """Keep the connections until every other task has been told to end."""
        try:
            await asyncio.Event().wait()
        finally:
            await self._client.close()
            if self._parts.shared is not None:
                await self._parts.shared.close()

    async def _show_menu(self) -> None:
        wait = 5.0
        while True:
            try:
                if self.standing.barred() is None:
                    changed = await menu.show(self.api, self._app.agent_id, self._parts.menu)
                    log.info("menu_shown", changed=changed)
                    return
            except (NoAnswer, Barred) as error:
                log.warning("menu_not_shown", kind=type(error).__name__)
            finally:
                self.standing.gave_up()
            await asyncio.sleep(wait)
            wait = min(_LONGEST, wait * 2)
