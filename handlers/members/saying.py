"""What the dialogs about members say in the same way."""

from __future__ import annotations

from bot.chat import Choice, Reply
from bot.router import Said
from services.member_changes import Changed
from services.members import MembersRefusal
from services.turn import Turn

CANCEL = Choice("dialog.cancel", "dialog.cancel")


def asked(turn: Turn, said: Said, step: str, **data: object) -> None:
    """Open a step about the person of the button that was pressed, as the reader saw them."""
    key, version = (said.press.object, said.press.version) if said.press else (0, 0)
    turn.ask(step, id=key, version=version, **data)


def refused(refusal: MembersRefusal, person: int = 0) -> Reply:
    """Say why nothing was done; what is not there and what is not allowed sound the same."""
    again = () if not person else ((back(person),),)
    if refusal in (MembersRefusal.MISSING, MembersRefusal.CHANGED):
        return Reply.of(f"common.{refusal}", *again)
    return Reply.of(f"members.no.{refusal}", *again)


def back(person: int) -> Choice:
    """The button that leads back to a person's card."""
    return Choice("members.back", "members.see", person)


def done(found: Changed | MembersRefusal, name: str, person: int) -> Reply:
    """Say that a change is made, or why not."""
    if isinstance(found, MembersRefusal):
        return refused(found, person)
    return Reply.of(name, (back(person),), who=found.name)
