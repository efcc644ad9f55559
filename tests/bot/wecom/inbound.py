"""What the tests of receiving share: a lock, fields, and a Qingtuan that WeCom can call."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import uvicorn
from starlette.routing import BaseRoute

from bot.app import App
from bot.channels.wecom.crypto import Crypto
from bot.channels.wecom.door import Door, Settings
from bot.channels.wecom.envelope import parsed
from bot.channels.wecom.heard import Change, Heard
from bot.channels.wecom.lock import Lock
from bot.channels.wecom.reading import read
from bot.channels.wecom.receiving import Others, Receiver
from bot.chat import Event
from bot.commands.serve import Server
from bot.config import Config
from bot.unanswered import Protocol
from tests.emulators.wecom.callbacks import KEY, TOKEN, Identity
from tests.emulators.wecom.letters import AGENT, CORP, NOW
from tests.world import Ear, MovableClock

PATH = "/wecom/callback"
AT = datetime.fromtimestamp(NOW, UTC)
ZONE = ZoneInfo("Asia/Shanghai")
SETTINGS = Settings(CORP, AGENT, TOKEN, KEY, PATH)
FOREIGN = "这个码不是青团的"


def lock() -> Lock:
    """The guards of the app."""
    return Lock(Crypto(TOKEN, KEY, CORP), CORP, AGENT)


def opened(letter: str, identity: Identity | None = None) -> str:
    """A letter through all guards and back."""
    who = identity or Identity()
    sealed = who.sealed(letter)
    found, query = lock(), list(who.query(sealed, NOW).items())
    return found.opened(found.proof(query), who.envelope(sealed).encode(), AT)


def heard(letter: str, now: datetime = AT) -> tuple[Heard, ...]:
    """What a letter means."""
    return read(parsed(letter), AGENT, ZONE, now)


def event_of(letter: str) -> Event:
    """The one event that a letter means."""
    (found,) = heard(letter)
    assert isinstance(found, Event)
    return found


@dataclass
class Told:
    """An operator, and everybody else who is told of callbacks."""

    alarms: list[str] = field(default_factory=list)
    over_: list[str] = field(default_factory=list)
    pressed: list[Event] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)

    async def tell(self, kind: str, shown: str, **facts: Any) -> None:
        self.alarms.append(kind)

    def over(self, kind: str) -> None:
        self.over_.append(kind)


class Listening(Ear):
    """A WeCom that is called as the real one is, and sends into the test's ear."""

    def __init__(self, app: App, told: Told, others: Others) -> None:
        super().__init__("wecom")
        self.receiver = Receiver(
            *(app.intake, app.clock, CORP, AGENT, told, app.tasks, ZONE, FOREIGN, others)
        )

    def routes(self) -> Sequence[BaseRoute]:  # type: ignore[override]  # the routes of the door
        return Door(self.receiver, SETTINGS).routes


@dataclass
class House:
    """A running product, its address, and what WeCom's people were told."""

    app: App
    url: str
    ear: Listening
    told: Told
    clock: MovableClock
    events: list[Event]  # as they came to their turns

    async def settled(self) -> None:
        """Until no turn runs and nothing is being sent."""
        await self.app.turns.idle()
        await self.app.dispatcher.idle()

    def said_to(self, account: str) -> list[str]:
        """What an account was told."""
        return [one.text for one in self.ear.heard.get(account, [])]


@asynccontextmanager
async def open_house(
    url: str, folder: Path, protocol: Any = Protocol, **more: Any
) -> AsyncIterator[House]:
    """A product that only WeCom reaches; `protocol` is how it speaks HTTP."""
    sections = {
        "app": {"secret_key": "s" * 40, "admins": ["web:root"]},
        "database": {"url": url},
        "privacy": {"pii_keys": ["1:" + "A" * 43 + "="]},
    }
    told, clock = Told(), MovableClock(datetime.now(UTC))
    others = Others(pressed=told.pressed.append, changed=told.changes.append, **more)
    config = Config.of((sections,), folder)
    app = App(config, clock=clock, make_channels=lambda made: [Listening(made, told, others)])
    events: list[Event] = []
    answer = app.router.answer

    async def watched(turn: Any, event: Event) -> None:
        events.append(event)
        await answer(turn, event)

    app.router.answer = watched  # type: ignore[method-assign]  # a listener, not a double
    (ear,) = app.channels
    assert isinstance(ear, Listening)
    server = Server(
        uvicorn.Config(app.web(), port=0, http=protocol, log_config=None, lifespan="off")
    )
    serving = asyncio.ensure_future(server.serve())
    while not server.started:  # noqa: ASYNC110  # uvicorn tells nobody
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    await app.start()
    try:
        yield House(app, f"http://127.0.0.1:{port}{PATH}", ear, told, clock, events)
    finally:
        await app.stop()
        server.should_exit = True
        await serving
