"""The core without features: real store, turns and outbox; its few commands are the tests' own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

from bot.channel import Channel, Sent
from bot.chat import Choice, Event, Kind, Message, Reply, Say
from bot.intake import Intake, Turns
from bot.router import Command, Router, Routes, Said
from bot.tasks import Tasks
from bot.words import Words
from scheduler.dispatcher import Dispatcher
from scheduler.pace import Pace
from services.turn import House, Turn, note
from storage.audit import Line
from storage.migrate import _engine as engine
from storage.schema import metadata
from storage.store import Store
from storage.vault import Vault
from tests.world import Ear, MovableClock, Spoken

ZONE = ZoneInfo("Asia/Shanghai")


@cache
def words() -> Words:
    """The catalogue, read once."""
    return Words(ZONE)


def sentence(name: str, /, **facts: Any) -> str:
    """What a sentence of the catalogue says in Chinese now."""
    return words().say("zh-CN", name, facts)


class Platform(Ear):
    """A channel that also keeps every attempt, and may be told what to do before it answers."""

    def __init__(self) -> None:
        super().__init__("web")
        self.attempts: list[Message] = []
        self.before: Any = None

    async def send(self, message: Message) -> Sent:
        self.attempts.append(message)
        if self.before is not None:
            await self.before(message)
        return await super().send(message)


class Engine:
    """One process: what App wires, without the features. `name` tells two on one store apart."""

    def __init__(self, url: str, clock: MovableClock, name: str = "one") -> None:
        self.clock = clock
        self.platform = Platform()
        self.tasks = Tasks()
        vault = Vault([(1, bytes(32))])
        key = b"k" * 32
        self.house = House(vault, key, ZONE, "zh-CN", frozenset(), "", name)
        self.store = Store(url, vault)
        self.router = Router((_ROUTES,), words(), _unknown)
        channels: dict[str, Channel] = {"web": self.platform}
        self.dispatcher = Dispatcher(
            self.store, self.house, words(), channels, Pace(), clock, self.tasks
        )
        self.turns = Turns(
            *(self.store, self.house, self.router, clock, self.tasks),
            deliver=self.dispatcher.take,
            queued=self.dispatcher.queued,
        )
        self.intake = Intake(self.store, self.turns, clock)
        self._keys = count(1)

    def event(self, account: str, text: str, key: str = "", **payload: Any) -> Event:
        """A text of an account."""
        key = key or f"{self.house.owner}-{next(self._keys)}"
        return Event("web", account, key, Kind.TEXT, {"text": text, **payload}, self.clock())

    async def hear(self, account: str, text: str, key: str = "") -> list[Spoken]:
        """Take in a text and answer what the account was told because of it."""
        before = len(self.told(account))
        await self.intake.accept(self.event(account, text, key))
        await self.settle()
        return self.told(account)[before:]

    def told(self, account: str) -> list[Spoken]:
        """What an account was told."""
        return self.platform.heard.get(account, [])

    def hold_turns(self) -> None:
        """Events are written down and nothing more, as if the process had died right then."""
        self.turns.wake = lambda *_, **__: None  # type: ignore[method-assign]  # until `release_turns`

    def release_turns(self) -> None:
        """New events have their turns again."""
        del self.turns.wake

    async def settle(self) -> None:
        """Wait until no turn runs and nothing is being sent."""
        await self.turns.idle()
        await self.dispatcher.idle()

    async def stop(self) -> None:
        """End without draining."""
        await self.tasks.stop()
        await asyncio.to_thread(self.store.close)


@asynccontextmanager
async def running(
    url: str, clock: MovableClock | None = None, name: str = "one"
) -> AsyncIterator[Engine]:
    """An engine on a migrated database."""
    engine = Engine(url, clock or MovableClock(), name)
    try:
        yield engine
    finally:
        await engine.stop()


def rows(url: str, table: str, **where: Any) -> list[dict[str, Any]]:
    """The oracle's own look into the database, over a connection of its own."""
    found = metadata.tables[table]
    statement = found.select().order_by(*found.primary_key.columns)
    for name, value in where.items():
        statement = statement.where(found.c[name] == value)
    made = engine(url)
    with made.connect() as connection:
        answer = [dict(row._mapping) for row in connection.execute(statement)]
    made.dispose()
    return answer


# ------------------------------------------------------------------ what it answers


async def _note(turn: Turn, said: Said) -> Reply:
    """The effect that is counted: one audit line."""
    await note(turn, Line("test.effect", object="inbox", object_id=turn.event_id))
    return Reply.of("common.done", (Choice("dialog.confirm", "test.ok", object=7, version=3),))


async def _raise(turn: Turn, said: Said) -> Reply:
    await note(turn, Line("test.half"))
    raise LookupError(said.text)


async def _ask(turn: Turn, said: Said) -> Reply:
    turn.ask("test.step", kept=said.text)
    return Reply.of("dialog.nothing", (Choice("dialog.cancel", "dialog.cancel"),))


async def _stepped(turn: Turn, said: Said) -> Reply:
    turn.close()
    return _named(f"{said.data['kept']} {said.text}")


async def _pressed(turn: Turn, said: Said) -> Reply:
    assert said.press is not None
    await note(turn, Line("test.press", object_id=said.press.object))
    return _named(f"{said.press.object}/{said.press.version}")


def _named(text: str) -> Reply:
    return Reply((Say("common.done_by", {"name": text}),))


async def _list(turn: Turn, said: Said) -> Reply:
    one = Choice("log.redo", "test.page", object=9, version=1)
    return Reply.of("common.done", (one, Choice("go.link", "test.page", object=9, version=2)))


async def _number(turn: Turn, said: Said) -> Reply:
    """Another page, whose number is the button's version."""
    assert said.press is not None
    return Reply.of("log.note.unit", unit=f"{said.press.object}/{said.press.version}")


async def _late(turn: Turn, said: Said) -> Reply:
    return Reply.of("common.changed")


async def _cancelled(turn: Turn, said: Said) -> Reply:
    turn.close()
    return Reply.of("dialog.cancelled")


async def _twice(turn: Turn, said: Said) -> Reply:
    return Reply((Say("common.done"), Say("common.changed")))


async def _unknown(turn: Turn, said: Said) -> Reply:
    return Reply.of("common.missing")


_ROUTES = Routes(
    commands=(
        Command("note", ("记下",), _note, "all"),
        Command("raise", ("出错",), _raise, "all"),
        Command("ask", ("问",), _ask, "all"),
        Command("twice", ("两句",), _twice, "all"),
        Command("list", ("列",), _list, "all"),
        Command("link", ("绑定", "link"), _note, "all"),
        Command("open", ("公开",), _note, "all", personal=False),
    ),
    presses={
        "test.ok": (_pressed, ()),
        "test.page": (_number, ()),
        "test.late": (_late, ()),
        "dialog.cancel": (_cancelled, ()),
    },
    in_place=frozenset({"test.page", "test.late"}),
    steps={"test.step": (_stepped, ())},
)
