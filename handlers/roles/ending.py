"""卸任 of somebody else, 辞去 of the own office."""

from __future__ import annotations

from bot.chat import Choice, Reply
from bot.router import Said
from domain.rights import Action
from handlers.roles import saying
from services import ending
from services.ending import Ending
from services.proposals import Proposed
from services.turn import Turn


async def begun(turn: Turn, said: Said) -> Reply:
    """Say what will end."""
    plan = await ending.plan(turn, said.press.object if said.press else 0)
    if not isinstance(plan, Ending):
        return saying.refused(plan)
    word = "leave" if plan.own else "end"
    name = f"roles.{word}.second" if plan.second else f"roles.{word}.sure"
    sure = (Choice("dialog.confirm", "role.end.ok", plan.id),)
    return Reply.of(name, sure, saying.CANCEL, person=plan.name, unit=plan.unit, role=plan.role)


async def agreed(turn: Turn, said: Said) -> Reply:
    """Do it, or propose it."""
    found = await ending.end(turn, said.press.object if said.press else 0)
    if isinstance(found, Proposed):
        return saying.proposed(found)
    if not isinstance(found, Ending):
        return saying.refused(found)
    facts = {"person": found.name, "unit": found.unit, "role": found.role}
    if found.own:
        return Reply.of("roles.leave.done", **facts)
    return Reply.of(
        "roles.end.done",
        (Choice("units.undo", "role.undo", found.id),),
        **facts,
        told=saying.told(found.told),
    )


PRESSES = {
    "role.end": (begun, (Action.END_APPOINTMENT,)),
    "role.end.ok": (agreed, (Action.END_APPOINTMENT,)),
}
