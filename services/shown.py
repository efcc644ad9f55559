"""How a person appears to somebody who may see their name."""

from __future__ import annotations

from services.turn import Turn

ABROAD = frozenset({"telegram"})
"""Channels where other people appear by alias (SPEC section 4, Privacy)."""


def who(turn: Turn, name: str, alias: str) -> str:
    """The name, or the alias where this channel keeps its messages abroad."""
    return alias if turn.account.channel in ABROAD else name
