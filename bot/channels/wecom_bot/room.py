"""How many frames a conversation may still get: 30 a minute and 1,000 an hour are WeCom's."""

from __future__ import annotations

import time
from collections import OrderedDict, deque
from collections.abc import Callable

A_MINUTE, AN_HOUR = 25, 950  # below WeCom's, for its clock is not ours
_CONVERSATIONS = 10_000


class Room:
    """Counts what was sent to each conversation in the last hour."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._sent: OrderedDict[str, deque[float]] = OrderedDict()

    def wait(self, conversation: str, frames: int = 1) -> float:
        """Seconds until there is room for so many frames; 0 means now."""
        now = self._now()
        sent = self._sent.get(conversation, deque())
        while sent and now - sent[0] >= 3600:
            sent.popleft()
        waits = [0.0]
        for most, seconds in ((A_MINUTE, 60.0), (AN_HOUR, 3600.0)):
            over = sum(now - at < seconds for at in sent) + frames - most
            if over > 0:
                within = [at for at in sent if now - at < seconds]
                waits.append(within[min(over, len(within)) - 1] + seconds - now)
        return max(waits)

    def count(self, conversation: str) -> None:
        """A frame was sent."""
        sent = self._sent.setdefault(conversation, deque(maxlen=AN_HOUR))
        self._sent.move_to_end(conversation)
        sent.append(self._now())
        while len(self._sent) > _CONVERSATIONS:
            self._sent.popitem(last=False)
