"""Who is told that something waits: the nearest who may judge it."""

from __future__ import annotations

from itertools import groupby

from domain.rights import Action, Actor, Target, Verdict, may
from services.turn import Turn
from storage import reviewers
from storage.reviewers import Holder

MOST = 8  # so many are told at the most


async def nearest(turn: Turn, action: Action, target: Target) -> list[int]:
    """The persons who may do `action` and stand nearest to the target's unit.

    Where nobody in the tree may, those of app.admins who may.
    """
    if not target.units:
        return []
    holders = await reviewers.above(turn.tx, target.units[-1], turn.at)
    actors = actors_of(holders)
    for _, group in groupby(holders, key=lambda holder: holder.depth):
        people = list(dict.fromkeys(holder.person for holder in group))
        found = [one for one in people if _may(actors[one], action, target, turn)]
        if found:
            return found[:MOST]
    return await _admins(turn, action, target)


def actors_of(holders: list[Holder]) -> dict[int, Actor]:
    """The holders as actors, each with all of their roles on the path."""
    found: dict[int, Actor] = {}
    for one in holders:
        grants = found[one.person].grants if one.person in found else ()
        found[one.person] = Actor(one.person, None, (*grants, one.grant))
    return found


def _may(actor: Actor, action: Action, target: Target, turn: Turn) -> bool:
    return may(actor, action, target, turn.at) is Verdict.ALLOW


async def _admins(turn: Turn, action: Action, target: Target) -> list[int]:
    found = []
    for name in sorted(turn.house.admins):
        person = await reviewers.person_of(turn.tx, name)
        actor = Actor(person, None, (), admin=True)
        if person is not None and person not in found and _may(actor, action, target, turn):
            found.append(person)
    return found[:MOST]
