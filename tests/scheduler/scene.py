"""What is in an outbox, and one look of the dispatcher at it."""

from __future__ import annotations

import secrets
from typing import Any

from bot.chat import Say
from services.turn import plain
from storage import outbox
from storage.outbox import New
from storage.tx import Tx
from tests.engine import Engine, rows


async def account(engine: Engine, name: str) -> int:
    """The id of an account that has been answered once."""
    await engine.hear(name, "/note")
    return int(engine.platform.attempts[-1].account == name) and await number(engine, name)


async def number(engine: Engine, name: str) -> int:
    """The id of an account."""

    async def work(tx: Tx) -> int:
        tx._cursor.execute(f"SELECT id FROM accounts WHERE external = '{name}'")  # noqa: S608
        return int(tx._cursor.fetchone()[0])

    return await engine.store.read(work)


async def post(engine: Engine, account: int, name: str, answer: bool = False, **more: Any) -> None:
    """A message that a lost process, a clock or another replica has left in the outbox."""
    say = plain(Say(name, more.pop("facts", {})))
    key = f"test/{secrets.token_hex(4)}"
    new = New(key, account, say, answer, None, engine.clock(), **more)

    async def work(tx: Tx) -> None:
        assert await outbox.add(tx, engine.house.vault, new, engine.clock())

    await engine.store.turn(work)


async def look(engine: Engine) -> None:
    """What `run` does every second."""
    await engine.dispatcher.look()
    await engine.settle()


def ends(url: str) -> list[tuple[str, str | None]]:
    """The state and reason of every message."""
    return [(row["state"], row["reason"]) for row in rows(url, "outbox")]
