"""What waits for the speaker, as lists and as one card at a time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from bot.chat import Say
from domain.rights import Action, Role, Verdict, may
from services import registrations, reversal, review, targets
from services.claims import rules_of
from services.review import Case, Stopped
from services.turn import PAGE, Turn, permit
from storage import review as rows
from storage import tree

MONTH, SEASON = timedelta(days=30), timedelta(days=90)
REVIEWING = (Role.SECRETARY, Role.OFFICER)


async def scope(turn: Turn) -> list[int]:
    """The units that the speaker answers for, each with everything below it."""
    found = [
        grant.unit
        for grant in turn.actor.grants
        if grant.role in REVIEWING and grant.holds(turn.at)
    ]
    if turn.actor.admin and turn.actor.person is not None:
        root = await tree.root(turn.tx)
        found += [] if root is None else [root.id]
    return list(dict.fromkeys(found))


async def allowed(turn: Turn) -> bool:
    """Whether the speaker may open the list at all. A refusal is audited."""
    units = await scope(turn) or [turn.actor.home or 0]
    target = await targets.at_unit(turn, units[0])
    return await permit(turn, Action.REVIEW_LIST, target) is Verdict.ALLOW


async def waiting(turn: Turn) -> list[Any]:
    """The claims that the speaker may judge now, nearest units first, then the oldest."""
    me = turn.actor.person or 0
    found: dict[int, Any] = {}
    for unit in await scope(turn):
        holders = await rows.holders(turn.tx, unit, turn.at)
        for row in await rows.queue(turn.tx, unit, me):
            if row.id in found or (row.person_id in holders and not await _may(turn, row)):
                continue
            found[row.id] = row
    return list(found.values())


async def _may(turn: Turn, row: Any) -> bool:
    """Claims of those who hold a role may be beyond the reviewer (see domain.rights)."""
    target = await targets.of_person(turn, row.unit_id, row.person_id)
    return may(turn.actor, Action.APPROVE, target, turn.at) is Verdict.ALLOW


@dataclass(frozen=True, slots=True)
class Overview:
    """How many people, claims and reversals wait for the speaker."""

    people: int
    claims: int
    reversals: int

    @property
    def kinds(self) -> list[Say]:
        """What waits, a few words for each kind; kinds of which nothing waits are left out."""
        counted = (
            ("review.kind.people", self.people),
            ("review.kind.claims", self.claims),
            ("review.kind.reversals", self.reversals),
        )
        return [Say(name, {"number": number}) for name, number in counted if number]


async def overview(turn: Turn) -> Overview | None:
    """What waits, or None for somebody who reviews nothing."""
    return await _overview(turn) if await allowed(turn) else None


async def noticed(turn: Turn) -> list[Say]:
    """What waits for the speaker beside other things (Overview.kinds); nothing for who reviews
    nothing, which is not audited here: it was not asked for.
    """
    return (await _overview(turn)).kinds if await scope(turn) else []


async def _overview(turn: Turn) -> Overview:
    people = await registrations.count(turn)
    return Overview(people, len(await waiting(turn)), len(await proposed(turn)))


async def proposed(turn: Turn) -> list[Any]:
    """The reversals that wait for the speaker as the second person."""
    me = turn.actor.person or 0
    found: dict[int, Any] = {}
    for unit in await scope(turn):
        for row in await rows.proposed(turn.tx, unit, me):
            if row.id not in found and await reversal.may_decide(turn, row, row.proposed_by):
                found[row.id] = row
    return [found[number] for number in sorted(found)]


@dataclass(frozen=True, slots=True)
class Shown:
    """A page of a list: its rows, its number from 0, and how many rows there are."""

    rows: list[Any]
    number: int
    total: int


async def page(turn: Turn, number: int) -> Shown | None:
    """A page of the claims that wait."""
    if not await allowed(turn):
        return None
    return _cut(await waiting(turn), number)


async def proposals(turn: Turn, number: int) -> Shown | None:
    """A page of the reversals that wait."""
    if not await allowed(turn):
        return None
    return _cut(await proposed(turn), number)


async def approved(turn: Turn, number: int) -> Shown | None:
    """A page of the entries of the speaker's units, the last recorded first."""
    if not await allowed(turn):
        return None
    units = await scope(turn)
    me = turn.actor.person or 0
    # who holds several roles sees the entries of the widest: the others lie within or beside it
    pages = [await rows.approved(turn.tx, unit, me, number * PAGE, PAGE) for unit in units]
    found, total = max(pages, key=lambda one: one[1])
    return Shown(found, number, total)


@dataclass(frozen=True, slots=True)
class Watch:
    """What the level above should know (QUALITY A41): mutual approvals, and many hours."""

    rings: list[Any]
    many: list[Any]


async def watch(turn: Turn) -> Watch | None:
    """Who approved whom both ways in ninety days, and whose claims of thirty days are many."""
    if not await allowed(turn):
        return None
    me, rules = turn.actor.person or 0, rules_of(turn).claims
    day = (turn.local - MONTH).date()
    found = Watch([], [])
    for unit in await scope(turn):
        found.rings.extend(await rows.rings(turn.tx, unit, me, turn.at - SEASON, PAGE))
        over = rules.minutes_a_month_to_look_at
        found.many.extend(await rows.many(turn.tx, unit, me, day, over, PAGE))
    return Watch(list(dict.fromkeys(found.rings))[:PAGE], list(dict.fromkeys(found.many))[:PAGE])


def _cut(found: list[Any], number: int) -> Shown:
    last = max(0, (len(found) - 1) // PAGE)
    number = min(number, last)
    return Shown(found[number * PAGE : (number + 1) * PAGE], number, len(found))


@dataclass(frozen=True, slots=True)
class Bulkable:
    """The claims of a page that need no second look: (person, id, version), people, minutes."""

    shown: list[tuple[int, int, int]]
    people: int
    minutes: int


async def bulkable(turn: Turn, number: int) -> Bulkable | None:
    """What 全部通过 would approve on this page."""
    shown = await page(turn, number)
    if shown is None:
        return None
    simple = []
    for row in sorted(shown.rows, key=lambda one: (one.person_id, one.id)):
        case = await review.open_case(turn, Action.APPROVE, row.id)
        if isinstance(case, Case) and not case.needs_second and case.first is None:
            simple.append(row)
    return Bulkable(
        [(row.person_id, row.id, row.version) for row in simple],
        len({row.person_id for row in simple}),
        sum(row.minutes for row in simple),
    )


async def card(turn: Turn, claim_id: int) -> Case | Stopped:
    """One claim with everything that a reviewer needs."""
    return await review.open_case(turn, Action.APPROVE, claim_id)


async def after(turn: Turn, claim_id: int) -> Case | Stopped | None:
    """The claim that follows in the list of what waits; None when there is no other."""
    found = [row.id for row in await waiting(turn)]
    place = found.index(claim_id) if claim_id in found else -1
    following = [*found[place + 1 :], *found[: max(0, place)]]
    return await card(turn, following[0]) if following else None
