"""/layout: everything in words (文字版), or with cards (卡片版), as one reads best."""

from __future__ import annotations

from bot.chat import Choice, Reply
from bot.going import go
from bot.router import Command, Routes, Said
from domain.rights import Action
from services import layouts
from services.turn import Turn

_TEXT, _CARDS = 0, 1
_WORDS = {"文字版": _TEXT, "text version": _TEXT, "卡片版": _CARDS, "card version": _CARDS}
_NAMED = {"文字": _TEXT, "text": _TEXT, "卡片": _CARDS, "cards": _CARDS} | _WORDS
_CHOICES = (
    Choice("layout.text", "layout.set", argument=_TEXT),
    Choice("layout.cards", "layout.set", argument=_CARDS),
)


async def layout(turn: Turn, said: Said) -> Reply:
    """Take what was named, or ask which."""
    spoken = str(said.event.payload.get("text", "")).strip(" /／").casefold()
    named = _WORDS.get(spoken, _NAMED.get(said.text.strip().casefold()))
    if not layouts.varies(turn):
        return Reply.of("layout.same", (go("help"),))
    return Reply.of("layout.ask", _CHOICES) if named is None else await _set(turn, named)


async def chosen(turn: Turn, said: Said) -> Reply:
    """One of the two was chosen; this answer is already so."""
    return await _set(turn, said.press.argument if said.press else _TEXT)


async def _set(turn: Turn, which: int) -> Reply:
    await layouts.choose(turn, plain=which != _CARDS)
    name = "layout.done.cards" if which == _CARDS else "layout.done.text"
    return Reply.of(name, (go("hours"), go("help")))


ROUTES = Routes(
    commands=(
        Command(
            "layout",
            ("版式", "layout", *_WORDS),
            layout,
            who="everybody",
            actions=(Action.PUBLIC, Action.OWN_CHANGE),
        ),
    ),
    presses={"layout.set": (chosen, (Action.PUBLIC, Action.OWN_CHANGE))},
)
