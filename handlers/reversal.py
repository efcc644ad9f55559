"""冲正: what was approved, an entry, and its reversal by two people."""

from __future__ import annotations

from typing import Any

from bot.chat import Choice, Reply, Say
from bot.going import go
from bot.pages import Page
from bot.router import Routes, Said
from domain.rights import Action
from services import claim_news, reversal, review_queue
from services.claim_news import USUAL_REASONS, span
from services.reversal import Proposed, ReversalRefusal, Reversed
from services.shown import who
from services.turn import Turn

CANCEL = Choice("dialog.cancel", "dialog.cancel")
LIST = Choice("review.done", "undo.list")


async def approved(turn: Turn, said: Said) -> Reply:
    """A page of entries, the last recorded first."""
    shown = await review_queue.approved(turn, said.press.argument if said.press else 0)
    if shown is None:
        return Reply.of("common.missing")
    if not shown.rows:
        return Reply.of("reversal.empty")
    lines = [_line(turn, number, row) for number, row in enumerate(shown.rows, start=1)]
    one = _items(turn, shown.rows, "undo.show")
    turner = Page(shown.rows, shown.number, shown.total).turner("undo.list")
    return Reply.of("reversal.page", *_filled(*one, turner), lines=lines)


def _line(turn: Turn, number: int, row: Any) -> Say:
    facts = {
        "number": number,
        "who": who(turn, row.name, row.alias),
        "day": row.day,
        "minutes": row.minutes,
    }
    undone = getattr(row, "reversed_by", None) is not None
    return Say("reversal.line.undone" if undone else "reversal.line", facts)


def _items(turn: Turn, rows: list[Any], purpose: str) -> list[tuple[Choice, ...]]:
    one = [
        Choice(
            "review.item",
            purpose,
            row.id,
            facts={"number": number, "who": who(turn, row.name, row.alias)},
        )
        for number, row in enumerate(rows, start=1)
    ]
    return [tuple(one[at : at + 2]) for at in range(0, len(one), 2)]


def _filled(*rows: tuple[Choice, ...]) -> list[tuple[Choice, ...]]:
    return [row for row in rows if row]


async def show(turn: Turn, said: Said) -> Reply:
    """One entry, with 冲正 for who may propose it."""
    card = await reversal.card(turn, said.press.object if said.press else 0)
    if isinstance(card, ReversalRefusal):
        return Reply.of("common.missing")
    row = card.row
    name = "reversal.card"
    if row.reversed_by is not None:
        name = "reversal.card.undone"
    elif card.proposal is not None:
        name = "reversal.card.waiting"
    ask = (Choice("reversal.ask", "undo.ask", row.id),) if card.may_propose else ()
    return Reply.of(name, (*ask, LIST), **_facts(turn, row))


def _facts(turn: Turn, row: Any) -> dict[str, Any]:
    return {
        "who": who(turn, row.name, row.alias),
        "unit": row.unit,
        "what": row.what,
        "span": span(row),
    }


async def ask_reason(turn: Turn, said: Said) -> Reply:
    """Why it should be reversed."""
    number = said.press.object if said.press else 0
    turn.ask("reversal.reason", entry=number)
    usual = [
        Choice(f"review.reason.{word}", "undo.why", number, argument=argument)
        for argument, word in enumerate(USUAL_REASONS)
    ]
    return Reply.of("reversal.reason", tuple(usual[:2]), tuple(usual[2:]), (CANCEL,))


async def propose_usual(turn: Turn, said: Said) -> Reply:
    """A usual reason."""
    press = said.press
    reason = claim_news.usual(press.argument) if press else None
    if press is None or reason is None:
        return Reply.of("common.missing")
    turn.close()
    return _proposed(await reversal.propose(turn, press.object, reason))


async def propose_typed(turn: Turn, said: Said) -> Reply:
    """A reason in the proposer's own words."""
    if not said.text.strip():
        return Reply.of("reversal.reason", (CANCEL,))
    number = int(said.data["entry"])
    turn.close()
    return _proposed(await reversal.propose(turn, number, said.text))


def _proposed(found: Proposed | ReversalRefusal) -> Reply:
    if not isinstance(found, Proposed):
        return _stopped(found)
    back = Choice("reversal.back", "undo.no", found.id, found.version)
    if found.may_appoint:
        return Reply.of("reversal.proposed.appoint", (go("roles"), back), (LIST,))
    name = "reversal.proposed" if found.told else "reversal.proposed.alone"
    return Reply.of(name, (back, LIST))


def _stopped(refusal: ReversalRefusal) -> Reply:
    match refusal:
        case ReversalRefusal.MISSING | ReversalRefusal.CHANGED:
            return Reply.of(f"common.{refusal.value}")
        case _:
            return Reply.of(f"reversal.{refusal.value}", (LIST,))


async def waiting(turn: Turn, said: Said) -> Reply:
    """Reversals that wait for me as the second person."""
    shown = await review_queue.proposals(turn, said.press.argument if said.press else 0)
    if shown is None:
        return Reply.of("common.missing")
    if not shown.rows:
        return Reply.of("review.nothing", (LIST,))
    lines = [_line(turn, number, row) for number, row in enumerate(shown.rows, start=1)]
    turner = Page(shown.rows, shown.number, shown.total).turner("undo.wait")
    rows = _filled(*_items(turn, shown.rows, "undo.see"), turner)
    return Reply.of("reversal.waiting", *rows, lines=lines)


async def see(turn: Turn, said: Said) -> Reply:
    """One proposal, with 同意冲正 and 不同意."""
    found = await reversal.proposal(turn, said.press.object if said.press else 0)
    if isinstance(found, ReversalRefusal):
        return _stopped(found)
    row = found.row
    buttons = (
        Choice("reversal.confirm", "undo.ok", row.id, row.version),
        Choice("reversal.refuse", "undo.no", row.id, row.version),
    )
    facts = {**_facts(turn, found.entry), "reason": claim_news.reason(row.reason)}
    return Reply.of("reversal.asked", buttons, **facts)


async def confirm(turn: Turn, said: Said) -> Reply:
    """The second person agrees."""
    press = said.press
    found = await reversal.confirm(
        turn, press.object if press else 0, press.version if press else 0
    )
    if isinstance(found, Reversed):
        return Reply.of("reversal.done", (LIST,), minutes=found.minutes)
    return _stopped(found)


async def refuse(turn: Turn, said: Said) -> Reply:
    """The second person does not agree, or the first takes it back."""
    press = said.press
    found = await reversal.refuse(turn, press.object if press else 0, press.version if press else 0)
    if isinstance(found, ReversalRefusal):
        return _stopped(found)
    return Reply.of("reversal.taken_back" if found.mine else "reversal.refused", (LIST,))


_LOOK = (Action.REVIEW_LIST,)
_REVERSE = (Action.REVERSE,)
ROUTES = Routes(
    presses={
        "undo.list": (approved, _LOOK),
        "undo.show": (show, (Action.MEMBER_VIEW, Action.REVERSE)),
        "undo.ask": (ask_reason, ()),
        "undo.why": (propose_usual, _REVERSE),
        "undo.wait": (waiting, _LOOK),
        "undo.see": (see, _REVERSE),
        "undo.ok": (confirm, _REVERSE),
        "undo.no": (refuse, _REVERSE),
    },
    steps={"reversal.reason": (propose_typed, _REVERSE)},
    in_place=frozenset({"undo.list", "undo.wait", "undo.ok", "undo.no"}),
)
