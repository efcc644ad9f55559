"""/review 审批: what waits, one by one or in bulk, with exactly one end for each."""

from __future__ import annotations

from typing import Any

from bot.chat import Choice, Reply, Say
from bot.pages import Page
from bot.router import Command, Routes, Said
from domain.hours import SECOND, Flag, Refused
from domain.rights import Action
from services import claim_news, review, review_queue
from services.claim_news import USUAL_REASONS, span
from services.review import Approved, Case, Judged, Rejected, ReviewRefusal, Stopped
from services.review_queue import Overview, Shown
from services.shown import who
from services.turn import Turn

CANCEL = Choice("dialog.cancel", "dialog.cancel")
LIST = Choice("review.claims", "review.claims")


async def overview(turn: Turn, said: Said) -> Reply:
    """What waits, with a button for each kind."""
    found = await review_queue.overview(turn)
    if found is None:
        return Reply.of("common.missing")
    name = "review.overview" if found.kinds else "review.nothing"
    return Reply.of(name, *_kinds(found), kinds=found.kinds)


def _kinds(found: Overview) -> list[tuple[Choice, ...]]:
    waiting = (
        (found.people, Choice("review.people", "reg.list")),
        (found.claims, LIST),
        (found.reversals, Choice("review.reversals", "undo.wait")),
    )
    first = tuple(choice for number, choice in waiting if number)
    more = (Choice("review.done", "undo.list"), Choice("review.check", "review.watch"))
    return [row for row in (first, more) if row]


async def watch(turn: Turn, said: Said) -> Reply:
    """核对: who approves each other, and whose claims are many. It accuses nobody."""
    found = await review_queue.watch(turn)
    if found is None:
        return Reply.of("common.missing")
    lines = [_ring(turn, row) for row in found.rings] + [_many(turn, row) for row in found.many]
    return Reply.of("review.watch", (LIST,), lines=lines or [Say("review.note.none")])


def _ring(turn: Turn, row: Any) -> Say:
    one, other = who(turn, row.name, row.alias), who(turn, row.other_name, row.other_alias)
    facts = {"one": one, "other": other, "given": row.given, "back": row.back}
    return Say("review.watch.ring", facts)


def _many(turn: Turn, row: Any) -> Say:
    facts = {"who": who(turn, row.name, row.alias), "unit": row.unit, "minutes": row.minutes}
    return Say("review.watch.many", facts)


async def page(turn: Turn, said: Said) -> Reply:
    """A page of the claims that wait."""
    shown = await review_queue.page(turn, said.press.argument if said.press else 0)
    if shown is None:
        return Reply.of("common.missing")
    if not shown.rows:
        return Reply.of("review.nothing", (Choice("review.done", "undo.list"),))
    lines = [_line(turn, number, row) for number, row in enumerate(shown.rows, start=1)]
    return Reply.of("review.page", *_buttons(turn, shown), count=shown.total, lines=lines)


def _line(turn: Turn, number: int, row: Any) -> Say:
    facts = {
        "number": number,
        "who": who(turn, row.name, row.alias),
        "unit": row.unit,
        "what": row.what,
        "minutes": row.minutes,
    }
    return Say(f"review.line.{row.state}", facts)


def _buttons(turn: Turn, shown: Shown) -> list[tuple[Choice, ...]]:
    one = [
        Choice(
            "review.item",
            "claim.show",
            row.id,
            row.version,
            facts={"number": number, "who": who(turn, row.name, row.alias)},
        )
        for number, row in enumerate(shown.rows, start=1)
    ]
    turner = Page(shown.rows, shown.number, shown.total).turner("review.claims")
    bulk = Choice("review.all", "claims.all", argument=shown.number)
    rows = [tuple(one[at : at + 2]) for at in range(0, len(one), 2)]
    return [*rows, (bulk, *turner)]


async def show(turn: Turn, said: Said) -> Reply:
    """One claim as a card."""
    return _case(turn, await review_queue.card(turn, said.press.object if said.press else 0))


async def following(turn: Turn, said: Said) -> Reply:
    """The next claim that waits."""
    found = await review_queue.after(turn, said.press.object if said.press else 0)
    if found is None:
        return Reply.of("review.nothing", (Choice("review.done", "undo.list"),))
    return _case(turn, found)


def _case(turn: Turn, case: Case | Stopped) -> Reply:
    if not isinstance(case, Case):
        return _stopped(case)
    row = case.row
    verdict = claim_news.verdict_row(row.id, row.version)[:2]
    return Reply.of(
        "review.card",
        (*verdict, Choice("review.next", "claim.next", row.id)),
        (LIST,),
        who=who(turn, case.person.name, case.person.alias),
        unit=case.unit.name,
        what=row.what,
        spans=[span(one) for one in case.stretches],
        minutes=row.minutes,
        notes=_notes(case),
    )


def _notes(case: Case) -> list[Say]:
    found = [Say("review.note.place", {"place": case.row.place})] if case.row.place else []
    found += [Say(f"review.flag.{flag.value}") for flag in Flag if flag in case.flags]
    if case.first is not None:
        found.append(Say("review.note.second"))
    elif case.flags & SECOND:
        found.append(Say("review.note.first"))
    return found or [Say("review.note.none")]


def _stopped(stopped: Stopped) -> Reply:
    match stopped:
        case Judged(oneself=True):
            return Reply.of("review.mine", (LIST,))
        case Judged(by=name):
            return Reply((Say("common.done_by", {"name": name}, ((LIST,),)),))
        case ReviewRefusal.MISSING:
            return Reply.of("common.missing")
        case ReviewRefusal.CHANGED:
            return Reply.of("common.changed", (LIST,))
        case _:
            return Reply.of(f"review.{stopped.value}", (LIST,))


async def approve(turn: Turn, said: Said) -> Reply:
    """The button 通过."""
    press = said.press
    number = press.object if press else 0
    found = await review.approve(turn, number, press.version if press else 0)
    following_one = Choice("review.next", "claim.next", number)
    match found:
        case Approved(final=True):
            rows = ((following_one, LIST), *_undo(found.entries))
            return Reply.of("review.approved", *rows, minutes=found.minutes)
        case Approved():
            name = "review.first" if found.told else "review.first.alone"
            return Reply.of(name, (following_one, LIST), minutes=found.minutes)
        case Refused(reason=reason, day=day):
            reject_it = Choice("review.reject", "claim.no", number, press.version if press else 0)
            name = f"review.refused.{reason.value}"
            return Reply.of(name, (reject_it, following_one), day=day or "")
        case _:
            return _stopped(found)


def _undo(entries: tuple[int, ...]) -> tuple[tuple[Choice, ...], ...]:
    """撤销: an entry is reversed by two people; of several one is chosen first."""
    if not entries:
        return ()
    if len(entries) > 1:
        return ((Choice("review.undo", "undo.list"),),)
    return ((Choice("review.undo", "undo.ask", entries[0]),),)


async def ask_reason(turn: Turn, said: Said) -> Reply:
    """The button 驳回: usual reasons are one tap, others are typed."""
    press = said.press
    number, version = (press.object, press.version) if press else (0, 0)
    case = await review_queue.card(turn, number)
    if not isinstance(case, Case):
        return _stopped(case)
    turn.ask("review.reason", claim=number, version=version)
    usual = [
        Choice(f"review.reason.{word}", "claim.no.why", number, version, argument)
        for argument, word in enumerate(USUAL_REASONS)
    ]
    return Reply.of("review.reason", tuple(usual[:2]), tuple(usual[2:]), (CANCEL,))


async def reject_usual(turn: Turn, said: Said) -> Reply:
    """A usual reason."""
    press = said.press
    reason = claim_news.usual(press.argument) if press else None
    if press is None or reason is None:
        return Reply.of("common.missing")
    turn.close()
    return _rejected(press.object, await review.reject(turn, press.object, press.version, reason))


async def reject_typed(turn: Turn, said: Said) -> Reply:
    """A reason in the reviewer's own words."""
    if not said.text.strip():
        return Reply.of("review.reason", (CANCEL,))
    number, version = int(said.data["claim"]), int(said.data["version"])
    turn.close()
    return _rejected(number, await review.reject(turn, number, version, said.text))


def _rejected(number: int, found: Rejected | Stopped) -> Reply:
    if not isinstance(found, Rejected):
        return _stopped(found)
    return Reply.of("review.rejected", (Choice("review.next", "claim.next", number), LIST))


async def ask_all(turn: Turn, said: Said) -> Reply:
    """全部通过: names how many people and hours before anything happens."""
    number = said.press.argument if said.press else 0
    found = await review_queue.bulkable(turn, number)
    if found is None:
        return Reply.of("common.missing")
    if not found.shown:
        return Reply.of("review.all.none", (LIST,))
    turn.ask("review.all", shown=found.shown, asked=turn.event_id)
    return Reply.of(
        "review.all.ask",
        (Choice("review.all.confirm", "claims.all.ok", turn.event_id), CANCEL),
        claims=len(found.shown),
        people=found.people,
        minutes=found.minutes,
    )


async def approve_all(turn: Turn, said: Said) -> Reply:
    """Approve exactly what was shown."""
    asked = said.press.object if said.press else 0
    if turn.dialog.step != "review.all" or said.data.get("asked") != asked:
        return Reply.of("common.changed", (LIST,))
    turn.close()
    shown = [(person, claim, version) for person, claim, version in said.data["shown"]]
    found = await review.approve_all(turn, shown)
    name = "review.all.some" if found.left else "review.all.done"
    row = (LIST, Choice("review.undo", "undo.list")) if found.undoes else (LIST,)
    return Reply.of(name, row, claims=found.done, minutes=found.minutes, left=found.left)


async def ask_all_again(turn: Turn, said: Said) -> Reply:
    """Words instead of a button leave the question open."""
    return Reply.of("review.all.tap", (CANCEL,))


_LOOK = (Action.REVIEW_LIST,)
_APPROVE = (Action.APPROVE, Action.REVIEW_LIST)
_REJECT = (Action.REJECT, Action.APPROVE)
ROUTES = Routes(
    commands=(Command("review", ("审批", "review"), overview, "secretary", _LOOK),),
    presses={
        "review.claims": (page, _LOOK),
        "review.watch": (watch, _LOOK),
        "claim.show": (show, _APPROVE),
        "claim.next": (following, _APPROVE),
        "claim.ok": (approve, _APPROVE),
        "claim.no": (ask_reason, _REJECT),
        "claim.no.why": (reject_usual, _REJECT),
        "claims.all": (ask_all, _APPROVE),
        "claims.all.ok": (approve_all, _APPROVE),
    },
    steps={
        "review.reason": (reject_typed, _REJECT),
        "review.all": (ask_all_again, _LOOK),
    },
    in_place=frozenset(
        {"review.claims", "review.watch", "claim.next", "claim.ok", "claim.no.why", "claims.all.ok"}
    ),
)
