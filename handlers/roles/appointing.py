"""Appointing step by step: the role, the person, until when, and yes; handing over likewise."""

from __future__ import annotations

from datetime import date
from typing import Any

from bot.chat import Choice, Reply
from bot.pages import Page
from bot.router import Said
from domain.appointments import (
    GIVEN,
    YEARS,
    RoleProblem,
    Term,
    least_age,
    read_days,
    term,
    years_from,
)
from domain.rights import Action, Role
from handlers.roles import saying
from services import appointing
from services import roles as offices
from services.appointing import Appointed, Candidate, Candidates, Plan
from services.granting import RoleRefusal, Wish, term_words
from services.org import Gone
from services.proposals import Proposed
from services.roles import Office
from services.turn import Turn


async def begun(turn: Turn, said: Said) -> Reply:
    """任命: which role; asked again when something else is typed."""
    unit = said.press.object if said.press else int(said.data.get("unit", 0))
    seen = await offices.giving(turn, unit)
    if isinstance(seen, Gone):
        return saying.refused(Gone.MISSING)
    turn.ask("role.kind", unit=unit)
    rows = [
        (Choice(f"word.{one}", "role.kind", seen.unit.id, argument=GIVEN.index(one)),)
        for one in seen.appointable
    ]
    return Reply.of("roles.new.role", *rows, saying.CANCEL, unit=seen.unit.name)


async def role_chosen(turn: Turn, said: Said) -> Reply:
    """The role was chosen: ask who."""
    if said.press is None or said.press.argument >= len(GIVEN):
        return saying.refused(Gone.CHANGED)
    role = GIVEN[said.press.argument]
    data = {"unit": said.press.object, "role": str(role), "ends": None, "text": ""}
    return await _people(turn, data, 0)


async def hand_over(turn: Turn, said: Said) -> Reply:
    """交接: who comes after me."""
    seen = await offices.office(turn, said.press.object if said.press else 0)
    if not isinstance(seen, Office) or not seen.may_hand_over:
        return saying.refused(Gone.MISSING)
    held = seen.held
    until = None if held.until is None else held.until.isoformat()
    data = {"unit": held.unit_id, "role": str(held.role), "ends": held.id, "until": until}
    return await _people(turn, {**data, "text": ""}, 0)


async def sought(turn: Turn, said: Said) -> Reply:
    """A piece of a name was typed."""
    return await _people(turn, {**said.data, "text": said.text}, 0)


async def turned(turn: Turn, said: Said) -> Reply:
    """Another page of people."""
    if turn.dialog.step != "role.person" or said.press is None:
        return Reply.of("dialog.lost")
    return await _people(turn, dict(said.data), said.press.argument)


async def _people(turn: Turn, data: dict[str, Any], page: int) -> Reply:
    found = await appointing.candidates(
        turn, data["unit"], Role(data["role"]), data["ends"], data["text"], page
    )
    if not isinstance(found, Candidates):
        return saying.refused(found)
    turn.ask("role.person", **data)
    rows: list[tuple[Choice, ...]] = [(_person(one),) for one in found.items]
    turner = Page(found.items, found.number, found.total).turner("role.page")
    rows += [turner] if turner else []
    name = "roles.new.person"
    if not found.total:
        name = "roles.new.nobody" if data["text"] else "roles.new.none"
    return Reply.of(name, *rows, saying.CANCEL, role=data["role"], text=data["text"])


def _person(one: Candidate) -> Choice:
    facts: dict[str, Any] = {"person": one.name, "unit": one.unit}
    label = "roles.person"
    if one.number is not None:
        label, facts["mark"] = "roles.person.number", one.number
    elif one.member_status is not None:
        label, facts["mark"] = "roles.person.status", one.member_status
    return Choice(label, "role.who", one.id, facts=facts)


async def person_chosen(turn: Turn, said: Said) -> Reply:
    """The person was chosen: ask until when, or from when where an office is handed over."""
    if turn.dialog.step != "role.person" or said.press is None:
        return Reply.of("dialog.lost")
    data = {**said.data, "person": said.press.object}
    role = Role(data["role"])
    problem = await appointing.suitable(turn, data["unit"], role, data["ends"], data["person"])
    if problem is not None:  # the dialog stays: choose somebody else
        return _unsuitable(problem, role)
    step = "role.until" if data["ends"] is None else "role.since"
    turn.ask(step, **data)
    return Reply.of(_DAYS[step], *_days(step))


def _unsuitable(problem: RoleRefusal, role: Role) -> Reply:
    if problem is not RoleProblem.AGE:
        return saying.refused(problem, saying.CANCEL)
    return Reply.of("roles.no.age", saying.CANCEL, role=str(role), age=least_age(role))


def _days(step: str) -> tuple[tuple[Choice, ...], ...]:
    """The buttons of the question for a day; they stay when a day was no good."""
    if step == "role.since":
        return ((Choice("roles.today", "role.today"),), saying.CANCEL)
    terms = tuple(Choice(f"roles.years.{n}", "role.until", argument=n) for n in YEARS)
    return (terms, (Choice("roles.open_end", "role.until"),), saying.CANCEL)


async def term_chosen(turn: Turn, said: Said) -> Reply:
    """一年, 两年 or 不限."""
    if turn.dialog.step != "role.until" or said.press is None:
        return Reply.of("dialog.lost")
    years = said.press.argument
    last = years_from(turn.local.date(), years) if years in YEARS else None
    return await _planned(turn, said, term(None, last, turn.at, turn.house.zone))


async def term_typed(turn: Turn, said: Said) -> Reply:
    """A last day, or a first and a last day."""
    days = read_days(said.text)
    if isinstance(days, RoleProblem):
        return saying.refused(days, *_days("role.until"))
    first: date | None = days[0] if len(days) == 2 else None
    return await _planned(turn, said, term(first, days[-1], turn.at, turn.house.zone))


async def today_chosen(turn: Turn, said: Said) -> Reply:
    """The successor begins today."""
    if turn.dialog.step != "role.since":
        return Reply.of("dialog.lost")
    return await _planned(turn, said, _after(turn, said, None))


async def since_typed(turn: Turn, said: Said) -> Reply:
    """The day on which the successor begins."""
    days = read_days(said.text)
    if isinstance(days, RoleProblem) or len(days) != 1:
        return saying.refused(RoleProblem.DATE, *_days("role.since"))
    return await _planned(turn, said, _after(turn, said, days[0]))


def _after(turn: Turn, said: Said, first: date | None) -> Term | RoleProblem:
    """The successor's term: from that day to the end of the present one."""
    found = term(first, None, turn.at, turn.house.zone)
    if isinstance(found, RoleProblem):
        return found
    held = Wish.of({**said.data, "since": found.since.isoformat()})
    return held.term


async def _planned(turn: Turn, said: Said, wanted: Term | RoleProblem) -> Reply:
    data = said.data
    step = "role.until" if data["ends"] is None else "role.since"
    if isinstance(wanted, RoleProblem):
        return saying.refused(wanted, *_days(step))
    wish = Wish(data["unit"], Role(data["role"]), data["person"], wanted, data["ends"])
    plan = await appointing.plan(turn, wish)
    if plan in _OTHER_DAY:
        return saying.refused(plan, *_days(step))  # the dialog stays: another day may do
    return _sure(turn, plan)


def _sure(turn: Turn, plan: Plan | RoleRefusal) -> Reply:
    if not isinstance(plan, Plan):
        return saying.refused(plan, saying.CANCEL)
    wish = plan.wish
    turn.ask("role.sure", **wish.facts())
    word = "hand" if wish.ends is not None else "new"
    name = f"roles.{word}.second" if plan.second else f"roles.{word}.sure"
    facts = {"person": plan.name, "unit": plan.unit, "role": wish.role}
    sure = (Choice("dialog.confirm", "role.ok"),)
    return Reply.of(name, sure, saying.CANCEL, **facts, term=term_words(turn, wish.term))


async def asked_again(turn: Turn, said: Said) -> Reply:
    """Something else was typed where only a button answers: the same question once more."""
    return _sure(turn, await appointing.plan(turn, Wish.of(said.data)))


async def agreed(turn: Turn, said: Said) -> Reply:
    """Do it, or propose it."""
    if turn.dialog.step != "role.sure":
        return Reply.of("dialog.lost")
    wish = Wish.of(said.data)
    turn.close()
    return _done(turn, await appointing.appoint(turn, wish))


async def restored(turn: Turn, said: Said) -> Reply:
    """撤销 of an end: appointed again for the rest of the term."""
    found = await appointing.restore(turn, said.press.object if said.press else 0)
    return _done(turn, found, "roles.back")


def _done(turn: Turn, found: Appointed | Proposed | RoleRefusal, name: str = "roles.new") -> Reply:
    if isinstance(found, Proposed):
        return saying.proposed(found)
    if not isinstance(found, Appointed):
        return saying.refused(found)
    wish = found.wish
    rows = [] if wish.ends is not None else [(Choice("units.undo", "role.end.ok", found.id),)]
    if wish.ends is not None:
        name = "roles.hand"
    since = wish.term.since.astimezone(turn.house.zone).date()
    facts = {"person": found.name, "unit": found.unit, "role": wish.role, "since": since}
    facts |= {"told": saying.told(found.told), "term": term_words(turn, wish.term)}
    return Reply.of(f"{name}.{'later' if wish.term.since > turn.at else 'done'}", *rows, **facts)


_OTHER_DAY = (RoleProblem.HOLDS, RoleProblem.ORDER, RoleProblem.ENDED)
_DAYS = {"role.until": "roles.new.until", "role.since": "roles.hand.since"}
_GIVE = (Action.APPOINT,)
PRESSES = {
    "role.new": (begun, (Action.ROLE_VIEW, *_GIVE)),
    "role.kind": (role_chosen, _GIVE),
    "role.hand": (hand_over, (Action.ROLE_VIEW, *_GIVE)),
    "role.page": (turned, _GIVE),
    "role.who": (person_chosen, _GIVE),
    "role.until": (term_chosen, _GIVE),
    "role.today": (today_chosen, _GIVE),
    "role.ok": (agreed, _GIVE),
    "role.undo": (restored, _GIVE),
}
STEPS = {
    "role.kind": (begun, (Action.ROLE_VIEW, *_GIVE)),
    "role.sure": (asked_again, _GIVE),
    "role.person": (sought, _GIVE),
    "role.until": (term_typed, _GIVE),
    "role.since": (since_typed, _GIVE),
}
