"""Files that people send, fetched before the event is written down: no turn waits for them."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import aiohttp
import structlog
from aiogram import Bot
from aiogram.exceptions import AiogramError

from bot.channels.telegram.contents import FILE_BYTES
from bot.chat import Event, Kind

log = structlog.get_logger("telegram")

FETCH_SECONDS = 10.0  # for waiting, asking and fetching together
_AT_ONCE = 8


class Files:
    """Fetches documents of private chats, of at most FILE_BYTES."""

    def __init__(self, bot: Callable[[], Bot]) -> None:
        self._bot = bot
        self._room = asyncio.Semaphore(_AT_ONCE)

    async def filled(self, event: Event) -> Event:
        """The event with what belongs to it: `content` (base64), or `too_big`, or `failed`.

        Other events stay as they are. Never raises: an event without its file is answered.
        """
        if event.kind is not Kind.FILE or not event.private or event.payload.get("too_big"):
            return event
        try:
            async with asyncio.timeout(FETCH_SECONDS), self._room:
                more = await self._fetched(str(event.payload["media"]))
        except (AiogramError, aiohttp.ClientError, OSError, ValueError) as error:
            log.warning("file_not_fetched", kind=type(error).__name__)  # its message has the token
            more = {"failed": True}
        return replace(event, payload={**event.payload, **more})

    async def _fetched(self, media: str) -> Mapping[str, Any]:
        bot = self._bot()
        found = await bot.get_file(media)
        if found.file_path is None:
            raise ValueError("no path")
        url = bot.session.api.file_url(bot.token, found.file_path)
        content = bytearray()
        async for chunk in bot.session.stream_content(url, timeout=int(FETCH_SECONDS)):
            content += chunk
            if len(content) > FILE_BYTES:
                return {"too_big": True}
        return {"content": base64.b64encode(content).decode()}
