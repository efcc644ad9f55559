"""No text takes long (QUALITY A35): scanners look at bounded windows, long text is refused."""

from __future__ import annotations

import sys
from collections.abc import Callable

import pytest

from domain.sentence import Purpose, Question, read
from domain.sentence import wording as words
from domain.sentence.scanning import scan
from domain.sentence.wording import Wording
from tests.domain.sentence.moments import SUNDAY

SEEDS = (
    "1", "一", "9.", "1、", "1-", "11月", "14号、", "周六、", "2点到", "下午", "3小时",
    "休息", "中间", "大概", "约", "在", "在公园", "a", "the ", "1 ", "0", "10", "每",
    "各", "限", "限1", "“", "(", "-", "~", ":", "1:", "between ", "mon ", "nov 1, ",
    "half ", "一点", "差五分", "上", "上上周", "二〇", "\u200b", "ﷺ", "😀", "至",
)  # fmt: skip


@pytest.mark.parametrize("purpose", list(Purpose))
@pytest.mark.parametrize("seed", SEEDS)
def test_ten_kilobytes_are_refused_and_five_hundred_characters_are_read(
    seed: str, purpose: Purpose
) -> None:
    huge = seed * (10_000 // len(seed) + 1)
    assert read(huge, purpose, SUNDAY).question is Question.TEXT_TOO_LONG
    fitting = (seed * words.LONGEST)[: words.LONGEST]
    assert read(fitting, purpose, SUNDAY).question is not None


def _calls(work: Callable[[], object]) -> int:
    seen = 0

    def count(_frame: object, event: str, _argument: object) -> None:
        nonlocal seen
        seen += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        work()
    finally:
        sys.setprofile(before)
    return seen


def _steps(text: str) -> int:
    plain = Wording(text, text, (False,) * len(text))
    return _calls(lambda: scan(plain, capacity=True))


@pytest.mark.parametrize("seed", SEEDS)
def test_the_steps_of_scanning_grow_with_the_length_only(seed: str) -> None:
    """Twice the text, at most a little more than twice the steps; no clock is looked at."""
    once, twice = _steps(seed * 200), _steps(seed * 400)
    assert twice <= once * 2.2 + 200


@pytest.mark.parametrize("seed", SEEDS)
def test_no_regular_expression_backtracks_over_ten_kilobytes(seed: str) -> None:
    """Scanning ten kilobytes ends: the limit of the test is the guard."""
    text = (seed * 10_000)[:10_000]
    scan(Wording(text, text, (False,) * len(text)), capacity=True)
