"""建一个群: the app makes a group of the unit's members who use WeCom."""

from __future__ import annotations

from bot.chat import Choice, Reply
from bot.going import go
from bot.router import Routes, Said
from domain.appchat import MOST
from domain.rights import Action
from services import appchat
from services.appchat import ChatRefusal, Plan
from services.turn import Turn

_RIGHT = (Action.INVITE,)


async def asked(turn: Turn, said: Said) -> Reply:
    """The button: what would be made, for whom."""
    unit = 0 if said.press is None else said.press.object
    return _shown(await appchat.plan(turn, unit), unit)


async def made(turn: Turn, said: Said) -> Reply:
    """Make it, if there are still as many people as were told."""
    if said.press is None:
        return _refused(ChatRefusal.MISSING, 0)
    unit = said.press.object
    found = await appchat.make(turn, unit, said.press.argument)
    if found is ChatRefusal.CHANGED:
        return _shown(await appchat.plan(turn, unit), unit)
    if isinstance(found, ChatRefusal):
        return _refused(found, unit)
    back = Choice("robot.back", "grp.open", unit)
    return Reply.of("appchat.made", (back,), unit=found.unit, count=found.people)


async def again(turn: Turn, said: Said) -> Reply:
    """撤销: the group that was released is bound again."""
    if said.press is None:
        return _refused(ChatRefusal.MISSING, 0)
    found = await appchat.again(turn, said.press.object, said.press.version)
    if isinstance(found, ChatRefusal):
        return _refused(found, 0)
    return Reply.of("appchat.again", unit=found)


def _shown(found: Plan | ChatRefusal, unit: int) -> Reply:
    if isinstance(found, ChatRefusal):
        return _refused(found, unit)
    sure = Choice("appchat.make", "grp.chat.ok", unit, argument=found.people)
    keep = Choice("dialog.cancel", "dialog.cancel")
    facts = {"unit": found.unit, "count": found.people, "owner": found.owner}
    return Reply.of("appchat.sure", (sure, keep), **facts)


def _refused(refusal: ChatRefusal, unit: int) -> Reply:
    robot = (Choice("robot.add", "grp.robot", unit),)
    match refusal:
        case ChatRefusal.CLOSED:
            return Reply.of("units.no.closed")
        case ChatRefusal.TAKEN:
            return Reply.of("appchat.taken", (Choice("robot.back", "grp.open", unit),))
        case ChatRefusal.OWNER:
            return Reply.of("appchat.no.owner", (go("link"), *robot))
        case ChatRefusal.FEW:
            return Reply.of("appchat.few", (go("invite"), *robot))
        case ChatRefusal.MANY:
            return Reply.of("appchat.many", robot, most=MOST)
        case ChatRefusal.CHANGED:
            return Reply.of("common.changed")
        case _:
            return Reply.of("common.missing")


ROUTES = Routes(
    presses={
        "grp.chat": (asked, _RIGHT),
        "grp.chat.ok": (made, _RIGHT),
        "grp.chat.back": (again, _RIGHT),
    },
    in_place=frozenset({"grp.chat", "grp.chat.ok", "grp.chat.back"}),
)
