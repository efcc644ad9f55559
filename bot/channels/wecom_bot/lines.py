"""What came in, written down in order: one line per conversation, each event until it is kept."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

import structlog

from bot.channels.wecom_bot.callbacks import Callbacks
from bot.channels.wecom_bot.files import Files
from bot.channels.wecom_bot.reading import Heard
from bot.chat import Event
from bot.logs import where
from bot.tasks import Tasks
from storage.connections import Unavailable

log = structlog.get_logger("wecom_bot")

ROOM = 2000  # events that wait here at most; beyond, nothing is read from the connection
_AGAIN = 1.0  # seconds until the store is asked again


class Lines:
    """Outlives connections: WeCom does not repeat itself, so what was read is kept here."""

    def __init__(
        self,
        accept: Callable[[Event], Awaitable[bool]],
        files: Files,
        callbacks: Callbacks,
        tasks: Tasks,
    ) -> None:
        self._accept = accept
        self._files = files
        self._callbacks = callbacks
        self._tasks = tasks
        self._lines: dict[str, deque[Heard]] = {}
        self._waiting = 0
        self._room = asyncio.Event()
        self._room.set()

    async def put(self, heard: Heard) -> None:
        """Write it down after what its conversation said before. Waits while too much waits."""
        await self._room.wait()
        self._waiting += 1
        if self._waiting >= ROOM:
            self._room.clear()
        line = self._lines.get(heard.conversation)
        if line is not None:
            line.append(heard)
            return
        self._lines[heard.conversation] = deque((heard,))
        self._tasks.start(self._run(heard.conversation), "wecom-bot-line")

    async def _run(self, conversation: str) -> None:
        line = self._lines[conversation]
        try:
            while line:
                await self._kept(line[0])
                line.popleft()
                self._waiting -= 1
                self._room.set()
        finally:
            del self._lines[conversation]

    async def _kept(self, heard: Heard) -> None:
        event = await self._files.filled(heard.event, heard.file)
        while True:
            try:
                if not await self._accept(event):
                    self._callbacks.drop(heard.conversation, heard.request)
            except Unavailable:
                log.warning("event_not_kept")
                await asyncio.sleep(_AGAIN)
                continue
            except Exception as error:  # noqa: BLE001  # or the conversation would stand still
                log.error("event_given_up", kind=type(error).__name__, where=where(error))
            return
