"""`qingtuan seed-demo`: fill an empty database with the demo district of the playground."""

from __future__ import annotations

import asyncio

from bot.app import make_house, now
from bot.config import Config
from services import demo
from storage.migrate import migrate
from storage.store import Store


def run(config: Config) -> int:
    """Migrate, then seed where nothing was founded yet; 0 in both cases."""
    database = config.database
    migrate(database.migrate_url.get_secret_value() or database.url.get_secret_value())
    people = asyncio.run(_seeded(config))
    if people:
        print(f"演示区县建好了：{people} 人 · the demo district is there: {people} people")
    else:
        print("已经有组织了，什么都没有改 · there are units already, nothing was changed")
    return 0


async def _seeded(config: Config) -> int:
    house = make_house(config)
    store = Store(config.database.url.get_secret_value(), house.vault)
    try:
        return await store.turn(lambda tx: demo.seed(tx, house, now()))
    finally:
        await asyncio.to_thread(store.close)
