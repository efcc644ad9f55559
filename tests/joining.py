"""What the tests about people share: an invite, and a registration said from start to end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Executable, select

from domain.tokens import Link, sign_link
from storage import invites
from storage.schema import accounts, persons
from storage.tx import Tx
from tests.world import Spoken, World

ADULT, TEEN, CHILD = "2000-03-05", "2010-03-05", "2014-03-05"  # on 22 November 2026


async def rows(world: World, statement: Executable) -> list[Any]:
    """What a statement finds now."""

    async def work(tx: Tx) -> list[Any]:
        return await tx.query(statement)

    return await world.app.store.turn(work)


async def invite(world: World, unit: int, by: int, uses: int | None = None) -> str:
    """The payload of an invite to a unit."""
    expires = world.clock() + timedelta(days=30)

    async def work(tx: Tx) -> int:
        return await invites.add(tx, unit, by, uses, expires, world.clock())

    key = await world.app.store.turn(work)
    return sign_link(world.app.house.key, Link("i", key, 1), expires)


async def registered(
    world: World,
    account: str,
    code: str,
    name: str,
    birth: str = ADULT,
    *,
    number: str = "",
    phone: str = "",
    guardian: bool = True,
) -> list[Spoken]:
    """Answer every question and confirm; answers what came of it."""
    await world.said(account, f"/join {code}")
    await world.press(account, "同意")
    await world.said(account, name)
    await world.said(account, birth)
    await _optional(world, account, number)
    if birth != CHILD:
        await _optional(world, account, phone)
        await world.press(account, "青年")
    if birth == TEEN:
        await world.press(account, "知道并同意" if guardian else "暂时没有")
    return await world.press(account, "确认")


async def _optional(world: World, account: str, text: str) -> None:
    if text:
        await world.said(account, text)
    else:
        await world.press(account, "跳过")


@dataclass
class Class:
    """A branch with its secretary (account sec), and an invite to it."""

    unit: int
    secretary: int
    code: str


async def school_class(world: World, approval: bool = False) -> Class:
    """Found it, below a district."""
    district = await world.unit("D1", "青禾区团委", "district")
    unit = await world.unit("B1", "高一（3）班团支部", "branch", district, approval)
    secretary = await world.person("周书", unit, "sec", "secretary", birth=date(1990, 1, 1))
    return Class(unit, secretary, await invite(world, unit, secretary))


async def owner(world: World, account: str) -> dict[str, Any] | None:
    """The person of an account."""
    found = await rows(
        world,
        select(persons)
        .join(accounts, accounts.c.person_id == persons.c.id)
        .where(accounts.c.external == account),
    )
    return dict(found[0]._asdict()) if found else None
