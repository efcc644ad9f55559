"""QUALITY F03: intake is killed right after its commit; what was answered has its effect once."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from random import Random

import pytest

from tests.faults import town
from tests.faults.rig import Emulator, Sender, Server, until

Serve = Callable[..., Awaitable[Server]]
Senders = Callable[..., Sender]
LOG, CONFIRM = "/log 昨天3小时 图书馆整理", "确认"


class Effects:
    """What the database and the platform say about each account afterwards."""

    def __init__(self, url: str, emulator: Emulator) -> None:
        people = {row["id"]: row["external"] for row in town.rows(url, "accounts")}
        persons = {row["person_id"]: row["external"] for row in town.rows(url, "accounts")}
        self.waiting = [row for row in town.rows(url, "inbox") if row["state"] == "pending"]
        self.unsent = [
            row for row in town.rows(url, "outbox") if row["state"] not in ("sent", "uncertain")
        ]
        self.claims = Counter(persons[row["person_id"]] for row in town.rows(url, "claims"))
        self.answers = Counter(
            people[row["account_id"]] for row in town.rows(url, "outbox") if row["inbox_id"]
        )
        self.heard = Counter(row["account"] for row in town.rows(url, "inbox"))
        self.ids = {row["id"] for row in town.rows(url, "outbox")}
        self.delivered_ids = {line["id"] for line in emulator.log()}

    def judged(self, sent: Counter[str]) -> tuple[int, int]:
        """How many answered events were lost, and how many effects are too many.

        `sent` counts the answered events of each account; the second of each is a confirmation.
        """
        lost = doubled = 0
        for account, events in sent.items():
            for found, due in (
                (self.heard[account], events),
                (self.answers[account], events),
                (self.claims[account], events // 2),
            ):
                lost += max(0, due - found)
                doubled += max(0, found - due)
        return lost, doubled


@dataclass
class Storm:
    """Every member logs hours and confirms them, `pace` events a second, whatever dies.

    With `repeats` the platform sends everything twice. `patience` is how long, in seconds, the
    question back is waited for.
    """

    url: str
    server: Server
    emulator: Emulator
    sender: Sender
    pace: float
    repeats: bool = False
    patience: float = 30.0

    async def rages(self, members: list[str]) -> Effects:
        """Let it, and look at what is left when nothing is in hand any more."""
        await self._all({member: ("text", {"text": LOG}) for member in members}, "log")
        with suppress(TimeoutError):  # what was lost is judged afterwards
            await until(lambda: len(self._tokens()) == len(members), self.patience, 0.1)
        tokens = self._tokens().items()
        await self._all({member: ("button", {"token": token}) for member, token in tokens}, "ok")
        await until(self._settled, max(30.0, self.patience), 0.2)
        return Effects(self.url, self.emulator)

    async def _all(self, events: dict[str, tuple[str, dict[str, str]]], name: str) -> None:
        async with asyncio.TaskGroup() as sending:
            for member, (kind, payload) in events.items():
                sending.create_task(self._one(member, f"{name}-{member}", kind, payload))
                await asyncio.sleep(1 / self.pace)

    async def _one(self, account: str, key: str, kind: str, payload: dict[str, str]) -> None:
        for _ in range(1 + self.repeats):
            await self.sender.send(account, key, kind, **payload)

    def _tokens(self) -> dict[str, str]:
        return {
            line["account"]: line["buttons"][CONFIRM]
            for line in self.emulator.log()
            if CONFIRM in line["buttons"]
        }

    def _settled(self) -> bool:
        found = Effects(self.url, self.emulator)
        return not found.waiting and not found.unsent


def answered(sender: Sender) -> Counter[str]:
    """How many events of each account were answered with 200."""
    return Counter(
        key.partition("-")[2] for key, statuses in sender.answers.items() if 200 in statuses
    )


@pytest.mark.slow
async def test_what_was_answered_has_its_effect_once(
    database_url: str, emulator: Emulator, serve: Serve, sender_of: Senders, chance: Random
) -> None:
    plan = [f"intake-committed:{chance.randint(5, 25)}" for _ in range(3)]
    server = await serve(database_url, "--lease", "2", plan=plan)
    storm = Storm(database_url, server, emulator, sender_of(server), pace=80)
    effects = await storm.rages(town.settle(database_url, 60))
    sent = answered(storm.sender)
    assert server.kills == 3
    assert sum(sent.values()) == 120
    assert effects.judged(sent) == (0, 0)
    assert effects.delivered_ids == effects.ids


@pytest.mark.slow
@pytest.mark.parametrize("without", ["write-first", "unique-keys"])
async def test_negative_control(
    sqlite_url: str,
    emulator: Emulator,
    serve: Serve,
    sender_of: Senders,
    chance: Random,
    without: str,
) -> None:
    """The same judge finds what is lost, or doubled, where the protection is off."""
    plan = [f"intake-committed:{chance.randint(5, 12)}" for _ in range(3)]
    server = await serve(sqlite_url, "--without", without, plan=plan)
    storm = Storm(sqlite_url, server, emulator, sender_of(server), 80, without == "unique-keys", 3)
    effects = await storm.rages(town.settle(sqlite_url, 30))
    assert server.kills >= 1  # the last of the three may come after the last event
    lost, doubled = effects.judged(answered(storm.sender))
    assert lost > 0 if without == "write-first" else doubled > 0


@pytest.mark.e2e_long
async def test_two_thousand_events_and_twenty_kills(
    database_url: str, emulator: Emulator, serve: Serve, sender_of: Senders, chance: Random
) -> None:
    plan = [f"intake-committed:{chance.randint(20, 120)}" for _ in range(20)]
    server = await serve(database_url, "--lease", "2", plan=plan)
    storm = Storm(database_url, server, emulator, sender_of(server), pace=100, patience=120)
    effects = await storm.rages(town.settle(database_url, 1000))
    sent = answered(storm.sender)
    assert server.kills == 20
    assert sum(sent.values()) == 2000
    assert effects.judged(sent) == (0, 0)
    assert effects.delivered_ids == effects.ids
