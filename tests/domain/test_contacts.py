"""Departments against units, members against people: what is taken over, asked and left alone."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.contact_people import Book, Known, Member, PersonDoubt, judge
from domain.contacts import (
    CHANGES,
    Department,
    Doubt,
    Fate,
    Mapped,
    Placed,
    Unit,
    kind_of,
    place,
)
from domain.names import NameProblem
from domain.org import BELOW, DEEPEST, Node, OrgProblem, UnitKind
from domain.people import Standing

D, T, S, G, B = UnitKind
ROOT = Unit(Node(D, (1,), height=2), "青山区团委")
TOWN = Unit(Node(T, (1, 2), height=1), "东河镇")
BRANCH = Unit(Node(B, (1, 2, 3)), "青松社区团支部")
UNITS = {1: ROOT, 2: TOWN, 3: BRANCH}
TOP = Department(1, 0, "青山区团委")
MAPPED = {1: Mapped(1, "青山区团委", 0), 20: Mapped(2, "东河镇", 1), 30: Mapped(3, BRANCH.name, 20)}
BOOK = [TOP, Department(20, 1, "东河镇"), Department(30, 20, BRANCH.name)]


def _by(found: list[Placed]) -> dict[int, tuple[Fate, object]]:
    return {one.department: (one.fate, one.reason) for one in found}


@pytest.mark.parametrize(
    ("name", "height", "above", "kind"),
    [
        ("高一（3）班团支部", 0, S, B),
        ("高一年级团总支", 1, S, G),
        ("东河中学", 2, T, S),
        ("西河镇", 1, D, T),
        ("办公室", 0, T, B),
        ("办公室", 1, T, G),
        ("办公室", 2, D, S),
        ("高一（3）班团支部", 1, S, G),  # it holds something: no branch does
        ("西河镇", 0, T, B),  # no township below a township
        ("小组", 0, B, None),
        ("年级", 1, G, None),
    ],
)
def test_the_kind_follows_the_name_else_what_is_below(
    name: str, height: int, above: UnitKind, kind: UnitKind | None
) -> None:
    assert kind_of(name, height, above) is kind


def test_the_same_again_changes_nothing() -> None:
    assert {fate for fate, _ in _by(place(BOOK, MAPPED, UNITS)).values()} == {Fate.SAME}


def test_units_that_stand_are_linked_by_name_below_the_same_unit() -> None:
    assert {fate for fate, _ in _by(place(BOOK, {}, UNITS)).values()} == {Fate.LINKED}
    twin = Unit(Node(B, (1, 2, 4)), "青松社区团支部")
    found = _by(place(BOOK, {}, {**UNITS, 4: twin}))
    assert found[30] == (Fate.ASK, Doubt.SEVERAL)


def test_without_the_top_departments_hang_under_the_root() -> None:
    """The app's visible range may begin anywhere."""
    (found,) = place([Department(77, 9, "西河镇")], {}, UNITS)
    assert (found.fate, found.kind, found.above) == (Fate.NEW, T, None)


def test_closed_units_take_nobody_and_hold_nothing() -> None:
    units = {**UNITS, 2: replace(TOWN, node=replace(TOWN.node, closed=True))}
    found = place([*BOOK, Department(40, 20, "新支部")], MAPPED, units)
    assert _by(found)[20] == (Fate.ASK, Doubt.CLOSED)
    assert _by(found)[40] == (Fate.ASK, Doubt.ABOVE)
    assert [one.department for one in found if one.usable] == [1, 30]


def test_two_that_change_places_are_not_hung_under_each_other() -> None:
    swapped = [TOP, Department(30, 1, BRANCH.name), Department(20, 30, "东河镇")]
    found = _by(place(swapped, MAPPED, UNITS))
    assert found[30] == (Fate.MOVED, None)
    assert found[20] == (Fate.ASK, OrgProblem.CYCLE)


def test_what_was_moved_here_is_asked_about() -> None:
    other = Unit(Node(T, (1, 5)), "西河镇")
    here = replace(BRANCH, node=replace(BRANCH.node, path=(1, 5, 3)))
    units = {**UNITS, 3: here, 5: other}
    moved = [TOP, Department(20, 1, "东河镇"), Department(30, 1, BRANCH.name)]
    assert _by(place(moved, MAPPED, units))[30] == (Fate.ASK, Doubt.MOVED_HERE)


def test_names_that_cannot_be_and_circles_are_left_out() -> None:
    book = [*BOOK, Department(40, 20, " "), Department(50, 51, "甲"), Department(51, 50, "乙")]
    found = _by(place(book, MAPPED, UNITS))
    assert found[40] == (Fate.REFUSED, NameProblem.EMPTY)
    assert not {50, 51} & set(found)


def test_a_tree_that_is_too_deep_is_refused_where_it_is() -> None:
    chain = [TOP, *(Department(n, n - 1 if n > 100 else 1, f"{n}学院") for n in range(100, 110))]
    found = place(chain, {}, {1: ROOT})
    assert [one.fate for one in found].count(Fate.NEW) == DEEPEST - 1
    assert OrgProblem.DEPTH in {one.reason for one in found}


def _taken(found: list[Placed]) -> tuple[dict[int, Mapped], dict[int, Unit]]:
    """The state after a sync, as services.contacts leaves it."""
    mapped: dict[int, Mapped] = {}
    nodes = {1: ROOT.node}
    names = {1: ROOT.name}
    for one in found:
        if not one.usable:
            continue
        unit = one.unit or one.department + 1000
        above = 1 if one.above is None else mapped[one.above].unit
        if one.fate is Fate.NEW:
            assert one.kind is not None
            assert one.kind in BELOW[nodes[above].kind]
            nodes[unit] = Node(one.kind, (*nodes[above].path, unit))
            names[unit] = one.name
        mapped[one.department] = Mapped(unit, one.name, one.parent)
    return mapped, {number: Unit(node, names[number]) for number, node in nodes.items()}


@given(st.lists(st.tuples(st.integers(0, 30), st.sampled_from("镇 校 支部 总支 组".split()))))
def test_any_book_is_taken_over_once(shape: list[tuple[int, str]]) -> None:
    book = [
        Department(number, parent if parent < number else 1, f"第{number}{word}")
        for number, (parent, word) in enumerate(shape, start=2)
    ]
    first = place([TOP, *book], {}, {1: ROOT})
    mapped, units = _taken(first)
    assert all(len(one.node.path) <= DEEPEST for one in units.values())
    again = place([TOP, *book], mapped, units)
    assert not any(one.fate in CHANGES for one in again)
    assert {one.department for one in again if one.fate is Fate.SAME} == set(mapped)


# ------------------------------------------------------------------ people

PEOPLE = Book(
    places={20: 2, 30: 3, 40: None},
    known={
        "ming": Known(1, "王小明", 3, Standing.ACTIVE),
        "line": Known(2, "李华", 3, Standing.ROSTER),
        "left": Known(3, "赵六", None, Standing.LEFT),
    },
    names={(3, "王小明"), (3, "李华")},
    paths={2: (1, 2), 3: (1, 2, 3)},
    forgotten={"gone"},
)


@pytest.mark.parametrize(
    ("member", "fate", "reason"),
    [
        (Member("ming", "王小明", (30,)), Fate.SAME, None),
        (Member("ming", "王小明", (20,)), Fate.SAME, None),  # at home below it
        (Member("ming", "王小明", (40,)), Fate.ASK, PersonDoubt.REGISTERED),
        (Member("ming", "王明", (30,)), Fate.ASK, PersonDoubt.NAME_DIFFERS),
        (Member("ming", "王小明", (99,)), Fate.ASK, PersonDoubt.NO_UNIT),
        (Member("line", "李华", (40, 30), main=40), Fate.SAME, None),
        (Member("line", "李华", (40,)), Fate.MOVED, None),
        (Member("left", "赵六", (30,)), Fate.ASK, PersonDoubt.LEFT),
        (Member("gone", "钱七", (30,)), Fate.REFUSED, PersonDoubt.FORGOTTEN),
        (Member("new", "王小明", (30,)), Fate.ASK, PersonDoubt.NAMESAKE),
        (Member("new", "王小明", (40,)), Fate.NEW, None),
        (Member("new", "", (30,)), Fate.REFUSED, NameProblem.EMPTY),
    ],
)
def test_people_are_found_by_their_id(member: Member, fate: Fate, reason: object) -> None:
    found = judge([member], PEOPLE)[0]
    assert (found.fate, found.reason) == (fate, reason)


def test_who_is_no_longer_in_the_book_is_only_said() -> None:
    found = judge([Member("ming", "王小明", (30,))], PEOPLE)
    assert [(one.user, one.fate) for one in found[1:]] == [("line", Fate.GONE)]
