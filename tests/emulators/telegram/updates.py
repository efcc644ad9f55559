"""Updates that wait for the bot: written ones, backlogs that are made when they are needed."""

from __future__ import annotations

import time
from collections import OrderedDict, deque
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from tests.emulators.telegram.journal import Journal, compact

DEFAULT_KINDS = frozenset(
    ("message", "edited_message", "callback_query", "my_chat_member", "channel_post", "poll_answer")
)
_REMEMBERED = 20_000  # updates that can be sent again


class Update:
    """One update: `key` is its queue, `expires` wall-clock seconds, `body` its JSON."""

    __slots__ = ("again", "attempts", "body", "expires", "id", "key", "kind")

    def __init__(self, number: int, kind: str, key: int | str, expires: float, body: bytes) -> None:
        self.id = number
        self.kind = kind
        self.key = key
        self.expires = expires
        self.body = body
        self.again = False  # sent again on purpose, and not handed out yet
        self.attempts = 0


class Segment(Protocol):
    """A run of updates that were not looked at yet."""

    def __len__(self) -> int: ...

    def popleft(self) -> Update:
        """The next one."""


class Updates:
    """The queue of one bot, in the order in which things happened.

    `loaded` are those that were looked at and are not confirmed; the rest stays in segments.
    """

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._segments: deque[Segment] = deque()
        self.loaded: dict[Update, None] = {}
        self.next_id = 700_000_001
        self.allowed: frozenset[str] = DEFAULT_KINDS
        self.expired = 0
        self.arrived: list[Callable[[], None]] = []
        self._sent: OrderedDict[int, Update] = OrderedDict()

    def __len__(self) -> int:
        return len(self.loaded) + sum(len(segment) for segment in self._segments)

    def allow(self, kinds: Sequence[str]) -> None:
        """Which kinds are kept from now on; an empty list is the default of the platform."""
        self.allowed = frozenset(kinds) or DEFAULT_KINDS

    def add(self, kind: str, key: int | str, expires: float, what: dict[str, Any]) -> int | None:
        """Queue one; answers its id, or None where the bot did not ask for this kind."""
        if kind not in self.allowed:
            return None
        number = self.reserve(1)
        body = compact({"update_id": number, kind: what}).encode()
        update = Update(number, kind, key, expires, body)
        self._sent[number] = update
        if len(self._sent) > _REMEMBERED:
            self._sent.popitem(last=False)
        self._journal.note("update", update=number, kind=kind, key=key)
        self._append(update)
        return number

    def reserve(self, count: int) -> int:
        """Take `count` ids; answers the first."""
        first = self.next_id
        self.next_id += count
        return first

    def add_segment(self, segment: Segment) -> None:
        """Queue many at once."""
        self._segments.append(segment)
        self._tell()

    def again(self, number: int) -> None:
        """Send one again, behind all others. KeyError if it is unknown."""
        old = self._sent[number]
        update = Update(old.id, old.kind, old.key, old.expires, old.body)
        update.again = True
        self._append(update)

    def load(self, count: int) -> list[Update]:
        """Look ahead until `count` are loaded; answers the new ones."""
        fresh, now = [], time.time()
        while self._segments and len(self.loaded) < count:
            segment = self._segments[0]
            update = segment.popleft()
            if not len(segment):
                self._segments.popleft()
            if update.expires < now:
                self.expire(update)
            else:
                self.loaded[update] = None
                fresh.append(update)
        return fresh

    def expire(self, update: Update) -> None:
        """It is too old; the bot never gets it."""
        self.loaded.pop(update, None)
        self.expired += 1
        self._journal.note("expired", update=update.id)

    def confirm(self, offset: int) -> None:
        """Forget what came before `offset`; one far ahead (ids began again lower) forgets nothing.

        Where the update with the id before `offset` is known, its place decides, not the numbers.
        """
        while True:
            loaded = list(self.loaded)
            ids = [one.id for one in loaded]
            known = offset - 1 in ids
            if known:
                gone = loaded[: ids.index(offset - 1) + 1]
            elif offset > self.next_id + 10:
                return
            else:
                gone = [one for one in loaded if one.id < offset]
            for one in gone:
                if not one.again:
                    del self.loaded[one]
            if known or self.loaded or not self.load(100):
                return

    def keep_last(self, count: int) -> None:
        """A negative offset: forget all but the last `count`."""
        while len(self) > count:
            if not self.loaded and not self.load(1):
                return
            self.loaded.pop(next(iter(self.loaded)))

    def clear(self) -> None:
        """Forget all."""
        self.loaded.clear()
        self._segments.clear()

    def _append(self, update: Update) -> None:
        if not self._segments or not isinstance(self._segments[-1], deque):
            self._segments.append(deque())
        tail: Any = self._segments[-1]
        tail.append(update)
        self._tell()

    def _tell(self) -> None:
        for listener in tuple(self.arrived):
            listener()
