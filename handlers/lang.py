"""/lang: the language of everything that is said from now on."""

from __future__ import annotations

from bot.chat import Choice, Reply
from bot.going import go
from bot.router import Command, Routes, Said
from domain.rights import Action
from services import languages
from services.turn import Turn

_CHOICES = tuple(
    Choice(f"lang.{name}", "lang.set", argument=number)
    for number, name in enumerate(languages.LANGUAGES)
)


async def lang(turn: Turn, said: Said) -> Reply:
    """Offer the languages, or take the one that was named."""
    if said.text:
        return await _set(turn, said.text)
    return Reply.of("lang.ask", _CHOICES)


async def chosen(turn: Turn, said: Said) -> Reply:
    """A language was chosen; this answer is already in it."""
    number = said.press.argument if said.press else 0
    return await _set(turn, languages.LANGUAGES[number % len(languages.LANGUAGES)])


async def _set(turn: Turn, name: str) -> Reply:
    if await languages.choose(turn, name):
        return Reply.of("lang.done", (go("help"),))
    return Reply.of("lang.unknown", _CHOICES)


ROUTES = Routes(
    commands=(
        Command(
            "lang",
            ("语言", "lang", "language"),
            lang,
            who="everybody",
            actions=(Action.PUBLIC,),
            personal=False,
        ),
    ),
    presses={"lang.set": (chosen, (Action.PUBLIC,))},
    in_place=frozenset({"lang.set"}),
)
