"""/group 绑定群: the groups of a unit, how to add one, and how to let one go."""

from __future__ import annotations

from bot.chat import Choice, Reply, Say
from bot.pages import Page
from bot.router import Command, Routes, Said
from domain.rights import Action, Role
from services import groups, org
from services.groups import Group, GroupRefusal
from services.org import Gone
from services.shown import ABROAD
from services.turn import Turn

_RIGHT = (Action.INVITE,)


async def group(turn: Turn, said: Said) -> Reply:
    """/group [CODE or a piece of a unit's name]."""
    found = await org.entry(turn, said.text, Action.INVITE, Role.SECRETARY, Role.OFFICER)
    if isinstance(found, Gone):
        return _refused(GroupRefusal.MISSING)
    if found.total == 1:
        return await _unit(turn, found.items[0].id, 0)
    rows = [
        (Choice("group.unit", "grp.open", one.id, facts={"unit": one.name}),) for one in found.items
    ]
    return Reply.of("group.units", *rows)


async def opened(turn: Turn, said: Said) -> Reply:
    """The groups of a unit; the argument is the page."""
    if said.press is None:
        return _refused(GroupRefusal.MISSING)
    return await _unit(turn, said.press.object, said.press.argument)


async def _unit(turn: Turn, unit: int, page: int) -> Reply:
    found = await groups.listing(turn, unit, page)
    if isinstance(found, GroupRefusal):
        return _refused(found)
    add = Choice("group.add", url=f"group:{found.payload}")
    ends = [(_end(number, one),) for number, one in enumerate(found.items, start=1)]
    turner = Page(found.items, page, found.total).turner("grp.open", unit)
    adds = (add, Choice("robot.add", "grp.robot", unit)) if turn.house.robots else (add,)
    make = Choice("appchat.add", "grp.chat", unit)
    makes = (make,) if turn.house.robots and not found.made else ()
    rows = [row for row in (adds, makes, *ends, turner) if row]
    lines: object = [
        Say(_named(one, "line"), {"number": number, "title": one.title})
        for number, one in enumerate(found.items, start=1)
    ] or Say("word.nothing")
    by_robot = turn.house.robots and turn.account.channel not in ABROAD
    facts = {"unit": found.unit_name, "lines": lines, "payload": found.payload}
    return Reply.of("group.list.robot" if by_robot else "group.list", *rows, **facts)


def _named(one: Group, what: str) -> str:
    """A sentence about a group of its kind."""
    return f"{'robot' if one.robot else 'appchat' if one.made else 'group'}.{what}"


def _end(number: int, one: Group) -> Choice:
    return Choice("group.end", "grp.end", one.id, one.version, facts={"number": number})


async def ending(turn: Turn, said: Said) -> Reply:
    """解绑: what will happen."""
    if said.press is None:
        return _refused(GroupRefusal.MISSING)
    found = await groups.one(turn, said.press.object)
    if isinstance(found, GroupRefusal):
        return _refused(found)
    sure = Choice("dialog.confirm", "grp.end.ok", found.id, found.version)
    keep = Choice("dialog.cancel", "dialog.cancel")
    name = "appchat.end.sure" if found.made else _named(found, "sure")
    return Reply.of(name, (sure, keep), title=found.title)


async def ended(turn: Turn, said: Said) -> Reply:
    """Do it."""
    if said.press is None:
        return _refused(GroupRefusal.MISSING)
    found = await groups.release(turn, said.press.object, said.press.version)
    if isinstance(found, GroupRefusal):
        return _refused(found)
    undo = Choice("appchat.undo", "grp.chat.back", found.id, found.version)
    rows = ((undo,),) if found.made else ()
    return Reply.of(_named(found, "released"), *rows, title=found.title)


def _refused(refusal: GroupRefusal) -> Reply:
    match refusal:
        case GroupRefusal.CLOSED:
            return Reply.of("units.no.closed")
        case GroupRefusal.CHANGED:
            return Reply.of("common.changed")
        case _:
            return Reply.of("common.missing")


ROUTES = Routes(
    commands=(
        Command(
            "group",
            ("绑定群", "群", "group"),
            group,
            "secretary",
            _RIGHT,
        ),
    ),
    presses={
        "grp.open": (opened, _RIGHT),
        "grp.end": (ending, _RIGHT),
        "grp.end.ok": (ended, _RIGHT),
    },
    in_place=frozenset({"grp.open", "grp.end", "grp.end.ok"}),
)
