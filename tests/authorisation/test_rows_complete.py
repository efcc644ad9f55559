"""A handler without a row fails the build, and so does a row without a handler."""

from __future__ import annotations

from bot.app import routes
from domain.rights import Action
from domain.rights_table import TABLE
from tests.authorisation.rows import ROWS
from tests.authorisation.tries import TRIES

LATER = """check-in act-create act-qr act-close bc-small bc-large export audit
    rules merge delete-person attendance-view export-subtree export-minors appoint-peer status"""
"""Rights of later issues, and what `appoint` and `end-appointment` become by their role."""
BY_ROLE = "appoint-sec appoint-township appoint-organiser appoint-auditor"


def declared() -> dict[str, tuple[Action, ...]]:
    found: dict[str, tuple[Action, ...]] = {}
    for group in routes()[0]:
        found |= {f"command {one.name}": one.actions for one in group.commands}
        found |= {f"press {name}": actions for name, (_, actions) in group.presses.items()}
        found |= {f"step {name}": actions for name, (_, actions) in group.steps.items()}
    return found


def test_every_route_has_a_row_and_every_row_a_route() -> None:
    assert sorted(set(declared()) - set(ROWS)) == []
    assert sorted(set(ROWS) - set(declared())) == []
    assert sorted(set(TRIES) - set(ROWS)) == []


def test_what_a_route_declares_is_what_its_row_says() -> None:
    found = declared()
    everything = {
        action
        for route, actions in found.items()
        for action in actions
        if route.startswith("command ") and route != "command help"
    }
    for route, row in ROWS.items():
        wanted = everything if row.actions is None else set(row.actions)
        assert set(found[route]) == wanted, route


def test_what_decides_is_declared() -> None:
    for row in ROWS.values():
        if row.actions is not None and row.decides is not None:
            known = {*row.actions, *([Action.MINOR_REVEAL] if "minor" in row.things else [])}
            assert row.decides in known, row.route


def test_every_right_is_asked_for_somewhere_or_belongs_to_a_later_issue() -> None:
    used = {action for row in ROWS.values() for action in row.actions or ()}
    later = {Action(word) for word in f"{LATER} {BY_ROLE}".split()}
    assert used | later == {*TABLE, Action.APPOINT}
    assert not used & later
