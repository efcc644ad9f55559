"""The authorisation matrix cell by cell, and the tree against an independent model of it."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.rights import Actor, Grant, Target, may, sole_holder, through_admin
from domain.rights_table import BEST_FIRST, TABLE, Action, Role, Verdict

ALLOW, REASON, SECOND, MASKED, DENY = BEST_FIRST
NOW = datetime(2026, 11, 22, 2, tzinfo=UTC)
DAY = timedelta(days=1)
COLUMNS = ("self", "mem", "sec", "sib", "up", "twn", "twn-x", "dist", "aud")

# QUALITY 2.2, word for word, and which single actions a row speaks of.
MATRIX = """
own-view own-export own-delete | A | – | – | – | – | – | – | – | –
member-view | A | – | A | – | – | A | – | A | m
minor-reveal | A | – | m, reveal logged with reason | – | – | m | – | 2 | –
claim check-in | A | – | A(self) | – | – | A(self) | – | A(self) | –
approve reject | – | – | A (not own) | – | – | A (incl. secretaries) | – | A | –
reverse | – | – | – | – | – | 2 | – | 2 | –
act-create act-qr act-close | – | – | A | – | – | A | – | A | –
bc-small / bc-large | – | – | A / – | – | – | A / 2 | – | A / 2 | –
invite move | – | – | A ; both sides agree | – | – | A | – | A | –
appoint-sec / appoint-township | – | – | – | – | – | A / – | – | A / A (2) | –
export / export-subtree | – | – | A / – | – | – | A | – | A (2 if > 5,000 minors) | m
audit | own lines | – | own branch | – | – | subtree | – | A | A
rules merge delete-person | – | – | – | – | – | – | – | 2 | –
"""
# What the matrix does not name, in the same columns; "/" never splits here.
BEYOND = """
public | A | A | A | A | A | A | A | A | A
own-change end-appointment | A | – | – | – | – | – | – | – | –
private-view | A | – | m, reveal logged with reason | – | – | m | – | reason | –
member-list attendance-view | – | – | A | – | – | A | – | A | m
roster-import registration-review review-list | – | – | A | – | – | A | – | A | –
export-minors | – | – | – | – | – | A | – | 2 | m
unit-view | – | – | – | – | – | A | – | A | A
appoint-organiser unit-create unit-rename | – | – | – | – | – | A | – | A | –
unit-move unit-merge unit-close | – | – | – | – | – | A | – | A | –
role-view | – | – | – | – | – | A | – | A | m
appoint-auditor status | – | – | – | – | – | – | – | A | –
appoint-peer | – | – | – | – | – | – | – | 2 | –
found | – | – | – | – | – | – | – | – | –
"""
REVEAL = "m, reveal logged with reason"
YES = ["A", "A (not own)", "A (incl. secretaries)", "A (2)", "A ; both sides agree"]
YES += ["A (2 if > 5,000 minors)", "own lines", "own branch", "subtree"]
# "A(self)" refuses what is another's: what is one's own stands in the first column.
WORDS = {"–": DENY, "A(self)": DENY, "m": MASKED, "2": SECOND, REVEAL: REASON, "reason": REASON}
WORDS |= dict.fromkeys(YES, ALLOW)


def read(text: str) -> dict[tuple[Action, str], Verdict]:
    cells = {}
    for line in text.strip().splitlines():
        title, *row = (cell.strip() for cell in line.split("|"))
        for part, words in enumerate(title.split(" / ")):
            for word, (column, cell) in product(words.split(), zip(COLUMNS, row, strict=True)):
                cells[Action(word), column] = WORDS[cell.split(" / ")[part if "/" in cell else 0]]
    return cells


BOUND, EXTRA = read(MATRIX), read(BEYOND)
RUNNING = {Action.ACTIVITY_CREATE, Action.ACTIVITY_CODE, Action.ACTIVITY_CLOSE, Action.PUBLIC}
ORGANISER = {(action, "org"): ALLOW if action in RUNNING else DENY for action in Action}
RUNNER = {(action, "run"): cell for (action, _), cell in ORGANISER.items()}
RUNNER[Action.ATTENDANCE_VIEW, "run"] = ALLOW
CELLS = BOUND | EXTRA | ORGANISER | RUNNER

DISTRICT, TOWNSHIP, OTHER, BRANCH, SIBLING = 1, 10, 20, 100, 101
PATH, OWNER = (DISTRICT, TOWNSHIP, BRANCH), 7
FROM_ABOVE = (Action.UNIT_MOVE, Action.UNIT_MERGE, Action.UNIT_CLOSE)
JUDGING = (Action.APPROVE, Action.REJECT, Action.REVERSE)
FOR_ONESELF = (Action.CLAIM, Action.CHECK_IN, Action.OWN_VIEW, Action.OWN_EXPORT)
NEVER_OWN = (
    *(*JUDGING, Action.MERGE_PERSONS, Action.DELETE_PERSON, Action.REGISTRATION_REVIEW),
    *(action for action in Action if action.value.startswith("appoint-")),
)


def holding(role: Role, unit: int, person: int = 8) -> Actor:
    return Actor(person, None, (Grant(role, unit, NOW - DAY, NOW + DAY),))


ACTORS = {
    "self": Actor(OWNER, BRANCH, ()),
    "mem": Actor(8, BRANCH, ()),
    "sec": holding(Role.SECRETARY, BRANCH),
    "sib": holding(Role.SECRETARY, SIBLING),
    "up": holding(Role.SECRETARY, BRANCH),
    "twn": holding(Role.OFFICER, TOWNSHIP),
    "twn-x": holding(Role.OFFICER, OTHER),
    "dist": holding(Role.OFFICER, DISTRICT),
    "aud": holding(Role.AUDITOR, DISTRICT),
}
CLAIM = Target(PATH, owner=OWNER)
ROOT = Actor(9, None, (), admin=True)


def test_the_matrix_is_whole() -> None:
    assert len(BOUND) == (24 + 1) * 9  # and the subtree half of the export row
    assert {action for action, _ in BOUND | EXTRA} == set(Action) - {Action.APPOINT} == set(TABLE)


@pytest.mark.parametrize(("action", "column"), BOUND | EXTRA)
def test_cell(action: Action, column: str) -> None:
    upward = column == "up" or action is Action.APPOINT_OFFICER  # a township's officer is above it
    target = replace(CLAIM, units=PATH[:2]) if upward else CLAIM
    actor, expected = ACTORS[column], CELLS[action, column]
    assert may(actor, action, target, NOW) is expected
    seconded = may(actor, action, replace(target, proposer=6), NOW)
    assert seconded is (ALLOW if expected is SECOND else expected)
    assert may(actor, action, replace(target, proposer=actor.person), NOW) is DENY
    own = replace(target, owner=actor.person)
    assert (may(actor, action, own, NOW) is ALLOW) or action not in FOR_ONESELF


def test_size_and_a_minor_s_age_make_it_stricter() -> None:
    some = Target(PATH, recipients=1_000, minors=5_000)
    more = Target(PATH, recipients=1_001, minors=5_001)
    for column, action, verdict in (
        ("sec", Action.BROADCAST, DENY),
        ("twn", Action.BROADCAST, SECOND),
        ("dist", Action.EXPORT, SECOND),
        ("dist", Action.EXPORT_SUBTREE, SECOND),
    ):
        assert may(ACTORS[column], action, some, NOW) is ALLOW
        assert may(ACTORS[column], action, more, NOW) is verdict
    assert may(ACTORS["dist"], Action.PRIVATE_VIEW, replace(CLAIM, minor=True), NOW) is SECOND


def test_an_organiser_runs_the_unit_s_activities_and_sees_their_own_attendance() -> None:
    organiser = holding(Role.ORGANISER, TOWNSHIP)
    assert {a for a in TABLE if may(organiser, a, CLAIM, NOW) is ALLOW} == RUNNING
    own = replace(CLAIM, owner=organiser.person)
    assert may(organiser, Action.ATTENDANCE_VIEW, own, NOW) is ALLOW
    assert may(Actor(8, BRANCH, ()), Action.ATTENDANCE_VIEW, own, NOW) is DENY


@pytest.mark.parametrize("action", [Action.APPOINT, Action.END_APPOINTMENT])
@pytest.mark.parametrize("role", [None, *Role])
@pytest.mark.parametrize("units", [PATH, PATH[:2], PATH[:1]])
def test_appointing(action: Action, role: Role | None, units: tuple[int, ...]) -> None:
    target = Target(units, owner=OWNER, role=role)
    granted = SECOND if role is Role.OFFICER and units == PATH[:1] else ALLOW
    known = role not in {None, Role.MEMBER}
    assert may(ACTORS["dist"], action, target, NOW) is (granted if known else DENY)
    below = role in {Role.ORGANISER, Role.SECRETARY} and TOWNSHIP in units
    assert may(ACTORS["twn"], action, target, NOW) is (ALLOW if below else DENY)
    assert may(ACTORS["sec"], action, target, NOW) is DENY


def test_a_district_below_the_root_is_a_district_only_by_its_kind() -> None:
    kinds = ("district", "district", "branch")
    assert may(ACTORS["twn"], Action.RULES, Target(PATH), NOW) is DENY
    assert may(ACTORS["twn"], Action.RULES, Target(PATH, kinds=kinds), NOW) is SECOND
    with pytest.raises(ValueError, match="parallel"):
        Target(PATH, kinds=kinds[:2])


@pytest.mark.parametrize("action", FROM_ABOVE)
def test_the_tree_is_changed_from_above(action: Action) -> None:
    assert may(ACTORS["twn"], action, Target(PATH[:2]), NOW) is DENY
    assert may(ACTORS["dist"], action, Target(PATH[:2]), NOW) is ALLOW
    assert may(ACTORS["dist"], action, Target(PATH[:1]), NOW) is DENY
    assert may(ROOT, action, Target(PATH[:1]), NOW) is DENY


@pytest.mark.parametrize("action", JUDGING)
@pytest.mark.parametrize(
    ("held", "unit", "judges"),
    [
        (Role.SECRETARY, BRANCH, "sec sec-top twn dist admin"),
        (Role.SECRETARY, TOWNSHIP, "sec-top twn dist admin"),
        (Role.SECRETARY, OTHER, "sec sec-top twn dist admin"),
        (Role.OFFICER, TOWNSHIP, "twn dist admin"),
        (Role.OFFICER, DISTRICT, "dist admin"),
        (Role.OFFICER, OTHER, "dist admin"),
        (Role.AUDITOR, DISTRICT, "sec sec-top twn dist admin"),
    ],
)
def test_nobody_judges_those_above_them(action: Action, held: Role, unit: int, judges: str) -> None:
    target = replace(CLAIM, owner_roles=(Grant(held, unit, NOW, NOW + DAY),))
    actors = {**ACTORS, "sec-top": holding(Role.SECRETARY, DISTRICT), "admin": ROOT}
    allowed = {name for name in actors if may(actors[name], action, target, NOW) != "deny"}
    allowed -= {"up"}  # who is the same as "sec" here
    never = {"sec", "sec-top"} if action is Action.REVERSE else set()
    assert allowed == set(judges.split()) - never
    assert may(ACTORS["sec"], action, target, NOW - DAY / 2) is (DENY if never else ALLOW)
    assert may(ACTORS["dist"], action, Target(PATH), NOW) is DENY  # it could be their own


def test_admins_stand_in_for_the_top_officer_but_second_only_where_nobody_else_could() -> None:
    reversal = replace(CLAIM, proposer=6)
    assert may(ROOT, Action.REVERSE, CLAIM, NOW) is SECOND
    assert may(ROOT, Action.REVERSE, reversal, NOW) is DENY
    assert may(ROOT, Action.REVERSE, replace(reversal, sole=True), NOW) is ALLOW
    officer = replace(ACTORS["dist"], admin=True)
    assert may(officer, Action.REVERSE, reversal, NOW) is ALLOW
    assert through_admin(ROOT, Action.REVERSE, CLAIM, NOW)
    assert not through_admin(officer, Action.REVERSE, CLAIM, NOW)
    one, two = ACTORS["dist"], holding(Role.OFFICER, TOWNSHIP, person=6)
    again = replace(one, home=BRANCH)
    assert sole_holder([one, again, ACTORS["sec"], ROOT], Action.REVERSE, reversal, NOW)
    assert not sole_holder([one, two], Action.REVERSE, reversal, NOW)


def test_only_an_admin_founds_and_only_where_nothing_stands() -> None:
    stranger = Actor(None, None, ())
    unregistered = replace(stranger, admin=True)
    assert may(unregistered, Action.FOUND, Target(()), NOW) is ALLOW
    assert may(unregistered, Action.FOUND, Target(PATH), NOW) is DENY
    open_to = {a for a in TABLE if may(unregistered, a, Target(()), NOW) is ALLOW}
    assert open_to == {Action.PUBLIC, Action.FOUND, Action.STATUS}
    assert {a for a in TABLE if may(stranger, a, Target(()), NOW) != "deny"} == {Action.PUBLIC}


@pytest.mark.parametrize(("since", "begun"), [(-1, True), (0, True), (1, False)])
@pytest.mark.parametrize(("until", "lasting"), [(None, True), (1, True), (0, False), (-1, False)])
def test_dates_are_half_open(since: int, begun: bool, until: int | None, lasting: bool) -> None:
    end = None if until is None else NOW + until * DAY
    actor = Actor(8, None, (Grant(Role.SECRETARY, BRANCH, NOW + since * DAY, end),))
    assert may(actor, Action.APPROVE, CLAIM, NOW) is (ALLOW if begun and lasting else DENY)


def test_demotion_and_a_moved_unit_count_at_once_and_history_still_answers() -> None:
    demoted = Actor(8, BRANCH, (Grant(Role.OFFICER, TOWNSHIP, NOW - DAY, NOW),))
    assert may(demoted, Action.APPROVE, CLAIM, NOW) is DENY
    assert may(demoted, Action.APPROVE, CLAIM, NOW - DAY) is ALLOW
    moved = replace(CLAIM, units=(DISTRICT, OTHER, BRANCH))
    answers = [may(ACTORS[who], Action.APPROVE, moved, NOW) for who in ("twn", "twn-x", "sec")]
    assert answers == [DENY, ALLOW, ALLOW]


def planted(rng: random.Random) -> list[set[int]]:
    """Plant up to 1,000 units, at most six deep, and return what each has below it."""
    parents, depths = [-1], [1]
    size = rng.choice((1, 3, 10, 60, 1_000))
    while len(parents) < size:
        parent = rng.randrange(len(parents))
        if depths[parent] < 6:
            parents.append(parent)
            depths.append(depths[parent] + 1)
    below = [{unit} for unit in range(size)]
    for unit in range(size - 1, 0, -1):
        below[parents[unit]] |= below[unit]
    return below


def random_grant(rng: random.Random, units: tuple[int, ...]) -> Grant:
    since = NOW + rng.choice((-2, -1, 0, 1)) * DAY
    until = rng.choice((None, None, since + DAY, since + 2 * DAY))
    return Grant(rng.choice(list(Role)), rng.choice(units), since, until)


def column(held: Grant, tops: set[int], own: bool) -> str:
    officer, organiser = "dist" if held.unit in tops else "twn", "run" if own else "org"
    names = {Role.SECRETARY: "sec", Role.OFFICER: officer, Role.AUDITOR: "aud"}
    return names.get(held.role, organiser if held.role is Role.ORGANISER else "mem")


def agrees_with_the_model(seed: int) -> None:
    rng = random.Random(seed)
    below = planted(rng)
    everything = tuple(range(len(below)))
    tops = {0, *rng.sample(everything, len(below) // 10)}
    unit = rng.choice(everything)
    path = tuple(above for above in everything if unit in below[above])
    grants = [random_grant(rng, rng.choice((path, everything))) for _ in range(rng.randrange(5))]
    actor = Actor(8, rng.choice(path), tuple(grants), admin=rng.random() < 0.1)
    kinds = tuple("district" if above in tops else "branch" for above in path)
    target = Target(path, rng.choice((7, 7, 8)), kinds=kinds)
    own, mine = target.owner == 8, {"dist"} if actor.admin else set()
    now = [g for g in grants if not (g.since > NOW or (g.until is not None and g.until <= NOW))]
    for action in sorted(set(TABLE) - {Action.END_APPOINTMENT}):
        too_low = {unit} if action in FROM_ABOVE else set()
        over = [held for held in now if unit in below[held.unit] and held.unit not in too_low]
        row = Action.APPOINT_PEER if action is Action.APPOINT_OFFICER and unit in tops else action
        columns = {"self" if own else "mem"} | mine | {column(held, tops, own) for held in over}
        barred = (own and action in NEVER_OWN) or (unit == 0 and action in FROM_ABOVE)
        best = min((CELLS[row, name] for name in columns), key=BEST_FIRST.index)
        assert may(actor, action, target, NOW) is (DENY if barred else best), action
    for action, proposer, sole in product(NEVER_OWN, (None, 6, 8), (True, False)):
        itself = replace(target, owner=8, proposer=proposer, sole=sole)
        assert may(replace(actor, admin=True), action, itself, NOW) is DENY, action


@pytest.mark.parametrize("examples", [300, pytest.param(5_000, marks=pytest.mark.e2e_long)])
def test_random_trees_and_grants_agree_with_the_model(examples: int) -> None:
    check = given(st.integers(0, 2**64))(agrees_with_the_model)
    settings(max_examples=examples, deadline=None)(check)()
