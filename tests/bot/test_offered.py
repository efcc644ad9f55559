"""What a bare number means: a line that was seen with it, and never one that came between."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bot.offered import Offered, Unclear
from domain.tokens import Press
from storage.offers import with_older
from storage.session import Dialog
from tests.engine import words
from tests.world import START

OFFERED = Offered(words(), {"claim.ok", "claim.why", "list.next"})


def _offer(label: str, purpose: str, **more: Any) -> dict[str, Any]:
    return {
        "label": label,
        "facts": {},
        "purpose": purpose,
        "object": 1,
        "version": 0,
        "argument": 0,
        "expires": (START + timedelta(hours=1)).isoformat(),
        **more,
    }


def _two(**more: Any) -> list[dict[str, Any]]:
    return [
        _offer("dialog.confirm", "claim.ok", **more),
        _offer("dialog.edit", "claim.why", **more),
    ]


def _meant(text: str, offers: list[dict[str, Any]], seconds: float, step: str | None = None) -> Any:
    dialog = Dialog(step=step, data={}, offers=offers)
    said_at = START + timedelta(seconds=seconds)
    found = OFFERED.meant(dialog, text, "wecom", START + timedelta(minutes=1), said_at)
    return found.purpose if isinstance(found, Press) else found


@pytest.mark.parametrize("step", [None, "log.confirm"])
def test_a_line_is_its_number(step: str | None) -> None:
    assert _meant("2", _two(lines=True), 1, step) == "claim.why"
    seen_as_buttons = _meant("2", _two(), 1, step)
    assert seen_as_buttons is (Unclear.SAY_IT if step is None else None)


@pytest.mark.parametrize("text", ["2", "２", "2.", "2。", "2、", "２．", " 2） ", "02"])
def test_a_number_is_one_however_it_is_typed(text: str) -> None:
    assert _meant(text, _two(lines=True), 1) == "claim.why"


@pytest.mark.parametrize("text", ["2.5", "2小时", "二", "2号", "-2", "2。。", "²2x", "123"])
def test_what_only_begins_with_a_number_is_none(text: str) -> None:
    assert _meant(text, _two(lines=True), 1) is None


@pytest.mark.parametrize("text", ["3", "0", "９。"])
def test_a_number_that_no_line_has_is_told_apart(text: str) -> None:
    assert _meant(text, _two(lines=True), 1) is Unclear.NO_SUCH
    assert _meant(text, _two(), 1) is None  # no numbers were shown
    assert _meant(text, _two(lines=True), 1, "log.what") is None  # it may be the answer
    over = (START + timedelta(seconds=30)).isoformat()
    assert _meant(text, _two(lines=True, expires=over), 1) is None


def test_beside_what_is_alone_a_number_is_an_answer() -> None:
    alone = [_offer("dialog.confirm", "claim.ok", lines=True)]
    assert _meant("1", alone, 1, "log.confirm") is None
    assert _meant("1", alone, 1) == "claim.ok"


def test_a_notice_that_came_between_is_not_what_was_answered() -> None:
    """A secretary answers one claim while the next one comes in."""
    both = with_older(_two(lines=True, told=START.isoformat()), _two(lines=True))
    assert _meant("1", both, -2) is Unclear.SAY_IT
    assert _meant("1", both, 3) is Unclear.SAY_IT
    assert _meant("1", both, 30) == "claim.ok"
    assert _meant("1", both[:2], 3) == "claim.ok"  # nothing stood there before


def test_while_something_is_asked_a_notice_is_answered_in_words() -> None:
    both = with_older(_two(lines=True, told=START.isoformat()), _two(lines=True))
    assert _meant("1", both, 30, "log.what") is None
    (label,) = words().labels("dialog.confirm", {}) & {"确认"}
    assert _meant(label, both, 30, "log.what") == "claim.ok"
