"""A district with one speaker for each relation, and an eye on every table."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import count
from typing import Any

import psycopg

from bot.chat import Kind
from domain.rights import Actor, Grant, Role, Target
from domain.tokens import Press, sign_button
from storage import session
from storage.prepared import insert_row
from storage.schema import accounts, roles
from storage.tx import Tx
from tests.world import World

ADULT, TEEN = date(2000, 3, 5), date(2011, 3, 5)
DIGITS = "零一二三四五六七八九"
# What may change only with a right; the audit, the mail and open dialogs are looked at apart.
TABLES = (
    *("units", "unit_tree", "persons", "homes", "roles", "invites", "consents", "registrations"),
    *("claims", "claim_stretches", "verdicts", "entries", "balances", "reversals", "proposals"),
    *("accounts", "links", "merges", "merge_lines", "groups", "robots"),
)
_ROLE = insert_row(roles, "person_id", "unit_id", "role", "since", "until", "created_at")
_ACCOUNT = insert_row(accounts, "channel", "external", "reachable", "created_at")
Rows = frozenset[tuple[str, tuple[Any, ...]]]


@dataclass(slots=True)
class Speaker:
    """Somebody with an account. `active` is false for who is no member (any more)."""

    account: str
    account_id: int
    person: int | None = None
    name: str = ""
    home: int | None = None
    grants: list[Grant] = field(default_factory=list)
    admin: bool = False
    active: bool = True

    @property
    def reader(self) -> str:
        """For whom their buttons are signed, as bot.router.reader says it."""
        return f"account:{self.account_id}" if self.person is None else f"person:{self.person}"

    def actor(self) -> Actor:
        """As the rights see them."""
        if not self.active:
            return Actor(None, None, (), self.admin)
        return Actor(self.person, self.home, tuple(self.grants), self.admin)


@dataclass(frozen=True, slots=True)
class Answer:
    """What was said because of one event: its words and the labels of its buttons."""

    texts: tuple[str, ...]
    labels: tuple[str, ...]

    def __contains__(self, word: str) -> bool:
        return any(word in one for one in (*self.texts, *self.labels))


class Eye:
    """Looks at the database from outside, through a connection of its own."""

    def __init__(self, url: str) -> None:
        self._connection: Any = (
            sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
            if url.startswith("sqlite:")
            else psycopg.connect(url, autocommit=True)
        )

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return list(self._connection.execute(sql).fetchall())

    def value(self, sql: str) -> Any:
        return self.rows(sql)[0][0]

    def state(self) -> Rows:
        """Every row of every table that matters."""
        return frozenset(
            (table, row)
            for table in TABLES
            for row in self.rows(f"SELECT * FROM {table}")  # noqa: S608
        )

    def close(self) -> None:
        self._connection.close()


class Scene:
    """The district: T with the branches B and C, another township, and who stands where."""

    def __init__(self, world: World, eye: Eye) -> None:
        self.world, self.eye = world, eye
        self.people: dict[str, Speaker] = {}
        self._number = count(1)

    async def build(self) -> None:
        """Found the units and write the people of every relation down."""
        world = self.world
        self.district = await world.unit("QU", "青山区", "district")
        self.township = await world.unit("ZHEN", "东河镇", "township", self.district)
        self.other_township = await world.unit("XIZHEN", "西河镇", "township", self.district)
        self.school = await world.unit("XIAO", "东河中学", "school", self.township)
        self.new_town = await world.unit("XINQU", "新区", "district", self.district)
        self.branch = await world.unit("ZHIBU", "一班团支部", "branch", self.township)
        self.sibling = await world.unit("ZHIBU2", "二班团支部", "branch", self.township)
        self.target = await world.unit("ZONG", "东河总支", "general_branch", self.township)
        placed = {
            "mem": (self.branch, None, None),
            "sec": (self.branch, Role.SECRETARY, self.branch),
            "sib": (self.sibling, Role.SECRETARY, self.sibling),
            "twn": (self.township, Role.OFFICER, self.township),
            "twn-x": (self.other_township, Role.OFFICER, self.other_township),
            "dist": (self.district, Role.OFFICER, self.district),
            "dist2": (self.district, Role.OFFICER, self.district),
            "aud": (self.district, Role.AUDITOR, self.district),
            "org": (self.branch, Role.ORGANISER, self.branch),
        }
        for name, (home, role, at) in placed.items():
            self.people[name] = await self.member(home, role, at)
        self.people["guest"] = await self.guest()
        self.people["admin"] = await self.member(self.district, account="root")
        self.people["admin"].admin = True
        await self._former()

    async def _former(self) -> None:
        """Who may no more: an office ended a second ago, one ran out, somebody moved away."""
        now = self.world.clock()
        ended = await self.member(self.branch)
        await self.appoint(ended, Role.SECRETARY, self.branch, until=now - timedelta(seconds=1))
        expired = await self.member(self.branch)
        await self.appoint(expired, Role.SECRETARY, self.branch, until=now + timedelta(hours=1))
        moved = await self.member(self.branch)
        dialog = {"id": moved.person, "version": 1, "code": "ZHIBU2"}
        await self.open(self.people["dist"], "members.movesure", dialog)
        await self.press(self.people["dist"], Press("members.moveok"))
        moved.home = self.sibling
        self.people |= {"ended": ended, "expired": expired, "moved": moved}
        self.world.clock.forward(hours=1, seconds=1)

    # ------------------------------------------------------------ people

    def word(self, number: int) -> str:
        """A number as a given name."""
        return "".join(DIGITS[int(digit)] for digit in f"{number:04}")

    async def member(
        self,
        home: int,
        role: Role | None = None,
        at: int | None = None,
        birth: date = ADULT,
        account: str = "",
    ) -> Speaker:
        """A new active member with a name that nobody else has."""
        number = next(self._number)
        name = "周" + self.word(number)
        account = account or f"p{number}"
        facts = {"birth": birth, "number": f"2026{number:06}"}
        person = await self.world.person(name, home, account, **facts)  # type: ignore[arg-type]
        key = self.eye.value(f"SELECT id FROM accounts WHERE external = '{account}'")  # noqa: S608
        made = Speaker(account, key, person, name, home)
        if role is not None:
            await self.appoint(made, role, at or home)
        return made

    async def guest(self, channel: str = "web") -> Speaker:
        """An account that has not registered."""
        account, now = f"g{next(self._number)}", self.world.clock()

        async def work(tx: Tx) -> int:
            row = {"channel": channel, "external": account, "reachable": True, "created_at": now}
            return int(await tx.value(_ACCOUNT, **row) or 0)

        return Speaker(account, await self.world.app.store.turn(work))

    async def appoint(
        self, who: Speaker, role: Role, unit: int, until: datetime | None = None
    ) -> int:
        """Write an office down that has lasted for a while."""
        since = self.world.clock() - timedelta(days=300)
        row = {"person_id": who.person, "unit_id": unit, "role": str(role), "until": until}

        async def work(tx: Tx) -> int:
            return int(await tx.value(_ROLE, **row, since=since, created_at=since) or 0)

        who.grants.append(Grant(role, unit, since, until))
        return await self.world.app.store.turn(work)

    def path(self, unit: int, **more: Any) -> Target:
        """What the rights are asked about, from the rows of the tree alone."""
        sql = f"""SELECT units.id, units.kind FROM units JOIN unit_tree ON ancestor_id = units.id
            WHERE unit_id = {unit} ORDER BY depth DESC"""  # noqa: S608  # a number of ours
        found = self.eye.rows(sql)
        return Target(tuple(row[0] for row in found), kinds=tuple(r[1] for r in found), **more)

    # ------------------------------------------------------------ what they do

    async def open(
        self, who: Speaker, step: str | None, data: Any = None, offers: Iterable[Any] = ()
    ) -> None:
        """Leave a dialog open, with the buttons that were shown last."""
        vault, now = self.world.app.house.vault, self.world.clock()
        dialog = session.Dialog(step, data, now + timedelta(minutes=30), list(offers))
        dialog.changed = True

        async def work(tx: Tx) -> None:
            await session.keep_dialog(tx, vault, who.account_id, dialog, now)

        await self.world.app.store.turn(work)

    async def press(self, who: Speaker, press: Press, reader: str = "") -> Answer:
        """Press a button that was signed for them, or for another reader."""
        expires = self.world.clock() + timedelta(hours=1)
        token = sign_button(self.world.app.house.key, reader or who.reader, press, expires)
        return await self._sent(who, Kind.BUTTON, {"token": token})

    async def type(self, who: Speaker, text: str) -> Answer:
        """Type a text."""
        return await self._sent(who, Kind.TEXT, {"text": text})

    async def _sent(self, who: Speaker, kind: Kind, payload: dict[str, Any]) -> Answer:
        heard = await self.world.send(who.account, kind, payload)
        labels = tuple(label for one in heard for label in one.buttons)
        return Answer(tuple(one.text for one in heard), labels)
