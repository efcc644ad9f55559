"""What the dialogs about appointments say in the same way."""

from __future__ import annotations

from bot.chat import Choice, Reply, Say
from domain.appointments import Term
from services.granting import RoleRefusal, term_words
from services.org import Gone
from services.proposals import Proposed
from services.roles import Held
from services.turn import Turn

CANCEL = (Choice("dialog.cancel", "dialog.cancel"),)


def refused(refusal: RoleRefusal, *rows: tuple[Choice, ...]) -> Reply:
    """Say why it stays as it is; what is not there and what is not allowed sound the same."""
    if isinstance(refusal, Gone):
        return Reply.of(f"common.{refusal}", *rows)
    return Reply.of(f"roles.no.{refusal}", *rows)


def proposed(found: Proposed) -> Reply:
    """Say that a second person is asked, or that there is nobody who could be."""
    name = "roles.proposed" if found.seconds else "roles.proposed.nobody"
    row = [Choice("roles.take_back", "prop.back", found.id, 1)]
    if found.by_admin:
        name = "roles.proposed.alone"
        row.insert(0, Choice("roles.by_admin", "prop.admin", found.id, 1))
    return Reply.of(name, tuple(row), count=found.seconds)


def told(known: bool) -> Say:
    """Whether the person concerned learns of it from us."""
    return Say("roles.was_told" if known else "roles.not_told")


def line(turn: Turn, held: Held) -> Say:
    """An appointment as one line."""
    term = term_words(turn, Term(held.since, held.until))
    facts = {"person": held.name, "unit": held.unit, "role": held.role, "term": term}
    return Say("roles.line.own" if held.own else "roles.line", facts)


def label(held: Held) -> Choice:
    """An appointment as a button."""
    if held.own:
        facts = {"unit": held.unit, "role": held.role}
        return Choice("roles.item.own", "role.item", held.id, facts=facts)
    facts = {"person": held.name, "role": held.role}
    return Choice("roles.item", "role.item", held.id, facts=facts)
