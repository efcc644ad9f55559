"""What waits for a verdict and concerns the speaker, and how it is taken back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from domain.rights import Verdict
from services import consents
from services.turn import Turn, note
from storage import registrations
from storage.audit import Line
from storage.registrations import Registration


class WithdrawRefusal(StrEnum):
    """Why nothing was taken back."""

    MISSING = "missing"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Open:
    """A registration or a move that waits. `mine`: its own account asked, and may take it back."""

    id: int
    version: int
    unit: int
    unit_name: str
    since: datetime
    mine: bool = True

    @staticmethod
    def of(found: Registration, mine: bool = True) -> Open:
        """What its applicant sees of it."""
        since = found.created_at
        return Open(found.id, found.version, found.unit, found.unit_name, since, mine)


async def waiting(turn: Turn) -> list[Open]:
    """What waits for a verdict and concerns the speaker, also a move that a secretary began."""
    vault = turn.house.vault
    asked = await registrations.of_account(turn.tx, vault, turn.account.id)
    found = [Open.of(one) for one in asked if one.details["kind"] != "transfer"]
    mine = {one.id for one in found}
    for key in await registrations.of_person(turn.tx, turn.account.person or 0):
        one = await registrations.one(turn.tx, vault, key)
        if one is not None and key not in mine and one.details["kind"] != "join":
            found.append(Open.of(one, mine=False))
    return found


async def take_back(turn: Turn, key: int, version: int) -> WithdrawRefusal | None:
    """撤回申请: the own registration or move no longer waits; None when it is done."""
    if await consents.permit_own(turn) is not Verdict.ALLOW:
        return WithdrawRefusal.MISSING
    found = await registrations.one(turn.tx, turn.house.vault, key, lock=True)
    if found is None or found.account != turn.account.id or found.details["kind"] == "transfer":
        return WithdrawRefusal.MISSING
    if found.state != "waiting" or found.version & 0xFFFF != version & 0xFFFF:
        return WithdrawRefusal.CHANGED
    verdict = {"state": "withdrawn", "person": found.person}
    await registrations.decide(turn.tx, key, verdict, turn.at)
    await note(turn, Line("registration", "withdrawn", "registrations", key, found.unit))
    return None
