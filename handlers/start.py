"""/start: the first contact."""

from __future__ import annotations

from dataclasses import replace

from bot import abroad, joining, linking
from bot.chat import Choice, Reply, Say
from bot.going import go
from bot.router import Command, Routes, Said
from domain.linking import is_payload
from domain.rights import Action
from services import consents, founding, layouts
from services.consents import Purpose
from services.people import shown_name
from services.turn import Turn
from services.waits import waiting


async def start(turn: Turn, said: Said) -> Reply:
    """An invite begins a registration, a link code joins accounts; else: what one may do.

    Where messages are kept abroad, that is asked before anything else. Who may not see buttons is
    told once that there are words only.
    """
    reply = await _begun(turn, said)
    told = await layouts.to_be_told(turn)
    return Reply((*reply.says, Say("layout.hint"))) if told else reply


async def _begun(turn: Turn, said: Said) -> Reply:
    asked = await abroad.asked(turn, "start", said.text)
    if asked is not None:
        return asked
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


async def agreed(turn: Turn, said: Said) -> Reply:
    """同意 that messages go abroad; then what was begun goes on."""
    if turn.dialog.step != abroad.STEP:
        return Reply.of("dialog.lost", (go("start"),))
    way, text = said.data["way"], said.data["text"]
    turn.close()
    await consents.give(turn, Purpose.TELEGRAM)
    match way:
        case "link":
            return await linking.opened(turn, text)
        case "join":
            return await joining.opened(turn, text)
    return await start(turn, replace(said, text=text))


async def declined(turn: Turn, said: Said) -> Reply:
    """不同意: nothing was stored, and other channels are there."""
    turn.close()
    return Reply.of("abroad.declined", (go("start"), go("help")))


async def asked_again(turn: Turn, said: Said) -> Reply:
    """Something else than yes or no was typed."""
    return abroad.hinted()


_ACTIONS = (Action.PUBLIC, Action.OWN_CHANGE, Action.FOUND)
ROUTES = Routes(
    commands=(
        Command(
            "start",
            ("开始", "start"),
            start,
            who="everybody",
            actions=_ACTIONS,
        ),
    ),
    presses={"abroad.yes": (agreed, _ACTIONS), "abroad.no": (declined, (Action.PUBLIC,))},
    steps={abroad.STEP: (asked_again, (Action.PUBLIC,))},
)
