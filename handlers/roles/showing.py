"""Who holds what: my own appointments, a unit's, and one of them."""

from __future__ import annotations

from bot.chat import Choice, Reply, Say
from bot.pages import Page
from bot.router import Said
from domain.rights import Action, Role
from handlers.roles import saying
from services import org, proposals
from services import roles as offices
from services.org import Brief, Gone, UnitView
from services.roles import Desk, UnitRoles
from services.turn import Turn


async def roles(turn: Turn, said: Said) -> Reply:
    """/roles [CODE or a piece of a unit's name]."""
    if not said.text:
        return _desk(turn, await offices.desk(turn))
    found = await org.entry(turn, said.text, Action.ROLE_VIEW, Role.OFFICER, Role.AUDITOR)
    if isinstance(found, Gone):
        return saying.refused(found)
    if found.total == 1:
        return await _unit(turn, found.items[0].id, 0)
    return Reply.of("roles.units", *[(_station(one),) for one in found.items])


def _desk(turn: Turn, desk: Desk) -> Reply:
    if not desk.own and not desk.stations:
        return saying.refused(Gone.MISSING)
    rows = [(saying.label(one),) for one in desk.own[:4]]
    rows += [(_station(one),) for one in desk.stations[:4]]
    rows.append((Choice("roles.waiting", "prop.list"),))
    lines: object = [saying.line(turn, one) for one in desk.own] or Say("word.nothing")
    return Reply.of("roles.desk", *rows, lines=lines)


def _station(unit: Brief) -> Choice:
    return Choice("roles.station", "role.open", unit.id, facts={"unit": unit.name})


async def opened(turn: Turn, said: Said) -> Reply:
    """A unit was chosen; the argument is the page."""
    if said.press is None:
        return saying.refused(Gone.MISSING)
    return await _unit(turn, said.press.object, said.press.argument)


async def _unit(turn: Turn, unit: int, page: int) -> Reply:
    seen = await offices.at(turn, unit, page)
    if isinstance(seen, Gone):
        return saying.refused(seen)
    lines: object = [saying.line(turn, one) for one in seen.items] or Say("word.nothing")
    return Reply.of("roles.unit", *_unit_rows(seen), path=" › ".join(seen.path), lines=lines)


def _unit_rows(seen: UnitRoles) -> list[tuple[Choice, ...]]:
    unit = seen.unit.id
    rows: list[tuple[Choice, ...]] = [(saying.label(one),) for one in seen.items]
    rows.append(Page(seen.items, seen.number, seen.total).turner("role.open", unit))
    if seen.appointable:
        rows.append((Choice("roles.new", "role.new", unit),))
    more = [Choice("units.open", "unit.open", unit)]
    if seen.units_below:
        more.append(Choice("roles.below", "role.below", unit))
    rows.append(tuple(more))
    return [row for row in rows if row]


async def below(turn: Turn, said: Said) -> Reply:
    """The units below, to choose one."""
    press = said.press
    seen = await org.view(turn, press.object, press.argument) if press else Gone.MISSING
    if not isinstance(seen, UnitView):
        return saying.refused(seen)
    found = seen.children
    rows = [(_station(one),) for one in found.items]
    turn_row = Page(found.items, found.number, found.total).turner("role.below", seen.unit.id)
    return Reply.of("roles.units", *rows, *([turn_row] if turn_row else []))


async def item(turn: Turn, said: Said) -> Reply:
    """One appointment, and what can be done about it."""
    seen = await offices.office(turn, said.press.object if said.press else 0)
    if isinstance(seen, Gone):
        return saying.refused(seen)
    held, row = seen.held, []
    if seen.may_hand_over:
        row.append(Choice("roles.hand_over", "role.hand", held.id))
    if seen.may_end:
        row.append(Choice("roles.leave" if held.own else "roles.end", "role.end", held.id))
    rows = [tuple(row)] if row else []
    return Reply.of("roles.one", *rows, line=saying.line(turn, held), unit=held.unit)


async def waiting(turn: Turn, said: Said) -> Reply:
    """What waits for a second person."""
    found = await proposals.waiting(turn)
    if not found:
        return Reply.of("roles.waiting.none")
    rows = [
        (
            Choice(
                f"roles.waiting.{one.action}",
                "prop.open",
                one.id,
                one.version,
                facts={"person": one.name, "unit": one.unit},
            ),
        )
        for one in found
    ]
    return Reply.of("roles.waiting.list", *rows, count=len(found))


PRESSES = {
    "role.open": (opened, (Action.ROLE_VIEW,)),
    "role.below": (below, (Action.UNIT_VIEW,)),
    "role.item": (item, (Action.ROLE_VIEW,)),
    "prop.list": (waiting, (Action.APPOINT, Action.END_APPOINTMENT)),
}
