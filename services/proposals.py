"""Two-person rules for appointments: one proposes, another with the same right confirms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from bot.chat import Choice, Say
from domain.appointments import Term
from domain.rights import Action, Role, Target, Verdict, may
from services import granting, targets
from services.granting import Checked, RoleRefusal, Wish, term_words
from services.org import Gone, stations
from services.shown import who
from services.turn import PAGE, Turn, note, permit, tell
from storage import org, roles, tree
from storage.audit import Line

APPOINT, HANDOVER, END = "appoint", "handover", "end"
_DECIDE = Action.APPOINT  # also where an office ends: the row of its role, never one's own


@dataclass(frozen=True, slots=True)
class Proposed:
    """It waits for a second person. `seconds`: how many could be asked.

    `by_admin`: nobody could, and the proposer may confirm it as an admin.
    """

    id: int
    seconds: int
    by_admin: bool = False


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
    by_admin: bool


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
    alone = await _only_admin(turn, action, checked.wish, proposer)
    return Proposed(new, len(seconds), alone)


async def _seconds(turn: Turn, action: str, target: Target) -> list[int]:
    """Everybody who may confirm: those with the right, or admins while only one has it."""
    alone = await granting.sole(turn, _DECIDE, target)
    asked = replace(target, sole=alone)
    admins = [await granting.actor_of(turn, one) for one in await granting.admins(turn)]
    actors = [*await granting.holders(turn, target.units[-1]), *admins]
    return sorted(
        {
            one.person
            for one in actors
            if one.person is not None and may(one, _DECIDE, asked, turn.at) is Verdict.ALLOW
        }
    )


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
        by_admin=await _only_admin(turn, row.action, wish, row.proposed_by),
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


async def confirm_as_admin(turn: Turn, proposal_id: int, version: int) -> Decided | RoleRefusal:
    """The only root officer, who is also in app.admins, confirms the own proposal as the admin.

    A new district has one officer: the first admin. Nobody else exists who could second the
    second officer, and the rights never let a proposer second themselves. SPEC section 2 lets
    app.admins be the second while only one person holds the right; this is that admin, once more
    and explicitly. It holds for the appointment of an officer at the root alone, ends as soon as
    there are two officers or anybody else could confirm, and has its own line in the audit.
    """
    found = await roles.proposal(turn.tx, turn.house.vault, proposal_id)
    if found is None:
        return await _no_admin(turn, None)
    row, facts = found
    wish = Wish.of(facts)
    await tree.unit(turn.tx, row.unit_id, lock=True)  # a second officer may be appointed just now
    if not await _only_admin(turn, row.action, wish, row.proposed_by):
        return await _no_admin(turn, row)
    if row.state != "waiting" or row.version & 0xFFFF != version & 0xFFFF:
        return Gone.CHANGED
    problem = await _carry_out(turn, row, wish)
    if problem is not None:
        return problem
    await note(turn, Line(str(_DECIDE), "by-admin", "proposals", row.id, row.unit_id))
    return await _record(turn, row, wish, "done")


async def _no_admin(turn: Turn, row: Any) -> Gone:
    number, unit = (None, None) if row is None else (row.id, row.unit_id)
    await note(turn, Line(str(_DECIDE), "refused", "proposals", number, unit))
    return Gone.MISSING


async def _only_admin(turn: Turn, action: str, wish: Wish, proposer: int) -> bool:
    """Whether the speaker proposed a root officer, is the only one, an admin, and nobody else."""
    if not turn.actor.admin or turn.actor.person != proposer:
        return False
    more = {"owner": wish.person, "role": wish.role, "proposer": proposer}
    target = await targets.at_unit(turn, wish.unit, **more)
    if action != APPOINT or wish.role is not Role.OFFICER or len(target.units) != 1:
        return False
    officers = {
        one.person_id
        for one in await org.holders(turn.tx, wish.unit, turn.at)
        if one.role == Role.OFFICER
    }
    return officers == {proposer} and not await _seconds(turn, action, target)


async def _carry_out(turn: Turn, row: Any, wish: Wish) -> RoleRefusal | None:
    if row.action == END:
        await tree.unit(turn.tx, row.unit_id, lock=True)
        held = await roles.one(turn.tx, row.object_id)
        if held is None:
            return Gone.MISSING
        ended = await granting.may_end(turn, held) or await granting.end(turn, held)
        return None if isinstance(ended, granting.Ended) else ended
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
    actor = await granting.actor_of(turn, row.proposed_by)
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
