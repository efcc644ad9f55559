"""A whole Qingtuan in the test's process, on a real database, with a channel that listens."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

from bot.app import App
from bot.channel import Fate, Limits, Sent
from bot.chat import Event, Kind, Message
from bot.config import Config
from domain.abroad import ABROAD, PURPOSE
from domain.names import alias
from services.consents import TEXT_VERSION
from services.turn import Outside
from storage import consents, session, tree
from storage.prepared import insert_row
from storage.schema import accounts, homes, persons, roles
from storage.tx import Tx

START = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)  # Sunday 10:00 in Shanghai
KEY = "1:" + "A" * 43 + "="

_PERSON = insert_row(
    persons,
    *("name", "alias", "home_unit_id", "status", "member_status", "guardian", "version"),
    *("created_at", "claimed_at", "birth_sealed", "number_sealed", "number_index", "language"),
)
_HOME = insert_row(homes, "person_id", "unit_id", "since")
_ACCOUNT = insert_row(accounts, "channel", "external", "person_id", "reachable", "created_at")
_ROLE = insert_row(roles, "person_id", "unit_id", "role", "since", "until", "created_at")


@dataclass(frozen=True, slots=True)
class Spoken:
    """What an account was told: its words and the labels of its buttons with their tokens."""

    id: int
    text: str
    buttons: dict[str, str]
    message: Message
    name: str = ""
    facts: dict[str, Any] = field(default_factory=dict)


class Ear:
    """A channel that remembers what it was given. `fates` are answered first, in order."""

    repeatable = True

    def __init__(self, name: str) -> None:
        self.name = name
        self.limits = Limits(per_second=100_000, account_per_second=100_000)
        self.heard: dict[str, list[Spoken]] = {}
        self.fates: list[Sent] = []

    def routes(self) -> list[Any]:
        return []

    async def start(self) -> None:
        pass

    async def stop(self) -> None:
        pass

    async def send(self, message: Message) -> Sent:
        if self.fates:
            return self.fates.pop(0)
        buttons = {b.label: b.token or str(b.url) for row in message.rows for b in row}
        spoken = Spoken(message.id, message.text, buttons, message)
        self.heard.setdefault(message.account, []).append(spoken)
        return Sent(Fate.SENT, platform_id=str(message.id))


class MovableClock:
    """Runs on from wherever it was put."""

    def __init__(self, start: datetime = START) -> None:
        self.put(start)

    def put(self, at: datetime) -> None:
        self._start, self._since = at, time.monotonic()

    def forward(self, **by: float) -> None:
        self.put(self() + timedelta(**by))

    def __call__(self) -> datetime:
        return self._start + timedelta(seconds=time.monotonic() - self._since)


class World:
    """Say things as an account (`ann` is web:ann; others are `also`) and read what all are told."""

    def __init__(self, app: App, clock: MovableClock, ear: Ear) -> None:
        self.app = app
        self.clock = clock
        self.ear = ear
        self.others: dict[str, Ear] = {}
        self._agreeing: dict[str, set[str]] = {}  # channels abroad, and who has agreed there
        self.raised: list[Exception] = []
        self._keys = count(1)
        answer = app.router.answer

        async def watched(turn: Any, event: Event) -> None:
            try:
                await answer(turn, event)
            except Outside:
                raise
            except Exception as error:
                self.raised.append(error)
                raise

        app.router.answer = watched  # type: ignore[method-assign]  # a listener, not a double

    def also(self, channel: str, *, agreed: bool = True) -> Ear:
        """Let another channel run too.

        `agreed`: whoever speaks on it has agreed before that messages are kept abroad.
        """
        if agreed and channel in ABROAD:
            self._agreeing[channel] = set()
        self.others[channel] = self.app._by_name[channel] = Ear(channel)
        return self.others[channel]

    def _ear(self, account: str) -> tuple[Ear, str]:
        channel, _, external = account.partition(":")
        return (self.others[channel], external) if channel in self.others else (self.ear, account)

    def _heard(self, account: str) -> list[Spoken]:
        ear, external = self._ear(account)
        return ear.heard.get(external, [])

    async def said(self, account: str, text: str, **more: Any) -> list[Spoken]:
        """Say a text and answer what this account was told because of it."""
        return await self.send(account, Kind.TEXT, {"text": text}, **more)

    async def press(self, account: str, label: str, **more: Any) -> list[Spoken]:
        """Press the newest button with this label."""
        for spoken in reversed(self._heard(account)):
            if label in spoken.buttons:
                return await self.send(
                    account, Kind.BUTTON, {"token": spoken.buttons[label]}, **more
                )
        raise AssertionError(f"{account} sees no button {label}: {self.last(account)}")

    async def send(
        self, account: str, kind: Kind, payload: dict[str, Any], private: bool = True, key: str = ""
    ) -> list[Spoken]:
        """Send any event; the same `key` again is a repetition."""
        ear, external = self._ear(account)
        await self._agree(ear.name, external)
        before = len(ear.heard.get(external, []))
        key = key or f"k{next(self._keys)}"
        event = Event(ear.name, external, key, kind, payload, self.clock(), private)
        await self.app.intake.accept(event)
        await self.settle()
        if self.raised:
            raise self.raised.pop(0)
        return ear.heard.get(external, [])[before:]

    async def _agree(self, channel: str, external: str) -> None:
        """Write the consent to a channel abroad down, as an earlier first contact would have."""
        agreed = self._agreeing.get(channel)
        if agreed is None or external in agreed:
            return
        agreed.add(external)
        vault, at = self.app.house.vault, self.clock()

        async def work(tx: Tx) -> None:
            who = await session.load(tx, vault, channel, external, at)
            values = {
                "account_id": who.account.id,
                "person_id": who.account.person,
                "purpose": PURPOSE,
                "text_version": TEXT_VERSION,
                "recorded_by": None,
            }
            await consents.add(tx, vault, values, None, at)

        await self.app.store.turn(work)

    async def settle(self) -> None:
        """Wait until no turn runs and nothing is being sent."""
        await self.app.turns.idle()
        await self.app.dispatcher.idle()

    def last(self, account: str) -> Spoken | None:
        """The last thing that an account was told."""
        heard = self._heard(account)
        return heard[-1] if heard else None

    # -------------------------------------------- people and units, written directly

    async def unit(
        self,
        code: str,
        name: str,
        kind: str = "branch",
        parent: int | None = None,
        approval: bool = False,
    ) -> int:
        """Found a unit; answers its id."""
        values = {
            "parent_id": parent,
            "code": code,
            "kind": kind,
            "name": name,
            "approval": approval,
        }

        async def work(tx: Tx) -> int:
            return await tree.founded(tx, values, self.clock())

        return await self.app.store.turn(work)

    async def person(  # noqa: PLR0917  # a row has as many columns
        self,
        name: str,
        unit: int,
        account: str | None = None,
        role: str | None = None,
        at: int | None = None,
        status: str = "active",
        birth: date | None = None,
        number: str | None = None,
        member_status: str | None = "league_member",
        guardian: bool = False,
        since: datetime | None = None,
        language: str | None = None,
    ) -> int:
        """Write a person down (status roster without account), with a role at unit `at`.

        Long because a row has as many columns.
        """
        now = since or self.clock() - timedelta(days=400)
        row = {
            "name": name,
            "alias": alias(name),
            "home_unit_id": unit,
            "status": status,
            "member_status": member_status,
            "guardian": guardian,
            "version": 1,
            "created_at": now,
            "claimed_at": now if account else None,
            "language": language,
            **self._sealed(birth, number),
        }

        async def work(tx: Tx) -> int:
            person = int(await tx.value(_PERSON, **row) or 0)
            await tx.value(_HOME, person_id=person, unit_id=unit, since=now)
            if account:
                await self._account(tx, person, account, now)
            if role:
                held = {"unit_id": at or unit, "role": role, "since": now, "until": None}
                await tx.value(_ROLE, person_id=person, created_at=now, **held)
            return person

        return await self.app.store.turn(work)

    def _sealed(self, birth: date | None, number: str | None) -> dict[str, Any]:
        vault = self.app.house.vault
        return {
            "birth_sealed": vault.seal("persons.birth", birth.isoformat()) if birth else None,
            "number_sealed": vault.seal("persons.number", number) if number else None,
            "number_index": vault.index("persons.number", number) if number else None,
        }

    async def _account(self, tx: Tx, person: int, account: str, at: datetime) -> None:
        ear, external = self._ear(account)
        identity = {"channel": ear.name, "external": external, "person_id": person}
        await tx.value(_ACCOUNT, reachable=True, created_at=at, **identity)


@asynccontextmanager
async def living(url: str, folder: Path, **app_settings: Any) -> AsyncIterator[World]:
    """A world on a migrated database; `app_settings` go to the [app] section."""
    settings = {"secret_key": "s" * 40, "admins": ["web:root"], **app_settings}
    sections = {
        "app": settings,
        "database": {"url": url},
        "privacy": {"pii_keys": [KEY]},
    }
    config = Config.of((sections,), folder)
    clock, ear = MovableClock(), Ear("web")
    app = App(config, clock=clock, make_channels=lambda _: [ear])
    await app.start()
    world = World(app, clock, ear)
    try:
        yield world
    finally:
        await app.stop()
