"""What an account reads on: whether cards are shown there, or words only."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

VARIES = frozenset({"wecom"})
"""Channels whose people read in programs that do not show the same."""


class Reads(StrEnum):
    """What is known of an account, and from where. What somebody said outweighs what was seen."""

    TEXT = "text"  # said: everything in words
    CARDS = "cards"  # said: cards
    PLUGIN = "plugin"  # seen: a program that shows words only
    CLIENT = "client"  # seen: one that shows everything
    TOLD = "told"  # nothing is known, but it was told how to say it


_PLAIN: Mapping[str | None, bool] = MappingProxyType(
    {Reads.TEXT: True, Reads.PLUGIN: True, Reads.CARDS: False, Reads.CLIENT: False}
)
_SEEN = frozenset({Reads.PLUGIN, Reads.CLIENT})


def is_plain(reads: str | None) -> bool | None:
    """Whether everything is to be said in words; None where nobody knows."""
    return _PLAIN.get(reads)


def learned(known: str | None, seen: object) -> Reads | None:
    """What is to be remembered now that an event has shown `seen`; None: nothing new."""
    if seen not in _SEEN or known in (Reads.TEXT, Reads.CARDS, seen):
        return None
    return Reads(str(seen))
