"""Ages on a day, and what becomes of a registration."""

from __future__ import annotations

from datetime import date
from itertools import product

import pytest

from domain.people import (
    Applicant,
    Ask,
    Band,
    Claim,
    Fresh,
    Known,
    NeedsGuardian,
    Standing,
    Verdict,
    Wait,
    band,
    decide,
    masked_number,
    masked_phone,
)

DAY = date(2026, 11, 22)
ADULT, TEEN, CHILD = Applicant(Band.ADULT), Applicant(Band.TEEN), Applicant(Band.CHILD)


def _line(**more: object) -> Known:
    facts: dict[str, object] = {
        "id": 1,
        "standing": Standing.ROSTER,
        "same_name": True,
        "in_unit": True,
        "in_subtree": True,
    }
    return Known(**{**facts, **more})  # type: ignore[arg-type]  # a table of facts


@pytest.mark.parametrize(
    ("born", "expected"),
    [
        (date(2012, 11, 23), Band.CHILD),  # fourteen tomorrow
        (date(2012, 11, 22), Band.TEEN),
        (date(2008, 11, 23), Band.TEEN),
        (date(2008, 11, 22), Band.ADULT),
        (None, Band.UNKNOWN),
    ],
)
def test_bands_change_on_the_birthday(born: date | None, expected: Band) -> None:
    assert band(born, DAY) is expected


def test_born_on_29_february_is_14_on_1_march() -> None:
    assert band(date(2012, 2, 29), date(2026, 2, 28)) is Band.CHILD
    assert band(date(2012, 2, 29), date(2026, 3, 1)) is Band.TEEN


def test_masks_show_little() -> None:
    assert masked_phone("13800138000") == "138****8000"
    assert masked_number("20230101") == "***01"
    assert masked_phone(None) is None


CASES: list[tuple[str, Applicant, list[Known], bool, Verdict]] = [
    ("a stranger", ADULT, [], False, Fresh()),
    ("a stranger where the unit asks", ADULT, [], True, Wait((Ask.UNIT_ASKS,))),
    ("number and name", ADULT, [_line(same_number=True)], False, Claim(1)),
    ("number and name where the unit asks", ADULT, [_line(same_number=True)], True, Claim(1)),
    (
        "number and another name",
        ADULT,
        [_line(same_number=True, same_name=False)],
        False,
        Wait((Ask.NAME_DIFFERS,), 1, 1),
    ),
    (
        "number, name and another birth date",
        ADULT,
        [_line(same_number=True, same_birth=False)],
        False,
        Wait((Ask.BIRTH_DIFFERS,), 1, 1),
    ),
    (
        "a number that has been claimed",
        ADULT,
        [_line(same_number=True, standing=Standing.ACTIVE)],
        False,
        Wait((Ask.TAKEN,), None, 1),
    ),
    (
        "a number that has been claimed under another name",
        ADULT,
        [_line(same_number=True, same_name=False, standing=Standing.ACTIVE)],
        False,
        Fresh(None, 1),
    ),
    (
        "a number outside the subtree means nobody here",
        ADULT,
        [_line(same_number=True, same_name=False, in_unit=False, in_subtree=False)],
        False,
        Fresh(),
    ),
    (
        "a line with a role",
        ADULT,
        [_line(same_number=True, holds_role=True)],
        False,
        Wait((Ask.ROLE,), 1),
    ),
    (
        "a child's line without consent, and another birth date",
        ADULT,
        [_line(same_number=True, same_birth=False, lacks_guardian=True)],
        False,
        Wait((Ask.BIRTH_DIFFERS, Ask.LINE_GUARDIAN), 1, 1),
    ),
    (
        "a name with another number",
        ADULT,
        [_line(other_number=True)],
        False,
        Wait((Ask.NUMBER_DIFFERS,), 1),
    ),
    ("a namesake here", ADULT, [_line(standing=Standing.ACTIVE)], False, Fresh(1)),
    ("a name alone", ADULT, [_line()], False, Wait((Ask.BY_NAME,), 1)),
    ("a name twice", ADULT, [_line(), _line(id=2)], False, Wait((Ask.SEVERAL,), None, 1)),
    (
        "a namesake elsewhere",
        ADULT,
        [_line(in_unit=False, standing=Standing.ACTIVE)],
        False,
        Fresh(),
    ),
    (
        "the same name and birth date elsewhere, where the unit asks",
        ADULT,
        [_line(in_unit=False, standing=Standing.ACTIVE, same_birth=True)],
        True,
        Wait((Ask.DUPLICATE,), None, 1),
    ),
    (
        "the same name and birth date elsewhere, where all are let in",
        ADULT,
        [_line(in_unit=False, standing=Standing.ACTIVE, same_birth=True)],
        False,
        Fresh(None, 1),
    ),
    (
        "the same phone, where the unit asks",
        ADULT,
        [_line(same_name=False, same_phone=True, standing=Standing.ACTIVE)],
        True,
        Wait((Ask.DUPLICATE,), None, 1),
    ),
    (
        "the same phone, where all are let in",
        ADULT,
        [_line(same_name=False, same_phone=True, standing=Standing.ACTIVE)],
        False,
        Fresh(None, 1),
    ),
    ("a teen without a guardian", TEEN, [], False, Wait((Ask.GUARDIAN,))),
    ("a teen whose guardian agrees", Applicant(Band.TEEN, True), [], False, Fresh()),
    (
        "a teen whose guardian is on record",
        TEEN,
        [_line(same_number=True, guardian=True)],
        False,
        Claim(1),
    ),
    ("a child", CHILD, [], False, NeedsGuardian()),
    ("a child that says yes itself", Applicant(Band.CHILD, True), [], False, NeedsGuardian()),
    ("a child on the roster", CHILD, [_line(same_number=True)], False, NeedsGuardian()),
    (
        "a child on the roster with a guardian's consent",
        CHILD,
        [_line(same_number=True, guardian=True)],
        False,
        Claim(1),
    ),
    ("a child by name alone", CHILD, [_line(guardian=True)], False, NeedsGuardian()),
    (
        "a stranger where lines wait for their owners",
        ADULT,
        [_line(same_name=False, same_phone=True)],
        False,
        Wait((Ask.DUPLICATE,), None, 1),
    ),
    (
        "number and name, and the phone of somebody else",
        ADULT,
        [_line(same_number=True), _line(id=2, same_name=False, same_phone=True)],
        False,
        Claim(1, 2),
    ),
    (
        "a child with the number of another child",
        CHILD,
        [_line(same_number=True, same_name=False, guardian=True)],
        False,
        NeedsGuardian(),
    ),
    ("who left comes back", ADULT, [_line(own=True, standing=Standing.LEFT)], False, Claim(1)),
    (
        "who left comes back where the unit asks",
        ADULT,
        [_line(own=True, standing=Standing.LEFT)],
        True,
        Wait((Ask.UNIT_ASKS,), 1),
    ),
    (
        "who left comes back under another name",
        ADULT,
        [_line(own=True, standing=Standing.LEFT, same_name=False)],
        False,
        Wait((Ask.NAME_DIFFERS,), 1),
    ),
]


@pytest.mark.parametrize(
    ("applicant", "known", "approval", "expected"),
    [case[1:] for case in CASES],
    ids=[case[0] for case in CASES],
)
def test_decisions(
    applicant: Applicant, known: list[Known], approval: bool, expected: Verdict
) -> None:
    assert decide(applicant, known, approval) == expected


@pytest.mark.parametrize("applicant", [ADULT, Applicant(Band.TEEN, True), TEEN, CHILD])
@pytest.mark.parametrize(("approval", "listed"), [*product((False, True), repeat=2)])
def test_who_is_known_is_not_told_without_number_and_name(
    applicant: Applicant, approval: bool, listed: bool
) -> None:
    """QUALITY A44: what becomes of an applicant is the same as of somebody whom nobody knows."""
    unknown = type(decide(applicant, [], approval, listed))
    for standing, number, name, phone, born, in_unit, guardian in product(
        (Standing.ROSTER, Standing.ACTIVE, Standing.LEFT),
        *[(False, True)] * 3,
        (None, False, True),
        *[(False, True)] * 2,
    ):
        free = standing is Standing.ROSTER
        if (number and name) or (free and not listed):
            continue
        one = _line(
            standing=standing,
            same_number=number,
            same_name=name,
            same_phone=phone,
            same_birth=born,
            in_unit=in_unit,
            guardian=guardian,
            lacks_guardian=free and not guardian,
        )
        assert type(decide(applicant, [one], approval, listed)) is unknown, one


def test_no_table_of_facts_lets_a_child_in_without_a_guardian_or_gives_away_a_claimed_line() -> (
    None
):
    flags = (False, True)
    for standing, number, name, phone, guardian, approval, own, held in product(
        Standing, *[flags] * 7
    ):
        if standing is Standing.DELETED:
            continue
        one = _line(
            standing=standing,
            same_number=number,
            same_name=name,
            same_phone=phone,
            guardian=guardian,
            own=own and standing is Standing.LEFT,
            holds_role=held,
            lacks_guardian=held and not guardian,
        )
        for applicant in (ADULT, TEEN, CHILD):
            verdict = decide(applicant, [one], bool(approval))
            if applicant is CHILD and not guardian:
                assert verdict == NeedsGuardian()
            if isinstance(verdict, Claim):
                assert not held
                assert standing is Standing.ROSTER or one.own
                assert name
                assert number or one.own
