"""`qingtuan retention`: let go what has been kept long enough, or only count it."""

from __future__ import annotations

import asyncio
import json
import sys

from bot.app import limits, now
from bot.config import Config
from domain.retention import Rule
from scheduler import retention
from scheduler.retention import Swept
from storage import migrate
from storage.connections import Unavailable
from storage.store import Store
from storage.vault import Vault

_WORDS = {
    Rule.INBOX_WORDS: "收到的话 · words that came in",
    Rule.INBOX_ROWS: "收到的事件 · events that came in",
    Rule.OUTBOX_WORDS: "发出的话 · words that went out",
    Rule.DIALOGS: "过期的对话 · dialogs that ran out",
    Rule.OFFERS: "旧的按钮 · buttons shown long ago",
    Rule.REGISTRATIONS: "办完的申请内容 · answers of decided registrations",
    Rule.INVITES: "过期的邀请 · invites long over",
    Rule.LOCKS: "过期的锁 · locks that ended",
    Rule.CODES: "过期的绑定码 · codes that ended",
    Rule.GUARDIANS: "撤回的监护人信息 · guardians whose consent ended",
    Rule.GROWN_UP: "已成年者的监护人信息 · guardians of who is of age",
    Rule.STRANGERS: "没有登记的旧账号 · silent accounts without a person",
    Rule.FORGOTTEN: "已注销者的余留 · left by who was forgotten",
}


def run(config: Config, *, dry_run: bool, as_json: bool) -> int:
    """0 when it is done or counted, 1 if the store cannot take it now or has no tables yet."""
    if not migrate.serves(migrate.revision(config.database.url.get_secret_value())):
        words = "数据库连不上，或还没有 migrate · the store is not available, or not migrated"
        print(words, file=sys.stderr)
        return 1
    try:
        found = asyncio.run(_swept(config, dry_run))
    except Unavailable as problem:
        print(f"数据库现在用不了 · the store is not available: {problem}", file=sys.stderr)
        return 1
    if as_json:
        said = {"dry_run": dry_run, "rows": found.rows, "old_lines": found.old_lines}
        print(json.dumps(said, ensure_ascii=False))
    else:
        print("\n".join(_lines(config, found, dry_run)))
    return 0


async def _swept(config: Config, dry_run: bool) -> Swept:
    store = Store(config.database.url.get_secret_value(), Vault(config.pii_keyring))
    try:
        if dry_run:
            return await retention.look(store, limits(config), now())
        return await retention.sweep(store, limits(config), now())
    finally:
        await asyncio.to_thread(store.close)


def _lines(config: Config, found: Swept, dry_run: bool) -> list[str]:
    verb = "会删 · would go" if dry_run else "已删 · gone"
    lines = [f"{found.rows[rule]:>8}  {words}" for rule, words in _WORDS.items()]
    years = config.privacy.record_years
    kept = f"{found.old_lines:>8}  超过 {years} 年的时长记录，只报告不删 · "
    return [verb, *lines, f"{kept}lines of the ledger older than {years} years: reported, kept"]
