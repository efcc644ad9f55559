"""A unit with what is below it, and the buttons that the speaker's rights give."""

from __future__ import annotations

from bot.chat import Choice, Reply, Say
from bot.router import Said
from domain.rights import Action, Role
from handlers.units import saying
from services import org
from services.org import Briefs, Gone, UnitView
from services.turn import Turn


async def units(turn: Turn, said: Said) -> Reply:
    """/units [CODE or a piece of a name]."""
    found = await org.entry(turn, said.text, Action.UNIT_VIEW, Role.OFFICER, Role.AUDITOR)
    match found:
        case Gone():
            return saying.refused(found)
        case Briefs(total=1):
            return await _shown(turn, found.items[0].id, 0)
    if said.text:
        turn.ask("unit.found", text=said.text)
    return _listed(found)


async def turned(turn: Turn, said: Said) -> Reply:
    """Another page of what was found."""
    number = said.press.argument if said.press else 0
    text = str(said.data.get("text", "")) if turn.dialog.step == "unit.found" else ""
    found = await org.entry(turn, text, Action.UNIT_VIEW, Role.OFFICER, Role.AUDITOR, page=number)
    return saying.refused(found) if isinstance(found, Gone) else _listed(found)


async def closed(turn: Turn, said: Said) -> Reply:
    """The closed units below one; the argument is the page."""
    if said.press is None:
        return saying.refused(Gone.MISSING)
    found = await org.closed(turn, said.press.object, said.press.argument)
    if isinstance(found, Gone):
        return saying.refused(found)
    above = (saying.opener(found.unit.id),)
    rows = saying.listed(found.items, "unit.open", "unit.closed", found.unit.id)
    name = "units.closed.list" if found.items.total else "units.closed.none"
    return Reply.of(name, *rows, above, unit=found.unit.name, total=found.items.total)


async def opened(turn: Turn, said: Said) -> Reply:
    """A unit was chosen; the argument is the page of its children."""
    if said.press is None:
        return saying.refused(Gone.MISSING)
    return await _shown(turn, said.press.object, said.press.argument)


def _listed(found: Briefs) -> Reply:
    rows = saying.listed(found, "unit.open", "unit.page")
    return Reply.of("units.list", *rows, total=found.total)


async def _shown(turn: Turn, unit: int, page: int) -> Reply:
    seen = await org.view(turn, unit, page)
    if isinstance(seen, Gone):
        return saying.refused(seen)
    return Reply.of("units.view", *_rows(seen), **_facts(seen))


def _facts(seen: UnitView) -> dict[str, object]:
    closed = seen.closed_below
    gate = "on" if seen.approval else "listed" if seen.listed else "off"
    state: object = Say(f"units.gate.{gate}")
    if seen.merged_into is not None:
        state = Say("units.merged_into", {"other": seen.merged_into})
    elif seen.closed:
        state = Say("units.is_closed")
    return {
        "path": " › ".join(seen.path),
        "kind": seen.unit.kind,
        "code": seen.unit.code,
        "people": seen.people,
        "people_below": seen.people_below,
        "units": seen.units_below,
        "closed": Say("units.closed_too", {"count": closed}) if closed else "",
        "secretaries": list(seen.secretaries) or Say("word.nothing"),
        "state": state,
    }


def _rows(seen: UnitView) -> list[tuple[Choice, ...]]:
    unit = seen.unit
    rows = [*saying.listed(seen.children, "unit.open", "unit.open", unit.id)]
    if seen.closed_below and not seen.closed:
        facts = {"count": seen.closed_below}
        rows.append((Choice("units.closed", "unit.closed", unit.id, facts=facts),))
    rows += _open_rows(seen) if not seen.closed else _closed_rows(seen)
    if seen.parent is not None:
        rows.append((Choice("units.up", "unit.open", seen.parent),))
    return [row for row in rows if row]


def _open_rows(seen: UnitView) -> list[tuple[Choice, ...]]:
    gate = Choice(
        "units.open_gate" if seen.approval else "units.shut_gate",
        "unit.gate",
        seen.unit.id,
        seen.unit.version,
        argument=int(not seen.approval),
    )
    wanted = (
        (
            (Action.UNIT_CREATE, _of(seen, "units.new", "unit.new")),
            (Action.INVITE, _of(seen, "units.invite", "inv.open")),
            (Action.ROLE_VIEW, _of(seen, "units.roles", "role.open")),
        ),
        (
            (Action.UNIT_RENAME, _of(seen, "units.rename", "unit.rename")),
            (Action.UNIT_MOVE, _of(seen, "units.move", "unit.move")),
            (Action.UNIT_MERGE, _of(seen, "units.merge", "unit.merge")),
        ),
        (
            (Action.UNIT_RENAME, gate),
            (Action.UNIT_CLOSE, _of(seen, "units.close", "unit.close")),
        ),
    )
    return [tuple(choice for action, choice in row if action in seen.may) for row in wanted]


def _closed_rows(seen: UnitView) -> list[tuple[Choice, ...]]:
    if seen.merged_into is not None or Action.UNIT_CLOSE not in seen.may:
        return []
    return [(_of(seen, "units.reopen", "unit.reopen"),)]


def _of(seen: UnitView, label: str, purpose: str) -> Choice:
    return Choice(label, purpose, seen.unit.id, seen.unit.version)


PRESSES = {
    "unit.open": (opened, (Action.UNIT_VIEW,)),
    "unit.closed": (closed, (Action.UNIT_CREATE,)),
    "unit.page": (turned, (Action.UNIT_VIEW,)),
}
