"""What the tests about accounts on several channels share."""

from __future__ import annotations

from sqlalchemy import select

from storage.schema import accounts, links
from tests.joining import rows, school_class
from tests.world import Spoken, World

WECOM = "wecom:ann"


async def member(world: World) -> int:
    """王小明 of a branch, on the web as ann; a channel wecom runs too."""
    here = await school_class(world)
    world.also("wecom")
    return await world.person("王小明", here.unit, "ann")


async def code(world: World, account: str = "ann") -> str:
    """The code that an account is given, as one word."""
    said = await world.said(account, "/link")
    paste = said[-1].text
    assert paste.startswith("绑定 ")
    return paste.removeprefix("绑定 ")


async def owners(world: World) -> dict[str, int | None]:
    found = await rows(world, select(accounts.c.channel, accounts.c.external, accounts.c.person_id))
    return {f"{row.channel}:{row.external}": row.person_id for row in found}


async def linked(world: World, first: str = "ann", other: str = WECOM) -> list[Spoken]:
    """Join two accounts; answers what the first is told at the end."""
    await world.said(other, f"绑定 {await code(world, first)}")
    await world.press(other, "确认绑定")
    return await world.press(first, "同意绑定")


async def states(world: World) -> list[str]:
    return [row.state for row in await rows(world, select(links.c.state).order_by(links.c.id))]


async def pressed(world: World, account: str, label: str) -> list[Spoken]:
    await world.said(account, "/link")
    return await world.press(account, label)


async def account_id(world: World, channel: str, external: str) -> int:
    found = select(accounts.c.id).where(
        accounts.c.channel == channel, accounts.c.external == external
    )
    return int((await rows(world, found))[0].id)
