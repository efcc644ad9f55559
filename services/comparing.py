"""An applicant beside everybody who may be meant, with the same work whatever is found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from domain.joining import Form
from domain.people import Band, Known, Standing, band
from services.people import local_day
from services.turn import Turn
from storage import comparing, people, tree


@dataclass(frozen=True, slots=True)
class Compared:
    """Who may be meant, and whether the unit has a list with lines that nobody has claimed.

    `aliases` by the id of the person: what the secretary is told of a double.
    """

    known: Sequence[Known]
    listed: bool
    aliases: Mapping[int, str]


@dataclass(frozen=True, slots=True)
class _Asked:
    form: Form
    numbers: Sequence[str]
    phones: Sequence[str]
    below: set[int]
    own: int


async def compared(turn: Turn, form: Form) -> Compared:
    """Everybody who may be meant. The same queries and hashes whatever is found (QUALITY A44)."""
    vault = turn.house.vault
    numbers = people.lookups(vault, "number", form.number or "")
    phones = people.lookups(vault, "phone", form.phone or "")
    own = turn.account.person or 0  # who left is nobody in this turn, but comes back as the same
    pairs = list(zip(numbers, phones, strict=True))
    rows = await comparing.like(turn.tx, form.name or "", pairs, own, turn.at)
    below = await tree.subtree(turn.tx, form.unit)
    asked = _Asked(form, numbers, phones, below, own)
    known = [_known(turn, row, asked) for row in rows]
    listed = await comparing.listed(turn.tx, form.unit)
    return Compared(known, listed, {row.id: row.alias for row in rows})


def _known(turn: Turn, row: Any, asked: _Asked) -> Known:
    form = asked.form
    stored = people.birth_of(turn.house.vault, row)
    both = bool(form.number and row.number_index)
    same = both and row.number_index in asked.numbers
    return Known(
        id=row.id,
        standing=Standing(row.status),
        same_name=row.name == form.name,
        same_number=same,
        same_phone=bool(form.phone) and row.phone_index in asked.phones,
        same_birth=_same_birth(turn, row, form, stored),
        in_unit=row.home_unit_id == form.unit,
        in_subtree=row.home_unit_id in asked.below,
        guardian=bool(row.guardian),
        own=row.id == asked.own and row.status == Standing.LEFT,
        other_number=both and not same,
        lacks_guardian=_lacks_guardian(turn, row, stored),
        holds_role=bool(row.holds_role),
    )


def _same_birth(turn: Turn, row: Any, form: Form, stored: date | None) -> bool | None:
    if stored is not None and form.born is not None:
        return stored == form.born
    if row.asks_guardian and band(form.born, local_day(turn)) is Band.ADULT:
        return False  # written down as a child's; of a child the birth date is not kept
    return None


def _lacks_guardian(turn: Turn, row: Any, stored: date | None) -> bool:
    if row.guardian or row.status != Standing.ROSTER:
        return False
    return bool(row.asks_guardian) or band(stored, local_day(turn)) is Band.CHILD
