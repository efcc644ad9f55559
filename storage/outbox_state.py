"""How the outbox stands: for metrics and readiness."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, or_, select

from storage.prepared import Prepared
from storage.schema import outbox
from storage.tx import Tx

UNSENT = ("pending", "sending", "failed", "uncertain")
_COUNTS = Prepared(  # what was sent is not counted again and again: it only grows
    select(outbox.c.state, func.count().label("count"))
    .where(or_(*(outbox.c.state == state for state in UNSENT)))
    .group_by(outbox.c.state)
)
_LAG = Prepared(
    select(func.min(outbox.c.not_before).label("oldest")).where(
        or_(outbox.c.state == "pending", outbox.c.state == "sending")
    )
)


async def counts(tx: Tx) -> dict[str, int]:
    """How many messages are in each state but sent."""
    return {row.state: row.count for row in await tx.all(_COUNTS)}


async def oldest_due(tx: Tx) -> datetime | None:
    """Since when the oldest unsent message waits."""
    found: datetime | None = await tx.value(_LAG)
    return found
