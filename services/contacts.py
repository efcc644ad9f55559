"""The sync of an address book: read, compared, reported, and only on demand taken over."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from domain import org as rules
from domain.contact_people import Book, Judged, Known, Member, judge
from domain.contacts import CHANGES, Department, Fate, Mapped, Placed, Unit, place
from domain.names import alias
from domain.org import Node, UnitKind
from domain.people import Standing
from domain.rights import Action
from storage import audit, contacts, org, people, tree
from storage.audit import Line
from storage.people import Record
from storage.tx import Tx
from storage.vault import Vault

Chance = Callable[[int], int]


class NoRoot(LookupError):
    """There is no tree of units yet."""


@dataclass(frozen=True, slots=True)
class Directory:
    """An address book as it was read."""

    departments: Sequence[Department]
    members: Sequence[Member]


@dataclass(frozen=True, slots=True)
class Planned:
    """What a sync would do. `codes`: those of the units. `said`: what the platform told before."""

    units: Sequence[Placed]
    people: Sequence[Judged]
    codes: Mapping[int, str]
    said: Mapping[str, int]

    def counts(self) -> dict[str, dict[str, int]]:
        """How many departments and members meet each fate."""
        return {"units": _counted(self.units), "people": _counted(self.people)}

    def as_json(self, applied: bool) -> dict[str, Any]:
        """What `qingtuan contacts --json` prints."""
        return {
            "applied": applied,
            "counts": self.counts(),
            "said": dict(self.said),
            "units": [self._unit(one) for one in self.units],
            "people": [_person(one) for one in self.people],
        }

    def _unit(self, one: Placed) -> dict[str, Any]:
        return {
            "department": one.department,
            "name": one.name,
            "was": one.was,
            "fate": str(one.fate),
            "reason": one.reason and str(one.reason),
            "kind": one.kind and str(one.kind),
            "unit": None if one.unit is None else self.codes.get(one.unit),
        }


def _person(one: Judged) -> dict[str, Any]:
    return {
        "user": one.user,
        "name": one.name,
        "fate": str(one.fate),
        "reason": one.reason and str(one.reason),
        "department": one.department,
    }


def _counted(found: Sequence[Placed] | Sequence[Judged]) -> dict[str, int]:
    counted = Counter(str(one.fate) for one in found)
    return {str(fate): counted[str(fate)] for fate in Fate}


async def plan(tx: Tx, vault: Vault, directory: Directory) -> Planned:
    """Compare. Writes nothing. NoRoot where nothing is set up."""
    rows = {row.id: row for row in await contacts.all_units(tx)}
    units = _units(rows)
    if not any(len(one.node.path) == 1 for one in units.values()):
        raise NoRoot
    mapped = {row.department: _mapped(row, rows) for row in await contacts.mapped(tx)}
    placed = place(directory.departments, mapped, units)
    users = [one.user for one in directory.members]
    book = Book(
        places={one.department: one.unit for one in placed if one.usable},
        known={row.external: _known(row) for row in await contacts.people(tx)},
        names=await contacts.names(tx),
        paths={number: one.node.path for number, one in units.items()},
        forgotten=await contacts.left_out(tx, vault, users),
    )
    codes = {number: row.code for number, row in rows.items()}
    return Planned(placed, judge(directory.members, book), codes, await contacts.changes(tx))


def _units(rows: Mapping[int, Any]) -> dict[int, Unit]:
    """Every unit with its place, from the rows alone."""
    paths: dict[int, tuple[int, ...]] = {}

    def path(number: int) -> tuple[int, ...]:
        if number not in paths:
            above = rows[number].parent_id
            paths[number] = (*(() if above is None else path(above)), number)
        return paths[number]

    heights: Counter[int] = Counter()
    for number in rows:
        for steps, above in enumerate(reversed(path(number))):
            heights[above] = max(heights[above], steps)
    return {
        number: Unit(_node(row, paths[number], heights[number]), row.name)
        for number, row in rows.items()
    }


def _node(row: Any, path: tuple[int, ...], height: int) -> Node:
    return Node(UnitKind(row.kind), path, row.closed_at is not None, height)


def _mapped(row: Any, rows: Mapping[int, Any]) -> Mapped:
    """What is written down of a department; a unit that was merged is the one that it became."""
    unit = row.unit_id
    while rows[unit].merged_into is not None:
        unit = rows[unit].merged_into
    return Mapped(unit, row.name, row.parent)


def _known(row: Any) -> Known:
    return Known(row.person_id, row.name, row.home_unit_id, Standing(row.status))


async def take_over(
    tx: Tx,
    vault: Vault,
    directory: Directory,
    at: datetime,
    chance: Chance = secrets.randbelow,
) -> Planned:
    """Do what `plan` says, within this transaction; answers what was done. Nothing is deleted."""
    root = await tree.root(tx)
    if root is not None:
        await tree.unit(tx, root.id, lock=True)  # nobody else changes the tree meanwhile
    planned = await plan(tx, vault, directory)
    work = _Sync(tx, vault, at, chance)
    names = {one.id: one.name for one in directory.departments}
    for one in planned.units:
        await work.unit(one, names.get(one.department, one.name), root)
    for person in planned.people:
        await work.person(person)
    await work.note()
    await contacts.changes_seen(tx)
    return planned


@dataclass(slots=True)
class _Sync:
    """One sync that writes: the units of the departments so far, and whom it made."""

    tx: Tx
    vault: Vault
    at: datetime
    chance: Chance
    places: dict[int, int] = field(default_factory=dict)
    made: list[int] = field(default_factory=list)

    async def unit(self, one: Placed, name: str, root: Any) -> None:
        """Make, rename, move or only remember the unit of a department."""
        if not one.usable:
            return
        above = root.id if one.above is None else self.places.get(one.above, root.id)
        if one.fate is Fate.NEW:
            unit = await self._founded(one, above)
        else:
            unit = one.unit or root.id
            await self._changed(one, unit, above)
        self.places[one.department] = unit
        if one.fate is not Fate.ASK:  # what was not decided is asked again
            await contacts.keep(self.tx, one.department, unit, name, one.parent, self.at)

    async def _founded(self, one: Placed, above: int) -> int:
        kind = one.kind or UnitKind.BRANCH
        code = rules.made_code(kind, self.chance)
        while await tree.unit_by_code(self.tx, code) is not None:
            code = rules.made_code(kind, self.chance)
        values = {"parent_id": above, "code": code, "kind": str(kind), "name": one.name}
        new = await tree.founded(self.tx, {**values, "approval": False}, self.at)
        await self._line(Action.UNIT_CREATE, new, {"parent": above, "kind": str(kind)})
        return new

    async def _changed(self, one: Placed, unit: int, above: int) -> None:
        if one.fate in CHANGES and one.was is not None:
            await org.rename(self.tx, unit, one.name)
            await self._line(Action.UNIT_RENAME, unit, {"from": one.was, "to": one.name})
        if one.fate is Fate.MOVED:
            before = await tree.unit(self.tx, unit, lock=True)
            old = None if before is None else before.parent_id
            await org.move(self.tx, unit, above)
            await self._line(Action.UNIT_MOVE, unit, {"from": old, "to": above})

    async def person(self, one: Judged) -> None:
        """Write a new line with its account, or give a line another home."""
        unit = None if one.department is None else self.places.get(one.department)
        if unit is None:
            return
        if one.fate is Fate.NEW:
            account = await contacts.account(self.tx, one.user, self.at)
            stands = await people.account(self.tx, account)
            new = await people.add(self.tx, self.vault, _line_of(one.name, unit), self.at)
            before = None if stands is None else stands.person
            await people.bind(self.tx, account, new, before)
            self.made.append(new)
        elif one.fate is Fate.MOVED and one.person is not None:
            await self._rehomed(one.person, unit)

    async def _rehomed(self, person: int, unit: int) -> None:
        if not await contacts.rehome(self.tx, person, unit):
            return
        await people.rehome(self.tx, person, unit, self.at)
        line = Line(str(Action.MOVE_MEMBER), "done", "persons", person, unit, {"by": "contacts"})
        await audit.add(self.tx, line, None, None, self.at)

    async def _line(self, action: Action, unit: int, facts: Mapping[str, Any]) -> None:
        line = Line(str(action), "done", "units", unit, unit, facts)
        await audit.add(self.tx, line, None, None, self.at)

    async def note(self) -> None:
        """One line for everybody who is new."""
        if self.made:
            facts = {"made": self.made}
            line = Line("contacts-sync", "done", "persons", self.made[0], None, facts)
            await audit.add(self.tx, line, None, None, self.at)


def _line_of(name: str, unit: int) -> Record:
    return Record(name=name, alias=alias(name), home=unit, status=str(Standing.ROSTER))


def worth_telling(found: Sequence[Placed] | Sequence[Judged]) -> Collection[Any]:
    """Everything but what is as it was."""
    return [one for one in found if one.fate is not Fate.SAME]
