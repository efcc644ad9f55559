"""The menu of commands that the app shows beside the field where one writes."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import structlog
from aiogram import Bot
from aiogram.exceptions import TelegramAPIError, TelegramBadRequest, TelegramForbiddenError
from aiogram.types import (
    BotCommand,
    BotCommandScopeAllPrivateChats,
    BotCommandScopeChat,
    BotCommandScopeUnion,
)

from bot.audience import LEVELS
from bot.channels.telegram.reading import CHANNEL
from bot.router import Command
from bot.words import LANGUAGES, Words
from storage import menus
from storage.connections import Unavailable
from storage.store import Store
from storage.tx import Tx

log = structlog.get_logger("telegram")

Entries = tuple[tuple[str, str], ...]  # command, description
LOOK_SECONDS = 60.0  # between looks at who holds which role
_PAUSE = 0.5  # seconds between people: messages go first
_NAME_LETTERS, _DESCRIPTION_LETTERS, _MOST = 32, 256, 100  # Bot API, BotCommand and setMyCommands
_MEMBER = LEVELS.index("member")
# 取消 stands on a button wherever it means something; everybody sees buttons here
_UNLISTED = frozenset({"cancel", "layout"})


@dataclass(frozen=True, slots=True)
class _Whose:
    """Whose menu: the account, its chat, the highest level that it has, its chosen language."""

    account: int
    chat: str
    level: int
    language: str | None


class Menu:
    """What everybody sees, and what those see who do more than members."""

    def __init__(
        self,
        words: Words,
        commands: Iterable[Command],
        store: Store,
        clock: Callable[[], datetime],
    ) -> None:
        self._words = words
        self._commands = tuple(commands)
        self._store = store
        self._clock = clock

    async def show(self, bot: Bot) -> None:
        """Show everybody theirs; the first language is that of all who have none of ours."""
        scope = BotCommandScopeAllPrivateChats()
        for code, language in _codes(None):
            await _put(bot, self._entries(_MEMBER, language), scope, code)

    async def follow(self, bot: Callable[[], Bot]) -> None:
        """Show those who hold a role theirs, whenever it is another one; until cancelled."""
        while True:
            try:
                await self.look(bot())
            except (TelegramAPIError, Unavailable) as error:
                log.warning("menus_not_shown", kind=type(error).__name__)
            await asyncio.sleep(LOOK_SECONDS)

    async def look(self, bot: Bot) -> None:
        """One look at the roles: what is shown already is written down, and not shown again."""
        wanted, there = await self._store.read(self._found)
        for whose in wanted:
            what = self._digest(whose)
            if there.get(whose.account, ("", ""))[1] != what:
                await self._give(bot, whose)
                await self._store.mark(partial(_keep, whose.account, what))
        for account in there.keys() - {whose.account for whose in wanted}:
            await self._take(bot, there[account][0])
            await self._store.mark(partial(_drop, account))

    async def _found(self, tx: Tx) -> tuple[Sequence[_Whose], Mapping[int, tuple[str, str]]]:
        highest: dict[int, _Whose] = {}
        for row in await menus.held(tx, CHANNEL, self._clock()):
            level = LEVELS.index(row.role) if row.role in LEVELS else _MEMBER
            known = highest.get(row.id)
            if level > (_MEMBER if known is None else known.level):
                highest[row.id] = _Whose(row.id, row.external, level, row.language)
        return tuple(highest.values()), await menus.shown(tx, CHANNEL)

    async def _give(self, bot: Bot, whose: _Whose) -> None:
        scope = BotCommandScopeChat(chat_id=int(whose.chat))
        try:
            for code, language in _codes(whose.language):
                commands = _commands(self._entries(whose.level, language))
                await bot.set_my_commands(commands, scope, code)
        except (TelegramBadRequest, TelegramForbiddenError):
            log.info("menu_not_taken")  # who blocked us sees none
        await asyncio.sleep(_PAUSE)

    async def _take(self, bot: Bot, chat: str) -> None:
        scope = BotCommandScopeChat(chat_id=int(chat))
        try:
            for code, _ in _codes(None):
                await bot.delete_my_commands(scope, code)
        except (TelegramBadRequest, TelegramForbiddenError):
            log.info("menu_not_taken")
        await asyncio.sleep(_PAUSE)

    def _entries(self, level: int, language: str) -> Entries:
        """The commands up to a level, as /help words them."""
        described = (
            (one.name, self._words.say(language, f"help.{one.name}", {}).rpartition(" — ")[2])
            for one in self._commands
            if LEVELS.index(one.who) <= level and one.name not in _UNLISTED
        )
        return tuple(
            (name, text[:_DESCRIPTION_LETTERS])
            for name, text in described
            if len(name) <= _NAME_LETTERS and text
        )[:_MOST]

    def _digest(self, whose: _Whose) -> str:
        shown = [
            (code, self._entries(whose.level, language))
            for code, language in _codes(whose.language)
        ]
        return hashlib.sha256(repr(shown).encode()).hexdigest()


def _codes(chosen: str | None) -> tuple[tuple[str | None, str], ...]:
    """The language of the app (None: any other), and which of ours is shown there."""
    return tuple(
        (None if number == 0 else language, chosen or language)
        for number, language in enumerate(LANGUAGES)
    )


def _commands(entries: Entries) -> list[BotCommand]:
    return [BotCommand(command=name, description=text) for name, text in entries]


async def _put(
    bot: Bot, entries: Entries, scope: BotCommandScopeUnion, language: str | None
) -> None:
    """Set one menu, if it is another one than there is."""
    there = await bot.get_my_commands(scope, language)
    if tuple((one.command, one.description) for one in there) != entries:
        await bot.set_my_commands(_commands(entries), scope, language)


async def _keep(account: int, what: str, tx: Tx) -> None:
    await menus.keep(tx, account, what)


async def _drop(account: int, tx: Tx) -> None:
    await menus.drop(tx, account)
