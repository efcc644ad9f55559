"""Sending: one step of one message at a time, and what became of it."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from aiogram import Bot
from aiogram.exceptions import (
    AiogramError,
    ClientDecodeError,
    TelegramBadRequest,
    TelegramForbiddenError,
    TelegramMigrateToChat,
)
from aiogram.methods import EditMessageText, LeaveChat, TelegramMethod

from bot.channel import Fate, Sent
from bot.channels.telegram.fates import fate_of
from bot.channels.telegram.plan import Call, Step, plan
from bot.channels.telegram.session import ANSWER_SECONDS
from bot.channels.telegram.standing import Standing
from bot.chat import Message

PART_SECONDS = 1.0  # between the parts of a long message: one a second to a chat
_REMEMBERED = 10_000  # messages that are under way, and chats that moved
_SICK = 10  # times that a server fails at one message while others go through
_SAME = "message is not modified"

V = TypeVar("V")
Moved = Callable[[int, int], Awaitable[None]]


@dataclass(slots=True)
class _Progress:
    """How far a message has come: steps that are done, and errors of the server since."""

    done: int = 0
    sick: int = 0
    platform_id: str | None = None


class Sender:
    """Sends through whichever bot is current. `moved` hears of groups that became supergroups."""

    def __init__(
        self,
        bot: Callable[[], Bot],
        standing: Standing,
        moved: Moved,
        place_label: str,
        username: Callable[[], str | None] = lambda: None,
    ) -> None:
        """`username` answers the bot's own, once it is known: links into private chats need it."""
        self._bot = bot
        self._standing = standing
        self._tell_moved = moved
        self._place_label = place_label
        self._username = username
        self._progress: OrderedDict[int, _Progress] = OrderedDict()
        self._moved: OrderedDict[int, int] = OrderedDict()

    async def send(self, message: Message) -> Sent:
        """One step towards having sent it; LATER while there are more."""
        chat = _chat(message.account)
        if chat is None:
            return Sent(Fate.REFUSED, "no chat")
        barred = self._standing.barred()
        if barred is not None:
            return barred
        chat = self._moved.get(chat, chat)
        progress = self._progress.pop(message.id, None) or _Progress()
        try:
            sent = await self._next(message, chat, progress)
        except BaseException:
            self._standing.gave_up()
            raise
        self._standing.learn(chat, sent)
        if sent.fate is Fate.LATER:
            _remember(self._progress, message.id, progress)
        return sent

    async def _next(self, message: Message, chat: int, progress: _Progress) -> Sent:
        steps = plan(message, chat, self._place_label, self._username())
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                while progress.done < len(steps):
                    made = await self._taken(steps[progress.done])
                    progress.platform_id = made or progress.platform_id
                    progress.done += 1
                    if _is_one_more_message(steps, progress.done):
                        return Sent(Fate.LATER, "more to come", PART_SECONDS)
        except TelegramMigrateToChat as error:
            return await self._follow(chat, error.migrate_to_chat_id)
        except (AiogramError, TimeoutError) as error:
            return self._failed(error, progress)
        return Sent(Fate.SENT, platform_id=progress.platform_id)

    def _failed(self, error: Exception, progress: _Progress) -> Sent:
        sent = fate_of(error)
        if sent.reason != "server error":
            return sent
        progress.sick += 1
        if progress.sick >= _SICK:
            return Sent(Fate.REFUSED, "server error")
        return Sent(Fate.LATER, "server error", float(min(300, 2**progress.sick)))

    async def _taken(self, step: Step) -> str | None:
        """Make one call; the platform's id of what it made, if it is told."""
        call = step.call
        try:
            return await self._called(call)
        except ClientDecodeError as error:
            if fate_of(error).fate is not Fate.SENT:
                raise
            return None  # it was sent; only the answer has a shape that we do not know
        except (TelegramBadRequest, TelegramForbiddenError) as error:
            if isinstance(call, LeaveChat):
                return None  # we are out already
            if not isinstance(call, EditMessageText) or isinstance(error, TelegramForbiddenError):
                raise
            if _SAME in error.message:
                return str(call.message_id)
        if step.instead is None:
            raise LookupError("an edit has something instead")
        return await self._called(step.instead)

    async def _called(self, call: Call) -> str | None:
        method: TelegramMethod[Any] = call
        made = await self._bot()(method)
        if isinstance(call, EditMessageText):
            return str(call.message_id)
        number = getattr(made, "message_id", None)
        return None if number is None else str(number)

    async def _follow(self, old: int, new: int) -> Sent:
        _remember(self._moved, old, new)
        await self._tell_moved(old, new)
        return Sent(Fate.LATER, "moved", PART_SECONDS)


def _chat(account: str) -> int | None:
    """Accounts are numbers of people, or (negative) of groups."""
    return int(account) if account.removeprefix("-").isdecimal() and account.isascii() else None


def _is_one_more_message(steps: Sequence[Step], done: int) -> bool:
    return done < len(steps) and not isinstance(steps[done].call, LeaveChat)


def _remember(kept: OrderedDict[int, V], key: int, value: V) -> None:
    kept[key] = value
    kept.move_to_end(key)
    if len(kept) > _REMEMBERED:
        kept.popitem(last=False)
