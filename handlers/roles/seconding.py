"""What another person proposed: look, confirm, turn down; or take the own proposal back."""

from __future__ import annotations

from bot.chat import Choice, Reply
from bot.router import Said
from domain.rights import Action
from handlers.roles import saying
from services import proposals
from services.granting import RoleRefusal, term_words
from services.org import Gone
from services.proposals import Decided, Proposal
from services.turn import Turn


async def opened(turn: Turn, said: Said) -> Reply:
    """One proposal and its buttons."""
    seen = await proposals.look(turn, said.press.object if said.press else 0)
    if not isinstance(seen, Proposal):
        return saying.refused(seen)
    facts = {"person": seen.name, "unit": seen.unit, "role": seen.role, "proposer": seen.proposer}
    term = "" if seen.term is None else term_words(turn, seen.term)
    return Reply.of(f"roles.ask.{seen.action}", _buttons(seen), **facts, term=term)


def _buttons(seen: Proposal) -> tuple[Choice, ...]:
    if seen.own:
        back = Choice("roles.take_back", "prop.back", seen.id, seen.version)
        sure = Choice("roles.by_admin", "prop.admin", seen.id, seen.version)
        return (sure, back) if seen.by_admin else (back,)
    return (
        Choice("roles.agree", "prop.yes", seen.id, seen.version),
        Choice("roles.disagree", "prop.no", seen.id, seen.version),
    )


async def confirmed(turn: Turn, said: Said) -> Reply:
    """同意."""
    return await _decided(turn, said, True)


async def declined(turn: Turn, said: Said) -> Reply:
    """不同意, or the proposer takes it back."""
    return await _decided(turn, said, False)


async def by_admin(turn: Turn, said: Said) -> Reply:
    """以管理员身份确认: the only root officer is the admin too."""
    if said.press is None:
        return saying.refused(Gone.MISSING)
    found = await proposals.confirm_as_admin(turn, said.press.object, said.press.version)
    return _outcome(found)


async def _decided(turn: Turn, said: Said, yes: bool) -> Reply:
    if said.press is None:
        return saying.refused(Gone.MISSING)
    return _outcome(await proposals.decide(turn, said.press.object, said.press.version, yes))


def _outcome(found: Decided | RoleRefusal) -> Reply:
    if not isinstance(found, Decided):
        return saying.refused(found)
    facts = {"person": found.name, "unit": found.unit, "role": found.role}
    return Reply.of(f"roles.decided.{found.state}", **facts)


_BOTH = (Action.APPOINT, Action.END_APPOINTMENT)
PRESSES = {
    "prop.open": (opened, _BOTH),
    "prop.yes": (confirmed, _BOTH),
    "prop.no": (declined, _BOTH),
    "prop.back": (declined, _BOTH),
    "prop.admin": (by_admin, (Action.APPOINT,)),
}
