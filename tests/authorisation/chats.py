"""A group that the app made for a unit, and that was released."""

from __future__ import annotations

from storage import groups
from storage.appchat import CHANNEL
from storage.tx import Tx
from tests.authorisation.scene import Scene
from tests.authorisation.things import Thing


async def released(scene: Scene, unit: int) -> Thing:
    """Nobody has taken that back yet; a unit has one, so what others took back is let go too."""
    now, by = scene.world.clock(), scene.people["dist2"].person or 0
    number = scene.eye.value("SELECT COUNT(*) FROM groups") + 1

    async def work(tx: Tx) -> int:
        there = await groups.on_channel(tx, unit, CHANNEL)
        if there is not None and there.state == groups.BOUND:
            await groups.become(tx, there, groups.LEFT, unit, None, now)
        met = await groups.met(tx, CHANNEL, f"chat{number}", f"群{number}", now)
        await groups.become(tx, met, groups.LEFT, unit, by, now)
        return int(met.id)

    return Thing(await scene.world.app.store.turn(work), scene.path(unit), version=2)
