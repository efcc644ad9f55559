"""The menu of commands that the app shows beside the field where one writes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping

from aiogram import Bot
from aiogram.types import BotCommand, BotCommandScopeAllPrivateChats, BotCommandScopeUnion

Entries = tuple[tuple[str, str], ...]  # command, description

NAME_LETTERS, DESCRIPTION_LETTERS = 32, 256  # Bot API, BotCommand
_MOST = 100


class Menu:
    """What everybody sees, per language; None stands for every language that has none."""

    def __init__(self, entries: Mapping[str | None, Entries]) -> None:
        self._entries = entries

    def show(self, bot: Bot) -> Callable[[], Awaitable[None]]:
        """Set what has changed; may be tried again."""

        async def attempt() -> None:
            scope = BotCommandScopeAllPrivateChats()
            for language, entries in self._entries.items():
                await put(bot, entries, scope, language)

        return attempt


async def put(
    bot: Bot, entries: Entries, scope: BotCommandScopeUnion, language: str | None
) -> None:
    """Set one menu, if it is another one than there is."""
    wanted = [BotCommand(command=name, description=text) for name, text in entries]
    there = await bot.get_my_commands(scope, language)
    if there != wanted:
        await bot.set_my_commands(wanted, scope, language)


def entries(described: Iterable[tuple[str, str]]) -> Entries:
    """What fits into a menu."""
    return tuple(
        (name, text[:DESCRIPTION_LETTERS])
        for name, text in described
        if 0 < len(name) <= NAME_LETTERS and text
    )[:_MOST]
