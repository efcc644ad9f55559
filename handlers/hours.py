"""/hours 时长: my hours, what is missing, what waits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bot import joining
from bot.chat import Choice, Reply, Say
from bot.going import go
from bot.pages import SIZE, Page
from bot.router import Command, Routes, Said
from domain.requirements import Progress
from domain.rights import Action
from services import hours, waits
from services.claim_news import span
from services.hours import Standing, View
from services.turn import Turn

ADD = Choice("hours.add", "log.start")


async def show(turn: Turn, said: Said) -> Reply:
    """Progress, the last lines and the claims that wait."""
    view = await hours.view(turn)
    if view is None:
        found = await waits.waiting(turn)  # who has applied hears that it waits
        return joining.waits(found) if found else Reply.of("hours.unregistered", (go("join"),))
    if not view.lines and not view.waiting:
        return Reply.of("hours.empty", (ADD,), progress=_progress(turn, view))
    sections = [*_progress(turn, view), *_recent(view), *_waiting(view)]
    return Reply.of("hours.view", *_rows(view), sections=sections)


def _progress(turn: Turn, view: View) -> list[Say]:
    found = [_standing(turn, one) for one in view.standings]
    if not found:
        found = [Say("hours.total", {"done": view.year.done})]
    if view.year.done:
        found.append(Say("hours.sources", _sources(view.year)))
    return found


def _sources(progress: Progress) -> dict[str, int]:
    return {"attended": progress.attended, "claimed": progress.claimed}


def _standing(turn: Turn, one: Standing) -> Say:
    names = one.requirement.names
    facts = {
        "name": names.get(turn.language, next(iter(names.values()))),
        "done": one.progress.done,
        "missing": one.progress.missing,
        "needed": one.progress.needed,
    }
    word = "progress" if one.progress.missing else "met"
    return Say(f"hours.{word}.{one.requirement.window.value}", facts)


def _recent(view: View) -> list[Say]:
    return (
        [Say("hours.recent", {"lines": [_line(one) for one in view.lines]})] if view.lines else []
    )


def _line(row: Any) -> Say:
    if row.reverses_id is not None:
        facts = {"day": row.day, "minutes": -row.minutes, "what": row.what}
        return Say("hours.line.reversal", facts)
    return Say(f"hours.line.{row.source}", {"span": span(row), "what": row.what})


def _waiting(view: View) -> list[Say]:
    return [Say("hours.waiting", {"lines": _open(view.waiting)})] if view.waiting else []


def _open(rows: Sequence[Any], first: int = 1) -> list[Say]:
    """Claims that wait, numbered as their buttons are."""
    return [
        Say(
            f"hours.line.{row.state}",
            {"number": number, "day": row.day, "minutes": row.minutes, "what": row.what},
        )
        for number, row in enumerate(rows, start=first)
    ]


def _withdrawals(rows: Sequence[Any], first: int = 1) -> tuple[Choice, ...]:
    return tuple(
        Choice("hours.withdraw", "claim.back", row.id, row.version, facts={"number": number})
        for number, row in enumerate(rows, start=first)
    )


def _rows(view: View) -> list[tuple[Choice, ...]]:
    back = _withdrawals(view.waiting)
    more = (Choice("hours.more", "hours.more"),) if view.more else ()
    open_ = (Choice("hours.open", "hours.open", argument=1),) if view.more_waiting else ()
    return [row for row in (back[:4], back[4:], (ADD, *more, *open_)) if row]


async def waiting(turn: Turn, said: Said) -> Reply:
    """A page of the claims that wait."""
    found = await hours.waiting_page(turn, said.press.argument if said.press else 0)
    if found is None:
        return Reply.of("hours.unregistered", (go("join"),))
    page = Page(found.rows, found.number, found.total)
    first = found.number * SIZE + 1
    back = _withdrawals(found.rows, first)
    turner = (*page.turner("hours.open"), Choice("hours.show", "hours.show"))
    rows = [row for row in (back[:4], back[4:], turner) if row]
    return Reply.of("hours.open.page", *rows, lines=_open(found.rows, first), total=found.total)


async def more(turn: Turn, said: Said) -> Reply:
    """Older lines, in pages."""
    found = await hours.page(turn, said.press.argument if said.press else 0)
    if found is None:
        return Reply.of("hours.unregistered", (go("join"),))
    page = Page(found.rows, found.number, found.total)
    lines = [_line(row) for row in found.rows]
    row = (*page.turner("hours.more"), Choice("hours.show", "hours.show"))
    return Reply.of("hours.page", row, lines=lines, number=page.number + 1, last=page.last + 1)


ROUTES = Routes(
    commands=(Command("hours", ("时长", "hours"), show, "member", (Action.OWN_VIEW,)),),
    presses={
        "hours.show": (show, (Action.OWN_VIEW,)),
        "hours.more": (more, (Action.OWN_VIEW,)),
        "hours.open": (waiting, (Action.OWN_VIEW,)),
    },
    in_place=frozenset({"hours.more", "hours.show", "hours.open"}),
)
