"""Another name for a unit, and back."""

from __future__ import annotations

from bot.chat import Choice, Reply
from bot.router import Said
from domain.rights import Action
from handlers.units import saying
from services import org, org_changes
from services.org import Gone, Refusal, UnitView
from services.org_changes import Changed, Plan
from services.turn import Turn


async def begun(turn: Turn, said: Said) -> Reply:
    """改名: ask for the new name."""
    unit = said.press.object if said.press else 0
    seen = await org.view_for(turn, unit, Action.UNIT_RENAME)
    if not isinstance(seen, UnitView):
        return saying.refused(Gone.MISSING)
    turn.ask("unit.rename", unit=seen.unit.id, version=seen.unit.version)
    return Reply.of("units.rename.name", saying.CANCEL, unit=seen.unit.name)


async def named(turn: Turn, said: Said) -> Reply:
    """The name was typed: show what will change."""
    return await _planned(turn, said, said.text)


async def asked_again(turn: Turn, said: Said) -> Reply:
    """Something else was typed where only a button answers: the same question once more."""
    return await _planned(turn, said, str(said.data["name"]))


async def _planned(turn: Turn, said: Said, name: str) -> Reply:
    unit, version = int(said.data["unit"]), int(said.data["version"])
    plan = await org_changes.plan_rename(turn, unit, version, name)
    if not isinstance(plan, Plan):
        return saying.refused(plan, saying.CANCEL)
    turn.ask("unit.rename.sure", unit=unit, version=version, name=plan.name)
    return Reply.of(
        "units.rename.sure",
        *saying.confirm("unit.rename.ok", plan),
        unit=plan.name,
        other=plan.other,
        people=plan.people,
        warnings=saying.warnings(plan),
    )


async def agreed(turn: Turn, said: Said) -> Reply:
    """Do it."""
    if turn.dialog.step != "unit.rename.sure":
        return Reply.of("dialog.lost")
    data = said.data
    turn.close()
    return _done(await org_changes.rename(turn, data["unit"], data["version"], data["name"]))


async def undone(turn: Turn, said: Said) -> Reply:
    """撤销."""
    if said.press is None:
        return saying.refused(Gone.MISSING)
    return _done(await org_changes.undo_rename(turn, said.press.object, said.press.version))


def _done(found: Changed | Refusal) -> Reply:
    if not isinstance(found, Changed):
        return saying.refused(found)
    undo = Choice("units.undo", "unit.name.undo", found.unit_id, found.version)
    row = (saying.opener(found.unit_id), undo)
    return Reply.of("units.rename.done", row, unit=found.name, other=found.other)


PRESSES = {
    "unit.rename": (begun, (Action.UNIT_VIEW, Action.UNIT_RENAME)),
    "unit.rename.ok": (agreed, (Action.UNIT_RENAME,)),
    "unit.name.undo": (undone, (Action.UNIT_RENAME,)),
}
STEPS = {
    "unit.rename": (named, (Action.UNIT_RENAME,)),
    "unit.rename.sure": (asked_again, (Action.UNIT_RENAME,)),
}
