"""The form of a registration: the order of its questions and how answers are read."""

from __future__ import annotations

import json
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as some

from domain.joining import FIELDS, Field, FieldProblem, Form, fill, next_field, open_again

DAY = date(2026, 11, 22)


def _filled(**answers: str) -> Form:
    form = Form(7, 3)
    for field, text in answers.items():
        filled = fill(form, Field(field), text, DAY)
        assert isinstance(filled, Form)
        form = filled
    return form


def test_an_adult_is_asked_everything_but_for_a_guardian() -> None:
    form, asked = Form(7, 3), []
    answers = {"name": "王小明", "birth": "2000-03-05", "status": "青年"}
    while (field := next_field(form, DAY)) is not None:
        asked.append(field)
        filled = fill(form, field, answers.get(field, ""), DAY)
        assert isinstance(filled, Form)
        form = filled
    assert asked == [Field.NAME, Field.BIRTH, Field.NUMBER, Field.PHONE, Field.STATUS]


def test_a_child_is_asked_for_nothing_optional() -> None:
    form = _filled(name="王小明", birth="2015-03-05", number="20230101")
    assert next_field(form, DAY) is None
    assert (form.phone, form.status) == (None, None)


def test_who_turns_out_to_be_a_child_loses_what_was_optional() -> None:
    form = _filled(name="王小明", birth="2000-03-05", phone="13800138000", status="青年")
    form = fill(form, Field.BIRTH, "2015-03-05", DAY)  # type: ignore[assignment]  # it is a form
    assert (form.phone, form.status, form.guardian) == (None, None, False)


def test_another_birth_date_asks_for_the_guardian_again() -> None:
    form = _filled(name="王小明", birth="2010-03-05", guardian="yes")
    assert form.guardian
    form = fill(form, Field.BIRTH, "2011-03-05", DAY)  # type: ignore[assignment]  # it is a form
    assert not form.guardian
    assert Field.GUARDIAN not in form.answered


def test_a_question_can_be_asked_again() -> None:
    form = open_again(_filled(name="王小明", birth="2000-03-05"), Field.NAME)
    assert next_field(form, DAY) is Field.NAME


@pytest.mark.parametrize(
    ("field", "text", "expected"),
    [
        (Field.NAME, "", FieldProblem.NAME),
        (Field.NAME, "123", FieldProblem.NAME),
        (Field.NAME, "管理员\u202e", FieldProblem.OFFICIAL),  # QUALITY A26
        (Field.BIRTH, "31 Feb", FieldProblem.BIRTH),
        (Field.BIRTH, "2000-02-31", FieldProblem.BIRTH),
        (Field.BIRTH, "2000年3月", FieldProblem.BIRTH_DAY),
        (Field.BIRTH, "2030-01-01", FieldProblem.BIRTH_FUTURE),
        (Field.NUMBER, "没有数字", FieldProblem.NUMBER),
        (Field.PHONE, "12345678901", FieldProblem.PHONE),
        (Field.STATUS, "书记", FieldProblem.STATUS),
        (Field.GUARDIAN, "也许", FieldProblem.GUARDIAN),
    ],
)
def test_what_cannot_be_taken_says_why(field: Field, text: str, expected: FieldProblem) -> None:
    assert fill(Form(7, 3), field, text, DAY) is expected


def test_invisible_characters_do_not_make_another_name() -> None:
    assert _filled(name="王\u200b小\u202e明").name == "王小明"


@given(some.sampled_from(FIELDS), some.text(max_size=200))
def test_any_text_is_an_answer_or_a_problem(field: Field, text: str) -> None:
    filled = fill(Form(7, 3), field, text, DAY)
    if isinstance(filled, Form):
        assert Form.of(json.loads(json.dumps(filled.data()))) == filled


def test_a_forgotten_dialog_is_no_form() -> None:
    assert Form.of({}) is None
    assert Form.of({"unit": 7}) is None
