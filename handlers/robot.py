"""添加群机器人: a robot of a group is bound by the address that its console shows."""

from __future__ import annotations

from bot.chat import Choice, Reply
from bot.router import Routes, Said
from domain.rights import Action
from services import webhooks
from services.turn import Turn
from services.webhooks import RobotRefusal

_RIGHT = (Action.INVITE,)
STEP = "grp.robot"


async def asked(turn: Turn, said: Said) -> Reply:
    """The button: ask for the address."""
    unit = 0 if said.press is None else said.press.object
    name = await webhooks.place(turn, unit)
    if isinstance(name, RobotRefusal):
        return _refused(name)
    turn.ask(STEP, unit=unit)
    return Reply.of("robot.ask", (Choice("dialog.cancel", "dialog.cancel"),), unit=name)


async def given(turn: Turn, said: Said) -> Reply:
    """The address, or the key alone."""
    unit = int(said.data["unit"])
    found = await webhooks.bind(turn, unit, said.text)
    if found is RobotRefusal.NO_KEY:
        turn.ask(STEP, unit=unit)
        return Reply.of("robot.no.key", (Choice("dialog.cancel", "dialog.cancel"),))
    turn.close()
    if isinstance(found, RobotRefusal):
        return _refused(found)
    back = Choice("robot.back", "grp.open", unit)
    return Reply.of("robot.bound", (back,), title=found)


def _refused(refusal: RobotRefusal) -> Reply:
    match refusal:
        case RobotRefusal.CLOSED:
            return Reply.of("units.no.closed")
        case RobotRefusal.TAKEN:
            return Reply.of("robot.taken")
        case _:
            return Reply.of("common.missing")


ROUTES = Routes(
    presses={"grp.robot": (asked, _RIGHT)},
    steps={STEP: (given, _RIGHT)},
)
