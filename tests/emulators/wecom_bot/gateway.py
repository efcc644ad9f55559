"""What the gateway remembers: conversations, messages, callbacks, and who is connected."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from tests.emulators.wecom_bot.journal import Journal

Json = dict[str, Any]
BOT, SECRET = "aib-emulator-0001", "geheimnis-of-the-emulated-bot-0001"
SETTINGS: dict[str, float] = {
    "silence": 90.0,  # seconds without a frame, then a connection is dropped
    "subscribes": 20,  # in 10 s
    "reply": 86_400.0,
    "short": 5.0,
    "stream": 360.0,
    "a_minute": 30,
    "an_hour": 1000,
}


class Refusal(Exception):
    """A frame that is not done."""

    def __init__(self, code: int, words: str) -> None:
        super().__init__(words)
        self.code = code


@dataclass
class Callback:
    """What the bot was told, and what it may still say to it."""

    frame: Json
    chat: str
    cause: str
    since: float
    used: bool = False


@dataclass
class Conversation:
    """One chat: a user's own, or a group."""

    name: str
    written: bool = False
    messages: list[Json] = field(default_factory=list)
    frames: deque[float] = field(default_factory=lambda: deque(maxlen=2000))


class Gateway:
    """The whole state; `reset` makes it new."""

    def __init__(self, journal: Journal) -> None:
        self.journal = journal
        self.changed = asyncio.Event()
        self.port = 0
        self.numbers = itertools.count(1)
        self.connection: Any = None
        self.connections: set[Any] = set()
        self.closing: set[asyncio.Future[Any]] = set()
        self.reset()

    def reset(self) -> None:
        """Forget everything but the log and the connections, which are cut."""
        self.journal.note("reset")
        self.journal.violations.clear()
        self.settings = dict(SETTINGS)
        self.conversations: dict[str, Conversation] = {}
        self.callbacks: dict[str, Callback] = {}
        self.streams: dict[str, tuple[float, Json]] = {}
        self.tasks: dict[str, Json] = {}
        self.files: dict[str, tuple[bytes, str]] = {}
        self.uploads: dict[str, Json] = {}
        self.media: dict[str, Json] = {}
        self.subscribes: deque[float] = deque(maxlen=1000)
        self.held: list[Json] = []
        self.missed: list[Json] = []
        self.behaviour: Json = {}
        self.change = 0

    def conversation(self, name: str) -> Conversation:
        """A chat, made when it is first spoken of; capitals make no difference in user ids."""
        found = self.conversations.get(name)
        if found is None:
            lower = {one.lower(): one for one in self.conversations}
            name = lower.get(name.lower(), name)
            found = self.conversations.setdefault(name, Conversation(name))
        return found

    def touch(self, message: Json) -> None:
        """Something that a user sees has changed."""
        self.change += 1
        message["change"] = self.change
        self.changed.set()

    def add(self, chat: Conversation, message: Json) -> Json:
        """A message of the bot."""
        made = {"edits": 0, "frames": 1, **message}
        chat.messages.append(made)
        if "task" in made:
            self.tasks[made["task"]] = made
        self.touch(made)
        return made

    def count(self, chat: Conversation) -> None:
        """30 a minute and 1,000 an hour, replies and pushes together."""
        now = time.monotonic()
        for seconds, most in ((60, "a_minute"), (3600, "an_hour")):
            if sum(now - at < seconds for at in chat.frames) >= self.settings[most]:
                self.journal.violation("too many", chat=chat.name)
                raise Refusal(45009, "api freq out of limit")
        chat.frames.append(now)

    async def tell(self, frame: Json) -> bool:
        """Send a callback to the bot; what nobody is connected for is lost, as far as is known."""
        self.journal.note("callback", frame=frame, connected=self.connection is not None)
        if self.connection is None:
            self.missed.append(frame)
            return False
        await self.connection.send_json(frame)
        return True
