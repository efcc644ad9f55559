"""Products and platforms in processes of their own, and a sender that behaves as platforms do."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

_PROJECT = Path(__file__).resolve().parents[2]
PATIENCE = 30.0  # seconds until the wait for something that should be is given up


class Child:
    """A process: `status` is None while it runs, negative after a signal."""

    def __init__(self, pid: int, output: Path) -> None:
        self.pid = pid
        self.output = output
        self.status: int | None = None

    def signal(self, number: int) -> None:
        """Send a signal, if it still runs."""
        with suppress(ProcessLookupError):
            if self.status is None:
                os.kill(self.pid, number)

    async def end(self, seconds: float = PATIENCE) -> int:
        """Wait for its end."""
        await until(lambda: self.status is not None, seconds)
        assert self.status is not None
        return self.status


class Nursery:
    """tests/emulators/nursery.py as a process, and what it says about its children."""

    def __init__(self, module: str = "tests.emulators.nursery") -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", module],
            cwd=_PROJECT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._children: dict[int, Child] = {}
        self._born: list[int] = []
        self._news = threading.Condition()
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def start(self, what: str, arguments: list[str], output: Path, **environment: str) -> Child:
        """Start "serve", "plain" or "migrate"; what it prints goes to `output`."""
        order = {
            "what": what,
            "arguments": arguments,
            "environment": environment,
            "output": str(output),
        }
        assert self._process.stdin is not None
        with self._news:
            self._process.stdin.write(json.dumps(order) + "\n")
            self._process.stdin.flush()
            assert self._news.wait_for(lambda: self._born, PATIENCE), "the nursery is dead"
            pid = self._born.pop()
            child = self._children.setdefault(pid, Child(pid, output))
            child.output = output
            return child

    def _listen(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            said = json.loads(line)
            with self._news:
                if "started" in said:
                    self._born.append(said["started"])
                    self._news.notify_all()
                else:
                    ended = self._children.setdefault(said["ended"], Child(said["ended"], Path()))
                    ended.status = said["status"]

    def close(self) -> None:
        """End everything that is still alive."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(10)
        self._listener.join(5)
        self._process.stdout.close()


class Emulator:
    """The plain platform (tests/emulators/plain.py) and its log, which is the oracle."""

    def __init__(self, nursery: Nursery, folder: Path) -> None:
        self._log = folder / "platform.log"
        self._said = folder / "platform.out"
        self.child = nursery.start("plain", [str(self._log)], self._said)
        self.url = ""

    async def ready(self) -> None:
        """Wait until it listens."""
        await until(lambda: self._said.exists() and self._said.read_text().endswith("\n"))
        self.url = f"http://127.0.0.1:{self._said.read_text().strip()}"

    def log(self, what: str = "delivered") -> list[dict[str, Any]]:
        """The lines of its log of one kind."""
        if not self._log.exists():
            return []
        lines = self._log.read_text(encoding="utf-8").splitlines()
        return [line for line in map(json.loads, lines) if line["what"] == what]

    async def behave(self, **behaviour: Any) -> None:
        """Tell it how to answer the next sends."""
        async with (
            aiohttp.ClientSession() as session,
            session.post(f"{self.url}/behave", json=behaviour) as answer,
        ):
            assert answer.status == 200


@dataclass
class Server:
    """The product, restarted at once whenever it dies, as a supervisor does.

    `plan` are the places (PLACE:N) at which the next processes kill themselves, one each.
    """

    nursery: Nursery
    folder: Path
    database: str
    emulator: str
    options: tuple[str, ...] = ()
    sections: str = ""
    plan: list[str] = field(default_factory=list)
    supervised: bool = True
    starts: int = 0
    kills: int = 0
    name: str = "server"

    def __post_init__(self) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.output = self.folder / f"{self.name}.log"
        self._config = self.folder / f"{self.name}.toml"
        self._config.write_text(
            f"""
[app]
secret_key = "{"s" * 40}"
[database]
url = "{self.database}"
[privacy]
pii_keys = ["1:{"A" * 43}="]
[web]
port = {self.port}
playground = "off"
{self.sections}
""",
            encoding="utf-8",
        )
        self.child = self._born()

    def _born(self) -> Child:
        arguments = ["--config", str(self._config), "--emulator", self.emulator, *self.options]
        if self.plan:
            arguments += ["--kill", self.plan.pop(0)]
        self.starts += 1
        return self.nursery.start("serve", arguments, self.output)

    async def supervise(self) -> None:
        """Restart it until cancelled."""
        while True:
            if self.child.status is not None and self.supervised:
                self.kills += self.child.status == -signal.SIGKILL
                self.child = self._born()
            await asyncio.sleep(0.005)

    async def ready(self) -> None:
        """Wait until it serves."""
        async with aiohttp.ClientSession() as session:
            async with asyncio.timeout(PATIENCE):
                while await self._health(session) != 200:
                    if self.child.status not in (None, -signal.SIGKILL):
                        raise AssertionError(self.output.read_text(encoding="utf-8")[-3000:])
                    await asyncio.sleep(0.02)

    async def _health(self, session: aiohttp.ClientSession) -> int:
        try:
            async with session.get(f"{self.url}/healthz") as answer:
                return answer.status
        except aiohttp.ClientError:
            return 0

    async def ends(self, number: int = signal.SIGTERM) -> int:
        """Send a signal and wait for the end; answers its exit status."""
        self.supervised = False
        self.child.signal(number)
        return await self.child.end()


class Sender:
    """Sends events as platforms do: unanswered ones again, with the same key."""

    def __init__(self, *servers: Server) -> None:
        self._servers = servers
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=15))
        self.answers: dict[str, list[int]] = {}  # the statuses that a key got; 0: no answer

    async def once(self, account: str, key: str, kind: str = "text", **payload: Any) -> int:
        """One attempt at every server at the same time; answers the status of the last."""
        told = {"account": account, "key": key, "kind": kind, "payload": payload}
        found = await asyncio.gather(*(self._post(server, told) for server in self._servers))
        self.answers.setdefault(key, []).extend(found)
        return found[-1]

    async def _post(self, server: Server, told: dict[str, Any]) -> int:
        try:
            async with self._session.post(f"{server.url}/plain/events", json=told) as answer:
                await answer.read()
                return answer.status
        except (aiohttp.ClientError, TimeoutError, ConnectionError):
            return 0

    async def send(self, account: str, key: str, kind: str = "text", **payload: Any) -> None:
        """Until it is answered with 200."""
        async with asyncio.timeout(120):
            while await self.once(account, key, kind, **payload) != 200:  # noqa: ASYNC110  # an attempt, not a look
                await asyncio.sleep(0.05)

    async def close(self) -> None:
        """Let go of the connections."""
        await self._session.close()


async def until(true: Callable[[], Any], seconds: float = PATIENCE, every: float = 0.01) -> None:
    """Look again and again; TimeoutError if it does not come true."""
    async with asyncio.timeout(seconds):
        while not true():  # noqa: ASYNC110  # what is waited for is in another process
            await asyncio.sleep(every)


def free_port() -> int:
    """A port that nobody has just now."""
    with socket.socket() as made:
        made.bind(("127.0.0.1", 0))
        return int(made.getsockname()[1])


@contextmanager
def timed() -> Iterator[list[float]]:
    """The seconds that a block took, in a list once it has ended."""
    took: list[float] = []
    started = time.monotonic()
    yield took
    took.append(time.monotonic() - started)
