"""添加群机器人: a robot of a group is bound by the address that its console shows."""

from __future__ import annotations

from collections.abc import Sequence

from bot.chat import Choice, Reply
from bot.router import Routes, Said
from domain.rights import Action
from domain.webhooks import is_address
from services import webhooks
from services.org import Brief
from services.turn import Turn
from services.webhooks import RobotRefusal

_RIGHT = (Action.INVITE,)
STEP = "grp.robot"
WHICH = "grp.robot.which"
AT = "grp.robot.at"


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
    return await _bound(turn, int(said.data["unit"]), said.text)


async def pasted(turn: Turn, said: Said) -> Reply:
    """An address that nobody asked for; nothing is said to who may bind no robot."""
    if not turn.house.robots:
        return Reply()
    units = await webhooks.places(turn)
    if len(units) == 1:
        return await _bound(turn, units[0].id, said.text)
    if not units:
        return Reply()
    return _which(turn, units, said.text)


async def chosen(turn: Turn, said: Said) -> Reply:
    """For which unit it is; the address is asked for if it is forgotten meanwhile."""
    if said.press is None or turn.dialog.step != WHICH:
        return await asked(turn, said)
    return await _bound(turn, said.press.object, str(said.data["address"]))


async def unclear(turn: Turn, said: Said) -> Reply:
    """None of the units: the same question again, for the newest address."""
    units = await webhooks.places(turn)
    if not units:
        turn.close()
        return Reply.of("common.missing")
    return _which(turn, units, said.text if is_address(said.text) else said.data["address"])


def _which(turn: Turn, units: Sequence[Brief], address: str) -> Reply:
    turn.ask(WHICH, address=address)
    rows = [(Choice("group.unit", AT, one.id, facts={"unit": one.name}),) for one in units]
    return Reply.of("robot.which", *rows, (Choice("dialog.cancel", "dialog.cancel"),))


async def _bound(turn: Turn, unit: int, text: str) -> Reply:
    found = await webhooks.bind(turn, unit, text)
    if found in {RobotRefusal.NO_KEY, RobotRefusal.FOREIGN}:
        turn.ask(STEP, unit=unit)
        name = "robot.no.key" if found is RobotRefusal.NO_KEY else "robot.foreign"
        return Reply.of(name, (Choice("dialog.cancel", "dialog.cancel"),))
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
    presses={"grp.robot": (asked, _RIGHT), AT: (chosen, _RIGHT)},
    steps={STEP: (given, _RIGHT), WHICH: (unclear, _RIGHT)},
    decides=frozenset({AT}),
)
