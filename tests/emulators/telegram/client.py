"""Drives the emulator from a test: starts its process, speaks for users, reads its log."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

import aiohttp

from tests.emulators.telegram.network import TOKEN

_PROJECT = Path(__file__).resolve().parents[3]
Json = dict[str, Any]


class Told(Exception):
    """The control door said that this cannot be."""


class Process:
    """The emulator's process: `url`, `log`, `signal`; it can outlive many tests (see reset)."""

    def __init__(self, log: Path, *options: str) -> None:
        self.log = log
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.emulators.telegram", str(log), *options],
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


class Telegram:
    """The network that a test plays: `async with Telegram(process) as telegram`.

    Coming in it forgets what was before; `token` is the bot's, `api_base` what goes into the
    configuration of a product. Messages are as in the control call `chat`.
    """

    def __init__(self, process: Process) -> None:
        self._process = process
        self.token = TOKEN
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
            await self.control("reset")  # nobody is polled or called after the test
        await self._session.close()

    async def control(self, name: str, **told: Any) -> Any:
        """Any call of the control door; raises Told where it was refused."""
        assert self._session is not None
        async with self._session.post(f"{self.api_base}/control/{name}", json=told) as answer:
            found = await answer.json()
            if answer.status != 200:
                raise Told(found["error"])
            return found

    async def call(self, method: str, **args: Any) -> Json:
        """A call of the Bot API, as the bot; the whole answer, also of a refusal."""
        assert self._session is not None
        url = f"{self.api_base}/bot{self.token}/{method}"
        async with self._session.post(url, json=args) as answer:
            found: Json = await answer.json()
            return found

    async def say(self, user: int, text: str, **more: Any) -> Json:
        """A user writes."""
        return dict(await self.control("say", user=user, text=text, **more))

    async def press(self, user: int, label: str = "", **more: Any) -> Json:
        """A user presses the last button with this label (or sends `data`); answers "query"."""
        if label:
            more["label"] = label
        return dict(await self.control("press", user=user, **more))

    async def photo(self, user: int, content: bytes = b"", **more: Any) -> Json:
        """A user sends a photo."""
        told = base64.b64encode(content).decode()
        return dict(await self.control("photo", user=user, bytes=told, **more))

    async def document(self, user: int, content: bytes, file_name: str, **more: Any) -> Json:
        """A user sends a file."""
        told = base64.b64encode(content).decode()
        return dict(
            await self.control("document", user=user, bytes=told, file_name=file_name, **more)
        )

    async def member(self, user: int, action: str, **more: Any) -> Json:
        """block, unblock, deactivate; with `chat` add, kick, leave, promote, join, part, ..."""
        return dict(await self.control("member", user=user, action=action, **more))

    async def messages(self, chat: int, **more: Any) -> list[Json]:
        """What stands in a chat now."""
        return list((await self.control("chat", chat=chat, **more))["messages"])

    async def wait(
        self, chat: int, *, after: int = 0, since: int = 0, n: int = 1, seconds: float = 10
    ) -> list[Json]:
        """Until `n` messages of the bot are there; AssertionError where they do not come."""
        found = await self.control(
            "wait", chat=chat, after=after, since=since, n=n, seconds=seconds
        )
        assert found["complete"], f"chat {chat} has {found['messages']} after {seconds} s"
        return list(found["messages"])

    async def talk(self, user: int, text: str, *, seconds: float = 10, **more: Any) -> Json:
        """Say something and wait for the answer: the last message that is new or changed."""
        said = await self.say(user, text, **more)
        chat = more.get("chat", user)
        found = await self.wait(chat, since=said["change"], seconds=seconds)
        return max(found, key=lambda one: int(one["change"]))

    async def answers(self, query: str, seconds: float = 10) -> list[Json]:
        """What a press was answered; waits for the first answer."""
        return list((await self.control("answer", query=query, seconds=seconds))["answers"])

    async def file(self, file_id: str) -> bytes:
        """The bytes of a file."""
        return base64.b64decode((await self.control("file", file_id=file_id))["bytes"])

    async def state(self) -> Json:
        """Counts, violations, what is pending."""
        return dict(await self.control("state"))

    async def behave(self, method: str = "*", **told: Any) -> None:
        """Faults for the next calls."""
        await self.control("behave", method=method, **told)

    async def quiet(self, seconds: float = 10) -> None:
        """Wait until nothing is pending."""
        found = await self.control("quiet", seconds=seconds)
        assert found["quiet"], f"there is something pending after {seconds} s"

    def lines(self, what: str = "") -> list[Json]:
        """The log of this test, or its lines of one kind."""
        with self._process.log.open(encoding="utf-8") as file:
            file.seek(self._start)
            read = [json.loads(line) for line in file]
        return [line for line in read if not what or line["what"] == what]

    def calls(self, method: str, status: int = 200) -> list[Json]:
        """The calls of one method that ended so."""
        return [
            line
            for line in self.lines("call")
            if line["method"] == method and line["status"] == status
        ]
