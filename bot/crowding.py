"""Too much or too late to answer one by one: it is done, and one message answers for all."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.chat import Event, Kind, Say
from bot.router import Router
from services.turn import Turn, post

STALE = timedelta(minutes=15)  # what is older gets one summary, not an answer each (QUALITY F33)
WHILE = timedelta(minutes=10)  # in which the old words of one account belong together
_REMEMBERED = 100_000
FLOOD = 10  # events or answers of one account that wait: beyond, nothing is answered singly (A36)


class Crowd:
    """Who says too much, or said it too long ago, to be answered one by one.

    What an account said during an outage may come one by one too, each when the last was done. So
    whose old words were answered just now is remembered here: the others get the summary.
    """

    def __init__(self) -> None:
        self._answered: dict[tuple[str, str], tuple[datetime, str]] = {}

    def holds(self, event: Event, more: int, queued: int, at: datetime) -> bool:
        """Whether an event is answered together with the `more` that its account said after it.

        `queued`: answers that the account has not got yet, for its platform takes one a second.
        Only words are many: a press, a file or a greeting is always answered.
        """
        if event.kind not in (Kind.TEXT, Kind.COMMAND):
            return False
        if max(more, queued) >= FLOOD:
            return True
        return at - event.at > STALE and (more > 0 or self._was_answered(event, at))

    def _was_answered(self, event: Event, at: datetime) -> bool:
        """Whether another old event of this account was; else this one is noted (a turn may be
        run twice)."""
        who = (event.channel, event.account)
        since, key = self._answered.get(who, (at, event.key))
        if key != event.key and at - since < WHILE:
            return True
        if len(self._answered) >= _REMEMBERED:
            self._answered.clear()  # at worst somebody is answered twice
        self._answered[who] = (at, event.key)
        return False


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
