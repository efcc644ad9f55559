"""`qingtuan verify-audit`: walk the chain of the audit and say where it breaks, if it does."""

from __future__ import annotations

import asyncio

from bot.config import Config
from storage import audit
from storage.store import Store
from storage.vault import Vault


def run(config: Config) -> int:
    """0 if the chain holds, 1 if it is broken."""
    found = asyncio.run(_verify(config))
    print(
        f"已封存 {found.sealed} 行，待封存 {found.unsealed} 行 · "
        f"sealed {found.sealed}, unsealed {found.unsealed}"
    )
    print(f"链首 · head {found.head}")
    if found.broken_at is None:
        print("审计链完整 · the chain holds")
        return 0
    print(f"审计链在第 {found.broken_at} 行断开 · the chain breaks at line {found.broken_at}")
    return 1


async def _verify(config: Config) -> audit.Verified:
    store = Store(config.database.url.get_secret_value(), Vault(config.pii_keyring))
    try:
        return await store.read(audit.verify)
    finally:
        await asyncio.to_thread(store.close)
