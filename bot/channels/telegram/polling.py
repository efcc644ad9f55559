"""Long polling: a batch is written down as a whole, only then its updates are confirmed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import structlog
from aiogram import Bot
from aiogram.exceptions import (
    AiogramError,
    ClientDecodeError,
    TelegramConflictError,
    TelegramNotFound,
    TelegramRetryAfter,
    TelegramUnauthorizedError,
)
from aiogram.methods import GetUpdates
from aiogram.types import Update
from pydantic import ValidationError

from bot.channels.telegram.contents import Nameless
from bot.channels.telegram.reading import HEARD
from bot.channels.telegram.receiving import Receiver
from bot.channels.telegram.standing import Standing
from bot.chat import Event
from bot.logs import where
from bot.tasks import Tasks
from storage.connections import Unavailable

log = structlog.get_logger("telegram")

WAIT_SECONDS = 25  # that Telegram keeps an empty poll open
_MARGIN = 10  # more, until we give an answer up
_CONFLICT = 5.0
_AGAIN = 1.0  # seconds until the store is asked again
_LIMIT = 100
_LONGEST = 30.0  # seconds between tries


class Polling:
    """Polls; one process at a time may. Presses are answered beside it."""

    def __init__(
        self,
        bot: Callable[[], Bot],
        receiver: Receiver,
        standing: Standing,
        tasks: Tasks,
    ) -> None:
        self._bot = bot
        self._receiver = receiver
        self._standing = standing
        self._tasks = tasks

    async def run(self) -> None:
        """Poll until cancelled, while the token is taken."""
        while True:
            await self._standing.accepted.wait()
            await self._poll()

    async def _poll(self) -> None:
        """Until the token is refused."""
        wait, offset = 1.0, None
        while not self._standing.refused.is_set():
            try:
                offset = await self._once(offset)
                wait = 1.0
            except TelegramRetryAfter as error:
                await asyncio.sleep(error.retry_after)
            except (TelegramUnauthorizedError, TelegramNotFound):
                self._standing.refuse()
            except TelegramConflictError:
                log.warning("poll_conflict")  # a webhook is set, or somebody else polls
                await self._unhook()
                await asyncio.sleep(_CONFLICT)
            except AiogramError as error:
                log.warning("poll_failed", kind=type(error).__name__)
                await asyncio.sleep(wait)
                wait = min(_LONGEST, wait * 2)

    async def _unhook(self) -> None:
        try:
            await self._bot().delete_webhook()
        except AiogramError as error:
            log.warning("webhook_not_deleted", kind=type(error).__name__)

    async def _once(self, offset: int | None) -> int | None:
        """One poll. With an offset it confirms what was kept and does not wait for more.

        The long poll has no offset: it would lose updates whose numbers began anew below it.
        """
        seconds = WAIT_SECONDS if offset is None else 0
        found = await self._asked(offset, seconds)
        if not found:
            return None
        updates = [one for one in found if isinstance(one, Update)]
        await self._kept(updates)
        for update in updates:
            if update.callback_query is not None:
                self._tasks.start(self._answer(update.callback_query.id), "telegram-press")
        return max((_number(one) for one in found), default=0) + 1

    async def _asked(self, offset: int | None, seconds: int) -> Sequence[Any]:
        """Updates, each read by itself: one that the library cannot read stops no other."""
        method = GetUpdates(limit=_LIMIT, timeout=seconds, allowed_updates=list(HEARD))
        if offset is not None:
            method = method.model_copy(update={"offset": offset})
        try:
            return await self._bot()(method, request_timeout=seconds + _MARGIN)
        except ClientDecodeError as error:
            if not isinstance(error.data, dict) or not isinstance(error.data.get("result"), list):
                raise
            return [_read(one) for one in error.data["result"]]

    async def _kept(self, updates: Sequence[Update]) -> None:
        """Write all of them down, in order for each account, until it is done."""
        events = [self._receiver.event(update) for update in updates]
        lines: dict[str, list[Event]] = {}
        for event in events:
            if event is not None and not isinstance(event, Nameless):
                lines.setdefault(event.account, []).append(event)
        await asyncio.gather(*(self._line(line) for line in lines.values()))

    async def _line(self, events: Iterable[Event]) -> None:
        for event in events:
            while not await self._tried(event):  # noqa: ASYNC110  # a try, not a look
                await asyncio.sleep(_AGAIN)

    async def _tried(self, event: Event) -> bool:
        """Whether it needs no further try."""
        try:
            await self._receiver.keep(event)
        except Unavailable:
            log.warning("update_not_kept")
            return False
        except Exception as error:  # noqa: BLE001  # or it would be polled for ever, and nothing else
            log.error("update_given_up", kind=type(error).__name__, where=where(error))
        return True

    async def _answer(self, query: str) -> None:
        """Tell the app that a press arrived. Too late is no harm."""
        if self._standing.refused.is_set():
            return
        try:
            await self._bot().answer_callback_query(query)
        except AiogramError as error:
            log.info("press_not_answered", kind=type(error).__name__)


def _read(raw: Any) -> Any:
    try:
        return Update.model_validate(raw)
    except ValidationError:
        log.warning("update_unreadable")
        return raw


def _number(update: Any) -> int:
    if isinstance(update, Update):
        return update.update_id
    found = update.get("update_id") if isinstance(update, dict) else None
    return found if isinstance(found, int) else 0
