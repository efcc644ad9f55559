"""Lines of the audit, written, sealed and verified."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

from storage import audit
from storage.audit import Line
from storage.store import Store
from storage.tx import Tx

AT = datetime(2026, 11, 22, 2, 0, 0, 123456, tzinfo=UTC)
TABLES = ("audit", "audit_seal", "entries")


async def write(store: Store, count: int = 1, name: str = "claim.approve", at: int = 1) -> None:
    """Some lines in one transaction; they differ by a number that counts from `at`."""

    async def work(tx: Tx) -> None:
        for number in range(at, at + count):
            facts = {"hours": number, "why": "补录"}
            await audit.add(tx, Line(name, "done", "claims", number, None, facts), 1, None, AT)

    await store.turn(work)


async def seal(store: Store) -> int:
    """What the clock does."""
    return await store.mark(lambda tx: audit.seal(tx, AT))


async def sealed(store: Store, lines: int) -> list[int]:
    """Seal so many lines; answers the batches.

    On PostgreSQL any open writer of the server holds it up, and other tests have some.
    """
    batches: list[int] = []
    async with asyncio.timeout(20):
        while sum(batches) < lines:
            count = await seal(store)
            batches += [count] * (count > 0)
            await asyncio.sleep(0 if count else 0.005)
    return batches


async def verify(store: Store) -> audit.Verified:
    """What the command does."""
    return await store.read(audit.verify)
