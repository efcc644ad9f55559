"""What a platform delivered out of order: whether something newer is known already (F20)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from bot.chat import Event, Kind
from services.turn import Turn
from storage import inbox


async def newer(turn: Turn, event: Event, kinds: Collection[Kind]) -> list[Event]:
    """What the speaker's platform dates after this event, though it came before; oldest first.

    Of the same second the one with the greater number in its key is the later one.
    """
    account = turn.account
    vault = turn.house.vault
    found = await inbox.done_since(turn.tx, vault, account.channel, account.external, event.at)
    later = [one for one in found if one.kind in kinds and _place(one) > _place(event)]
    return sorted(later, key=_place)


def _place(event: Event) -> tuple[datetime, int, str]:
    return event.at, len(event.key), event.key
