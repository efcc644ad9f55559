"""Closing a unit and opening it again, and whether its new people need approval."""

from __future__ import annotations

from bot.chat import Choice, Reply
from bot.router import Said
from domain.org import OrgProblem
from domain.rights import Action
from handlers.units import saying
from services import org_closing
from services.org import Gone
from services.org_changes import Changed, Plan
from services.turn import Turn


async def begun(turn: Turn, said: Said) -> Reply:
    """关闭: what stands in the way, or are you sure."""
    if said.press is None:
        return saying.refused(Gone.MISSING)
    plan = await org_closing.plan_close(turn, said.press.object, said.press.version)
    if not isinstance(plan, Plan):
        back = (
            () if plan in (Gone.MISSING, OrgProblem.ROOT) else (saying.opener(said.press.object),)
        )
        return saying.refused(plan, back)
    rows = saying.confirm("unit.close.ok", plan)
    return Reply.of("units.close.sure", *rows, unit=plan.name, offices=plan.offices)


async def agreed(turn: Turn, said: Said) -> Reply:
    """Do it."""
    if said.press is None:
        return saying.refused(Gone.MISSING)
    found = await org_closing.close(turn, said.press.object, said.press.version)
    if not isinstance(found, Changed):
        return saying.refused(found)
    again = Choice("units.reopen", "unit.reopen", found.unit_id, found.version)
    return Reply.of("units.close.done", (again,), unit=found.name, code=found.code)


async def reopened(turn: Turn, said: Said) -> Reply:
    """重新开放."""
    if said.press is None:
        return saying.refused(Gone.MISSING)
    found = await org_closing.reopen(turn, said.press.object, said.press.version)
    if not isinstance(found, Changed):
        return saying.refused(found)
    return Reply.of("units.reopen.done", (saying.opener(found.unit_id),), unit=found.name)


async def gated(turn: Turn, said: Said) -> Reply:
    """新人需审批, on (argument 1) or off (0)."""
    press = said.press
    if press is None:
        return saying.refused(Gone.MISSING)
    wanted = bool(press.argument)
    found = await org_closing.set_approval(turn, press.object, press.version, wanted)
    if not isinstance(found, Changed):
        return saying.refused(found)
    back = Choice("units.undo", "unit.gate", found.unit_id, found.version, argument=int(not wanted))
    name = "units.gate.shut" if wanted else "units.gate.opened"
    return Reply.of(name, (saying.opener(found.unit_id), back), unit=found.name)


PRESSES = {
    "unit.close": (begun, (Action.UNIT_CLOSE,)),
    "unit.close.ok": (agreed, (Action.UNIT_CLOSE,)),
    "unit.reopen": (reopened, (Action.UNIT_CLOSE,)),
    "unit.gate": (gated, (Action.UNIT_RENAME,)),
}
