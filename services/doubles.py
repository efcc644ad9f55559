"""Whether a registration that waits is of somebody who waits or has registered already."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from domain.names import alias
from domain.people import Ask, Standing
from services.turn import Turn
from storage import people, registrations
from storage.registrations import Registration

_COMPARED = 200  # registrations that wait, the oldest first; more are not looked through


async def twin(turn: Turn, one: Registration, reviewer: int | None) -> str | None:
    """The alias of who is probably the same human; None if nobody is, or it is known already.

    Looked for when a registration is shown: the other one may have come, or been approved, later.
    `reviewer`: whose waiting registrations are compared, None for all.
    """
    said = one.details
    if said["kind"] != "join" or not said["birth"] or Ask.DUPLICATE in said["asks"]:
        return None
    tx, vault = turn.tx, turn.house.vault
    for other in await registrations.waiting(tx, vault, reviewer, turn.at, (0, _COMPARED)):
        if other.account != one.account and _same(said, other.details):
            return alias(other.details["name"])
    born = date.fromisoformat(said["birth"])
    for person in await people.by_name(tx, vault, said["name"]):
        known = person.id in (one.person, one.applicant)
        if not known and person.status == Standing.ACTIVE and person.birth == born:
            return person.alias
    return None


def _same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    return bool(
        other["kind"] == "join" and (one["name"], one["birth"]) == (other["name"], other["birth"])
    )
