"""What a right is asked about: units with their paths, people with what they hold."""

from __future__ import annotations

from typing import Any

from domain.rights import Target
from services.turn import Turn
from storage import session, tree


async def at_unit(turn: Turn, unit: int, **more: Any) -> Target:
    """A thing that belongs to a unit; `more` are further fields of the Target."""
    found = await tree.path(turn.tx, unit)
    return Target(units=found.units, kinds=found.kinds, **more)


def own(person: int, home: int) -> Target:
    """What is the speaker's own, where only that decides: the path is not asked for."""
    return Target(units=(home,), owner=person)


async def of_person(turn: Turn, unit: int, owner: int, **more: Any) -> Target:
    """A thing that belongs to a person of a unit, with the roles that the person holds."""
    grants = await session.grants_of(turn.tx, owner, turn.at)
    return await at_unit(turn, unit, owner=owner, owner_roles=grants, **more)
