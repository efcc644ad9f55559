"""/privacy: the notice, my consents, and taking one back."""

from __future__ import annotations

from collections.abc import Sequence

from bot.chat import Choice, Reply, Say
from bot.going import go
from bot.router import Command, Routes, Said
from domain.rights import Action
from services import consents, people
from services.consents import Consent, Purpose
from services.turn import Turn

_ACTIONS = (Action.PUBLIC, Action.OWN_CHANGE)
_SHOWN = 8  # the newest; the whole history is in the export of the own data


async def privacy(turn: Turn, said: Said) -> Reply:
    """The notice, then every consent with its date."""
    found = await consents.mine(turn)
    lines = [_line(one) for one in found[-_SHOWN:]] or [Say("privacy.none")]
    active = turn.person is not None and turn.person.status == "active"
    register = active or _stands(found, Purpose.REGISTER)
    end = (Choice("privacy.end", "privacy.end"),) if register else ()
    if _stands(found, Purpose.TELEGRAM):
        end = (*end, Choice("privacy.abroad", "privacy.abroad"))
    rows = (end, (go("mydata"), go("forget")), (go("help"),))
    return Reply.of("privacy.card", *rows, notice=Say("privacy.notice"), lines=lines)


def _stands(found: Sequence[Consent], purpose: Purpose) -> bool:
    """Whether one of the own consents of this purpose stands."""
    return any(
        one.purpose == purpose and one.withdrawn_at is None and not one.recorded for one in found
    )


def _line(one: Consent) -> Say:
    kind = "ended" if one.withdrawn_at else "given"
    if one.guardian:
        kind = f"guardian.{kind}"
    if one.recorded:
        kind = "recorded"
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


async def ask_abroad(turn: Turn, said: Said) -> Reply:
    """停用 Telegram: what that means, before it happens."""
    choices = (
        Choice("privacy.noabroad", "privacy.noabroad"),
        Choice("dialog.cancel", "dialog.cancel"),
    )
    return Reply.of("privacy.abroad.ask", choices)


async def ended_abroad(turn: Turn, said: Said) -> Reply:
    """Withdraw the consent to sending abroad; from now on only answers go there."""
    if await consents.withdraw(turn, Purpose.TELEGRAM):
        return Reply.of("privacy.abroad.done", (go("help"),))
    return Reply.of("privacy.nothing", (go("help"),))


ROUTES = Routes(
    commands=(Command("privacy", ("隐私", "privacy"), privacy, who="everybody", actions=_ACTIONS),),
    presses={
        "privacy.end": (ask, _ACTIONS),
        "privacy.ok": (confirmed, _ACTIONS),
        "privacy.abroad": (ask_abroad, _ACTIONS),
        "privacy.noabroad": (ended_abroad, _ACTIONS),
    },
)
