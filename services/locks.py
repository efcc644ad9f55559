"""Guessing is slow: five wrong tries lock an account for fifteen minutes (SPEC section 3)."""

from __future__ import annotations

from datetime import datetime, timedelta

from services.turn import Turn, note
from storage import locks
from storage.audit import Line

WRONG_TRIES = 5
LOCK = timedelta(minutes=15)


async def locked(turn: Turn, kind: str) -> datetime | None:
    """Until when this account may not try this kind of code, or None."""
    until = await locks.locked_until(turn.tx, turn.account.id, kind)
    return until if until is not None and turn.at < until else None


async def wrong(turn: Turn, kind: str) -> datetime | None:
    """Count a wrong try; answers until when it now locks, or None."""
    if await locks.count_wrong(turn.tx, turn.account.id, kind) < WRONG_TRIES:
        return None
    until = turn.at + LOCK
    await locks.lock(turn.tx, turn.account.id, kind, until)
    await note(turn, Line("lock", "refused", "accounts", turn.account.id, facts={"kind": kind}))
    return until


async def right(turn: Turn, kind: str) -> None:
    """Forget the wrong tries after a right one."""
    await locks.forget(turn.tx, turn.account.id, kind)
