"""Drives the fake qyapi from a test: starts its process, plays its members, reads its log."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

import aiohttp

from tests.emulators.wecom.qyapi_corp import AGENT, CORP, SECRET

_PROJECT = Path(__file__).resolve().parents[3]
Json = dict[str, Any]


class Told(Exception):
    """The control door said that this cannot be."""


class Process:
    """The emulator's process: `url`, `log`; it can outlive many tests (see reset)."""

    def __init__(self, log: Path, *options: str) -> None:
        self.log = log
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.emulators.wecom", str(log), *options],
            cwd=_PROJECT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        said = self._process.stdout.readline()
        assert said, "the emulator did not start"
        self.url = f"http://127.0.0.1:{json.loads(said)['port']}"
        self.pid = self._process.pid

    def close(self) -> None:
        """Kill it."""
        self._process.kill()
        self._process.communicate()


class Wecom:
    """The corp that a test plays: `async with Wecom(process) as wecom` begins with nobody in it."""

    corp, agent, secret = CORP, AGENT, SECRET

    def __init__(self, process: Process) -> None:
        self._process = process
        self.api_base = process.url
        self._start = 0
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=120))
        await self.control("reset")
        self._start = self._process.log.stat().st_size
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._session is not None
        with suppress(aiohttp.ClientError, Told):
            await self.control("reset")
        await self._session.close()

    async def control(self, call: str, /, **told: Any) -> Json:
        """Any call of the control door; raises Told where it was refused."""
        assert self._session is not None
        async with self._session.post(f"{self.api_base}/control/{call}", json=told) as answer:
            found: Json = await answer.json()
            if answer.status != 200:
                raise Told(found["error"])
            return found

    async def member(self, *users: str, **more: Any) -> None:
        """Members of the corp who see the app."""
        for user in users:
            await self.control("member", user=user, **more)

    async def behave(self, path: str = "*", **told: Any) -> None:
        """Faults for the next calls."""
        await self.control("behave", path=path, **told)

    async def seen(self, user: str) -> list[Json]:
        """What a member sees now, oldest first."""
        return list((await self.control("chat", user=user))["messages"])

    async def wait(self, user: str, n: int = 1, seconds: float = 10, since: int = -1) -> list[Json]:
        """Until a member sees `n` messages; AssertionError where they do not come."""
        found = await self.control("wait", user=user, n=n, seconds=seconds, since=since)
        assert found["complete"], f"{user} sees {found['messages']} after {seconds} s"
        return list(found["messages"])

    async def press(self, user: str, label: str = "", **more: Any) -> Json:
        """A member presses the newest button with this label: the fields of the callback."""
        return await self.control("press", user=user, label=label, **more)

    async def state(self) -> Json:
        """Counts, violations, the menu."""
        return await self.control("state")

    def lines(self, what: str = "") -> list[Json]:
        """The log of this test, or its lines of one kind."""
        with self._process.log.open(encoding="utf-8") as file:
            file.seek(self._start)
            read = [json.loads(line) for line in file]
        return [line for line in read if not what or line["what"] == what]

    def calls(self, path: str, errcode: int | None = 0) -> list[Json]:
        """The calls of one path that ended so (None: all)."""
        return [
            line
            for line in self.lines("call")
            if line["path"] == path and errcode in (None, line["errcode"])
        ]
