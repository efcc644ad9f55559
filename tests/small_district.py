"""A district of six units with its people, for tests of the tree and of appointments."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Executable

from storage.tx import Tx
from tests.world import World


@dataclass(frozen=True, slots=True)
class District:
    """Ids. Officers: lin (root), wang (east), qian (west); secretary: sun (one). Member: zhou."""

    root: int
    east: int
    west: int
    one: int
    two: int
    three: int
    lin: int
    wang: int
    qian: int
    sun: int
    zhou: int


async def settled(world: World) -> District:
    """ROOT with the townships EAST (branches ONE and TWO) and WEST (branch THREE)."""
    root = await world.unit("ROOT", "青禾区团委", "district")
    east = await world.unit("EAST", "东街道团工委", "township", root)
    west = await world.unit("WEST", "西街道团工委", "township", root)
    one = await world.unit("ONE", "梧桐社区团支部", "branch", east)
    two = await world.unit("TWO", "银杏社区团支部", "branch", east)
    three = await world.unit("THREE", "水杉社区团支部", "branch", west)
    return District(
        root=root,
        east=east,
        west=west,
        one=one,
        two=two,
        three=three,
        lin=await world.person("林青", root, "lin", "officer"),
        wang=await world.person("王东", east, "wang", "officer"),
        qian=await world.person("钱西", west, "qian", "officer"),
        sun=await world.person("孙梧桐", one, "sun", "secretary"),
        zhou=await world.person("周小满", one, "zhou"),
    )


async def rows(world: World, statement: Executable) -> list[Any]:
    """What the database has."""

    async def work(tx: Tx) -> list[Any]:
        return await tx.query(statement)

    return await world.app.store.turn(work)
