"""Which callbacks may still be answered in their place: the right is short, and used once."""

from __future__ import annotations

import time
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass

from bot.channels.wecom_bot.reading import Cause, Heard

ENTRY_SECONDS = PRESS_SECONDS = 4.5  # WeCom gives 5 (long connection, welcome and update)
MESSAGE_SECONDS = 300.0  # WeCom gives 24 h; what takes longer is no answer any more
_SECONDS = {
    Cause.MESSAGE: MESSAGE_SECONDS,
    Cause.ENTRY: ENTRY_SECONDS,
    Cause.PRESS: PRESS_SECONDS,
}
_CONVERSATIONS = 10_000  # that are remembered
_EACH = 16  # callbacks of one conversation


@dataclass(frozen=True, slots=True)
class Callback:
    """One that was not answered yet. `task` names the card; `group`: others may have asked too."""

    request: str
    cause: Cause
    task: str
    group: bool
    since: float
    connection: int


class Callbacks:
    """Remembers them per conversation, the oldest first."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._open: OrderedDict[str, deque[Callback]] = OrderedDict()
        self._connection = 0

    def reconnected(self) -> None:
        """What an earlier connection brought cannot be answered on this one."""
        self._connection += 1
        self._open.clear()

    def note(self, heard: Heard) -> None:
        """A callback came."""
        conversation, event = heard.conversation, heard.event
        task = str(event.payload.get("message", "")) if heard.cause is Cause.PRESS else ""
        kept = self._open.setdefault(conversation, deque(maxlen=_EACH))
        self._open.move_to_end(conversation)
        about = (heard.request, heard.cause, task, not event.private)
        kept.append(Callback(*about, self._now(), self._connection))
        while len(self._open) > _CONVERSATIONS:
            self._open.popitem(last=False)

    def drop(self, conversation: str, request: str) -> None:
        """It will have no answer: it was a repetition."""
        kept = self._fresh(conversation)
        self._open[conversation] = deque((one for one in kept if one.request != request), _EACH)

    def press(self, conversation: str, task: str) -> Callback | None:
        """Take the press of this card, if its card may still be changed."""
        for one in self._fresh(conversation):
            if one.cause is Cause.PRESS and one.task == task:
                self.drop(conversation, one.request)
                return one
        return None

    def answerable(self, conversation: str) -> Callback | None:
        """Take the oldest that a new message may answer.

        In a group only where nobody else is waiting: an answer must not show under another's words.
        """
        found = [one for one in self._fresh(conversation) if one.cause is not Cause.PRESS]
        if not found or (found[0].group and len(found) > 1):
            return None
        self.drop(conversation, found[0].request)
        return found[0]

    def _fresh(self, conversation: str) -> deque[Callback]:
        now = self._now()
        kept = self._open.get(conversation, deque())
        return deque(
            (
                one
                for one in kept
                if one.connection == self._connection and now - one.since < _SECONDS[one.cause]
            ),
            _EACH,
        )
