"""One person: the card, and a look at private fields with a reason."""

from __future__ import annotations

from bot.chat import Choice, Reply, Say
from bot.router import Said
from domain.people import Band
from domain.rights import Action
from handlers.members.saying import CANCEL, back, refused
from services import members
from services.members import REASONS, Card, MembersRefusal
from services.turn import Turn


async def seen(turn: Turn, said: Said) -> Reply:
    """The card."""
    turn.close()
    found = await members.card(turn, said.press.object if said.press else 0)
    if isinstance(found, MembersRefusal):
        return refused(found)
    return Reply.of("members.card", *_buttons(found), **_facts(found))


def _facts(found: Card) -> dict[str, object]:
    nothing = Say("word.nothing")
    status: object = nothing
    if found.member_status:
        status = Say(f"word.{found.member_status}")
    if found.member_status and found.since:
        status = Say("members.since", {"status": found.member_status, "since": found.since})
    return {
        "who": found.name,
        "unit": found.unit_name,
        "claimed": found.status,
        "status": status,
        "number": found.number or nothing,
        "phone": found.phone or nothing,
        "band": _band(found.band),
        "guardian": Say(f"members.guardian.{_guardian(found)}"),
    }


def _band(found: Band) -> Say:
    return Say("members.band.unknown" if found is Band.UNKNOWN else f"word.{found}")


def _guardian(found: Card) -> str:
    if found.guardian:
        return "yes" if found.heard else "said"
    return "adult" if found.band is Band.ADULT else "no"


def _buttons(found: Card) -> list[tuple[Choice, ...]]:
    def button(purpose: str) -> Choice:
        return Choice(purpose, purpose, found.id, found.version)

    rows: list[tuple[Choice, ...]] = []
    if found.may_reveal:
        rows.append((button("members.show"),))
    if found.may_guardian:
        rows.append((button("members.guard"),))
    if found.may_unguard:
        rows.append((button("members.unguard"),))
    if found.may_change and found.status != "left":
        rows.append((button("members.status"), button("members.name")))
    if found.may_move and found.status != "left":
        rows.append((button("members.move"), button("members.out")))
    rows.append((Choice("members.list", "members.unit", found.unit_id),))
    return rows


async def ask_reason(turn: Turn, said: Said) -> Reply:
    """Why private fields are to be shown."""
    person = said.press.object if said.press else 0
    choices = [
        (Choice(f"members.why.{reason}", "members.why", person, argument=number),)
        for number, reason in enumerate(REASONS)
    ]
    return Reply.of("members.why.ask", *choices, (CANCEL,))


async def revealed(turn: Turn, said: Said) -> Reply:
    """Show them; the look is on record."""
    person, number = (said.press.object, said.press.argument) if said.press else (0, 0)
    found = await members.reveal(turn, person, REASONS[number % len(REASONS)])
    if isinstance(found, MembersRefusal):
        return refused(found, person)
    nothing = Say("word.nothing")
    facts = {
        "who": found.name,
        "phone": found.phone or nothing,
        "number": found.number or nothing,
        "birth": Say("join.day", {"day": found.birth}) if found.birth else nothing,
    }
    return Reply.of("members.private", (back(person),), **facts)


_LOOK = (Action.PRIVATE_VIEW, Action.MINOR_REVEAL)
PRESSES = {
    "members.see": (seen, (Action.MEMBER_VIEW,)),
    "members.show": (ask_reason, _LOOK),
    "members.why": (revealed, _LOOK),
}
