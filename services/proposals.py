"""Two-person rules for appointments: one proposes, another with the same right confirms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from bot.chat import Choice, Say
from domain.appointments import Term
from domain.rights import Action, Actor, Role, Target, Verdict, may
from services import granting, targets
from services.granting import Checked, RoleRefusal, Wish, term_words
from services.org import Gone, stations
from services.shown import who
from services.turn import PAGE, Turn, note, permit, tell
from storage import roles, session, tree
from storage.audit import Line

APPOINT, HANDOVER, END = "appoint", "handover", "end"
_DECIDE = Action.APPOINT  # also where an office ends: the row of its role, never one's own


@dataclass(frozen=True, slots=True)
class Proposed:
    """It waits for a second person. `seconds`: how many could be asked."""

    id: int
    seconds: int


@dataclass(frozen=True, slots=True)
class Proposal:
    """A proposal as the speaker may see it. `term` is None where an office is to end."""

    id: int
    version: int
    action: str
    unit: str
    role: Role
    name: str
    proposer: str
    term: Term | None
    own: bool
    may_decide: bool


@dataclass(frozen=True, slots=True)
class Decided:
    """What became of a proposal: done, refused or withdrawn."""

    id: int
    state: str
    action: str
    unit: str
    role: Role
    name: str


async def propose(
    turn: Turn, action: str, checked: Checked, object_id: int | None = None
) -> Proposed:
    """Write a proposal of the speaker down and ask everybody who could confirm it."""
    proposer = turn.actor.person or 0
    values = {
        "action": action,
        "unit_id": checked.unit.id,
        "object_id": object_id,
        "proposed_by": proposer,
    }
    facts = checked.wish.facts()
    new = await roles.propose(turn.tx, turn.house.vault, values, facts, turn.at)
    line = Line(_right(action), "proposed", "proposals", new, checked.unit.id)
    await note(turn, line)
    seconds = await _seconds(turn, action, replace(checked.target, proposer=proposer))
    words = {
        "unit": checked.unit.name,
        "role": str(checked.wish.role),
        "person": checked.person.alias,
        "proposer": turn.person.alias if turn.person else "",
        "term": term_words(turn, checked.wish.term),
    }
    buttons = (
        Choice("roles.agree", "prop.yes", new, 1),
        Choice("roles.disagree", "prop.no", new, 1),
    )
    for person in seconds:
        say = Say(f"roles.ask.{action}", words, (buttons,))
        await tell(turn, person, say, f"proposal/{new}")
    return Proposed(new, len(seconds))


async def _seconds(turn: Turn, action: str, target: Target) -> list[int]:
    """Everybody who may confirm: those with the right, or admins while only one has it."""
    alone = await granting.sole(turn, _DECIDE, target)
    asked = replace(target, sole=alone)
    actors = [*await granting.holders(turn, target.units[-1]), *await _admins(turn)]
    return sorted(
        {
            one.person
            for one in actors
            if one.person is not None and may(one, _DECIDE, asked, turn.at) is Verdict.ALLOW
        }
    )


async def _admins(turn: Turn) -> list[Actor]:
    found = []
    for name in sorted(turn.house.admins):
        channel, _, external = name.partition(":")
        person = await roles.person_of_account(turn.tx, channel, external)
        if person is not None:
            grants = await session.grants_of(turn.tx, person, turn.at)
            found.append(Actor(person, None, grants, admin=True))
    return found


async def waiting(turn: Turn) -> Sequence[Proposal]:
    """The oldest eight proposals that the speaker made or may decide."""
    found: dict[int, Proposal] = {}
    for station in await stations(turn, Role.OFFICER, Role.SECRETARY, Role.ORGANISER):
        rows = await roles.waiting(turn.tx, turn.house.vault, station.id, PAGE)
        for row, facts in rows:
            seen = await _seen(turn, row, facts)
            if seen.own or seen.may_decide:
                found[seen.id] = seen
    return sorted(found.values(), key=lambda one: one.id)[:PAGE]


async def look(turn: Turn, proposal_id: int) -> Proposal | Gone:
    """One proposal that the speaker made or may decide."""
    found = await roles.proposal(turn.tx, turn.house.vault, proposal_id)
    if found is None:
        return Gone.MISSING
    row, facts = found
    seen = await _seen(turn, row, facts)
    if not (seen.own or seen.may_decide):
        await note(turn, Line(_right(row.action), "refused", "proposals", row.id, row.unit_id))
        return Gone.MISSING
    return seen if row.state == "waiting" else Gone.CHANGED


async def _seen(turn: Turn, row: Any, facts: Any) -> Proposal:
    wish = Wish.of(facts)
    person = await roles.person(turn.tx, wish.person)
    proposer = await roles.person(turn.tx, row.proposed_by)
    unit = await tree.unit(turn.tx, row.unit_id)
    target = await _target(turn, row, wish)
    return Proposal(
        id=row.id,
        version=row.version,
        action=row.action,
        unit=unit.name if unit else "",
        role=wish.role,
        name=who(turn, person.name, person.alias) if person else "",
        proposer=who(turn, proposer.name, proposer.alias) if proposer else "",
        term=None if row.action == END else wish.term,
        own=row.proposed_by == turn.actor.person,
        may_decide=may(turn.actor, _DECIDE, target, turn.at) is Verdict.ALLOW,
    )


async def _target(turn: Turn, row: Any, wish: Wish) -> Target:
    more = {"owner": wish.person, "role": wish.role, "proposer": row.proposed_by}
    target = await targets.at_unit(turn, row.unit_id, **more)
    alone = turn.actor.admin and await granting.sole(turn, _DECIDE, target)
    return replace(target, sole=alone)


async def decide(turn: Turn, proposal_id: int, version: int, yes: bool) -> Decided | RoleRefusal:
    """Confirm or turn down what another proposed; the proposer may only take it back."""
    found = await roles.proposal(turn.tx, turn.house.vault, proposal_id)
    if found is None:
        return Gone.MISSING
    row, facts = found
    wish = Wish.of(facts)
    own = row.proposed_by == turn.actor.person
    if not own or yes:
        target = await _target(turn, row, wish)
        verdict = await permit(turn, _DECIDE, target, ("proposals", proposal_id))
        if verdict is not Verdict.ALLOW:
            return Gone.MISSING
    if row.state != "waiting" or row.version & 0xFFFF != version & 0xFFFF:
        return Gone.CHANGED
    problem = await _carry_out(turn, row, wish) if yes else None
    if problem is not None:
        return problem
    state = "done" if yes else ("withdrawn" if own else "refused")
    return await _record(turn, row, wish, state)


async def _carry_out(turn: Turn, row: Any, wish: Wish) -> RoleRefusal | None:
    if row.action == END:
        await tree.unit(turn.tx, row.unit_id, lock=True)
        held = await roles.one(turn.tx, row.object_id)
        if held is None:
            return Gone.MISSING
        return await granting.may_end(turn, held) or await granting.end(turn, held)
    checked = await granting.check(turn, wish, row.proposed_by)
    if not isinstance(checked, Checked):
        return checked
    if not await _proposer_stands(turn, row, checked):
        return Gone.CHANGED
    await granting.grant(turn, checked, row.proposed_by)
    return None


async def _proposer_stands(turn: Turn, row: Any, checked: Checked) -> bool:
    """Whether who proposed still has the right; who hands over was checked to hold the office."""
    if row.action == HANDOVER:
        return True
    grants = await session.grants_of(turn.tx, row.proposed_by, turn.at)
    person = await roles.person(turn.tx, row.proposed_by)
    home = None if person is None else person.home_unit_id
    admin = any(one.person == row.proposed_by for one in await _admins(turn))
    actor = Actor(row.proposed_by, home, grants, admin)
    verdict = may(actor, _right(row.action), checked.target, turn.at)
    return verdict in (Verdict.SECOND, Verdict.ALLOW)


async def _record(turn: Turn, row: Any, wish: Wish, state: str) -> Decided:
    await roles.decide(turn.tx, row.id, state, turn.actor.person, turn.at)
    if state != "done":  # the change itself has its own line
        await note(turn, Line(_right(row.action), state, "proposals", row.id, row.unit_id))
    unit = await tree.unit(turn.tx, row.unit_id)
    person = await roles.person(turn.tx, wish.person)
    name = "" if person is None else who(turn, person.name, person.alias)
    decided = Decided(row.id, state, row.action, unit.name if unit else "", wish.role, name)
    if row.proposed_by != turn.actor.person:
        alias = "" if person is None else person.alias
        words = {"unit": decided.unit, "role": str(wish.role), "person": alias}
        say = Say(f"roles.told.{state}", words)
        await tell(turn, row.proposed_by, say, f"proposal-{state}/{row.id}")
    return decided


def _right(action: str) -> Action:
    return Action.END_APPOINTMENT if action == END else Action.APPOINT
