"""Guessing is slow: an account that has tried too often is locked for a while (SPEC section 3)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from services.turn import Turn, note
from storage import locks
from storage.audit import Line

WRONG_TRIES = 5
LOCK = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Limit:
    """So many tries, then a lock. `rest`: so long without a try, and the earlier are forgotten.

    With `rest` equal to `lock` no stretch of that length has more tries than that.
    """

    tries: int
    lock: timedelta
    rest: timedelta | None = None


CODES = Limit(WRONG_TRIES, LOCK)
REGISTRATIONS = Limit(5, timedelta(hours=1), timedelta(hours=1))  # QUALITY A44


async def locked(turn: Turn, kind: str) -> datetime | None:
    """Until when this account may not try this kind of thing, or None."""
    until = await locks.locked_until(turn.tx, turn.account.id, kind)
    return until if until is not None and turn.at < until else None


async def tried(turn: Turn, kind: str, limit: Limit) -> datetime | None:
    """Count a try; answers until when it now locks, or None."""
    account = turn.account.id
    if await locks.count(turn.tx, account, kind, turn.at, limit.rest) < limit.tries:
        return None
    until = turn.at + limit.lock
    await locks.lock(turn.tx, account, kind, until)
    await note(turn, Line("lock", "refused", "accounts", account, facts={"kind": kind}))
    return until


async def wrong(turn: Turn, kind: str) -> datetime | None:
    """Count a wrong code; answers until when it now locks, or None."""
    return await tried(turn, kind, CODES)


async def right(turn: Turn, kind: str) -> None:
    """Forget the wrong tries after a right one."""
    await locks.forget(turn.tx, turn.account.id, kind)
