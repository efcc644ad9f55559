"""What was not understood: the nearest things to do, never an error."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches

from bot.audience import fits, shown
from bot.chat import Kind, Reply
from bot.going import go
from bot.router import Command, Handler, Said
from domain.sentence import Purpose, read
from domain.webhooks import is_address
from services.turn import Turn

_NEAREST = 3
_LONGEST = 40  # letters of a message that may be a misspelt command
_MEDIA = (Kind.PHOTO, Kind.FILE, Kind.LOCATION)


def answering(commands: tuple[Command, ...], robot: Handler) -> Handler:
    """The handler of everything that nobody else answers, made from the table of commands.

    `robot` is given the address of a group robot.
    """
    logging = next(command for command in commands if command.name == "log")
    importing = next(command for command in commands if command.name == "import")

    async def answer(turn: Turn, said: Said) -> Reply:
        if not said.event.private:
            return Reply()  # others are talking to each other
        if _is_service(turn, said):
            return await logging.handler(turn, said)  # it is read back before anything is kept
        if is_address(said.text) and (bound := await robot(turn, said)).says:
            return bound
        found = nearest(commands, turn, said.text)
        choices = tuple(go(command.name) for command in found)
        rows = [choices] if go("help") in choices else [choices, (go("help"),)]
        kind = said.event.kind
        if kind is Kind.FILE and fits(importing, turn):
            return Reply.of("help.file.import", (go(importing.name), go("help")))
        if kind in _MEDIA:
            return Reply.of(f"help.{kind}", *rows)
        return Reply.of("help.unknown", *rows)

    return answer


def _is_service(turn: Turn, said: Said) -> bool:
    """Whether a member's plain sentence says when they served: then it is meant as a claim."""
    if turn.person is None or said.event.kind is not Kind.TEXT or not 5 < len(said.text) <= 500:
        return False
    reading = read(said.text, Purpose.LOG, turn.local)
    return reading.question is None and bool(reading.stretches)


def nearest(commands: Sequence[Command], turn: Turn, text: str) -> Sequence[Command]:
    """Two or three commands: those whose word is like the text or in it, else the first ones."""
    able = [command for command in commands if fits(command, turn)]
    words = {
        word.casefold(): command for command in able for word in (command.name, *command.words)
    }
    said = text.strip().lstrip("/／").casefold()[:_LONGEST]
    inside = [word for word in words if len(word) > 1 and word in said]
    close = get_close_matches(said, words, n=_NEAREST, cutoff=0.5)
    named = [words[word] for word in (*inside, *close)]
    usual = shown(commands, turn)
    unique = {command.name: command for command in (*named, *usual)}
    first = [one for one in unique.values() if one in named][:_NEAREST]
    return first if len(first) > 1 else list(unique.values())[:_NEAREST]
