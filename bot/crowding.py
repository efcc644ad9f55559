"""Too much or too late to answer one by one: it is done, and one message answers for all."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.chat import Event, Kind, Say
from bot.router import Router
from services.turn import Turn, post

STALE = timedelta(minutes=15)  # what is older gets one summary, not an answer each (QUALITY F33)
FLOOD = 10  # events or answers of one account that wait: beyond, nothing is answered singly (A36)


def crowded(event: Event, more: int, queued: int, at: datetime) -> bool:
    """Whether an event is answered together with the `more` that its account said after it.

    `queued`: answers that the account has not got yet, for its platform takes one a second.
    A press is always answered: there are no more of them than there are buttons.
    """
    if event.kind is Kind.BUTTON:
        return False
    return max(more, queued) >= FLOOD or (more > 0 and at - event.at > STALE)


async def quietly(router: Router, turn: Turn, event: Event) -> None:
    """Do what was said and answer once for all of it.

    A question that nobody got to see is not left open: what comes next must not confirm it.
    """
    turn.quiet = True
    await router.answer(turn, event)
    if turn.dialog.changed and turn.dialog.step is not None:
        turn.close()
    if not turn.private:
        return
    if turn.at - event.at > STALE:
        name, while_ = "router.away", f"{turn.at:%Y%m%d%H}"
    else:
        name, while_ = "router.flood", f"{turn.at:%Y%m%d%H%M}"[:-1]  # ten minutes
    key = f"{name}/{turn.account.id}/{while_}"
    await post(turn, turn.account, Say(name), key, answer=True)
