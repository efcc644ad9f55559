"""Who is there when a conversation begins."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import date

from tests.joining import invite
from tests.transcripts.stage import Stage, is_abroad

GROWN_UP = date(1990, 1, 1)
EVERYBODY = ("王思远", "陈晨", "周书语", "李清远", "林晓")  # whose names stay in the country
NAMES = tuple("赵一 钱二 孙三 李四 周五 吴六 郑七 王八 冯九 陈十".split())


@dataclass(slots=True)
class Cast:
    """Those whose chats are watched, and what the table may name in braces."""

    people: tuple[str, ...]
    known: dict[str, str] = field(default_factory=dict)
    other: str = "wecom"


async def empty(stage: Stage) -> Cast:
    """Nothing is there yet; root is the administrator."""
    await _agree(stage, ("root", "new"))
    return Cast(("root", "new"))


async def branch(stage: Stage, *more: str) -> Cast:
    """A branch below a district: ann and bob are members, sec its secretary, off the officer.

    new is nobody yet. `approval`: newcomers wait; `full`: ten more people; `strict`: nobody has
    agreed yet that messages may be kept abroad.
    """
    world = stage.world
    district = await world.unit("D1", "青禾区团委", "district")
    unit = await world.unit("B1", "高一（3）班团支部", "branch", district, "approval" in more)
    await world.unit("B2", "高一（4）班团支部", "branch", district)
    people = ("ann", "bob", "sec", "off", "new")
    name = {who: stage.external(who) for who in people}
    await world.person("王思远", unit, name["ann"], birth=date(2000, 3, 5), number="20230101")
    await world.person("陈晨", unit, name["bob"], birth=date(2000, 5, 4))
    sec = await world.person("周书语", unit, name["sec"], "secretary", birth=GROWN_UP)
    await world.person("李清远", district, name["off"], "officer", birth=GROWN_UP)
    if "full" in more:
        for one in NAMES:
            await world.person(one, unit, status="roster")
    if "strict" not in more:
        await _agree(stage, people)
    other = "wecom-bot" if stage.channel == "wecom" else "wecom"
    return Cast(people, {"invite": await invite(world, unit, sec)}, other)


async def _agree(stage: Stage, people: tuple[str, ...]) -> None:
    """Everybody has agreed before that their messages are kept abroad, where that is so."""
    if not is_abroad(stage):
        return
    world = stage.world
    world._agreeing[stage.channel] = set()
    for who in people:
        await world._agree(stage.channel, stage.external(who))


Scene = Callable[..., Awaitable[Cast]]
SCENES: dict[str, Scene] = {"empty": empty, "branch": branch}
