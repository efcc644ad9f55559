"""Strangers who knock with somebody else's name, number or phone, and the work that it makes."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pytest

from domain.names import alias
from storage.prepared import Prepared, insert_row
from storage.schema import persons
from storage.tx import Tx
from storage.vault import Vault
from tests.joining import ADULT, registered
from tests.world import Spoken, World

_PERSON = insert_row(
    persons,
    *("name", "alias", "home_unit_id", "status", "guardian", "version", "created_at"),
    *("birth_sealed", "number_sealed", "number_index", "phone_sealed", "phone_index"),
)


@dataclass(frozen=True, slots=True)
class Case:
    """Whose details somebody gives. What is empty is made up for each try."""

    title: str
    name: str = ""
    number: str = ""
    phone: str = ""


@dataclass(slots=True)
class Work:
    """What a turn did: its statements in order, and how often it hashed and sealed."""

    statements: list[str] = field(default_factory=list)
    hashed: int = 0
    sealed: int = 0


async def sorts_of_people(world: World, unit: int, listed: bool) -> list[Case]:
    """Write people down who are known in every way, and answer how somebody may give them out.

    Never number and name of one line together: that is the proof that it is one's own.
    """
    elsewhere = await world.unit("X9", "别处团支部")
    await _known(world, "李在此", unit, number="2001", phone="13800000001")
    await _known(world, "周在远", elsewhere, phone="13800000002")
    await _known(world, "吴同日", elsewhere, birth=ADULT)
    cases = [
        Case("unknown"),
        Case("a phone known here", phone="13800000001"),
        Case("a phone known elsewhere", phone="13800000002"),
        Case("a name and a birth date known elsewhere", name="吴同日"),
        Case("a number known here", number="2001"),
        Case("a name known here", name="李在此"),
    ]
    if not listed:
        return cases
    await _known(world, "郑在册", unit, "roster", number="3001", phone="13800000003")
    await _known(world, "钱小小", unit, "roster", birth="2014-03-05", guardian=True)
    await _known(world, "孙小小", unit, "roster", number="3003", birth="2014-03-05")
    return [
        *cases,
        Case("the name of a line", name="郑在册"),
        Case("the number of a line", number="3001"),
        Case("the phone of a line", phone="13800000003"),
        Case("the name of a child with a guardian's word", name="钱小小"),
        Case("the name of a child", name="孙小小"),
        Case("the number of a child", number="3003"),
    ]


async def _known(  # noqa: PLR0917  # a row has as many columns
    world: World,
    name: str,
    unit: int,
    status: str = "active",
    number: str = "",
    phone: str = "",
    birth: str = "",
    guardian: bool = False,
) -> None:
    vault, at = world.app.house.vault, world.clock()
    day = date.fromisoformat(birth).isoformat() if birth else None

    async def work(tx: Tx) -> None:
        await tx.value(
            _PERSON,
            name=name,
            alias=alias(name),
            home_unit_id=unit,
            status=status,
            guardian=guardian,
            version=1,
            created_at=at,
            birth_sealed=vault.seal("persons.birth", day) if day else None,
            number_sealed=vault.seal("persons.number", number) if number else None,
            number_index=vault.index("persons.number", number) if number else None,
            phone_sealed=vault.seal("persons.phone", phone) if phone else None,
            phone_index=vault.index("persons.phone", phone) if phone else None,
        )

    await world.app.store.turn(work)


async def knocked(
    world: World, code: str, case: Case, turn: int, birth: str = ADULT
) -> list[Spoken]:
    """Register as a new account with the details of a case; what is said to the last press."""
    return await registered(
        world,
        f"knock{turn}",
        code,
        case.name or _made_up(turn),
        birth,
        number=case.number or f"9{turn:05}",
        phone=case.phone or f"1390000{turn:04}",
        guardian=True,
    )


def _made_up(turn: int) -> str:
    """A name of three signs that nobody else has."""
    return "冯" + chr(0x4E00 + 300 + turn // 500) + chr(0x5000 + turn % 500)


def counted(world: World, monkeypatch: pytest.MonkeyPatch) -> dict[str, Work]:
    """Listen to what turns do: by account, the work of its last one."""
    here, done = threading.local(), dict[str, Work]()
    answer = world.app.router.answer

    async def watched(turn: Any, event: Any) -> None:
        here.work = done[event.account] = Work()
        try:
            await answer(turn, event)  # a turn never leaves its thread
        finally:
            here.work = None

    monkeypatch.setattr(world.app.router, "answer", watched)
    _listen(monkeypatch, here)
    return done


def _listen(monkeypatch: pytest.MonkeyPatch, here: threading.local) -> None:
    run, lookups, sealed = Tx._run, Vault.lookups, Vault._sealed

    def ran(self: Tx, statement: Prepared, values: Any) -> Any:
        if (work := getattr(here, "work", None)) is not None:
            work.statements.append(statement.for_dialect(self.dialect).sql)
        return run(self, statement, values)

    def hashed(self: Vault, column: str, value: str) -> list[str]:
        if (work := getattr(here, "work", None)) is not None:
            work.hashed += 1
        return lookups(self, column, value)

    def seals(self: Vault, column: str, plain: bytes) -> bytes:
        if (work := getattr(here, "work", None)) is not None:
            work.sealed += 1
        return sealed(self, column, plain)

    monkeypatch.setattr(Tx, "_run", ran)
    monkeypatch.setattr(Vault, "lookups", hashed)
    monkeypatch.setattr(Vault, "_sealed", seals)
