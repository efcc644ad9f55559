"""How a person appears to somebody who may see their name, and what does not go abroad."""

from __future__ import annotations

from collections.abc import Callable

from bot.chat import Say
from domain.abroad import ABROAD
from services.turn import Turn

__all__ = ["ABROAD", "abroad", "masked", "who", "withheld"]


def who(turn: Turn, name: str, alias: str) -> str:
    """The name, or the alias where this channel keeps its messages abroad."""
    return alias if abroad(turn) else name


def abroad(turn: Turn) -> bool:
    """Whether what is said in this turn is kept abroad (SPEC section 4, Privacy)."""
    return turn.account.channel in ABROAD


def withheld(turn: Turn) -> bool:
    """Whether phone, number and birth date stay out of what is said here.

    An operator may let them go abroad (`privacy.telegram_personal_data`); names of others and
    whatever belongs to a minor stay out all the same.
    """
    return abroad(turn) and not turn.house.telegram_personal_data


def masked(turn: Turn, value: str | None, mask: Callable[[str], str | None]) -> str | Say | None:
    """A phone or number as it may be shown here: with a mask, or only that there is one.

    Where such a thing must not go, no part of it goes: not the last two signs either.
    """
    if value is None:
        return None
    return Say("word.filled") if withheld(turn) else mask(value)
