"""The load: many accounts that say something and wait for the answer, one process for both ends."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web

CLIENTS = 40  # that wait for their answer before they speak again
SECONDS = 6.0


@dataclass
class Figures:
    """What one load measured: answers per second, and milliseconds from event to answer."""

    name: str
    seconds: float = 0.0
    waits: list[float] = field(default_factory=list)

    @property
    def rate(self) -> float:
        return len(self.waits) / self.seconds

    def percentile(self, share: float) -> float:
        ordered = sorted(self.waits)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1000

    def row(self) -> str:
        """One row of the table."""
        shares = " | ".join(f"{self.percentile(share):.1f}" for share in (0.5, 0.99, 0.999))
        return f"| {self.name} | {self.rate:,.0f} | {shares} |"


class Ends:
    """Both ends: speaks at the product's bare door, hears at a door of its own."""

    def __init__(self, door: str, spread: int) -> None:
        self._door = door
        self._spread = spread
        self._heard: dict[str, asyncio.Future[dict[str, Any]]] = {}
        self._count = 0
        self._run = secrets.token_hex(4)  # the store remembers the keys of the run before
        self._session: aiohttp.ClientSession

    async def hear(self, request: web.Request) -> web.Response:
        """What the product sends."""
        message = await request.json()
        waiting = self._heard.get(message["account"])
        if waiting is not None and not waiting.done():
            waiting.set_result(message)
        return web.json_response({"platform_id": "1"})

    async def ask(self, account: str, kind: str, payload: dict[str, Any]) -> dict[str, Any]:
        """Say something and wait for what this account is told."""
        waiting = self._heard[account] = asyncio.get_running_loop().create_future()
        self._count += 1
        body = {"account": account, "key": f"{self._run}-{self._count}", "kind": kind}
        async with self._session.post(self._door, json={**body, "payload": payload}) as answer:
            assert answer.status == 200, await answer.text()
        return await asyncio.wait_for(waiting, 30)

    async def run(self, port: int, name: str, talk: Any, seconds: float) -> Figures:
        """Let every client talk for some seconds."""
        app = web.Application()
        app.add_routes([web.post("/send", self.hear)])
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port, backlog=1024).start()
        figures = Figures(name)
        async with aiohttp.ClientSession() as self._session:
            await asyncio.gather(*(talk(self, f"u{n}", 0, []) for n in range(CLIENTS)))  # warm
            start = time.perf_counter()
            await asyncio.gather(
                *(self._client(n, talk, figures, start + seconds) for n in range(CLIENTS))
            )
            figures.seconds = time.perf_counter() - start
        await runner.cleanup()
        return figures

    async def _client(self, number: int, talk: Any, figures: Figures, until: float) -> None:
        turn = 1
        while time.perf_counter() < until:
            account = f"u{number + CLIENTS * (turn % self._spread)}"
            await talk(self, account, turn, figures.waits)
            turn += 1


async def hours(ends: Ends, account: str, turn: int, waits: list[float]) -> None:
    """Ask for one's hours."""
    start = time.perf_counter()
    await ends.ask(account, "text", {"text": "/hours"})
    waits.append(time.perf_counter() - start)


async def log(ends: Ends, account: str, turn: int, waits: list[float]) -> None:
    """Put in a claim; what is measured is the button that commits it."""
    day = turn % 300 + 1
    asked = await ends.ask(account, "text", {"text": f"/log {day}天前1分钟 整理图书"})
    token = asked["buttons"].get("确认")
    assert token, asked
    start = time.perf_counter()
    told = await ends.ask(account, "button", {"token": token})
    assert "确认" not in told["buttons"], told
    waits.append(time.perf_counter() - start)


@contextmanager
def served(url: str) -> Iterator[tuple[str, int, int]]:
    """The product on a database: its door, the port where it expects the emulator, its pid."""
    door, ear = _free_port(), _free_port()
    with tempfile.TemporaryDirectory() as folder:
        environ = {
            **os.environ,
            "QINGTUAN_DATABASE__URL": url,
            "QINGTUAN_WEB__PORT": str(door),
            "QINGTUAN_WEB__PLAYGROUND": "off",
            "QINGTUAN_APP__SECRET_KEY": "b" * 40,
            "QINGTUAN_PRIVACY__PII_KEYS": json.dumps(["1:" + "A" * 43 + "="]),
        }
        command = [sys.executable, "-m", "tests.emulators.plain_serve"]
        process = subprocess.Popen(
            [*command, "--emulator", f"http://127.0.0.1:{ear}"],
            env=environ,
            stderr=(Path(folder) / "log").open("w"),
        )
        try:
            _wait_for(door, process)
            yield f"http://127.0.0.1:{door}/plain/events", ear, process.pid
        finally:
            process.terminate()
            process.wait(20)


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise RuntimeError("the product did not start")


def measure(url: str, name: str, talk: Any, spread: int = 10) -> Figures:
    """Serve the database and let the clients talk, each for `spread` accounts in turn."""
    with served(url) as (door, port, _):
        return asyncio.run(Ends(door, spread).run(port, name, talk, SECONDS))
