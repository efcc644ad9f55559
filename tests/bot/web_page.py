"""The playground's HTTP side in the test's process: requests by hand, so that any peer can ask."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast
from zoneinfo import ZoneInfo

from bot.channels.web import WebChannel
from bot.chat import Message
from bot.intake import Intake, Turns
from bot.web import make_app
from services import demo
from services.turn import House
from storage import inbox, outbox
from storage.outbox import New, Outcome
from storage.prepared import insert_once
from storage.schema import accounts
from storage.store import Store
from storage.tx import Tx
from storage.vault import Vault

START = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
HERE = ("127.0.0.1", 50_000)
_ACCOUNT = insert_once(
    accounts, "channel", "external", "reachable", "created_at", unique=("channel", "external")
)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back over HTTP."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


class Woken:
    """Stands where the turns are: nobody answers here, what came in stays in the inbox."""

    def __init__(self) -> None:
        self.accounts: list[tuple[str, str]] = []

    def wake(self, who: tuple[str, str], events: int = 1, live: bool = True) -> None:
        """Remember who was woken."""
        self.accounts.append(who)


class Page:
    """The web channel on a real store, asked as a server would ask it."""

    def __init__(self, url: str) -> None:
        self.at = START
        self.vault = Vault([(1, b"v" * 32)])
        self.store = Store(url, self.vault)
        zone = ZoneInfo("Asia/Shanghai")
        self.house = House(self.vault, b"k" * 32, zone, "zh-CN", frozenset(), "", "me")
        self.woken = Woken()
        intake = Intake(self.store, cast(Turns, self.woken), lambda: self.at)
        self.channel = WebChannel(intake, self.store, self.house, lambda: self.at)
        self.app = make_app(self._ready, self.channel.routes())
        self.read = 0  # bytes of the last request's body that were read

    async def _ready(self) -> dict[str, Any]:
        return {"status": "ready"}

    async def ask(
        self,
        path: str,
        *,
        method: str = "GET",
        headers: Iterable[tuple[str, str]] = (("host", "127.0.0.1:8080"),),
        chunks: Iterable[bytes] = (b"",),
        client: tuple[str, int] | None = HERE,
    ) -> Answer:
        """One request. Whatever the application raises is raised: it would have been a 500."""
        sent: list[Any] = []
        parts = iter(chunks)
        self.read = 0

        async def receive() -> dict[str, Any]:
            part = next(parts, None)
            self.read += len(part or b"")
            return {"type": "http.request", "body": part or b"", "more_body": part is not None}

        async def send(message: Any) -> None:
            sent.append(message)

        await self.app(_scope(path, method, headers, client), receive, send)
        body = b"".join(message.get("body", b"") for message in sent[1:])
        found = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
        return Answer(sent[0]["status"], found, body)

    async def say(self, body: object, path: str = "/playground/events", **more: Any) -> Answer:
        """Post JSON (or bytes as they are) as the page does."""
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = [("host", "localhost:8080"), ("content-type", "application/json")]
        headers.append(("content-length", str(len(raw))))
        return await self.ask(path, method="POST", headers=headers, chunks=(raw,), **more)

    async def text(self, account: str, key: str, text: str) -> Answer:
        """Say a text."""
        return await self.say(
            {"account": account, "key": key, "kind": "text", "payload": {"text": text}}
        )

    async def sent(self, account: str, text: str, **more: Any) -> int:
        """Write a message down as the dispatcher leaves it after sending; answers its id."""
        worded = {"text": text, "rows": [], "replaces": None, "asks_location": False, **more}
        say = {"name": "x", "facts": {}, "attachment": more.pop("attachment", None)}
        worded.pop("attachment", None)

        async def work(tx: Tx) -> int:
            await tx.value(
                _ACCOUNT, channel="web", external=account, reachable=True, created_at=self.at
            )
            who = await _id_of(tx, account)
            new = New(f"test/{account}/{text}", who, say, True, None, self.at, "me")
            found = await outbox.add(tx, self.vault, new, self.at)
            delivery = outbox.Delivery(
                found or 0, who, "web", account, None, None, say, True, 1, 1, self.at, worded
            )
            await outbox.ended(tx, self.vault, delivery, Outcome("sent"), self.at)
            return found or 0

        return await self.store.turn(work)

    async def push(self, number: int, account: str, text: str) -> None:
        """Send a message through the channel."""
        await self.channel.send(Message(number, account, text))

    async def waiting(self) -> int:
        """How many events are in the inbox."""
        return (await self.store.read(inbox.backlog))[0]

    async def seed(self) -> int:
        """The demo district."""
        return await self.store.turn(lambda tx: demo.seed(tx, self.house, self.at))

    @asynccontextmanager
    async def listening(self, query: str, *headers: tuple[str, str]) -> AsyncIterator[Stream]:
        """An open page."""
        stream = Stream()
        scope = _scope(
            f"/playground/stream?{query}", "GET", [("host", "127.0.0.1"), *headers], HERE
        )
        task = asyncio.create_task(self.app(scope, stream.receive, stream.send))
        try:
            await asyncio.wait_for(stream.opened.wait(), 5)
            yield stream
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


class Stream:
    """What an open page has been sent."""

    def __init__(self) -> None:
        self.opened = asyncio.Event()
        self.status = 0
        self.raw: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._asked = False

    async def receive(self) -> dict[str, Any]:
        """The request once, then nothing: the page stays."""
        if self._asked:
            await asyncio.Event().wait()
        self._asked = True
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(self, message: Any) -> None:
        """Take what the application sends."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.opened.set()
            return
        if message.get("body"):
            self.raw.put_nowait(message["body"])
        if not message.get("more_body"):
            self.raw.put_nowait(None)

    async def frame(self, seconds: float = 5) -> str | None:
        """The next frame as it is; None when the stream has ended."""
        found = await asyncio.wait_for(self.raw.get(), seconds)
        return None if found is None else found.decode()

    async def message(self, seconds: float = 5) -> dict[str, Any] | None:
        """The next message; None when the stream has ended."""
        while True:
            frame = await self.frame(seconds)
            if frame is None:
                return None
            lines = dict(line.split(": ", 1) for line in frame.splitlines() if ": " in line)
            if "data" in lines:
                message: dict[str, Any] = json.loads(lines["data"])
                assert lines["id"] == str(message["id"])
                return message


def _scope(
    path: str, method: str, headers: Iterable[tuple[str, str]], client: tuple[str, int] | None
) -> dict[str, Any]:
    where, _, query = path.partition("?")
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": where,
        "raw_path": where.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers],
        "client": client,
        "server": ("127.0.0.1", 8080),
    }


async def _id_of(tx: Tx, account: str) -> int:
    from sqlalchemy import select

    found = await tx.query(select(accounts.c.id).where(accounts.c.external == account))
    return int(found[0].id)
