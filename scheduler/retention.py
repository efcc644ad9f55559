"""One run over every rule of retention, transaction by transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import partial

from domain.retention import Limits, Rule
from storage import retention
from storage.retention import Step
from storage.store import Store
from storage.tx import Tx


@dataclass(frozen=True, slots=True)
class Swept:
    """How many rows went (or would go) by each rule; `old_lines` of the ledger only reported."""

    rows: dict[str, int]
    old_lines: int


async def look(store: Store, limits: Limits, at: datetime) -> Swept:
    """Count what would go. Unavailable if the store cannot be read."""
    rows = {}
    for rule in Rule:
        rows[str(rule)] = await store.read(partial(_counted, store, rule, limits, at))
    return Swept(rows, await store.read(partial(retention.old_lines, limits=limits, at=at)))


async def _counted(store: Store, rule: Rule, limits: Limits, at: datetime, tx: Tx) -> int:
    return await retention.count(tx, store.vault, rule, limits, at)


async def sweep(store: Store, limits: Limits, at: datetime) -> Swept:
    """Let everything go that has been kept long enough; again, and nothing is left to do.

    What a run that was cut off leaves behind, the next one takes. Unavailable if the store cannot
    take it now.
    """
    rows = dict.fromkeys(map(str, Rule), 0)
    left, after = list(Rule), 0
    while left:
        done = await store.mark(partial(_steps, store, left, limits, at, after))
        for rule, step in zip(left, done, strict=False):
            rows[str(rule)] += step.rows
        last = done[-1].after
        left = left[len(done) - (last is not None) :]
        after = last or 0
    return Swept(rows, await store.read(partial(retention.old_lines, limits=limits, at=at)))


async def _steps(
    store: Store, rules: list[Rule], limits: Limits, at: datetime, after: int, tx: Tx
) -> list[Step]:
    """Rule after rule, until one has rows left for the next transaction."""
    done: list[Step] = []
    for rule in rules:
        done.append(await retention.step(tx, store.vault, rule, limits, at, after))
        if done[-1].after is not None:
            break
        after = 0
    return done
