"""What a channel has to offer for the conversations to be held on it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Protocol

from bot.app import App
from bot.config import Config
from domain.abroad import ABROAD
from tests.world import KEY, World

BASE_URL = "https://qt.example"


@dataclass(frozen=True, slots=True)
class Button:
    """A button as a person sees it, and what a press of it tells the platform."""

    label: str
    data: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Heard:
    """A message as a person sees it. `edited`: it stands in the place of the one with its id.

    `drawn`: how its words lie, where they are drawn in parts: `▣` begins a card, `¶` a new part.
    """

    id: int
    text: str
    buttons: tuple[Button, ...]
    edited: bool = False
    attachment: str = ""  # file or image
    drawn: str = ""


@dataclass(frozen=True, slots=True)
class Ways:
    """What a channel can do, for the table to choose by."""

    in_place: bool = False  # the answer to a press may take the place of the message
    edits: bool = False
    forwards: bool = False
    deep_links: bool = False
    robots: bool = False  # an app of WeCom is there, and with it what it does in groups
    places: bool = True  # says where a place is
    blank_lines: bool = True  # also below the title of a card
    varies: bool = False  # cards are not seen in every program


class Stage(Protocol):
    """One channel with the product behind it. A person is named by a word, `ann`."""

    channel: str
    ways: Ways
    world: World

    def external(self, who: str) -> str:
        """What the platform calls them."""

    async def say(self, who: str, text: str, *, forwarded: bool = False) -> None:
        """Say a text or a command."""

    async def edit(self, who: str, text: str) -> None:
        """Word the last thing that was said anew."""

    async def press(self, who: str, message: int, button: Button) -> None:
        """Press a button of a message."""

    async def send(self, who: str, name: str, content: bytes) -> None:
        """Send a file; `photo.jpg` is a photo."""

    async def place(self, who: str, latitude: float, longitude: float) -> None:
        """Show a place, in degrees."""

    async def heard(self, people: Sequence[str]) -> dict[str, list[Heard]]:
        """Wait until everything is answered; what each has that is new or changed since then."""

    def takes_place(self, heard: Heard, pressed: Heard) -> bool:
        """Whether this message can take the place of the one that was pressed."""


class Opens(Protocol):
    """Opens a stage: the product on a migrated database at `url`, in `language`."""

    def __call__(
        self, url: str, folder: Path, language: str, **more: Any
    ) -> AbstractAsyncContextManager[Stage]: ...


Opened = AsyncIterator[Stage]


def configured(url: str, folder: Path, language: str, admin: str, **sections: Any) -> Config:
    """The configuration of every stage; `sections` are those of its channel."""
    app = {
        "secret_key": "s" * 40,
        "admins": [admin],
        "language": language,
        "base_url": BASE_URL,
    }
    made = {"app": app, "database": {"url": url}, "privacy": {"pii_keys": [KEY]}, **sections}
    return Config.of((made,), folder)


async def answered(app: App, world: World) -> None:
    """Wait until no turn runs and nothing is being sent; raises what a handler raised."""
    await app.turns.idle()
    await app.dispatcher.idle()
    if world.raised:
        raise world.raised.pop(0)


def is_abroad(stage: Stage) -> bool:
    """Whether its messages are kept abroad."""
    return stage.channel in ABROAD


def hours(words: str) -> timedelta:
    """25 h, 31 min."""
    number, unit = words.split()
    return timedelta(**{{"h": "hours", "min": "minutes"}[unit]: float(number)})
