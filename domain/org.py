"""The tree of units: kinds, names, codes, and whether a change of the tree is sound."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from domain.names import (
    LONGEST_NAME,
    NameProblem,
    clean_name,
    looks_official,
    near_duplicate,
    strip_invisible,
    tidy_name,
)

DEEPEST = 6  # levels, the root included (SPEC section 1)
_CODE = re.compile(r"[A-Z0-9]{2,8}")
_CODE_LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # without 0 O 1 I, which are read as each other
_OWN_WORDS = re.compile("共青团|团工委|团委|团总支|团支部")


class UnitKind(StrEnum):
    """What a unit is, from the top of the tree down."""

    DISTRICT = "district"
    TOWNSHIP = "township"
    SCHOOL = "school"
    GENERAL_BRANCH = "general_branch"
    BRANCH = "branch"


KIND_WORDS: dict[UnitKind, tuple[str, ...]] = {
    UnitKind.DISTRICT: ("区县团委", "区团委", "县团委", "市团委"),
    UnitKind.TOWNSHIP: (
        "乡镇/街道团(工)委",
        "乡镇团委",
        "街道团工委",
        "镇团委",
        "乡团委",
        "团工委",
    ),
    UnitKind.SCHOOL: ("学校团委", "校团委", "学院团委"),
    UnitKind.GENERAL_BRANCH: ("团总支", "总支"),
    UnitKind.BRANCH: ("团支部", "支部"),
}
"""How people write each kind; the first is the full word."""

_D, _T, _S, _G, _B = UnitKind
BELOW: dict[UnitKind, tuple[UnitKind, ...]] = {
    _D: (_D, _T, _S, _G, _B),  # a city's district has districts below it
    _T: (_S, _G, _B),
    _S: (_S, _G, _B),  # a university has colleges below it
    _G: (_B,),
    _B: (),
}
"""Which kinds may hang under which."""


class OrgProblem(StrEnum):
    """Why the tree cannot be changed so."""

    KIND = "kind"  # this kind does not hang there
    DEPTH = "depth"  # more than six levels
    CYCLE = "cycle"  # a unit under itself
    SAME = "same"  # nothing would change
    ROOT = "root"  # the top unit stays where it is
    CLOSED = "closed"  # the unit, or the one above, is closed
    NOT_CLOSED = "not_closed"
    MERGED = "merged"  # a merge cannot be undone
    UNITS_BELOW = "units_below"  # close or move them first
    PEOPLE = "people"  # move them first
    WAITING = "waiting"  # decide about who and what waits first
    CODE_SHAPE = "code_shape"
    CODE_TAKEN = "code_taken"


class NameWarning(StrEnum):
    """What the officer should know before confirming a name (QUALITY A26)."""

    NEAR_DUPLICATE = "near_duplicate"
    OFFICIAL = "official"  # reads like a message of the system


@dataclass(frozen=True, slots=True)
class Node:
    """A unit in the tree: `path` are ids from the root down to itself, `height` the levels below.

    `children` are the kinds of its direct subunits; `height` counts steps to the deepest one.
    """

    kind: UnitKind
    path: tuple[int, ...]
    closed: bool = False
    height: int = 0
    children: frozenset[UnitKind] = frozenset()

    @property
    def id(self) -> int:
        """The id of the unit itself."""
        return self.path[-1]


@dataclass(frozen=True, slots=True)
class Weight:
    """What hangs on a unit: open subunits directly below, people at home in it, and what waits."""

    units: int
    people: int
    waiting: int


def create(parent: Node, kind: UnitKind) -> OrgProblem | None:
    """Decide whether a new unit of this kind may hang under `parent`."""
    if parent.closed:
        return OrgProblem.CLOSED
    if kind not in BELOW[parent.kind]:
        return OrgProblem.KIND
    return OrgProblem.DEPTH if len(parent.path) >= DEEPEST else None


def move(unit: Node, parent: Node) -> OrgProblem | None:
    """Decide whether `unit`, with all that is below it, may hang under `parent` from now on."""
    if len(unit.path) < 2:
        return OrgProblem.ROOT
    if unit.closed or parent.closed:
        return OrgProblem.CLOSED
    if unit.id in parent.path:
        return OrgProblem.CYCLE
    if unit.path[-2] == parent.id:
        return OrgProblem.SAME
    if unit.kind not in BELOW[parent.kind]:
        return OrgProblem.KIND
    deepest = len(parent.path) + 1 + unit.height
    return OrgProblem.DEPTH if deepest > DEEPEST else None


def merge(source: Node, target: Node) -> OrgProblem | None:
    """Decide whether `source` may be dissolved into `target`, which takes people and subunits."""
    if len(source.path) < 2:
        return OrgProblem.ROOT
    if source.closed or target.closed:
        return OrgProblem.CLOSED
    if source.id == target.id:
        return OrgProblem.SAME
    if source.id in target.path:
        return OrgProblem.CYCLE
    if not source.children <= set(BELOW[target.kind]):
        return OrgProblem.KIND
    deepest = len(target.path) + source.height
    return OrgProblem.DEPTH if deepest > DEEPEST else None


def close(unit: Node, weight: Weight) -> OrgProblem | None:
    """Decide whether a unit may be closed: only an empty one, and never the root."""
    if len(unit.path) < 2:
        return OrgProblem.ROOT
    if unit.closed:
        return OrgProblem.CLOSED
    if weight.units:
        return OrgProblem.UNITS_BELOW
    if weight.people:
        return OrgProblem.PEOPLE
    return OrgProblem.WAITING if weight.waiting else None


def reopen(unit: Node, parent: Node, merged: bool) -> OrgProblem | None:
    """Decide whether a closed unit may open again where it stands."""
    if not unit.closed:
        return OrgProblem.NOT_CLOSED
    if merged:
        return OrgProblem.MERGED
    return OrgProblem.CLOSED if parent.closed else None


def rename(old: str, new: str, closed: bool) -> OrgProblem | None:
    """Decide whether a unit may take a cleaned name."""
    if closed:
        return OrgProblem.CLOSED
    return OrgProblem.SAME if old == new else None


def unit_name(text: str) -> str | NameProblem:
    """The name of a unit as it is stored, or why it cannot be one.

    As for people, but 团委 and 团支部 are what units are called, and wide marks stay: 高一（4）班.
    """
    cleaned = clean_name(text)
    if isinstance(cleaned, NameProblem) and cleaned is not NameProblem.OFFICIAL:
        return cleaned
    name = tidy_name(text)
    return name if len(name) <= LONGEST_NAME else NameProblem.TOO_LONG


def name_warnings(name: str, siblings: Iterable[str]) -> tuple[tuple[NameWarning, str], ...]:
    """What to say before this name is confirmed: each warning and the text that it is about."""
    found = [(NameWarning.NEAR_DUPLICATE, one) for one in siblings if near_duplicate(name, one)]
    rest = _OWN_WORDS.sub("", name)
    if rest and looks_official(rest):
        found.append((NameWarning.OFFICIAL, rest))
    return tuple(found)


def unit_code(text: str) -> str | OrgProblem:
    """A typed code as it is stored: 2 to 8 of [A-Z0-9]."""
    code = strip_invisible(text).strip().upper()
    return code if _CODE.fullmatch(code) else OrgProblem.CODE_SHAPE


def made_code(kind: UnitKind, below: Callable[[int], int]) -> str:
    """Make a code: the kind's letter and four more. `below(n)` is chance in [0, n)."""
    letters = (_CODE_LETTERS[below(len(_CODE_LETTERS))] for _ in range(4))
    return kind.value[0].upper() + "".join(letters)
