"""What is said while two accounts are joined: /link and /start begin the same way."""

from __future__ import annotations

from bot import abroad
from bot.chat import Choice, Reply, Say
from bot.going import go
from services import linking
from services.linking import LinkRefusal, Offer, Refused
from services.merging import WhoDecides
from services.turn import Turn

CANCEL = Choice("dialog.cancel", "dialog.cancel")
_AGAIN = (LinkRefusal.CODE, LinkRefusal.LOCKED, LinkRefusal.CHANGED)


async def opened(turn: Turn, text: str) -> Reply:
    """Answer a code or a payload: whose it is, and what would happen."""
    asked_first = await abroad.asked(turn, "link", text)
    if asked_first is not None:
        return asked_first
    found = await linking.redeem(turn, text)
    return sure(turn, found) if isinstance(found, Offer) else refused(found)


def sure(turn: Turn, found: Offer) -> Reply:
    """Ask the speaker; nothing is joined yet."""
    turn.ask("link.sure", link=found.link, version=found.version)
    facts = {"who": found.who, "channel": Say(f"me.channel.{found.channel}")}
    row = (Choice("link.ok", "link.ok"), CANCEL)
    if found.merger is None:
        return Reply.of("link.sure", row, **facts)
    facts |= linking.merged_facts(found.merger)
    return Reply.of("link.sure.merge", row, **facts, unit=found.unit or Say("word.nothing"))


def refused(refusal: Refused) -> Reply:
    """Why nothing was joined, kindly, and what to do instead."""
    if isinstance(refusal, WhoDecides):
        unit = refusal.unit or Say("link.no.somebody")
        return Reply.of(f"link.no.{refusal.reason}", (go("link"), go("help")), unit=unit)
    if refusal is LinkRefusal.MISSING:
        return Reply.of("common.missing")
    if refusal in _AGAIN:
        again = Choice("link.enter", "link.enter")
        return Reply.of(f"link.no.{refusal}", (again, go("help")))
    return Reply.of(f"link.no.{refusal}", (go("me"), go("help")))
