"""What the dialogs about units say in the same way."""

from __future__ import annotations

from bot.chat import Choice, Reply, Say
from bot.pages import Page
from services.org import Brief, Briefs, Gone, Refusal
from services.org_changes import Plan

CANCEL = (Choice("dialog.cancel", "dialog.cancel"),)


def refused(refusal: Refusal, *rows: tuple[Choice, ...]) -> Reply:
    """Say why nothing was done; what is not there and what is not allowed sound the same."""
    if isinstance(refusal, Gone):
        return Reply.of(f"common.{refusal}", *rows)
    return Reply.of(f"units.no.{refusal}", *rows)


def opener(unit: int) -> Choice:
    """The button that leads back to a unit."""
    return Choice("units.open", "unit.open", unit)


def named(unit: Brief, purpose: str) -> Choice:
    """A unit as a button."""
    facts = {"name": unit.name, "code": unit.code}
    return Choice("units.item", purpose, unit.id, unit.version, facts=facts)


def listed(
    found: Briefs, purpose: str, turner: str, about: int = 0
) -> tuple[tuple[Choice, ...], ...]:
    """A page of units as buttons, one to a line, and the buttons that turn it."""
    rows = [(named(one, purpose),) for one in found.items]
    turn = Page(found.items, found.number, found.total).turner(turner, about)
    return (*rows, turn) if turn else tuple(rows)


def warnings(plan: Plan) -> list[Say]:
    """What to know before a name is confirmed, one line each."""
    return [Say(f"units.warn.{kind}", {"text": text}) for kind, text in plan.warnings]


def confirm(purpose: str, plan: Plan, *more: Choice) -> tuple[tuple[Choice, ...], ...]:
    """The buttons of a confirmation."""
    sure = Choice("dialog.confirm", purpose, plan.unit_id, plan.version)
    return ((sure, *more), CANCEL)
