"""The playground as a stage: everything goes through its HTTP door."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from typing import Any

from bot.app import App
from tests.bot.web_page import Page
from tests.transcripts.stage import Button, Heard, Ways, answered, configured
from tests.world import Ear, MovableClock, World


class _Door(Page):
    """The door of a product that answers."""

    def __init__(self, app: App) -> None:
        self.app = app.web()
        self.read = 0


class WebStage:
    """What the page does and shows."""

    channel = "web"
    ways = Ways()

    def __init__(self, app: App, world: World) -> None:
        self.world = world
        self._product = app
        self._door = _Door(app)
        self._keys = count(1)
        self._seen: dict[str, int] = {}

    def external(self, who: str) -> str:
        """The page's accounts are words."""
        return who

    async def _tell(self, who: str, kind: str, **payload: Any) -> None:
        body = {"account": who, "key": f"k{next(self._keys)}", "kind": kind, "payload": payload}
        door = "files" if kind in {"file", "photo"} else "events"
        found = await self._door.say(body, f"/playground/{door}")
        assert found.status == 200, found.body

    async def say(self, who: str, text: str, *, forwarded: bool = False) -> None:
        """Type it."""
        assert not forwarded, "the page has no way to forward"
        await self._tell(who, "text", text=text)

    async def edit(self, who: str, text: str) -> None:
        """The page has no way to edit."""
        raise AssertionError(f"{who} cannot edit to {text}")

    async def press(self, who: str, message: int, button: Button) -> None:
        """Press a button."""
        await self._tell(who, "button", token=button.data, label=button.label)

    async def send(self, who: str, name: str, content: bytes) -> None:
        """Send a file or a photo."""
        kind = "photo" if name.endswith(".jpg") else "file"
        told = {"name": name, "content": base64.b64encode(content).decode()}
        await self._tell(who, kind, **told)

    async def place(self, who: str, latitude: float, longitude: float) -> None:
        """Show a place."""
        await self._tell(who, "location", latitude=latitude, longitude=longitude)

    async def heard(self, people: Sequence[str]) -> dict[str, list[Heard]]:
        """What has come into the chats since the last look."""
        await answered(self._product, self.world)
        return {who: await self._new(who) for who in people}

    def takes_place(self, heard: Heard, pressed: Heard) -> bool:
        """The page has no way to edit."""
        return False

    async def _new(self, who: str) -> list[Heard]:
        chat = (await self._door.ask(f"/playground/history?account={who}")).json
        before, self._seen[who] = self._seen.get(who, 0), chat["last"]
        return [
            _heard(entry)
            for entry in chat["entries"]
            if entry["who"] == "us" and entry["id"] > before
        ]


def _heard(entry: dict[str, Any]) -> Heard:
    buttons = tuple(
        Button(one["label"], one.get("token", ""), one.get("url", ""))
        for row in entry["rows"]
        for one in row
    )
    kept = entry["attachment"]
    kind = "" if not kept else "image" if kept["media_type"].startswith("image/") else "file"
    return Heard(entry["id"], entry["text"], buttons, attachment=kind)


@asynccontextmanager
async def web_stage(url: str, folder: Path, language: str, **more: Any) -> AsyncIterator[WebStage]:
    """The product with the playground on."""
    web = {"playground": "on"}
    clock = MovableClock()
    app = App(configured(url, folder, language, "web:root", web=web), clock=clock)
    await app.start()
    try:
        yield WebStage(app, World(app, clock, Ear("web")))
    finally:
        await app.stop()
