"""The codes with which a card can be changed once: from its press, or from when it was sent."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime, timedelta

from bot.chat import Event

_GOOD = timedelta(hours=71)  # WeCom says 72
_REMEMBERED = 50_000


class Codes:
    """Kept in this process: where one is lost, the card stays and a new message comes."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._kept: OrderedDict[tuple[str, str], tuple[str, datetime]] = OrderedDict()

    def pressed(self, event: Event) -> None:
        """A card was pressed by somebody."""
        task, code = event.payload.get("message"), event.payload.get("response_code")
        if task and code:
            self.keep(event.account, str(task), str(code))

    def keep(self, account: str, task: str, code: str) -> None:
        """The newest code of this card for this account."""
        key = account.lower(), task
        self._kept[key] = code, self._clock() + _GOOD
        self._kept.move_to_end(key)
        if len(self._kept) > _REMEMBERED:
            self._kept.popitem(last=False)

    def take(self, account: str, task: str) -> str | None:
        """The code, which works once."""
        code, until = self._kept.pop((account.lower(), task), ("", self._clock()))
        return code if code and until > self._clock() else None
