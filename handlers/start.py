"""/start: the first contact."""

from __future__ import annotations

from bot import joining, linking
from bot.chat import Choice, Reply, Say
from bot.going import go
from bot.router import Command, Routes, Said
from domain.linking import is_payload
from domain.rights import Action
from services import founding
from services.people import shown_name
from services.turn import Turn
from services.waits import waiting


async def start(turn: Turn, said: Said) -> Reply:
    """An invite begins a registration, a link code joins accounts; else: what one may do."""
    if is_payload(said.text):
        return await linking.opened(turn, said.text)
    if said.text:
        return await joining.opened(turn, said.text)
    if turn.person is not None and turn.person.status == "active":
        choices = (go("me"), go("hours"), go("help"))
        return Reply.of("start.again", choices, who=shown_name(turn, turn.person.name))
    found = await waiting(turn)
    if found:
        return joining.waits(found)
    if await founding.needed(turn):
        begin = Choice("start.found", "found.begin")
        return Reply.of("start.founding", (begin,), notice=Say("privacy.notice"))
    return Reply.of("start.welcome", (go("join"), go("privacy")), (go("lang"), go("help")))


ROUTES = Routes(
    commands=(
        Command(
            "start",
            ("开始", "start"),
            start,
            who="everybody",
            actions=(Action.PUBLIC, Action.OWN_CHANGE, Action.FOUND),
        ),
    )
)
