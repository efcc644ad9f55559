"""A guardian's consent for one person: written down, read back, recorded, taken back."""

from __future__ import annotations

from bot.chat import Choice, Reply, Say
from bot.router import Said
from domain.joining import names_guardian
from domain.rights import Action
from handlers.members.saying import CANCEL, asked, back, refused
from services import member_changes, members
from services.members import MembersRefusal
from services.shown import ABROAD
from services.turn import Turn

_SURE = Choice("dialog.confirm", "members.guardok")


async def guardian_asked(turn: Turn, said: Said) -> Reply:
    """Ask who agreed, when and how."""
    asked(turn, said, "members.guard")
    return Reply.of("members.guard.ask", (CANCEL,))


async def guardian_typed(turn: Turn, said: Said) -> Reply:
    """Read the words back; what names no guardian is asked again."""
    words = " ".join(said.text.split())
    if not names_guardian(words):
        return Reply.of("members.no.words", (CANCEL,))
    person = int(said.data["id"])
    found = await members.card(turn, person)
    if isinstance(found, MembersRefusal):
        turn.close()
        return refused(found)
    turn.ask("members.guardsure", **{**said.data, "words": words})
    shown = Say("members.guard.above") if turn.account.channel in ABROAD else words
    return Reply.of("members.guard.sure", (_SURE, CANCEL), who=found.name, words=shown)


async def sure_again(turn: Turn, said: Said) -> Reply:
    """Something was typed where a button is needed: perhaps better words."""
    if names_guardian(" ".join(said.text.split())):
        return await guardian_typed(turn, said)
    return Reply.of("join.choose", (_SURE, CANCEL))


async def guardian_confirmed(turn: Turn, said: Said) -> Reply:
    """Record it; it can be undone at once, and later from the card."""
    if turn.dialog.step != "members.guardsure":
        return Reply.of("dialog.lost")
    turn.close()
    person, version = int(said.data["id"]), int(said.data["version"])
    words = str(said.data["words"])
    found = await member_changes.record_guardian(turn, person, version, words)
    if isinstance(found, MembersRefusal):
        return refused(found, person)
    undo = Choice("members.undo", "members.unguok", person, found.version)
    return Reply.of("members.guard.done", (undo, back(person)), who=found.name)


async def end_asked(turn: Turn, said: Said) -> Reply:
    """Say what taking it back means, before it happens."""
    person = said.press.object if said.press else 0
    found = await members.card(turn, person)
    if isinstance(found, MembersRefusal):
        return refused(found)
    sure = Choice("dialog.confirm", "members.unguok", person, found.version)
    return Reply.of("members.unguard.ask", (sure, CANCEL), who=found.name)


async def end_confirmed(turn: Turn, said: Said) -> Reply:
    """The consent stands no longer."""
    person, version = (said.press.object, said.press.version) if said.press else (0, 0)
    found = await member_changes.withdraw_guardian(turn, person, version)
    if isinstance(found, MembersRefusal):
        return refused(found, person)
    return Reply.of("members.unguard.done", (back(person),), who=found.name)


_GUARD = (Action.REGISTRATION_REVIEW,)
_READ = (Action.MEMBER_VIEW,)
PRESSES = {
    "members.guard": (guardian_asked, _GUARD),
    "members.guardok": (guardian_confirmed, _GUARD),
    "members.unguard": (end_asked, _READ),
    "members.unguok": (end_confirmed, _GUARD),
}
STEPS = {"members.guard": (guardian_typed, _READ), "members.guardsure": (sure_again, _READ)}
