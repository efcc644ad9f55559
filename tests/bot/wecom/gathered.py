"""A district whose people use WeCom, with the channel to the groups that the app makes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import bindparam, update

from bot.channel import Limits
from bot.channels.wecom import chats
from bot.channels.wecom.appchat import ChatChannel
from storage.prepared import Prepared
from storage.schema import persons, roles
from storage.tx import Tx
from tests.bot.wecom.outbound import Alone
from tests.emulators.wecom.qyapi_client import Wecom
from tests.engine import sentence
from tests.world import World, living

_MOVE = Prepared(
    update(persons)
    .where(persons.c.id == bindparam("key_id"))
    .values(home_unit_id=bindparam("new_unit"))
)
_END = Prepared(
    update(roles)
    .where(roles.c.person_id == bindparam("key_id"))
    .values(until=bindparam("new_until"))
)

UNIT = "青松社区团支部"
SEC = "wecom:ming"
Json = dict[str, Any]


class Gathered:
    """The world, the corp, and what stands in its groups."""

    def __init__(self, world: World, wecom: Wecom) -> None:
        self.world, self.wecom = world, wecom
        self.units: dict[str, int] = {}
        self.people: dict[str, int] = {}
        self.alone = Alone(wecom.api_base, world.clock)
        self.forget()

    def forget(self) -> None:
        """A channel that remembers nothing, as after a restart."""
        app = self.world.app
        made = chats(self.alone.channel, app.store, app.clock, app.tasks, app.alerts)
        made.limits = Limits(known_seconds=0.0)  # tests do not wait for the next message
        self.channel: ChatChannel = made
        app._by_name[made.name] = made

    async def person(self, name: str, unit: str, user: str, role: str | None = None) -> int:
        """Somebody with a WeCom account, and a member of the corp."""
        await self.wecom.member(user)
        where = self.units[unit]
        self.people[user] = await self.world.person(name, where, f"wecom:{user}", role)
        return self.people[user]

    async def leave(self, user: str) -> None:
        """They are members of another branch from now on."""

        async def work(tx: Tx) -> None:
            await tx.run(_MOVE, key_id=self.people[user], new_unit=self.units["root"])

        await self.world.app.store.turn(work)

    async def step_down(self, user: str) -> None:
        """They are secretary no more."""
        until = self.world.clock()

        async def work(tx: Tx) -> None:
            await tx.run(_END, key_id=self.people[user], new_until=until)

        await self.world.app.store.turn(work)

    async def merge(self, code: str, into: str) -> None:
        """The officer dissolves a unit into another."""
        await self.world.said("dist", f"组织 {code}")
        await self.world.press("dist", "合并")
        await self.world.press("dist", into)
        await self.world.press("dist", "确认")
        await self.world.settle()

    async def close(self, code: str) -> None:
        """The officer closes a unit that has nobody any more."""
        for user in self.people:
            await self.leave(user)
        await self.world.said("dist", f"组织 {code}")
        await self.world.press("dist", "关闭")
        await self.world.press("dist", "确认")

    async def make(self, who: str = SEC) -> list[str]:
        """All of the conversation; what was heard."""
        (card,) = await self.world.said(who, "绑定群")
        (sure,) = await self.world.press(who, "建一个群")
        (made,) = await self.world.press(who, "建群")
        await self.world.settle()
        return [card.text, sure.text, made.text]

    async def groups(self) -> list[Json]:
        """What stands in every group of the app."""
        ids = (await self.wecom.state())["chats"]
        return [await self.wecom.control("group", chatid=one) for one in ids]

    async def group(self) -> Json:
        """The only one."""
        (found,) = await self.groups()
        return found

    async def told(self) -> list[str]:
        """What was said in the only one."""
        return [one["text"]["content"] for one in (await self.group())["messages"]]

    async def rename(self, name: str) -> None:
        """A notice to every group of the branch."""
        await self.world.said("dist", "组织 BN")
        await self.world.press("dist", "改名")
        await self.world.said("dist", name)
        await self.world.press("dist", "确认")
        await self.world.settle()


@asynccontextmanager
async def gathered(url: str, folder: Path, wecom: Wecom) -> AsyncIterator[Gathered]:
    """Ming is the secretary, Hua and Li are members of the same branch."""
    async with living(url, folder) as world:
        world.also("wecom")
        here = Gathered(world, wecom)
        root = await world.unit("QZ", "青州区团委", "district")
        here.units = {"root": root, "BN": await world.unit("BN", UNIT, "branch", root)}
        here.units["XC"] = await world.unit("XC", "星辰社区团支部", "branch", root)
        object.__setattr__(world.app.house, "robots", True)  # as make_house does where WeCom is
        await world.person("周正", root, "dist", "officer")
        await here.person("李秀英", "BN", "ming", "secretary")
        await here.person("王小明", "BN", "hua")
        await here.person("赵小亮", "BN", "li")
        try:
            yield here
        finally:
            await here.alone.close()


def hello(unit: str = UNIT) -> str:
    """The first thing that a group hears."""
    return sentence("appchat.hello", unit=unit)
