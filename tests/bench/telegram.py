"""Telegram: from webhook POST to reply received, beside bare echoes, over one emulator."""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

from storage.migrate import migrate
from tests import store_keeper
from tests.bench.load import CLIENTS, Figures, _free_port
from tests.bench.people import Filler
from tests.bench.serving import running
from tests.bench.starts import _megabytes
from tests.emulators.telegram import control, talk
from tests.emulators.telegram.journal import Journal
from tests.emulators.telegram.network import TOKEN, Network
from tests.emulators.telegram.people import Stored
from tests.emulators.telegram.server import Server
from tests.emulators.telegram.webhook import Delivery

PEOPLE = 6_000  # each speaks so seldom that a chat's own limit of one a second never matters
SECONDS = 6.0
SECRET = "bench_" + "s" * 20
BACKLOG = 20_000  # updates
OLD = 10_000_000  # the id of the first user of the backlog
FIRST = 100_000  # the id of the first user


class Platform:
    """The emulator in this process, and users who say something and wait for the answer."""

    def __init__(self, net: Network, base: str) -> None:
        self.net = net
        self.base = base
        self._waiting: dict[int, asyncio.Future[Stored]] = {}
        self.handed: dict[int, float] = {}  # when an update was first posted
        self.answered: set[int] = set()  # of the backlog
        changed, one = net.changed, Delivery._one

        async def handed(delivery: Delivery, key: Any, update: Any, connection: Any) -> Any:
            self.handed.setdefault(update.id, time.perf_counter())
            return await one(delivery, key, update, connection)

        def heard(stored: Stored) -> None:
            changed(stored)
            if stored.sender.get("is_bot"):
                if stored.chat.id >= OLD:
                    self.answered.add(stored.chat.id)
                waiting = self._waiting.pop(stored.chat.id, None)
                if waiting is not None and not waiting.done():
                    waiting.set_result(stored)

        net.changed = heard  # type: ignore[method-assign]  # a listener
        Delivery._one = handed  # type: ignore[method-assign, assignment]  # likewise

    async def asked(self, user: int, do: Callable[[], Any]) -> Stored:
        """What this user is told after `do`."""
        waiting = self._waiting[user] = asyncio.get_running_loop().create_future()
        do()
        return await asyncio.wait_for(waiting, 600)

    async def say(self, user: int, text: str) -> Stored:
        """Say something and wait for the answer."""
        return await self.asked(user, lambda: talk.say(self.net, {"user": user, "text": text}))

    async def press(self, user: int, label: str) -> Stored:
        """Press a button of the last message that has it."""
        return await self.asked(user, lambda: talk.press(self.net, {"user": user, "label": label}))


Talk = Callable[[Platform, int, list[float]], Awaitable[None]]


async def echoed(platform: Platform, user: int, waits: list[float]) -> None:
    """Say hello."""
    start = time.perf_counter()
    await platform.say(user, "你好")
    waits.append(time.perf_counter() - start)


async def hours(platform: Platform, user: int, waits: list[float]) -> None:
    """Ask for one's hours."""
    start = time.perf_counter()
    await platform.say(user, "/hours")
    waits.append(time.perf_counter() - start)


async def log(platform: Platform, user: int, waits: list[float]) -> None:
    """Put in a claim; what is measured is the press that commits it."""
    await platform.say(user, f"/log {user % 300 + 1}天前1分钟 整理图书")
    start = time.perf_counter()
    await platform.press(user, "确认")
    waits.append(time.perf_counter() - start)


@asynccontextmanager
async def emulated(folder: Path) -> AsyncIterator[Platform]:
    """One emulator without limits, in this process."""
    net = Network(Journal(folder / "telegram.log", quiet=True), free=True)
    server = Server(net)
    port = await server.start(0)
    yield Platform(net, f"http://127.0.0.1:{port}")


@asynccontextmanager
async def hooked(
    platform: Platform, command: list[str], port: int, **env: str
) -> AsyncIterator[int]:
    """A bot in a process of its own, whose webhook ends with it; its pid."""
    async with running(command, port, **env) as pid:
        try:
            yield pid
        finally:
            async with aiohttp.ClientSession() as session:
                await session.post(f"{platform.base}/bot{TOKEN}/deleteWebhook")


async def set_hook(platform: Platform, url: str, secret: str = "") -> None:
    """As a bot does it that is not Qingtuan."""
    body = {"url": url, "max_connections": 100, **({"secret_token": secret} if secret else {})}
    async with aiohttp.ClientSession() as session:
        answer = await session.post(f"{platform.base}/bot{TOKEN}/setWebhook", json=body)
        assert answer.status == 200, await answer.text()


async def measured(platform: Platform, name: str, talk_: Talk, offset: int) -> Figures:
    """Forty users at a time, each waiting for their answer."""
    figures, turn = Figures(name), [offset]

    async def client(until: float, waits: list[float]) -> None:
        while time.perf_counter() < until:
            turn[0] += 1
            await talk_(platform, FIRST + turn[0] % PEOPLE, waits)

    await asyncio.gather(*(client(time.perf_counter() + 1.0, []) for _ in range(CLIENTS)))
    start = time.perf_counter()
    await asyncio.gather(*(client(start + SECONDS, figures.waits) for _ in range(CLIENTS)))
    figures.seconds = time.perf_counter() - start
    return figures


async def steadily(platform: Platform, name: str, rate: int, offset: int) -> Figures:
    """So many a second, whoever waits (no coordinated omission)."""
    figures, tasks, start = Figures(name), [], time.perf_counter()
    for number in range(int(rate * SECONDS)):
        await asyncio.sleep(max(0.0, start + number / rate - time.perf_counter()))
        user = FIRST + (offset + number) % PEOPLE
        tasks.append(asyncio.ensure_future(hours(platform, user, figures.waits)))
    await asyncio.gather(*tasks)
    figures.seconds = time.perf_counter() - start
    return figures


def qingtuan(url: str, platform: Platform, port: int) -> dict[str, str]:
    """The environment of `serve` with Telegram by webhook."""
    return {
        "QINGTUAN_DATABASE__URL": url,
        "QINGTUAN_WEB__PORT": str(port),
        "QINGTUAN_APP__SECRET_KEY": "b" * 40,
        "QINGTUAN_APP__BASE_URL": f"http://127.0.0.1:{port}",
        "QINGTUAN_PRIVACY__PII_KEYS": json.dumps(["1:" + "A" * 43 + "="]),
        "QINGTUAN_TELEGRAM__TOKEN": TOKEN,
        "QINGTUAN_TELEGRAM__API_BASE": platform.base,
        "QINGTUAN_TELEGRAM__MODE": "webhook",
        "QINGTUAN_TELEGRAM__WEBHOOK_SECRET": SECRET,
    }


async def _echo(platform: Platform, module: str, name: str) -> tuple[Figures, float]:
    port = _free_port()
    async with hooked(platform, ["-m", module, platform.base, TOKEN, str(port)], port) as pid:
        await set_hook(platform, f"http://127.0.0.1:{port}/hook")
        found = await measured(platform, name, echoed, 0)
        return found, _megabytes(pid)


async def _backlog(platform: Platform, kind: str, count: int) -> list[str]:
    """A night's updates at once, while a few people speak now."""
    users, figures = count // 2, Figures(f"{kind}: live /hours beside a backlog of {count:,}")
    queued: list[float] = []
    told = {"users": users, "per_user": 2, "text": "/hours", "age_seconds": 8 * 3600}
    start = time.perf_counter()
    platform.answered.clear()
    control.batch(platform.net, {**told, "first_user": OLD})

    async def speak(user: int) -> None:
        said = time.perf_counter()
        update: list[int] = []
        text = {"user": user, "text": "/hours"}
        await platform.asked(user, lambda: update.append(talk.say(platform.net, text)["update_id"]))
        figures.waits.append(time.perf_counter() - platform.handed[update[0]])
        queued.append(time.perf_counter() - said)

    speaking: list[asyncio.Future[None]] = []
    while len(platform.answered) < users:
        speaking.append(asyncio.ensure_future(speak(FIRST + len(speaking) % PEOPLE)))
        await asyncio.sleep(0.1)
    await asyncio.gather(*speaking)
    figures.seconds = time.perf_counter() - start
    rate = count / figures.seconds
    live, held = figures.percentile(0.95), sorted(queued)[int(len(queued) * 0.95)] * 1000
    return [
        f"| {kind}: backlog of {count:,}, all of it done, updates/s | {rate:,.0f} | | | |",
        f"| {kind}: live /hours beside it, from its post, p95 ms | {live:,.0f} | | | |",
        f"| {kind}: the same with its wait in Telegram's queue, p95 ms | {held:,.0f} | | | |",
    ]


async def _ours(platform: Platform, url: str, kind: str, backlog: int | None) -> list[str]:
    """Everything, or only a backlog of so many."""
    port = _free_port()
    found = []
    environ = qingtuan(url, platform, port)
    async with hooked(platform, ["-m", "bot", "serve"], port, **environ) as pid:
        while not platform.net.webhook_info.get("url"):  # noqa: ASYNC110  # it has no event
            await asyncio.sleep(0.05)
        if backlog is not None:
            return await _backlog(platform, kind, backlog)
        found.append((await measured(platform, f"{kind}: /hours", hours, 0)).row())
        name = f"{kind}: /log, the committing press"
        found.append((await measured(platform, name, log, 3000)).row())
        steady = await steadily(platform, f"{kind}: /hours, 100 a second", 100, 1500)
        found.append(steady.row())
        found += await _backlog(platform, kind, BACKLOG)
        found.append(f"| {kind}: memory, MB | {_megabytes(pid):.0f} | | | |")
    return found


async def _all(folder: Path, backlog: int | None) -> None:
    sqlite = f"sqlite:///{folder}/t.db"
    migrate(sqlite)
    Filler(sqlite).fill(PEOPLE, PEOPLE * 20, "telegram", str(FIRST))
    async with emulated(folder) as platform:
        echoes = (("echo_aiogram", "aiogram echo"), ("echo_ptb", "PTB echo"))
        for module, name in echoes if backlog is None else ():
            figures, memory = await _echo(platform, f"tests.bench.{module}", name)
            print(figures.row(), flush=True)
            print(f"| {name}: memory, MB | {memory:.0f} | | | |", flush=True)
        for row in await _ours(platform, sqlite, "SQLite", backlog):
            print(row, flush=True)
        with store_keeper.postgresql(folder, durable=True) as url:
            migrate(url)
            Filler(url).fill(PEOPLE, PEOPLE * 20, "telegram", str(FIRST))
            for row in await _ours(platform, url, "PostgreSQL", backlog):
                print(row, flush=True)


def main(backlog: int | None = None) -> None:
    """Print the table; with `backlog` only how one of so many updates is done."""
    print("\n| Telegram, 40 users at a time | updates/s | p50 ms | p99 ms | p99.9 ms |")
    print("|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o711)
        asyncio.run(_all(Path(folder), backlog))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))  # python -m tests.bench.telegram 200000: ten minutes
