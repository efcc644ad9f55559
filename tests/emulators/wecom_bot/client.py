"""Drives the gateway from a test: starts its process, speaks for users, reads its log."""

from __future__ import annotations

import asyncio
import base64
import json
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

import aiohttp

_PROJECT = Path(__file__).resolve().parents[3]
Json = dict[str, Any]


class Told(Exception):
    """The control door said that this cannot be."""


class Process:
    """The gateway's process; it can outlive many tests (see reset)."""

    def __init__(self, log: Path) -> None:
        self.log = log
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.emulators.wecom_bot", str(log)],
            cwd=_PROJECT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        said = self._process.stdout.readline()
        assert said, "the gateway did not start"
        self.url = f"http://127.0.0.1:{json.loads(said)['port']}"

    def close(self) -> None:
        """Kill it."""
        self._process.kill()
        self._process.communicate()


class Gateway:
    """The platform that a test plays: `async with Gateway(process) as gateway`."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self.url = process.url
        self.ws_url = f"{process.url.replace('http', 'ws', 1)}/"
        self._start = 0
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=60))
        await self.control("reset")
        self._start = self._process.log.stat().st_size
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._session is not None
        with suppress(aiohttp.ClientError, Told):
            await self.control("reset")
        await self._session.close()

    async def control(self, name: str, /, **told: Any) -> Json:
        """Any call of the control door; raises Told where it was refused."""
        assert self._session is not None
        async with self._session.post(f"{self.url}/control/{name}", json=told) as answer:
            found: Json = await answer.json()
            if answer.status != 200:
                raise Told(found["error"])
            return found

    async def say(self, user: str, text: str = "", **more: Any) -> Json:
        """A user writes; `content` are the bytes of a file."""
        if "content" in more:
            more["bytes"] = base64.b64encode(more.pop("content")).decode()
        return await self.control("say", user=user, text=text, **more)

    async def press(self, user: str, label: str = "", **more: Any) -> Json:
        """A user presses the last button with this label, or `key` on `task`."""
        return await self.control("press", user=user, label=label, **more)

    async def messages(self, chat: str) -> list[Json]:
        """What stands in a conversation now."""
        return list((await self.control("look", chat=chat))["messages"])

    async def wait(
        self, chat: str, *, since: int = 0, n: int = 1, seconds: float = 10
    ) -> list[Json]:
        """Until `n` messages are new or changed; AssertionError where they do not come."""
        found = await self.control("wait", chat=chat, since=since, n=n, seconds=seconds)
        assert found["complete"], f"{chat} has {found['messages']} after {seconds} s"
        return list(found["messages"])

    async def talk(self, user: str, text: str, *, n: int = 1, **more: Any) -> Json:
        """Say something and wait for the answer: the newest of `n` messages."""
        said = await self.say(user, text, **more)
        found = await self.wait(more.get("chat", user), since=said["change"], n=n)
        return max(found, key=lambda one: int(one["change"]))

    async def state(self) -> Json:
        """Who is connected, and what was violated."""
        return await self.control("state")

    async def connected(self, seconds: float = 15) -> None:
        """Wait until a bot is connected."""
        async with asyncio.timeout(seconds):
            while not (await self.state())["connected"]:  # noqa: ASYNC110  # another process
                await asyncio.sleep(0.02)

    def lines(self, what: str = "") -> list[Json]:
        """The log of this test, or its lines of one kind."""
        with self._process.log.open(encoding="utf-8") as file:
            file.seek(self._start)
            read = [json.loads(line) for line in file]
        return [line for line in read if not what or line["what"] == what]

    def frames(self, command: str, code: int = 0) -> list[Json]:
        """The frames of one command that ended so."""
        found = self.lines("frame")
        return [one for one in found if one["cmd"] == command and one["code"] == code]
