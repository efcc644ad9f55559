"""The verdicts on claims: one, or two by different people, and exactly one end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from domain import hours
from domain.hours import Flag, Refused
from domain.ledger import Stretch
from domain.rights import Action, Target, Verdict, may
from services import claim_news, ledger, reviewers, targets
from services.claims import known_of, rules_of
from services.turn import Turn, note, permit, tell
from storage import claims, tree
from storage.audit import Line
from storage.ledger import lock_person

APPROVED, REFUSED = "approved", "refused"


class ReviewRefusal(StrEnum):
    """Why no verdict was given."""

    MISSING = "missing"
    CHANGED = "changed"
    WITHDRAWN = "withdrawn"
    NEEDS_OTHER = "needs-other"
    NEEDS_LOOK = "needs-look"


@dataclass(frozen=True, slots=True)
class Judged:
    """Somebody was faster: the alias of who gave the last verdict, and whether that is oneself."""

    by: str
    oneself: bool = False


@dataclass(frozen=True, slots=True)
class Approved:
    """An approval. Without `final` a second reviewer must agree; `told` of them were told.

    `entries`: what it made, if the speaker may propose to reverse it.
    """

    minutes: int
    final: bool
    told: int = 0
    entries: tuple[int, ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class Rejected:
    """A refusal that the member was told."""

    minutes: int


@dataclass(frozen=True, slots=True)
class Case:
    """A claim that this person may judge now; both its rows are held."""

    row: Any
    person: Any
    unit: Any
    target: Target
    stretches: tuple[Stretch, ...]
    flags: frozenset[Flag]
    first: int | None  # who approved it first, if that is done

    @property
    def needs_second(self) -> bool:
        """Whether one more approval is needed after this one."""
        return self.first is None and bool(self.flags & hours.SECOND)


Stopped = ReviewRefusal | Judged


async def open_case(turn: Turn, action: Action, claim_id: int) -> Case | Stopped:
    """Hold a claim's person and the claim, and ask for the right to judge it."""
    seen = await claims.claim(turn.tx, claim_id)
    if seen is None:
        return ReviewRefusal.MISSING
    person = await lock_person(turn.tx, seen.person_id)  # always before the claim: no deadlock
    row: Any = await claims.claim(turn.tx, claim_id, lock=True)
    if row.person_id != seen.person_id:  # merged at this moment: the other person is not held
        return ReviewRefusal.CHANGED
    verdicts = await claims.verdicts_of(turn.tx, claim_id)
    first = verdicts[0].reviewer_id if row.state == claims.SECOND else None
    target = await targets.of_person(turn, row.unit_id, row.person_id)
    if await permit(turn, action, target, ("claims", claim_id)) is not Verdict.ALLOW:
        return ReviewRefusal.MISSING
    stopped = _stopped(row, verdicts, first, turn.actor.person)
    if stopped is not None:
        return stopped
    stretches = await claims.stretches(turn.tx, claim_id)
    known = await known_of(turn, row.person_id, stretches, without=claim_id)
    rules, zone = rules_of(turn).claims, turn.house.zone
    flags = hours.flags(stretches, known, row.created_at, rules, zone)
    unit = await tree.unit(turn.tx, row.unit_id)
    return Case(row, person, unit, target, stretches, flags, first)


def _stopped(row: Any, verdicts: list[Any], first: int | None, me: int | None) -> Stopped | None:
    if row.state == claims.WITHDRAWN:
        return ReviewRefusal.WITHDRAWN
    if row.state not in (claims.WAITING, claims.SECOND):
        return Judged(verdicts[-1].alias, verdicts[-1].reviewer_id == me)
    if first is not None and first == me:  # who approved first is never the second
        return ReviewRefusal.NEEDS_OTHER
    return None


async def approve(
    turn: Turn, claim_id: int, version: int, simple: bool = False
) -> Approved | Stopped | Refused:
    """Approve a claim. `simple`: only if no second reviewer is needed (in bulk)."""
    case = await open_case(turn, Action.APPROVE, claim_id)
    if not isinstance(case, Case):
        return case
    if case.row.version & 0xFFFF != version:
        return ReviewRefusal.CHANGED
    if simple and (case.needs_second or case.first is not None):
        return ReviewRefusal.NEEDS_LOOK
    return await (_first(turn, case) if case.needs_second else _final(turn, case))


async def _final(turn: Turn, case: Case) -> Approved | Refused:
    row = case.row
    made = await ledger.record(turn, row, case.stretches)
    if isinstance(made, Refused):
        return made
    await _judge(turn, case, APPROVED, None, claims.EFFECTIVE)
    say = claim_news.approved(row.what, made.minutes)
    await tell(turn, row.person_id, say, f"claim/{row.id}/end")
    undoes = may(turn.actor, Action.REVERSE, case.target, turn.at) is Verdict.SECOND
    return Approved(made.minutes, final=True, entries=made.entries if undoes else ())


async def _first(turn: Turn, case: Case) -> Approved:
    row = case.row
    await _judge(turn, case, APPROVED, None, claims.SECOND)
    target = await targets.of_person(turn, row.unit_id, row.person_id, proposer=turn.actor.person)
    say = claim_news.second(row.id, row.version + 1, case.person.alias, case.unit.name, row.minutes)
    people = await reviewers.nearest(turn, Action.APPROVE, target)
    told = [await tell(turn, one, say, f"claim/{row.id}/second") for one in people]
    return Approved(row.minutes, final=False, told=sum(told))


async def _judge(turn: Turn, case: Case, verdict: str, reason: str | None, state: str) -> None:
    """Write the verdict, the claim's next state and the one audit line."""
    row = case.row
    step = 1 if case.first is None else 2
    given = claims.Verdict(row.id, step, turn.actor.person or 0, verdict, reason, turn.at)
    stands = await claims.judge(turn.tx, given)
    moved = await claims.turn_to(turn.tx, row.id, row.version, state)
    if not (stands and moved):  # we hold the row: it cannot have moved
        raise RuntimeError(f"claim {row.id} moved under its lock")
    action = "claim.approve" if verdict == APPROVED else "claim.refuse"
    facts = {"step": step, "minutes": row.minutes, "state": state}
    line = Line(action, object="claims", object_id=row.id, unit=row.unit_id, facts=facts)
    await note(turn, line)


async def reject(turn: Turn, claim_id: int, version: int, reason: str) -> Rejected | Stopped:
    """Refuse a claim with a reason, which its member is told."""
    case = await open_case(turn, Action.REJECT, claim_id)
    if not isinstance(case, Case):
        return case
    if case.row.version & 0xFFFF != version:
        return ReviewRefusal.CHANGED
    row = case.row
    why = hours.tidy(reason, hours.LONGEST_REASON)
    await _judge(turn, case, REFUSED, why, claims.REFUSED)
    say = claim_news.refused(row.id, row.what, row.minutes, why)
    await tell(turn, row.person_id, say, f"claim/{row.id}/end")
    return Rejected(row.minutes)


@dataclass(frozen=True, slots=True)
class Bulk:
    """What became of a page of approvals: approved claims with their minutes, and the others.

    `undoes`: the speaker may propose to reverse some of it.
    """

    done: int
    minutes: int
    left: int
    undoes: bool = False


async def approve_all(turn: Turn, shown: Sequence[tuple[int, int, int]]) -> Bulk:
    """Approve the claims (person, id, version) that were shown and need no second look."""
    done, minutes, undoes = 0, 0, False
    for _, claim_id, version in sorted(shown):  # persons in order: two reviewers never block
        match await approve(turn, claim_id, version, simple=True):
            case Approved() as approved:
                done += 1
                minutes += approved.minutes
                undoes = undoes or bool(approved.entries)
            case _:
                pass
    return Bulk(done, minutes, len(shown) - done, undoes)


async def may_reverse(turn: Turn, unit: int, owner: int) -> bool:
    """Whether the speaker may propose to reverse an entry; for showing the button, not audited."""
    target = await targets.of_person(turn, unit, owner)
    return may(turn.actor, Action.REVERSE, target, turn.at) is Verdict.SECOND
