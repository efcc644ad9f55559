"""What is said in a group: we greet, are bound, send people to the private chat, and go."""

from __future__ import annotations

from bot.chat import Kind, Reply
from bot.router import Said
from services import groups
from services.groups import PRIVATE, GroupRefusal
from services.turn import Turn

START = "start"
GREETINGS = frozenset({"", START, "help"})  # and what is said to us that is no command


async def heard(turn: Turn, said: Said) -> Reply:
    """Anything in a group that is not a command for everybody."""
    group = await groups.here(turn)
    if group is None:
        return Reply()
    event = said.event
    match event.kind:
        case Kind.JOINED:
            new = await groups.joined(turn, group, event)
            return Reply.of("room.hello") if new else Reply()
        case Kind.COMMAND if event.payload.get("name") == START and said.text:
            return _bound(await groups.bind(turn, group, said.text))
        case Kind.COMMAND:
            await groups.leave_soon(turn, group)
            greeted = event.payload.get("name", "") in GREETINGS
            await groups.point_to_private(turn, group, "room.here" if greeted else PRIVATE)
        case _:
            await groups.leave_soon(turn, group)
    return Reply()


def _bound(found: str | GroupRefusal) -> Reply:
    match found:
        case GroupRefusal.TAKEN:
            return Reply.of("room.taken")
        case GroupRefusal():
            return Reply.of("room.unbound")
    return Reply.of("room.bound", unit=found)
