"""/privacy: the notice, my consents, and taking one back."""

from __future__ import annotations

from bot.chat import Choice, Reply, Say
from bot.going import go
from bot.router import Command, Routes, Said
from domain.rights import Action
from services import consents, people
from services.consents import Consent
from services.turn import Turn

_ACTIONS = (Action.PUBLIC, Action.OWN_CHANGE)
_SHOWN = 8  # the newest; the whole history is in the export of the own data


async def privacy(turn: Turn, said: Said) -> Reply:
    """The notice, then every consent with its date."""
    found = await consents.mine(turn)
    lines = [_line(one) for one in found[-_SHOWN:]] or [Say("privacy.none")]
    standing = any(one.withdrawn_at is None and not one.recorded for one in found)
    active = turn.person is not None and turn.person.status == "active"
    end = (Choice("privacy.end", "privacy.end"),) if standing or active else ()
    return Reply.of("privacy.card", (*end, go("help")), notice=Say("privacy.notice"), lines=lines)


def _line(one: Consent) -> Say:
    kind = "recorded" if one.recorded else "ended" if one.withdrawn_at else "given"
    facts = {
        "purpose": Say(f"privacy.purpose.{one.purpose}"),
        "version": one.text_version,
        "since": one.given_at,
        "until": one.withdrawn_at or one.given_at,
    }
    return Say(f"privacy.line.{kind}", facts)


async def ask(turn: Turn, said: Said) -> Reply:
    """Say what withdrawing means, before it happens."""
    choices = (Choice("privacy.leave", "privacy.ok"), Choice("dialog.cancel", "dialog.cancel"))
    active = turn.person is not None and turn.person.status == "active"
    return Reply.of("privacy.end.member" if active else "privacy.end.other", choices)


async def confirmed(turn: Turn, said: Said) -> Reply:
    """Withdraw: immediate; joining again is the way back."""
    turn.close()
    if await people.leave(turn):
        return Reply.of("privacy.left", (go("join"), go("help")))
    return Reply.of("privacy.nothing", (go("help"),))


ROUTES = Routes(
    commands=(Command("privacy", ("隐私", "privacy"), privacy, who="everybody", actions=_ACTIONS),),
    presses={"privacy.end": (ask, _ACTIONS), "privacy.ok": (confirmed, _ACTIONS)},
)
