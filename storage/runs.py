"""Run keys: a scheduled thing happens once per period whatever number of replicas run."""

from __future__ import annotations

from datetime import datetime

from storage.prepared import insert_once
from storage.schema import run_keys
from storage.tx import Tx

_FIRST = insert_once(run_keys, "key", "at", unique=("key",))


async def first(tx: Tx, key: str, at: datetime) -> bool:
    """Take a run key made from the schedule (`retention/2026-11-22`); False if it is taken."""
    return await tx.value(_FIRST, key=key, at=at) is not None
