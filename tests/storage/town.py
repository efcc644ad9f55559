"""A small town on a real database, driven use case by use case, without any channel."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, select, text, update

from bot.chat import Event, Kind
from domain.requirements import Rules
from domain.rights import Actor
from services.turn import House, Turn
from storage import audit, inbox, people, session, tree
from storage.connections import Connection
from storage.prepared import Prepared, insert_row
from storage.schema import accounts, homes, metadata, persons, roles
from storage.sqlite import SqliteConnector
from storage.tx import Tx, drive
from storage.vault import Vault

T = TypeVar("T")

ZONE = ZoneInfo("Asia/Shanghai")
START = datetime(2026, 1, 10, 4, 0, tzinfo=UTC)  # near New Year, so that nights cross it
JOINED = START - timedelta(days=300)
VAULT = Vault([(1, b"k" * 32)])

_PERSON = insert_row(
    persons,
    *("name", "alias", "home_unit_id", "status", "guardian", "version", "created_at"),
    "claimed_at",
)
_HOME = insert_row(homes, "person_id", "unit_id", "since")
_ACCOUNT = insert_row(accounts, "channel", "external", "person_id", "reachable", "created_at")
_ROLE = insert_row(roles, "person_id", "unit_id", "role", "since", "until", "created_at")
_END_ROLE = Prepared(
    update(roles)
    .where(roles.c.person_id == bindparam("key_person"), roles.c.until.is_(None))
    .values(until=bindparam("new_until"))
)
_MOVE = Prepared(
    update(persons)
    .where(persons.c.id == bindparam("key_id"))
    .values(home_unit_id=bindparam("new_home"))
)


@cache
def _every(table: str, order: str) -> Prepared:
    return Prepared(select(metadata.tables[table]).order_by(text(order)))


class Crash(Exception):
    """The process dies before the commit."""


@dataclass
class Town:
    """District > township > two branches, with members, secretaries and officers.

    Every call of `act` is one event: inbox, use case, commit.
    """

    connection: Connection
    house: House
    units: dict[str, int] = field(default_factory=dict)
    people: dict[str, int] = field(default_factory=dict)
    now: datetime = START
    events: int = 0

    def act(self, who: str, work: Callable[[Turn], Awaitable[T]], crash: bool = False) -> T:
        """Let somebody do something in one transaction; with `crash` nothing of it is kept."""
        self.events += 1
        key = f"event-{self.events}"

        async def turn_of(tx: Tx) -> T:
            event = Event("web", who, key, Kind.TEXT, {"text": "x"}, self.now)
            number = int(await inbox.add(tx, VAULT, event, self.now) or 0)
            turn = await self._turn(tx, who, number)
            result = await work(turn)
            await session.keep_dialog(tx, VAULT, turn.account.id, turn.dialog, self.now)
            await inbox.done(tx, number)
            if crash:
                raise Crash
            return result

        result: T = self.run(turn_of)
        return result

    async def _turn(self, tx: Tx, who: str, number: int) -> Turn:
        found = await session.load(tx, VAULT, "web", who, self.now)
        person = found.person
        actor = Actor(
            person=person.id if person else None,
            home=person.home if person else None,
            grants=found.grants,
        )
        return Turn(
            tx=tx,
            house=self.house,
            at=self.now,
            said_at=self.now,
            event_id=number,
            account=found.account,
            person=person,
            actor=actor,
            dialog=found.dialog,
        )

    def run(self, work: Callable[[Tx], Any]) -> Any:
        """Run something in a transaction of its own."""
        self.connection.begin()
        try:
            result = drive(work(Tx(self.connection.cursor, self.connection.dialect)))
        except BaseException:
            self.connection.rollback()
            raise
        self.connection.commit()
        return result

    def rows(self, table: str, order: str = "id") -> list[Any]:
        """All rows of a table, in an order."""
        return list(self.run(lambda tx: tx.all(_every(table, order))))

    def fingerprint(self) -> str:
        """Everything that the ledger consists of, to compare before and after."""
        tables = (
            *(("claims", "id"), ("verdicts", "id"), ("entries", "id"), ("reversals", "id")),
            *(("claim_stretches", "claim_id, number"), ("audit", "id"), ("inbox", "id")),
            ("balances", "person_id, year, unit_id"),
        )
        found = {
            name: [[str(value) for value in row] for row in self.rows(name, order)]
            for name, order in tables
        }
        return json.dumps(found)

    def retire(self, who: str) -> None:
        """End all roles of a person now."""

        async def work(tx: Tx) -> None:
            await tx.run(_END_ROLE, key_person=self.people[who], new_until=self.now)

        self.run(work)

    def appoint(self, who: str, role: str, unit: str, since: datetime | None = None) -> None:
        """Give a role from now on."""

        async def work(tx: Tx) -> None:
            await tx.value(
                _ROLE,
                person_id=self.people[who],
                unit_id=self.units[unit],
                role=role,
                since=since or self.now,
                until=None,
                created_at=self.now,
            )

        self.run(work)

    def move(self, who: str, unit: str) -> None:
        """Give a person another home from now on."""

        async def work(tx: Tx) -> None:
            await tx.run(_MOVE, key_id=self.people[who], new_home=self.units[unit])
            await people.rehome(tx, self.people[who], self.units[unit], self.now)

        self.run(work)

    def sealed(self) -> audit.Verified:
        """Seal the audit and verify the whole chain."""

        async def work(tx: Tx) -> audit.Verified:
            while await audit.seal(tx, self.now):
                pass
            return await audit.verify(tx)

        verified: audit.Verified = self.run(work)
        return verified


ROLES = {
    "secretary-a": ("secretary", "branch-a"),
    "secretary-b": ("secretary", "branch-b"),
    "officer": ("officer", "township"),
    "chief": ("officer", "district"),
}
MEMBERS = {"ann": "branch-a", "bo": "branch-a", "cai": "branch-b"}


def found_town(url: str, rules: Rules | None = None) -> Town:
    """Open a migrated, empty database and fill it."""
    if url.startswith("sqlite"):
        connection: Connection = SqliteConnector(Path(url.removeprefix("sqlite:///"))).connect()
        connection.execute("PRAGMA synchronous=OFF")  # nobody pulls the plug here
    else:
        from storage.postgres import PostgresConnector

        connection = PostgresConnector(url).connect()
    house = House(
        vault=VAULT,
        key=b"k" * 32,
        zone=ZONE,
        language="zh-CN",
        admins=frozenset(),
        base_url="",
        owner="test",
        rules=rules or Rules(),
    )
    town = Town(connection, house)
    town.run(lambda tx: _fill(tx, town))
    for who, (role, unit) in ROLES.items():
        town.appoint(who, role, unit, JOINED)
    return town


async def _fill(tx: Tx, town: Town) -> None:
    above: int | None = None
    for code, kind in (("district", "district"), ("township", "township")):
        above = town.units[code] = await _unit(tx, code, kind, above)
    for code in ("branch-a", "branch-b"):
        town.units[code] = await _unit(tx, code, "branch", above)
    for who, home in {**MEMBERS, **{one: unit for one, (_, unit) in ROLES.items()}}.items():
        town.people[who] = await _person(tx, who, town.units[home])


async def _unit(tx: Tx, code: str, kind: str, parent: int | None) -> int:
    values = {"parent_id": parent, "code": code, "kind": kind, "name": code, "approval": False}
    return await tree.founded(tx, values, JOINED)


async def _person(tx: Tx, who: str, home: int) -> int:
    found = await tx.value(
        _PERSON,
        name=who,
        alias=f"{who[0]}*",
        home_unit_id=home,
        status="active",
        guardian=False,
        version=1,
        created_at=JOINED,
        claimed_at=JOINED,
    )
    await tx.value(_HOME, person_id=found, unit_id=home, since=JOINED)
    await tx.value(
        _ACCOUNT,
        channel="web",
        external=who,
        person_id=found,
        reachable=True,
        created_at=JOINED,
    )
    return int(found or 0)
