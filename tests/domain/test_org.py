"""The tree of units: what fits where, how deep, names, codes, and a model that moves at random."""

from __future__ import annotations

import random
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import org
from domain.names import NameProblem
from domain.org import BELOW, DEEPEST, NameWarning, Node, OrgProblem, UnitKind, Weight

D, T, S, G, B = UnitKind
NOTHING = Weight(units=0, people=0, waiting=0)


def node(kind: UnitKind, *path: int, **more: object) -> Node:
    return Node(kind, path, **more)  # type: ignore[arg-type]  # a short form for tests


def test_every_kind_has_its_place_and_a_word() -> None:
    assert set(BELOW) == set(UnitKind) == set(org.KIND_WORDS)
    assert BELOW[B] == ()
    for kinds in BELOW.values():
        assert list(kinds) == [kind for kind in UnitKind if kind in kinds]


@pytest.mark.parametrize(
    ("parent", "kind", "problem"),
    [
        (node(D, 1), T, None),
        (node(D, 1), D, None),
        (node(T, 1, 2), D, OrgProblem.KIND),
        (node(T, 1, 2), T, OrgProblem.KIND),
        (node(S, 1, 2), S, None),
        (node(G, 1, 2), G, OrgProblem.KIND),
        (node(B, 1, 2), B, OrgProblem.KIND),
        (node(D, 1, closed=True), T, OrgProblem.CLOSED),
        (node(S, 1, 2, 3, 4, 5), S, None),
        (node(S, 1, 2, 3, 4, 5, 6), S, OrgProblem.DEPTH),
    ],
)
def test_a_new_unit(parent: Node, kind: UnitKind, problem: OrgProblem | None) -> None:
    assert org.create(parent, kind) is problem


@pytest.mark.parametrize(
    ("unit", "parent", "problem"),
    [
        (node(B, 1, 2, 9), node(T, 1, 3), None),
        (node(D, 1), node(D, 1, 2), OrgProblem.ROOT),
        (node(S, 1, 2), node(S, 1, 2, 3), OrgProblem.CYCLE),
        (node(S, 1, 2), node(S, 1, 2), OrgProblem.CYCLE),
        (node(B, 1, 2, 9), node(T, 1, 2), OrgProblem.SAME),
        (node(T, 1, 9), node(T, 1, 2), OrgProblem.KIND),
        (node(B, 1, 2, 9), node(T, 1, 3, closed=True), OrgProblem.CLOSED),
        (node(B, 1, 2, 9, closed=True), node(T, 1, 3), OrgProblem.CLOSED),
        (node(S, 1, 9, height=3), node(S, 1, 2), None),
        (node(S, 1, 9, height=4), node(S, 1, 2), OrgProblem.DEPTH),
    ],
)
def test_moving(unit: Node, parent: Node, problem: OrgProblem | None) -> None:
    assert org.move(unit, parent) is problem


@pytest.mark.parametrize(
    ("source", "target", "problem"),
    [
        (node(B, 1, 2, 9), node(B, 1, 3, 8), None),
        (node(B, 1, 2, 9), node(T, 1, 2), None),  # into its own parent
        (node(T, 1, 2, children=frozenset({B})), node(B, 1, 3), OrgProblem.KIND),
        (node(T, 1, 2, children=frozenset({S})), node(T, 1, 3), None),
        (node(S, 1, 2), node(S, 1, 2, 3), OrgProblem.CYCLE),
        (node(B, 1, 2), node(B, 1, 2), OrgProblem.SAME),
        (node(D, 1), node(D, 1, 2), OrgProblem.ROOT),
        (node(B, 1, 2, closed=True), node(B, 1, 3), OrgProblem.CLOSED),
        (node(B, 1, 2), node(B, 1, 3, closed=True), OrgProblem.CLOSED),
        (node(S, 1, 2, height=4), node(S, 1, 3), None),
        (node(S, 1, 2, height=4), node(S, 1, 3, 4), OrgProblem.DEPTH),
    ],
)
def test_merging(source: Node, target: Node, problem: OrgProblem | None) -> None:
    assert org.merge(source, target) is problem


@pytest.mark.parametrize(
    ("unit", "weight", "problem"),
    [
        (node(B, 1, 2), NOTHING, None),
        (node(D, 1), NOTHING, OrgProblem.ROOT),
        (node(B, 1, 2, closed=True), NOTHING, OrgProblem.CLOSED),
        (node(T, 1, 2), Weight(1, 5, 1), OrgProblem.UNITS_BELOW),
        (node(T, 1, 2), Weight(0, 5, 1), OrgProblem.PEOPLE),
        (node(T, 1, 2), Weight(0, 0, 1), OrgProblem.WAITING),
    ],
)
def test_closing(unit: Node, weight: Weight, problem: OrgProblem | None) -> None:
    assert org.close(unit, weight) is problem


def test_reopening() -> None:
    closed, parent = node(B, 1, 2, closed=True), node(D, 1)
    assert org.reopen(closed, parent, merged=False) is None
    assert org.reopen(closed, parent, merged=True) is OrgProblem.MERGED
    assert org.reopen(closed, node(D, 1, closed=True), merged=False) is OrgProblem.CLOSED
    assert org.reopen(node(B, 1, 2), parent, merged=False) is OrgProblem.NOT_CLOSED


def test_renaming() -> None:
    assert org.rename("高一1班团支部", "高一2班团支部", closed=False) is None
    assert org.rename("高一1班团支部", "高一1班团支部", closed=False) is OrgProblem.SAME
    assert org.rename("高一1班团支部", "高一2班团支部", closed=True) is OrgProblem.CLOSED


@given(
    st.lists(st.tuples(st.sampled_from("cm"), st.integers(0, 40), st.integers(0, 40)), max_size=40)
)
def test_whatever_is_allowed_keeps_a_tree(steps: list[tuple[str, int, int]]) -> None:
    """Random creations and moves: what the rules allow never makes a cycle or a seventh level."""
    parents: dict[int, int | None] = {0: None}
    kinds = {0: D}

    def path(unit: int) -> tuple[int, ...]:
        above = parents[unit]
        return (unit,) if above is None else (*path(above), unit)

    def node_of(unit: int) -> Node:
        below = [one for one in parents if unit in path(one)]
        height = max(len(path(one)) for one in below) - len(path(unit))
        children = frozenset(kinds[one] for one in parents if parents[one] == unit)
        return Node(kinds[unit], path(unit), False, height, children)

    for verb, first, second in steps:
        one, other = first % len(parents), second % len(parents)
        if verb == "c":
            kind = list(UnitKind)[second % len(UnitKind)]
            if org.create(node_of(one), kind) is None:
                new = len(parents)
                parents[new], kinds[new] = one, kind
        elif org.move(node_of(one), node_of(other)) is None:
            parents[one] = other
    for unit, above in parents.items():
        assert len(path(unit)) <= DEEPEST  # a cycle would never end here
        assert above is None or kinds[unit] in BELOW[kinds[above]]


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("高一（3）班团支部", "高一（3）班团支部"),
        ("高一（4）班", "高一（4）班"),
        ("高一(4)班", "高一(4)班"),
        ("青禾\u200b（一）\u202e部", "青禾（一）部"),
        ("Ｃｌａｓｓ（４）", "Class(4)"),
        ("青禾区 团委", "青禾区团委"),
        ("Youth League of Qinghe", "Youth League of Qinghe"),
        ("共青团\u200b青禾区委员会", "共青团青禾区委员会"),
        ("移动客服中心团支部", "移动客服中心团支部"),
        ("  ", NameProblem.EMPTY),
        ("团支部" * 14, NameProblem.TOO_LONG),
        ("团\x00委", NameProblem.UNPRINTABLE),
        ("12", NameProblem.NO_LETTER),
    ],
)
def test_names_of_units(typed: str, name: str | NameProblem) -> None:
    assert org.unit_name(typed) == name


def test_look_alikes_and_official_names_are_warned_about() -> None:
    siblings = ["高一三班团支部", "高一1班团支部"]
    near = org.name_warnings("高一（3）班团支部", siblings)
    assert near == ((NameWarning.NEAR_DUPLICATE, "高一三班团支部"),)
    assert org.name_warnings("高一2班团支部", siblings) == ()
    assert org.name_warnings("系统管理员", []) == ((NameWarning.OFFICIAL, "系统管理员"),)
    assert org.name_warnings("青禾区团委", []) == ()


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("qh01", "QH01"),
        (" Ｑ１ ", "Q1"),
        ("A", OrgProblem.CODE_SHAPE),
        ("ABCDEFGHI", OrgProblem.CODE_SHAPE),
        ("青禾", OrgProblem.CODE_SHAPE),
        ("A-1", OrgProblem.CODE_SHAPE),
        ("A1\n", "A1"),
    ],
)
def test_codes(typed: str, code: str | OrgProblem) -> None:
    assert org.unit_code(typed) == code


@given(st.sampled_from(UnitKind), st.integers())
def test_made_codes_are_codes_and_nothing_in_them_is_misread(kind: UnitKind, seed: int) -> None:
    made = org.made_code(kind, random.Random(seed).randrange)
    assert org.unit_code(made) == made
    assert re.fullmatch("[DTSGB][2-9A-HJ-NP-Z]{4}", made)
