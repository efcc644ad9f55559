"""取消: leave whatever was begun."""

from __future__ import annotations

from bot.chat import Reply
from bot.going import go
from bot.router import Command, Routes, Said
from domain.rights import Action
from services.turn import Turn


async def cancel(turn: Turn, said: Said) -> Reply:
    """End the open dialog; what it held is forgotten. Typed where nothing is open: say so."""
    if said.press is None and turn.dialog.step is None:
        return Reply.of("dialog.nothing", (go("help"),))
    turn.close()
    return Reply.of("dialog.cancelled", (go("help"),))


ROUTES = Routes(
    commands=(
        Command(
            "cancel",
            ("取消", "算了", "cancel"),
            cancel,
            who="everybody",
            actions=(Action.PUBLIC,),
            personal=False,
        ),
    ),
    presses={"dialog.cancel": (cancel, (Action.PUBLIC,))},
    in_place=frozenset({"dialog.cancel"}),
)
