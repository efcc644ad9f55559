"""What happens to an account without a word: it goes, or its platform renames it."""

from __future__ import annotations

from bot.chat import Reply
from bot.router import Said
from services import groups, reaching
from services.turn import Turn


async def left(turn: Turn, said: Said) -> Reply:
    """Blocked, or put out of a group: there is nobody to answer."""
    group = await groups.here(turn)
    if group is None:
        await reaching.lost(turn, said.event)
    else:
        await groups.left(turn, group, said.event)
    return Reply()


async def moved(turn: Turn, said: Said) -> Reply:
    """Another id for the same account."""
    to = str(said.event.payload.get("to", ""))
    if to:
        await reaching.moved(turn, to)
    return Reply()
