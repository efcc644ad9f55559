"""What is asked before anything goes to a channel whose messages are kept abroad."""

from __future__ import annotations

from dataclasses import replace

from bot.chat import Choice, Reply, Say
from bot.going import go
from services import consents
from services.turn import Turn

STEP = "abroad.ask"
_CANCEL = Choice("dialog.cancel", "dialog.cancel")
_LANGUAGE = replace(go("lang"), label="abroad.lang")  # readable before a language is chosen
_ANSWERS = (
    (Choice("join.yes", "abroad.yes"), Choice("join.no", "abroad.no")),
    (go("privacy"), _LANGUAGE, _CANCEL),
)


async def asked(turn: Turn, way: str, text: str) -> Reply | None:
    """The question, where this speaker has to be asked first; None where all is well.

    `way` (start, join, link) and `text` are what goes on after a yes. Nothing is stored before.
    """
    if not await consents.asks_abroad(turn):
        return None
    turn.ask(STEP, way=way, text=text)
    stays = "abroad.stays.names" if turn.house.telegram_personal_data else "abroad.stays"
    return Reply.of("abroad.notice", *_ANSWERS, stays=Say(stays))


def hinted() -> Reply:
    """Something else than yes or no was typed under the question."""
    return Reply.of("abroad.hint", *_ANSWERS)
