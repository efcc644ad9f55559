"""Somebody leaves the unit, comes back, or moves to another one."""

from __future__ import annotations

from bot.chat import Choice, Reply, Say
from bot.going import go
from bot.router import Said
from domain.rights import Action
from handlers.members.changes import sure_again
from handlers.members.saying import CANCEL, back, done, refused
from services import member_changes, members
from services.member_changes import Asked
from services.members import MembersRefusal
from services.turn import Turn


async def out_asked(turn: Turn, said: Said) -> Reply:
    """Say what leaving means, before it happens."""
    person = said.press.object if said.press else 0
    found = await members.card(turn, person)
    if isinstance(found, MembersRefusal):
        return refused(found)
    sure = Choice("dialog.confirm", "members.outok", person, found.version)
    if not found.own:
        return Reply.of("members.out.ask", (sure, CANCEL), who=found.name, unit=found.unit_name)
    roles = [Say("me.role", {"role": role, "unit": unit}) for role, unit in found.roles]
    lost = roles or [Say("word.nothing")]
    return Reply.of("members.out.self", (sure, CANCEL), unit=found.unit_name, roles=lost)


async def out_confirmed(turn: Turn, said: Said) -> Reply:
    """Out; it can be undone for a day."""
    person, version = (said.press.object, said.press.version) if said.press else (0, 0)
    found = await member_changes.remove(turn, person, version)
    if isinstance(found, MembersRefusal):
        return refused(found, person)
    if turn.account.person == person:  # the right to undo it went with the role
        return Reply.of("members.out.yours", (go("me"), go("help")), unit=found.unit_name)
    undo = Choice("members.undo", "members.undo", person, found.version)
    return Reply.of("members.out.done", (undo, back(person)), who=found.name, unit=found.unit_name)


async def undone(turn: Turn, said: Said) -> Reply:
    """撤销 of a removal."""
    person, version = (said.press.object, said.press.version) if said.press else (0, 0)
    found = await member_changes.restore(turn, person, version)
    return done(found, "members.undo.done", person)


async def move_asked(turn: Turn, said: Said) -> Reply:
    """Ask for the code of the other unit."""
    person, version = (said.press.object, said.press.version) if said.press else (0, 0)
    turn.ask("members.move", id=person, version=version)
    return Reply.of("members.move.ask", (CANCEL,))


async def code_typed(turn: Turn, said: Said) -> Reply:
    """Read the code back."""
    code = said.text.strip().upper()[:16]
    person, version = int(said.data["id"]), int(said.data["version"])
    found = await member_changes.destination(turn, person, version, code)
    if found in (MembersRefusal.UNIT, MembersRefusal.SAME):  # the question stays open
        return Reply.of(f"members.no.{found}", (CANCEL,))
    if isinstance(found, MembersRefusal):
        turn.close()
        return refused(found, person)
    turn.ask("members.movesure", **{**said.data, "code": code})
    sure = Choice("dialog.confirm", "members.moveok")
    return Reply.of("members.move.sure", (sure, CANCEL), unit=found.name)


async def move_confirmed(turn: Turn, said: Said) -> Reply:
    """Move, or ask the other side."""
    if turn.dialog.step != "members.movesure":
        return Reply.of("dialog.lost")
    turn.close()
    person, version = int(said.data["id"]), int(said.data["version"])
    found = await member_changes.transfer(turn, person, version, str(said.data["code"]))
    if isinstance(found, MembersRefusal):
        return refused(found, person)
    name = "members.move.asked" if isinstance(found, Asked) else "members.move.done"
    return Reply.of(name, (back(person),), who=found.name, unit=found.unit_name)


_MOVE = (Action.MOVE_MEMBER,)
PRESSES = {
    "members.out": (out_asked, (Action.MEMBER_VIEW,)),
    "members.outok": (out_confirmed, _MOVE),
    "members.undo": (undone, _MOVE),
    "members.move": (move_asked, _MOVE),
    "members.moveok": (move_confirmed, _MOVE),
}
STEPS = {
    "members.move": (code_typed, _MOVE),
    "members.movesure": (sure_again, _MOVE),
}
