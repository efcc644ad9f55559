"""What an import of a roster would do, line by line, and doing it: the same for chat and shell."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from domain.member_status import MemberStatus
from domain.names import alias, skeleton
from domain.roster import (
    Fate,
    Judgement,
    KnownPerson,
    LineProblem,
    RosterLine,
    Standing,
    as_json,
    fate,
)
from domain.roster.doubles import mark_doubles
from services.consents import TEXT_VERSION
from services.roster_changes import Change, changes, completed
from storage import people, roster
from storage.people import Record
from storage.tx import Tx
from storage.vault import Vault

_KEPT = (Fate.NEW, Fate.CHANGE)
_INDEXED = (("number", "number"), ("phone", "phone"), ("id_number", "identity"))


class UnitProblem(StrEnum):
    """Why nobody knows where a line belongs. Outside one's own subtree is unknown (A53)."""

    UNKNOWN = "unit_unknown"
    SEVERAL = "unit_several"


@dataclass(frozen=True, slots=True)
class Planned:
    """One line and what becomes of it. `kept`: it will be written.

    `child`: under 14, so only name and number are kept, and a guardian is waited for. `changes`:
    what becomes different in somebody who is known.
    """

    line: RosterLine
    fate: Fate
    reason: str | None = None
    unit: int | None = None
    person: int | None = None
    kept: bool = False
    child: bool = False
    changes: tuple[Change, ...] = ()

    def as_json(self) -> dict[str, object]:
        """One object of `qingtuan import roster --json`."""
        return {**as_json(self.line, self.fate, None), "reason": self.reason}


@dataclass(frozen=True, slots=True)
class Outcome:
    """The ids of new people, and how many lines of known ones were completed."""

    made: tuple[int, ...]
    changed: int


def counts(planned: Iterable[Planned]) -> dict[str, int]:
    """How many lines meet each fate."""
    found = Counter(str(one.fate) for one in planned)
    return {str(fate): found[str(fate)] for fate in Fate}


def prepared(lines: Sequence[RosterLine]) -> tuple[list[RosterLine], list[bool]]:
    """The lines with those of children cut down to name and number, and which those are."""
    child = [line.problem is LineProblem.UNDER_14 for line in lines]
    cut = [_cut(line) if young else line for line, young in zip(lines, child, strict=True)]
    return list(mark_doubles(cut)), child


def _cut(line: RosterLine) -> RosterLine:
    return replace(
        line, phone=None, birth_date=None, id_number=None, member_status=None, problem=None
    )


def without_store(lines: Sequence[RosterLine]) -> list[Planned]:
    """What would happen in an empty store."""
    cut, child = prepared(lines)
    return [
        _planned(line, fate(line, ()), None, young) for line, young in zip(cut, child, strict=True)
    ]


async def plan(tx: Tx, vault: Vault, lines: Sequence[RosterLine], unit: int) -> list[Planned]:
    """What would happen to each line in the subtree of a unit. Writes nothing."""
    cut, child = prepared(lines)
    places = Places(await roster.units_below(tx, unit), unit)
    known = Crowd(await roster.people_below(tx, unit), vault, places)
    found = []
    for line, young in zip(cut, child, strict=True):
        place = places.of(line)
        if isinstance(place, UnitProblem) and line.problem is None:
            refused = Fate.REFUSED if place is UnitProblem.UNKNOWN else Fate.ASK
            found.append(Planned(line, refused, str(place), child=young))
            continue
        where = None if isinstance(place, UnitProblem) else place
        named = replace(line, unit_code=places.code(where), unit_name=None) if line.unit else line
        judged = _planned(line, fate(named, known.like(named)), where, young)
        found.append(known.compared(judged))
    return found


def _planned(line: RosterLine, judged: Judgement, unit: int | None, young: bool) -> Planned:
    kept = judged.fate in _KEPT
    if young and kept:
        why = str(LineProblem.UNDER_14)
        return Planned(line, Fate.ASK, why, unit, judged.person, kept, young)
    reason = None if judged.reason is None else str(judged.reason)
    return Planned(line, judged.fate, reason, unit, judged.person, kept, young)


class Places:
    """The units that a line may name."""

    def __init__(self, rows: Sequence[Any], unit: int) -> None:
        self._unit = unit
        self._codes: dict[str, int] = {row.code.upper(): row.id for row in rows}
        self._code_of: dict[int, str] = {row.id: row.code for row in rows}
        self._own = next((row.name for row in rows if row.id == unit), "")
        self._names: defaultdict[str, list[int]] = defaultdict(list)
        for row in rows:
            self._names[skeleton(row.name)].append(row.id)

    def code(self, unit: int | None) -> str | None:
        """The code of a unit."""
        return None if unit is None else self._code_of.get(unit)

    def of(self, line: RosterLine) -> int | UnitProblem:
        """Where a line belongs: by code, by name, else where the roster was handed in."""
        if line.unit_code:
            return self._codes.get(line.unit_code.upper(), UnitProblem.UNKNOWN)
        if not line.unit_name:
            return self._unit
        wanted = skeleton(line.unit_name)
        named = self._names.get(wanted, [])
        if len(named) > 1:
            return UnitProblem.SEVERAL
        if named:
            return named[0]
        # a class calls itself 高一3班 in its own list, and 高一（3）班团支部 in the tree
        own = skeleton(self._own)
        alone = len(self._code_of) == 1
        return self._unit if alone and (wanted in own or own in wanted) else UnitProblem.UNKNOWN


class Crowd:
    """The people of a subtree, found by name or by keyed index; opened only when they are meant."""

    def __init__(self, rows: Sequence[Any], vault: Vault, places: Places) -> None:
        self._vault = vault
        self._places = places
        self._rows = {row.id: row for row in rows}
        self._found: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
        for row in rows:
            self._found["name", row.name.casefold()].append(row.id)
            for _, column in _INDEXED:
                index = getattr(row, f"{column}_index")
                if index is not None:
                    self._found[column, index].append(row.id)

    def like(self, line: RosterLine) -> list[KnownPerson]:
        """Everybody whom a line may mean."""
        found = dict.fromkeys(self._found.get(("name", (line.name or "").casefold()), ()))
        for field, column in _INDEXED:
            value = getattr(line, field)
            if value is not None:
                for index in people.lookups(self._vault, column, value):
                    found.update(dict.fromkeys(self._found.get((column, index), ())))
        return [self._known(key, line) for key in found]

    def compared(self, one: Planned) -> Planned:
        """With the changes that it makes in a known person."""
        if not one.kept or one.person is None:
            return one
        record = people.opened(self._vault, self._rows[one.person])
        return replace(one, changes=changes(record, one.line))

    def _known(self, key: int, line: RosterLine) -> KnownPerson:
        record = people.opened(self._vault, self._rows[key])
        return KnownPerson(
            id=key,
            name=record.name,
            number=record.number,
            standing=Standing(record.status),
            phone_matches=_same(record.phone, line.phone),
            has_phone=record.phone is not None,
            birth_date_matches=_same(record.birth, line.birth_date),
            has_birth_date=record.birth is not None,
            id_number_matches=_same(record.identity, line.id_number),
            has_id_number=record.identity is not None,
            member_status=MemberStatus(record.member_status) if record.member_status else None,
            unit=self._places.code(record.home),
        )


def _same(one: object, other: object) -> bool | None:
    return None if one is None or other is None else one == other


async def carry_out(
    tx: Tx, vault: Vault, planned: Sequence[Planned], by: int | None, at: tuple[datetime, date]
) -> Outcome:
    """Write what is kept; `at` is the moment and its local day."""
    made, changed = [], 0
    for one in planned:
        if not one.kept or one.unit is None:
            continue
        if one.person is None:
            asks = TEXT_VERSION if one.child else None
            record = _record(one.line, one.unit, at[1])
            made.append(await roster.add(tx, vault, record, asks, by, at[0]))
        else:
            changed += await _complete(tx, vault, one.person, one.line, at[1])
    return Outcome(tuple(made), changed)


def _record(line: RosterLine, unit: int, day: date) -> Record:
    name = line.name or ""
    return Record(
        name=name,
        alias=alias(name),
        home=unit,
        status=str(Standing.ROSTER),
        member_status=line.member_status and str(line.member_status),
        since=day if line.member_status else None,
        number=line.number,
        phone=line.phone,
        identity=line.id_number,
        birth=line.birth_date,
    )


async def _complete(tx: Tx, vault: Vault, person: int, line: RosterLine, day: date) -> int:
    record = await people.load(tx, vault, person, lock=True)
    if record is None:
        return 0
    return int(await people.save(tx, vault, completed(record, line, day)))


def to_json(lines: Iterable[RosterLine]) -> list[dict[str, Any]]:
    """Lines as the sealed dialog keeps them."""
    return [
        {
            name: value.isoformat() if isinstance(value, date) else value
            for name in RosterLine.__dataclass_fields__
            if (value := getattr(line, name)) not in (None, ())
        }
        for line in lines
    ]


def from_json(found: Iterable[Mapping[str, Any]]) -> list[RosterLine]:
    """The lines again."""
    return [_line(dict(one)) for one in found]


def _line(one: dict[str, Any]) -> RosterLine:
    if "birth_date" in one:
        one["birth_date"] = date.fromisoformat(one["birth_date"])
    if "problem" in one:
        one["problem"] = LineProblem(one["problem"])
    if "member_status" in one:
        one["member_status"] = MemberStatus(one["member_status"])
    one["not_understood"] = tuple(one.get("not_understood", ()))
    return RosterLine(**one)
