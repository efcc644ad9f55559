"""The product on the emulated Telegram in a process of its own, and what the oracle says of it."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from sqlalchemy import update

from bot.chat import Say
from services.turn import plain
from storage import outbox
from storage.migrate import engine
from storage.outbox import New
from storage.schema import accounts
from storage.store import Store
from storage.tx import Tx
from storage.vault import Vault
from tests.bot.telegram.rig import SECRET, configured
from tests.emulators.telegram.client import Telegram
from tests.faults import town
from tests.faults.rig import Child, Server
from tests.world import START

FIRST = 2_000_001  # the number of the first member's account on Telegram
NOTICE = "room.renamed"  # a sentence that any unit may be sent, with room for a number
MODES = ("polling", "webhook")
_OPEN = ("pending", "sending")


class TelegramServer(Server):
    """Server (tests/faults/rig.py) with the Telegram channel instead of the plain one."""

    def _born(self) -> Child:
        arguments = ["--config", str(self._config), *self.options]
        if self.plan:
            arguments += ["--kill", self.plan.pop(0)]
        self.starts += 1
        told = {
            "QINGTUAN_APP__ADMINS": '["telegram:1"]',
            "QINGTUAN_APP__BASE_URL": self.url,
        }
        return self.nursery.start("telegram", arguments, self.output, **told)

    def kill(self) -> None:
        """SIGKILL to its whole process group."""
        with suppress(ProcessLookupError):
            if self.child.status is None:
                os.killpg(self.child.pid, signal.SIGKILL)


ServeTelegram = Callable[..., Awaitable[TelegramServer]]


def section(telegram: Telegram, mode: str = "polling", api_base: str = "") -> str:
    """The part of the configuration that makes the channel run."""
    secret = f'webhook_secret = "{SECRET}"\n' if mode == "webhook" else ""
    return (
        f'[telegram]\ntoken = "{telegram.token}"\napi_base = "{api_base or telegram.api_base}"\n'
        f'mode = "{mode}"\n{secret}'
    )


def settle(url: str, count: int) -> list[int]:
    """So many members of one branch, each with an account here; answers the accounts' numbers."""
    members = town.settle(url, count)
    made = engine(url)
    with made.connect() as connection, connection.begin():
        for number, member in enumerate(members):
            connection.execute(
                update(accounts)
                .where(accounts.c.external == member)
                .values(channel="telegram", external=str(FIRST + number))
            )
    made.dispose()
    return [FIRST + number for number in range(count)]


async def broadcast(url: str, chats: Sequence[int], folder: Path, name: str = "b") -> None:
    """A notice to each of them, written to the outbox in one transaction: what a broadcast does."""
    numbers = {row["external"]: row["id"] for row in town.rows(url, "accounts")}
    config = configured(url, "http://127.0.0.1:1", folder)
    store = Store(url, Vault(config.pii_keyring))

    async def work(tx: Tx) -> None:
        for chat in chats:
            say = plain(Say(NOTICE, {"old": name, "unit": f"{name}-{chat}"}))
            new = New(f"{name}/{chat}", numbers[str(chat)], say, False, None, START)
            await outbox.add(tx, store.vault, new, START)

    await store.turn(work)
    await asyncio.to_thread(store.close)


def notices(telegram: Telegram, name: str = "b") -> Counter[int]:
    """How often each chat got the notice that is its own: the oracle's word."""
    return Counter(
        line["chat"]
        for line in telegram.calls("sendMessage")
        if f"{name}-{line['chat']}" in line["args"]["text"]
    )


def states(url: str, prefix: str = "b/") -> Counter[str]:
    """What the outbox says about the notices."""
    rows = town.rows(url, "outbox")
    return Counter(row["state"] for row in rows if row["key"].startswith(prefix))


def is_settled(url: str) -> bool:
    """Nothing waits for a turn, and nothing to be sent."""
    return not any(row["state"] == "pending" for row in town.rows(url, "inbox")) and not any(
        row["state"] in _OPEN for row in town.rows(url, "outbox")
    )


def report(**figures: Any) -> None:
    """A line of the table of kills, where QINGTUAN_TEST_FIGURES names a file."""
    file = os.environ.get("QINGTUAN_TEST_FIGURES")
    if file:
        with Path(file).open("a", encoding="utf-8") as out:
            out.write(json.dumps(figures) + "\n")
