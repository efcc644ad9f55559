"""The one place that knows everybody: wires the program by hand, starts and stops it in order."""

from __future__ import annotations

import asyncio
import gc
import hashlib
import hmac
import os
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import structlog
from starlette.applications import Starlette

from bot.channel import Channel, Opens, Resumes
from bot.chat import Kind
from bot.config import Config
from bot.intake import Intake, Turns
from bot.router import Handler, Router, Routes
from bot.tasks import Tasks
from bot.web import HOOK, make_app
from bot.words import Words
from domain.retention import Limits
from domain.webhooks import WECOM
from scheduler.alerts import Alerts
from scheduler.clock import Clock
from scheduler.dispatcher import Dispatcher
from scheduler.pace import Pace
from services import requirements
from services.turn import House
from storage import inbox, migrate, outbox_state
from storage.connections import Unavailable
from storage.limits import redis_answers
from storage.store import Store
from storage.tx import Tx
from storage.vault import Vault

log = structlog.get_logger("app")

LAG = timedelta(seconds=30)  # an outbox older than this is called degraded
DRAIN_SECONDS = 3.0  # for turns, and again for messages: with the HTTP answers under 10 s

MakeChannels = Callable[["App"], Sequence[Channel]]


def now() -> datetime:
    """The time. Everything else is given it as an argument."""
    return datetime.now(UTC)


def routes() -> tuple[tuple[Routes, ...], Handler]:
    """Every handler of the product, and the one for what nobody else understands."""
    from handlers import (
        appchat,
        cancel,
        forget,
        group,
        help,  # noqa: A004  # the feature is called so
        hours,
        invite,
        join,
        lang,
        layout,
        link,
        log,
        me,
        members,
        mydata,
        privacy,
        registrations,
        reversal,
        review,
        robot,
        roles,
        roster,
        start,
        units,
        unknown,
    )

    features = (
        *(start, join, me, hours, log, privacy, mydata, forget, lang, layout, link, cancel),
        *(members, roster, invite, group, robot, appchat, registrations, review, reversal),
        *(units, roles),
    )
    found = tuple(feature.ROUTES for feature in features)
    commands = tuple(command for group in found for command in group.commands)
    helping = help.routes(commands)
    return (*found, helping), unknown.answering((*commands, *helping.commands), robot.pasted)


def _happened() -> dict[Kind, Handler]:
    """What answers the kinds of events that are no words to us."""
    from handlers import log, reaching

    return {Kind.EDITED: log.edited, Kind.LEFT: reaching.left, Kind.MOVED: reaching.moved}


class App:
    """The running program. `role` is all, web (receives) or worker (sends late things, clock)."""

    def __init__(
        self,
        config: Config,
        role: str = "all",
        clock: Callable[[], datetime] = now,
        make_channels: MakeChannels | None = None,
    ) -> None:
        self.config = config
        self.role = role
        self.clock = clock
        self.tasks = Tasks()
        self.house = make_house(config)
        self.store = Store(config.database.url.get_secret_value(), self.house.vault)
        self.words = Words(self.house.zone)
        known, unknown = routes()
        from handlers import room

        self.router = Router(known, self.words, unknown, _happened(), room.heard)
        self.alerts = Alerts(self.store, self.house, clock)
        self._by_name: dict[str, Channel] = {}
        self._wire()
        for channel in (make_channels or configured_channels)(self):
            self._by_name[channel.name] = channel

    def _wire(self) -> None:
        config, store, house, clock = self.config, self.store, self.house, self.clock
        pace = Pace(config.redis.url.get_secret_value())
        self.dispatcher = Dispatcher(
            store, house, self.words, self._by_name, pace, clock, self.tasks
        )
        self.turns = Turns(
            *(store, house, self.router, clock, self.tasks),
            deliver=self.dispatcher.take,
            queued=self.dispatcher.queued,
        )
        self.intake = Intake(store, self.turns, clock)
        self.ticking = Clock(
            store,
            clock,
            limits(config),
            self.alerts,
            config.database.sqlite_path,
        )

    @property
    def channels(self) -> Sequence[Channel]:
        """The channels that run in this process."""
        return tuple(self._by_name.values())

    def web(self) -> Starlette:
        """The HTTP application with the routes of every channel."""
        found = [route for channel in self.channels for route in channel.routes()]
        hook = {self.config.telegram.webhook_path: HOOK}
        return make_app(self.ready, found, hook, self._ways)

    def _ways(self, payload: str) -> Sequence[tuple[str, str]]:
        opening = [channel for channel in self.channels if isinstance(channel, Opens)]
        links = [(channel.label, channel.opens(payload)) for channel in opening]
        return [(label, link) for label, link in links if link is not None]

    async def start(self) -> None:
        """Resume what was pending, then begin to receive. Waits for no platform."""
        await self.turns.resume(self.clock())
        for channel in self.channels:
            if isinstance(channel, Resumes):
                channel.resumes(partial(self.dispatcher.go_on, channel.name))
            await channel.start()
        if self.role != "web":
            self.tasks.start(self.dispatcher.run(), "dispatcher")
            self.ticking.start(self.turns.resume)
        gc.collect()
        gc.freeze()  # what is wired now stays: full collections need not look at it again

    async def stop(self) -> None:
        """Take nothing more in, finish what is in hand, leave the rest to the next start."""
        self.ticking.stop()
        for channel in self.channels:
            await channel.stop()
        try:
            await asyncio.wait_for(self.turns.idle(), DRAIN_SECONDS)
        except TimeoutError:
            log.warning("turns_left_for_the_next_start")
        await self.dispatcher.stop(DRAIN_SECONDS)
        await self.tasks.stop()
        await self.ticking.seal()
        await asyncio.to_thread(self.store.close)

    async def ready(self) -> dict[str, Any]:
        """What /readyz answers: ready, degraded (still serving) or down."""
        checks: dict[str, str] = {}
        try:
            lag = await asyncio.wait_for(self.store.read(self._lag), 2)
            checks["database"] = "ok"
            checks["outbox"] = "ok" if lag <= LAG else f"oldest waits {int(lag.total_seconds())} s"
        except (Unavailable, TimeoutError):
            checks["database"] = "unreachable"
        url = self.config.database.url.get_secret_value()
        if checks["database"] == "ok":
            found = await asyncio.to_thread(migrate.revision, url)
            checks["migrations"] = "ok" if migrate.serves(found) else "not up to date"
        redis = self.config.redis.url.get_secret_value()
        if redis:
            checks["redis"] = "ok" if await redis_answers(redis) else "unreachable"
        if self.dispatcher.trouble is not None:
            checks["outbox"] = f"cannot be read: {self.dispatcher.trouble}"
        checks.update(self.alerts.standing)
        return {"status": _status(checks), "checks": checks}

    async def _lag(self, tx: Tx) -> timedelta:
        await inbox.backlog(tx)
        oldest = await outbox_state.oldest_due(tx)
        return timedelta() if oldest is None else max(timedelta(), self.clock() - oldest)


def _status(checks: dict[str, str]) -> str:
    if checks["database"] != "ok" or checks.get("migrations") != "ok":
        return "down"
    return "ready" if all(value == "ok" for value in checks.values()) else "degraded"


def make_house(config: Config) -> House:
    """What is the same for every turn, from the configuration."""
    secret = config.app.secret_key.get_secret_value()
    return House(
        vault=Vault(config.pii_keyring),
        key=hmac.new(secret.encode(), b"qingtuan/tokens", hashlib.sha256).digest(),
        zone=config.app.timezone,
        language=config.app.language,
        admins=frozenset(str(admin) for admin in config.app.admins),
        base_url=str(config.app.base_url).rstrip("/"),
        owner=os.urandom(8).hex(),
        rules=requirements.load(config.rules.dir),
        telegram_personal_data=config.privacy.telegram_personal_data,
        robots=bool(config.wecom.corp_id),
        robot_hosts=frozenset({WECOM, urlsplit(str(config.wecom.api_base)).hostname or ""}),
        cards=config.wecom.cards,
    )


def limits(config: Config) -> Limits:
    """How long things are kept, from the configuration."""
    return Limits(
        zone=config.app.timezone,
        inbox_days=config.privacy.inbox_days,
        record_years=config.privacy.record_years,
        spared=frozenset(str(admin) for admin in config.app.admins),
    )


def configured_channels(app: App) -> Sequence[Channel]:
    """The channels whose credentials are there; a library is imported only when it is needed."""
    found: list[Channel] = []
    if app.config.playground and app.role != "worker":
        from bot.channels.web import WebChannel

        found.append(WebChannel(app.intake, app.store, app.house, app.clock))
    if app.config.telegram.token.get_secret_value():
        from bot.channels.telegram import wired

        commands = tuple(app.router.commands.values())
        parts = (app.intake, app.store, app.clock, app.tasks, app.alerts, app.words, commands)
        found.append(wired(app.config, app.role, *parts))
    if app.config.wecom.corp_id:
        from bot.channels import wecom

        commands = tuple(app.router.commands.values())
        ours = wecom.wired(
            *(app.config, app.role, app.intake, app.store, app.clock, app.tasks),
            *(app.alerts, app.words, commands, lambda: [one.name for one in app.channels]),
        )
        chats = wecom.chats(ours, app.store, app.clock, app.tasks, app.alerts)
        found += [ours, chats, wecom.robots(app.config, app.store, app.clock, app.tasks)]
    if app.config.wecom_bot.bot_id:
        from bot.channels import wecom_bot

        commands = tuple(app.router.commands.values())
        found.append(
            wecom_bot.wired(
                *(app.config, app.role, app.intake, app.clock, app.tasks),
                *(app.alerts, app.words, commands),
            )
        )
    return found
