"""How fast a bot may send (FAQ of the Bot API), and who went over it."""

from __future__ import annotations

import math
from collections import deque

from tests.emulators.telegram.journal import Journal
from tests.emulators.telegram.people import PRIVATE, Chat
from tests.emulators.telegram.refusal import too_many

BULK_PER_SECOND = 30
BURST = 4.0  # messages at once to one private chat, refilled by one a second
GROUP_PER_MINUTE = 20
HEARD = 60.0  # a message to a chat that sent no update for so many seconds is bulk


class Rates:
    """All limits; `on` switches them."""

    def __init__(self, journal: Journal, *, on: bool) -> None:
        self._journal = journal
        self.on = on
        self._bulk: deque[float] = deque()

    def spend(self, chat: Chat, now: float) -> None:
        """One message to this chat at `now` (monotonic seconds); raises 429."""
        if not self.on:
            return
        if now < chat.wait_until:
            self._over("early", chat, chat.wait_until - now)
        bulk = now - chat.heard > HEARD
        if bulk:
            self._window(self._bulk, BULK_PER_SECOND, 1.0, chat, now)
        if chat.type == PRIVATE:
            self._bucket(chat, now)
        else:
            if chat.recent is None:
                chat.recent = deque()
            self._window(chat.recent, GROUP_PER_MINUTE, 60.0, chat, now)
            chat.recent.append(now)
        if bulk:
            self._bulk.append(now)

    def _bucket(self, chat: Chat, now: float) -> None:
        tokens = min(BURST, chat.tokens + now - chat.tokens_at)
        if tokens < 1:
            self._over("chat", chat, 1 - tokens)
        chat.tokens, chat.tokens_at = tokens - 1, now

    def _window(
        self, recent: deque[float], limit: int, seconds: float, chat: Chat, now: float
    ) -> None:
        while recent and recent[0] <= now - seconds:
            recent.popleft()
        if len(recent) >= limit:
            kind = "bulk" if recent is self._bulk else "group"
            self._over(kind, chat, recent[0] + seconds - now)

    def _over(self, kind: str, chat: Chat, seconds: float) -> None:
        self._journal.violation(kind, chat.id)
        raise too_many(max(1, math.ceil(seconds)))
