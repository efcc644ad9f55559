"""Reversal (冲正): two persons cancel an entry by a line of its own; both lines stay visible."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from bot.chat import Choice, Say
from domain import hours
from domain.rights import Action, Role, Target, Verdict, may, sole_holder
from services import claim_news, ledger, review, reviewers, targets
from services.roles import NOBODY
from services.turn import Turn, note, permit, tell
from storage import ledger as lines
from storage import reversals
from storage import review as rows
from storage import reviewers as holders
from storage.audit import Line


class ReversalRefusal(StrEnum):
    """Why nothing was reversed or proposed."""

    MISSING = "missing"
    CHANGED = "changed"
    REVERSED = "reversed"
    PROPOSED = "waits"


@dataclass(frozen=True, slots=True)
class Proposed:
    """A proposal that waits for a second person; `told` of them were told.

    `may_appoint`: nobody could be told, and the proposer may appoint an officer who could confirm.
    """

    id: int
    version: int
    told: int
    may_appoint: bool = False


@dataclass(frozen=True, slots=True)
class Reversed:
    """The entry is cancelled."""

    minutes: int


@dataclass(frozen=True, slots=True)
class Card:
    """An entry with what may be done about it."""

    row: Any
    proposal: Any | None
    may_propose: bool


async def card(turn: Turn, entry_id: int) -> Card | ReversalRefusal:
    """One entry for somebody who may see its person's hours."""
    row = await rows.entry(turn.tx, entry_id)
    if row is None:
        return ReversalRefusal.MISSING
    target = await targets.of_person(turn, row.unit_id, row.person_id)
    on = ("entries", entry_id)
    seen = await permit(turn, Action.MEMBER_VIEW, target, on, (Verdict.ALLOW,))
    if seen is not Verdict.ALLOW:
        return ReversalRefusal.MISSING
    proposal = await reversals.waiting_for(turn.tx, entry_id)
    open_to = row.reversed_by is None and row.minutes > 0 and proposal is None
    return Card(
        row, proposal, open_to and await review.may_reverse(turn, row.unit_id, row.person_id)
    )


async def propose(turn: Turn, entry_id: int, reason: str) -> Proposed | ReversalRefusal:
    """Propose to reverse an entry; a second person is asked."""
    entry = await _held(turn, entry_id)
    if entry is None:
        return ReversalRefusal.MISSING
    target = await targets.of_person(turn, entry.unit_id, entry.person_id)
    right = await permit(turn, Action.REVERSE, target, ("entries", entry_id))
    if right is not Verdict.SECOND:
        return ReversalRefusal.MISSING
    if entry.reverses_id is not None or await lines.is_reversed(turn.tx, entry_id):
        return ReversalRefusal.REVERSED
    if await reversals.waiting_for(turn.tx, entry_id) is not None:
        return ReversalRefusal.PROPOSED
    me = turn.actor.person or 0
    why = hours.tidy(reason, hours.LONGEST_REASON)
    found = await reversals.propose(turn.tx, entry_id, me, why, turn.at)
    await _note(turn, "reversal.propose", found, entry)
    second = await _second(turn, entry, me)
    people = await reviewers.nearest(turn, Action.REVERSE, second)
    say = await _asked(turn, entry_id, found, why)
    told = [await tell(turn, one, say, f"reversal/{found}/second") for one in people]
    alone = not any(told)
    return Proposed(found, 1, sum(told), alone and await _may_appoint(turn, entry.unit_id))


async def _may_appoint(turn: Turn, unit: int) -> bool:
    """Whether the speaker alone may appoint an officer of the unit; not audited."""
    target = await targets.at_unit(turn, unit, owner=NOBODY, role=Role.OFFICER)
    return may(turn.actor, Action.APPOINT, target, turn.at) is Verdict.ALLOW


async def _held(turn: Turn, entry_id: int) -> Any | None:
    """An entry, with its person's row held."""
    entry = await lines.entry(turn.tx, entry_id)
    if entry is not None:
        await lines.lock_person(turn.tx, entry.person_id)
    return entry


async def _note(turn: Turn, action: str, reversal: int, entry: Any) -> None:
    facts = {"entry": entry.id, "minutes": entry.minutes}
    line = Line(action, object="reversals", object_id=reversal, unit=entry.unit_id, facts=facts)
    await note(turn, line)


async def _second(turn: Turn, entry: Any, proposer: int) -> Target:
    """The target for the second person; open to app.admins where nobody else holds the right."""
    plain = await targets.of_person(turn, entry.unit_id, entry.person_id)
    above = await holders.above(turn.tx, entry.unit_id, turn.at)
    actors = reviewers.actors_of(above).values()
    sole = sole_holder(actors, Action.REVERSE, plain, turn.at)
    return await targets.of_person(
        turn, entry.unit_id, entry.person_id, proposer=proposer, sole=sole
    )


async def _asked(turn: Turn, entry_id: int, reversal: int, why: str) -> Say:
    row: Any = await rows.entry(turn.tx, entry_id)
    facts = {
        "who": row.alias,
        "unit": row.unit,
        "what": row.what,
        "span": claim_news.span(row),
        "reason": claim_news.reason(why),
    }
    buttons = (
        Choice("reversal.confirm", "undo.ok", reversal, 1),
        Choice("reversal.refuse", "undo.no", reversal, 1),
    )
    return Say("reversal.asked", facts, (buttons,))


@dataclass(frozen=True, slots=True)
class Proposal:
    """A proposal as the second person sees it."""

    row: Any
    entry: Any
    mine: bool


async def may_decide(turn: Turn, entry: Any, proposer: int) -> bool:
    """Whether the speaker is a second person for a proposal, for lists: not audited.

    `entry` has the unit_id and person_id of what is to be reversed.
    """
    target = await _second(turn, entry, proposer)
    return may(turn.actor, Action.REVERSE, target, turn.at) is Verdict.ALLOW


async def proposal(turn: Turn, reversal_id: int) -> Proposal | ReversalRefusal:
    """A waiting proposal, for who may decide it or made it."""
    found = await reversals.reversal(turn.tx, reversal_id)
    if found is None:
        return ReversalRefusal.MISSING
    entry = await _held(turn, found.entry_id)
    if entry is None:
        return ReversalRefusal.MISSING
    mine = found.proposed_by == turn.actor.person
    target = await _second(turn, entry, 0 if mine else found.proposed_by)
    right = await permit(turn, Action.REVERSE, target, ("reversals", reversal_id))
    if right is not Verdict.ALLOW:
        return ReversalRefusal.MISSING
    held = await reversals.reversal(turn.tx, reversal_id, lock=True)
    return Proposal(held, await rows.entry(turn.tx, found.entry_id), mine)


async def confirm(turn: Turn, reversal_id: int, version: int) -> Reversed | ReversalRefusal:
    """As the second person, reverse the entry. Its member is told."""
    found = await proposal(turn, reversal_id)
    if isinstance(found, ReversalRefusal):
        return found
    if found.mine:  # never both persons in one
        return ReversalRefusal.PROPOSED
    if not _fresh(found, version):
        return ReversalRefusal.CHANGED
    entry: Any = await lines.entry(turn.tx, found.entry.id)
    if await ledger.reverse(turn, entry) is None:
        return ReversalRefusal.REVERSED
    await _decide(turn, found, reversals.DONE)
    await _note(turn, "reversal.confirm", reversal_id, entry)
    facts = {
        "what": entry.what,
        "span": claim_news.span(entry),
        "reason": claim_news.reason(found.row.reason),
    }
    say = Say("hours.reversed", facts, ((Choice("hours.show", "hours.show"),),))
    await tell(turn, entry.person_id, say, f"reversal/{reversal_id}/done")
    return Reversed(entry.minutes)


def _fresh(found: Proposal, version: int) -> bool:
    waits: bool = found.row.state == reversals.WAITING
    return waits and found.row.version & 0xFFFF == version


async def _decide(turn: Turn, found: Proposal, state: str) -> None:
    me = turn.actor.person or 0
    row = found.row
    if not await reversals.decide(turn.tx, row.id, row.version, state, me, turn.at):
        raise RuntimeError(f"reversal {row.id} moved under its lock")


async def refuse(turn: Turn, reversal_id: int, version: int) -> Proposal | ReversalRefusal:
    """Refuse a proposal, or take one's own back. The entry stays."""
    found = await proposal(turn, reversal_id)
    if isinstance(found, ReversalRefusal):
        return found
    if not _fresh(found, version):
        return ReversalRefusal.CHANGED
    await _decide(turn, found, reversals.REFUSED)
    action = "reversal.withdraw" if found.mine else "reversal.refuse"
    entry: Any = await lines.entry(turn.tx, found.entry.id)
    await _note(turn, action, reversal_id, entry)
    if not found.mine:
        say = Say("reversal.kept", {"who": found.entry.alias, "what": found.entry.what})
        await tell(turn, found.row.proposed_by, say, f"reversal/{reversal_id}/kept")
    return found
