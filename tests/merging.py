"""Somebody who has registered twice, on two channels."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from storage.schema import balances, persons, units
from tests.joining import rows, school_class
from tests.world import Spoken, World

WECOM = "wecom:ann"
LOG = "/log 昨天{0}在{1}"


class Twice:
    """王小明 of two branches, one on each channel, with a secretary in each."""

    def __init__(self, world: World) -> None:
        self.world = world

    async def build(self, **other: Any) -> Twice:
        world = self.world
        here = await school_class(world)
        self.unit = here.unit
        district = (await rows(world, select(units.c.id).where(units.c.code == "D1")))[0].id
        self.there = await world.unit("B2", "高一（4）班团支部", "branch", district)
        world.also("wecom")
        self.web = await world.person("王小明", here.unit, "ann")
        facts: dict[str, Any] = {"name": "王小明", **other}
        self.twin = await world.person(unit=self.there, account=WECOM, **facts)
        await world.person("吴言", self.there, "sec2", "secretary")
        return self

    async def served(self, account: str, when: str, what: str) -> None:
        """Claim and let the secretary approve."""
        await self.world.said(account, LOG.format(when, what))
        await self.world.press(account, "确认")
        await self.world.press("sec2" if account == WECOM else "sec", "通过")

    async def asked(self) -> list[Spoken]:
        """Until the owner is asked; answers what the other side was shown."""
        said = await self.world.said("ann", "/link")
        shown = await self.world.said(WECOM, said[-1].text)
        for label in {"确认绑定", "Link them"} & set(shown[0].buttons):
            await self.world.press(WECOM, label)
        return shown

    async def merged(self) -> list[Spoken]:
        await self.asked()
        return await self.world.press("ann", "同意绑定")

    async def sums(self) -> dict[tuple[int, int, int, str], int]:
        found = await rows(self.world, select(balances).where(balances.c.minutes > 0))
        return {(row.person_id, row.year, row.unit_id, row.source): row.minutes for row in found}

    async def minutes(self, person: int) -> int:
        return sum(number for (who, *_), number in (await self.sums()).items() if who == person)

    async def of(self, person: int) -> Any:
        return (await rows(self.world, select(persons).where(persons.c.id == person)))[0]
