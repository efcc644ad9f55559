"""Invites: a secretary makes them for a unit, somebody joins by them, they end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from domain.rights import Action, Verdict, may
from domain.tokens import Link, read_link, sign_link
from services import granting, locks, targets
from services.turn import PAGE, Turn, note, permit
from storage import invites, tree
from storage.audit import Line

DAYS = (30, 7, 90)
"""How long an invite may live; the first is the usual."""

USES = (None, 50, 1)
"""How many may join by it; None: any number."""

_KIND = "i"
_TRIES = "invite"


class InviteRefusal(StrEnum):
    """Why an invite is of no use. Unknown, expired, revoked and used up are all UNKNOWN (A12)."""

    UNKNOWN = "unknown"
    LOCKED = "locked"
    MISSING = "missing"  # for who answers for the unit: not there, or not theirs
    CLOSED = "closed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Invite:
    """An invite and the unit it leads to. `uses` None: any number may join."""

    id: int
    unit_id: int
    unit_name: str
    unit_code: str
    version: int
    expires_at: datetime
    uses: int | None
    used: int
    payload: str
    dead: bool = False  # who made it may not invite here any more


@dataclass(frozen=True, slots=True)
class Invites:
    """A page of the invites of a unit that were not ended, used up or too old.

    `number` counts from 0.
    """

    unit_id: int
    unit_name: str
    items: Sequence[Invite]
    number: int
    total: int


async def live(turn: Turn, unit_id: int, page: int = 0) -> Invites | InviteRefusal:
    """The invites of a unit that still work, and those that died with the office of their maker."""
    if await _denied(turn, unit_id):
        return InviteRefusal.MISSING
    unit = await tree.unit(turn.tx, unit_id)
    if unit is None:
        return InviteRefusal.MISSING
    rows, total = await invites.live(turn.tx, unit_id, turn.at, page * PAGE, PAGE)
    return Invites(unit_id, unit.name, [await _listed(turn, row) for row in rows], page, total)


async def make(turn: Turn, unit_id: int, days: int, uses: int | None) -> Invite | InviteRefusal:
    """Make an invite to a unit. It makes members only, never holders of a role."""
    if await _denied(turn, unit_id) or turn.person is None:
        return InviteRefusal.MISSING
    unit = await tree.unit(turn.tx, unit_id, lock=True)
    if unit is None:
        return InviteRefusal.MISSING
    if unit.closed_at is not None:
        return InviteRefusal.CLOSED
    if days not in DAYS or uses not in USES:
        return InviteRefusal.CHANGED
    expires = turn.at + timedelta(days=days)
    new = await invites.add(turn.tx, unit_id, turn.person.id, uses, expires, turn.at)
    await note(
        turn, Line("invite", "done", "invites", new, unit_id, {"days": days, "uses": uses or 0})
    )
    return await show(turn, new)


async def show(turn: Turn, invite_id: int) -> Invite | InviteRefusal:
    """An invite that still works, for who answers for its unit."""
    row = await invites.one(turn.tx, invite_id)
    if row is None or await _denied(turn, row.unit_id):
        return InviteRefusal.MISSING
    return _invite(turn, row) if await _works(turn, row) else InviteRefusal.CHANGED


async def revoke(turn: Turn, invite_id: int, version: int) -> Invite | InviteRefusal:
    """End an invite at once; who has joined stays. It cannot be undone: make a new one."""
    row = await invites.one(turn.tx, invite_id)
    if row is None or await _denied(turn, row.unit_id):
        return InviteRefusal.MISSING
    if row.version & 0xFFFF != version & 0xFFFF:
        return InviteRefusal.CHANGED
    if not await invites.revoke(turn.tx, invite_id, turn.at):
        return InviteRefusal.CHANGED
    await note(turn, Line("invite-revoke", "done", "invites", invite_id, row.unit_id))
    return _invite(turn, row)


async def redeem(turn: Turn, payload: str) -> Invite | InviteRefusal:
    """The invite that a payload means, if a stranger may join by it now.

    Nothing is counted yet: `count_use` does when the registration is complete. A payload of no
    use is a wrong try; five lock this account for fifteen minutes (`locks.locked` says until when).
    """
    if await locks.locked(turn, _TRIES) is not None:
        return InviteRefusal.LOCKED
    link = read_link(turn.house.key, payload.strip(), turn.at)
    known = link if isinstance(link, Link) and link.kind == _KIND else Link(_KIND, 0, 0)
    # a forged payload costs the same look-up as a real one that has ended
    row = await invites.one(turn.tx, known.object)
    if row is None or row.version & 0xFFFF != known.version or not await _works(turn, row):
        await locks.wrong(turn, _TRIES)
        return InviteRefusal.UNKNOWN
    await locks.right(turn, _TRIES)
    return _invite(turn, row)


async def works(turn: Turn, invite_id: int) -> bool:
    """Whether an invite that was redeemed still lets somebody in; nothing is counted."""
    row = await invites.one(turn.tx, invite_id)
    return row is not None and await _works(turn, row)


async def count_use(turn: Turn, invite_id: int) -> bool:
    """Take one use of an invite, exactly, under any race; False if it does not work any more.

    Its unit is locked from here on, so that it is neither merged nor closed under the new member.
    """
    row = await invites.one(turn.tx, invite_id)
    unit = None if row is None else await tree.unit(turn.tx, row.unit_id, lock=True)
    if row is None or unit is None or unit.closed_at is not None:
        return False
    if not await _maker_may(turn, row):
        return False
    return await invites.use(turn.tx, invite_id, turn.at)


async def _denied(turn: Turn, unit_id: int) -> bool:
    target = await targets.at_unit(turn, unit_id)
    verdict = await permit(turn, Action.INVITE, target, ("units", unit_id))
    return verdict is not Verdict.ALLOW


async def _works(turn: Turn, row: Any) -> bool:
    return _open(turn, row) and await _maker_may(turn, row)


async def _maker_may(turn: Turn, row: Any) -> bool:
    """Whether who made an invite may still invite to its unit: it ends with their office."""
    target = await targets.at_unit(turn, row.unit_id)
    maker = await granting.actor_of(turn, row.created_by)
    return may(maker, Action.INVITE, target, turn.at) is Verdict.ALLOW


async def _listed(turn: Turn, row: Any) -> Invite:
    return replace(_invite(turn, row), dead=not await _maker_may(turn, row))


def _open(turn: Turn, row: Any) -> bool:
    return (
        row.revoked_at is None
        and turn.at < row.expires_at
        and (row.uses is None or row.used < row.uses)
        and row.closed_at is None
    )


def _invite(turn: Turn, row: Any) -> Invite:
    link = Link(_KIND, row.id, row.version & 0xFFFF)
    return Invite(
        id=row.id,
        unit_id=row.unit_id,
        unit_name=row.unit_name,
        unit_code=row.unit_code,
        version=row.version,
        expires_at=row.expires_at,
        uses=row.uses,
        used=row.used,
        payload=sign_link(turn.house.key, link, row.expires_at),
    )
