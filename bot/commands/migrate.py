"""`qingtuan migrate`: bring the database up to date and say whether anything was to do."""

from __future__ import annotations

from bot.config import Config
from storage.migrate import HEAD, migrate


def run(config: Config) -> int:
    """Migrate with `database.migrate_url` if it is set."""
    url = config.database.migrate_url.get_secret_value() or config.database.url.get_secret_value()
    changed = migrate(url)
    print(f"数据库已更新到 {HEAD} · migrated" if changed else f"数据库已是 {HEAD} · up to date")
    return 0
