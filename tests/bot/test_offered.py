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
