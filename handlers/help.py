"""/help: what this person can do now, and the buttons that lead anywhere."""

from __future__ import annotations

from collections.abc import Sequence

from bot.audience import LEVELS, shown
from bot.chat import Choice, Reply, Say
from bot.going import PURPOSE, go, number_of
from bot.router import Command, Routes, Said
from domain.rights import Action
from services.turn import Turn

_BUTTONS = 6  # what goes with the highest role first; the rest is a word away


def routes(commands: tuple[Command, ...]) -> Routes:
    """What /help answers, made from the table of all other commands.

    ValueError if two commands share a number: then one of them needs another name.
    """
    numbered: dict[int, Command] = {}

    async def help_(turn: Turn, said: Said) -> Reply:
        found = shown(commands, turn)
        lines = [Say(f"help.{command.name}") for command in found]
        return Reply.of("help.list", *_rows(found), lines=lines)

    async def gone(turn: Turn, said: Said) -> Reply:
        command = numbered.get(said.press.argument if said.press else -1)
        if command is None:
            return Reply.of("router.stale")
        if command.personal and not turn.private:
            return Reply.of("router.private")
        return await command.handler(turn, Said("", said.event))

    own = Command(
        "help", ("帮助", "help"), help_, who="everybody", actions=(Action.PUBLIC,), personal=True
    )
    for command in (*commands, own):
        if numbered.setdefault(number_of(command.name), command) is not command:
            raise ValueError(f"the buttons of {command.name!r} mean another command too")
    actions = tuple({action: None for command in commands for action in command.actions})
    return Routes(commands=(own,), presses={PURPOSE: (gone, actions)})


def _rows(found: Sequence[Command]) -> tuple[tuple[Choice, ...], ...]:
    by_duty = sorted(found, key=lambda command: -LEVELS.index(command.who))
    choices = [go(command.name) for command in by_duty[:_BUTTONS]]
    return tuple(tuple(choices[start : start + 3]) for start in range(0, len(choices), 3))
