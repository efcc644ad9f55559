"""Whether an account is told everything in words: seen at the door, or said."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from domain import layout
from domain.layout import Reads
from services.consents import permit_own
from services.turn import Turn, note
from storage import layouts
from storage.audit import Line


def varies(turn: Turn) -> bool:
    """Whether people of this channel may see different things."""
    return turn.account.channel in layout.VARIES


async def learn(turn: Turn, payload: Mapping[str, Any]) -> None:
    """Remember what an event shows of where its account reads, unless they said it themselves."""
    seen = layout.learned(turn.account.reads, payload.get("reads"))
    if seen is not None and varies(turn):
        await layouts.set_reads(turn.tx, turn.account, seen)


async def choose(turn: Turn, *, plain: bool) -> None:
    """Words only, or cards: from this answer on."""
    await permit_own(turn)
    reads = Reads.TEXT if plain else Reads.CARDS
    await layouts.set_reads(turn.tx, turn.account, reads)
    facts = {"reads": str(reads)}
    await note(turn, Line("layout", "done", "accounts", turn.account.id, facts=facts))


async def to_be_told(turn: Turn) -> bool:
    """Whether this account is to hear now, for the only time, that there are words only."""
    if not varies(turn) or turn.account.reads is not None or not turn.house.cards:
        return False
    await layouts.set_reads(turn.tx, turn.account, Reads.TOLD)
    return True
