"""Being forgotten: what is left of a person, and what must be handed over before."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

PSEUDONYM = "已注销成员"
"""Stands where the name stood: sums and the audit keep their lines, and lead to nobody."""

NO_WORDS = "—"
"""Stands where words stood in a column that may not be empty."""


@dataclass(frozen=True, slots=True)
class Held:
    """An office: the role, the unit and who holds it."""

    role: str
    unit: int
    unit_name: str
    person: int


def only_holder(person: int, held: Iterable[Held]) -> list[Held]:
    """The offices of a person that nobody else holds, in order. They are handed over first."""
    everything = list(held)
    others = {(one.role, one.unit) for one in everything if one.person != person}
    return [
        one for one in everything if one.person == person and (one.role, one.unit) not in others
    ]


def gone(account: int) -> str:
    """The id that an account bears when it has been forgotten; no platform gives such a one."""
    return f"gone:{account}"


GONE = "gone:"
