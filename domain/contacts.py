"""What an address book means for the tree of units: departments compared with what stands here."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from domain.names import NameProblem, near_duplicate
from domain.org import BELOW, Node, OrgProblem, UnitKind, create, move, unit_name

ROOT_DEPARTMENT = 1  # WeCom numbers the top so


class Fate(StrEnum):
    """What a sync does with a department or a member. Nothing is ever deleted."""

    SAME = "same"
    NEW = "new"
    LINKED = "linked"  # the unit stands already and is this department's from now on
    RENAMED = "renamed"
    MOVED = "moved"
    ASK = "ask"  # somebody has to decide; nothing is done
    GONE = "gone"  # no longer in the address book; only said
    REFUSED = "refused"


CHANGES = frozenset({Fate.NEW, Fate.LINKED, Fate.RENAMED, Fate.MOVED})
"""The fates by which something is written."""


class Doubt(StrEnum):
    """Why a department is not simply taken over."""

    RENAMED_HERE = "renamed_here"  # on both sides, differently
    MOVED_HERE = "moved_here"  # the unit hangs elsewhere than its department did
    CLOSED = "closed"  # the unit is closed here
    SEVERAL = "several"  # more than one unit has this name
    ABOVE = "above"  # the department above it was not taken over
    KIND = "kind"  # nothing fits below the unit above


Reason = Doubt | OrgProblem | NameProblem


@dataclass(frozen=True, slots=True)
class Department:
    """A department as the address book has it. `parent` 0 or unknown: it is at the top of ours."""

    id: int
    parent: int
    name: str


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit of ours, with its place in the tree."""

    node: Node
    name: str

    @property
    def parent(self) -> int | None:
        """The unit above."""
        return self.node.path[-2] if len(self.node.path) > 1 else None


@dataclass(frozen=True, slots=True)
class Mapped:
    """What the last sync wrote down of a department: its unit, its name and parent then."""

    unit: int
    name: str
    parent: int


@dataclass(frozen=True, slots=True)
class Placed:
    """A department and what becomes of it.

    `unit` stands already (None: it is made, of `kind`). `above` is the department whose unit it
    hangs under, None for the root unit. `was`: the name that the unit has until now.
    """

    department: int
    name: str
    fate: Fate
    reason: Reason | None = None
    unit: int | None = None
    kind: UnitKind | None = None
    above: int | None = None
    was: str | None = None
    parent: int = 0

    @property
    def usable(self) -> bool:
        """Whether people and departments may be put under it."""
        stands = self.unit is not None and self.reason is not Doubt.CLOSED
        return self.fate in CHANGES or (stands and self.fate is not Fate.GONE)


_HINTS: tuple[tuple[re.Pattern[str], UnitKind], ...] = (
    (re.compile("总支"), UnitKind.GENERAL_BRANCH),
    (re.compile("支部"), UnitKind.BRANCH),
    (re.compile("学校|中学|小学|高中|学院|大学|职高|校团委"), UnitKind.SCHOOL),
    (re.compile("镇|乡|街道|团工委"), UnitKind.TOWNSHIP),
    (re.compile("[市区县](?:团委)?$"), UnitKind.DISTRICT),
)
_SMALLEST = (
    UnitKind.BRANCH,
    UnitKind.GENERAL_BRANCH,
    UnitKind.SCHOOL,
    UnitKind.TOWNSHIP,
    UnitKind.DISTRICT,
)
_CARRIES = {UnitKind.BRANCH: 0, UnitKind.GENERAL_BRANCH: 1}  # levels below; the others: enough


def kind_of(name: str, height: int, above: UnitKind) -> UnitKind | None:
    """What a department with `height` levels below it is, under a unit; None if nothing fits.

    Its name says it, else the smallest kind that can hold what is below.
    """
    wanted = [kind for pattern, kind in _HINTS if pattern.search(name)]
    fits = (
        kind
        for kind in (*wanted, *_SMALLEST)
        if kind in BELOW[above] and _CARRIES.get(kind, height) >= height
    )
    return next(fits, None)


def place(
    departments: Sequence[Department], mapped: Mapping[int, Mapped], units: Mapping[int, Unit]
) -> list[Placed]:
    """What becomes of each department, from the top down, and last those that are gone.

    Every id in `mapped` stands in `units`. ValueError if there is no root unit.
    """
    placing = _Placing(departments, mapped, units)
    found = [placing.one(one) for one in _downward(departments)]
    seen = {one.id for one in departments}
    gone = [
        Placed(number, old.name, Fate.GONE, unit=old.unit, parent=old.parent)
        for number, old in sorted(mapped.items())
        if number not in seen
    ]
    return found + gone


def _downward(departments: Sequence[Department]) -> Iterable[Department]:
    """Every department after the one above it; what hangs in a circle is left out."""
    known = {one.id for one in departments}
    below: defaultdict[int, list[Department]] = defaultdict(list)
    for one in departments:
        below[one.parent if one.parent in known and one.parent != one.id else 0].append(one)
    level = below.pop(0, [])
    while level:
        yield from level
        level = [child for one in level for child in below.pop(one.id, [])]


class _Placing:
    """Holds what was decided about the departments above."""

    def __init__(
        self,
        departments: Sequence[Department],
        mapped: Mapping[int, Mapped],
        units: Mapping[int, Unit],
    ) -> None:
        self._mapped, self._units = mapped, units
        self._root = next((one for one in units.values() if len(one.node.path) == 1), None)
        if self._root is None:
            raise ValueError("there is no root unit")
        self._taken = {one.unit for one in mapped.values()}
        self._nodes: dict[int, Node] = {}  # of departments that may hold something
        self._known = {one.id for one in departments}
        self._heights: dict[int, int] = {}
        for one in reversed(list(_downward(departments))):
            height = self._heights.setdefault(one.id, 0)
            self._heights[one.parent] = max(self._heights.get(one.parent, 0), height + 1)

    def one(self, department: Department) -> Placed:
        """Decide about one; those above it were decided before."""
        placed = self._decided(department)
        if placed.usable:
            unit = None if placed.unit is None else self._units[placed.unit].node
            self._nodes[department.id] = unit or self._to_come(department, placed)
        return placed

    def _to_come(self, department: Department, placed: Placed) -> Node:
        above = self._above(department)
        path = () if above is None else above.path
        return Node(placed.kind or UnitKind.BRANCH, (*path, -department.id))

    def _above(self, department: Department) -> Node | None:
        if department.parent in self._known:
            return self._nodes.get(department.parent)
        return self._root.node if self._root else None

    def _decided(self, department: Department) -> Placed:
        old = self._mapped.get(department.id)
        if old is not None:
            return self._again(department, old)
        if department.id == ROOT_DEPARTMENT and self._root is not None:
            return self._is(department, Fate.LINKED, self._root)
        name = unit_name(department.name)
        if isinstance(name, NameProblem):
            return self._not(department, Fate.REFUSED, name)
        above = self._above(department)
        if above is None:
            return self._not(department, Fate.ASK, Doubt.ABOVE)
        return self._first(department, name, above)

    def _first(self, department: Department, name: str, above: Node) -> Placed:
        """A department that was never seen: a unit of this name that stands there, or a new one."""
        like = [
            one
            for one in self._units.values()
            if one.parent == above.id
            and one.node.id not in self._taken
            and not one.node.closed
            and near_duplicate(one.name, name)
        ]
        if len(like) > 1:
            return self._not(department, Fate.ASK, Doubt.SEVERAL)
        if like:
            self._taken.add(like[0].node.id)
            return self._is(department, Fate.LINKED, like[0])
        kind = kind_of(name, self._heights.get(department.id, 0), above.kind)
        if kind is None:
            return self._not(department, Fate.REFUSED, Doubt.KIND)
        problem = create(above, kind)
        if problem is not None:
            return self._not(department, Fate.REFUSED, problem)
        return Placed(
            *(department.id, name, Fate.NEW),
            kind=kind,
            above=self._parent(department),
            parent=department.parent,
        )

    def _again(self, department: Department, old: Mapped) -> Placed:
        """A department that has a unit already: renamed or moved there, or here meanwhile."""
        unit = self._units[old.unit]
        if unit.node.closed:
            return self._is(department, Fate.ASK, unit, Doubt.CLOSED)
        name = unit_name(department.name)
        if isinstance(name, NameProblem):
            name = unit.name if department.name == old.name else name
        if isinstance(name, NameProblem):
            return self._is(department, Fate.SAME, unit, name)
        renamed = name not in (unit.name, old.name)
        if renamed and unit.name != old.name:
            return self._is(department, Fate.ASK, unit, Doubt.RENAMED_HERE)
        moved = self._moved(department, old, unit)
        if isinstance(moved, Doubt | OrgProblem):
            return self._is(department, Fate.ASK, unit, moved)
        if not renamed and not moved:
            return self._is(department, Fate.SAME, unit)
        return Placed(
            *(department.id, name if renamed else unit.name),
            Fate.MOVED if moved else Fate.RENAMED,
            unit=old.unit,
            above=self._parent(department),
            was=unit.name if renamed else None,
            parent=department.parent,
        )

    def _moved(self, department: Department, old: Mapped, unit: Unit) -> bool | Reason:
        if department.parent == old.parent or unit.parent is None:
            return False
        above = self._above(department)
        if above is None:
            return Doubt.ABOVE
        if above.id == unit.parent:
            return False  # somebody has moved it here too
        before = self._mapped.get(old.parent)
        stood = self._root.node.id if before is None and self._root else before and before.unit
        if unit.parent != stood:
            return Doubt.MOVED_HERE
        return move(unit.node, above) or True

    def _parent(self, department: Department) -> int | None:
        return department.parent if department.parent in self._known else None

    @staticmethod
    def _is(department: Department, fate: Fate, unit: Unit, why: Reason | None = None) -> Placed:
        parent = department.parent
        return Placed(department.id, department.name, fate, why, unit.node.id, parent=parent)

    @staticmethod
    def _not(department: Department, fate: Fate, why: Reason) -> Placed:
        return Placed(department.id, department.name, fate, why, parent=department.parent)
