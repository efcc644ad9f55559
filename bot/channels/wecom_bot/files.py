"""Files that people send, fetched and opened before the event is written down."""

from __future__ import annotations

import asyncio
import base64
import mimetypes
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import aiohttp
import structlog
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from bot.channels.wecom_bot.contents import Held
from bot.chat import Event, Kind

log = structlog.get_logger("wecom_bot")

FILE_BYTES = 5 * 1024 * 1024  # that are fetched; as many as the playground takes
FETCH_SECONDS = 10.0  # for waiting and fetching; WeCom's address ends after 5 minutes
_AT_ONCE = 8
_BLOCK = 32  # bytes to which WeCom fills up
_NAME_LETTERS = 255


class Files:
    """Fetches what was sent in private, of at most FILE_BYTES."""

    def __init__(self) -> None:
        self._room = asyncio.Semaphore(_AT_ONCE)

    async def filled(self, event: Event, held: Held | None) -> Event:
        """The event with what belongs to it: `content` (base64), or `too_big`, or `failed`.

        Never raises: an event without its file is answered too.
        """
        if held is None:
            return event
        try:
            async with self._room, asyncio.timeout(FETCH_SECONDS):
                more = await self._fetched(held, event.kind)
        except (aiohttp.ClientError, OSError, ValueError) as error:
            log.warning(
                "file_not_fetched", kind=type(error).__name__
            )  # its message has the address
            more = {"failed": True}
        return replace(event, payload={**event.payload, **more})

    async def _fetched(self, held: Held, kind: Kind) -> Mapping[str, Any]:
        if not held.url.startswith(("https://", "http://")):
            raise ValueError("no address")
        sealed = bytearray()
        async with (
            aiohttp.ClientSession(trust_env=True) as session,
            session.get(held.url) as answer,
        ):
            answer.raise_for_status()
            found = answer.content_disposition
            async for chunk in answer.content.iter_chunked(65_536):
                sealed += chunk
                if len(sealed) > FILE_BYTES + _BLOCK:
                    return {"too_big": True}
        content = await asyncio.to_thread(opened, bytes(sealed), held.key)
        if len(content) > FILE_BYTES:
            return {"too_big": True}
        more = {"content": base64.b64encode(content).decode()}
        name = clean_name(found.filename or "") if found is not None else ""
        return more | (named(name) if name and kind is Kind.FILE else {})


def named(name: str) -> dict[str, str]:
    """What a file is called, and what kind of file that makes it."""
    media, _ = mimetypes.guess_type(name)
    return {"name": name} | ({"media_type": media} if media else {})


def clean_name(name: str) -> str:
    """A name without the folders before it."""
    return name.replace("\\", "/").rsplit("/", 1)[-1].strip()[:_NAME_LETTERS]


def opened(sealed: bytes, key: str) -> bytes:
    """The bytes of a file: AES-256-CBC, the IV is the key's first half, PKCS#7 to 32.

    Without a key they are as they came (WeCom says that they never are). ValueError: not sealed so.
    """
    if not key:
        return sealed
    secret = base64.b64decode(key + "=" * (-len(key) % 4), validate=True)
    if len(secret) != 32 or not sealed or len(sealed) % 16:
        raise ValueError("no such sealing")
    decryptor = Cipher(algorithms.AES256(secret), modes.CBC(secret[:16])).decryptor()
    padded = decryptor.update(sealed) + decryptor.finalize()
    fill = padded[-1]
    if not 0 < fill <= min(_BLOCK, len(padded)) or padded[-fill:] != bytes((fill,)) * fill:
        raise ValueError("no such padding")
    return padded[:-fill]
