"""Whether calls to WeCom make sense now: too many, not allowed, or nobody answers."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from bot.channel import Fate, Sent
from bot.channels.wecom.fates import BARRED
from bot.tasks import Tasks

AWAY, TOKEN, QUOTA, CALLBACK = "wecom_away", "wecom_token", "wecom_quota", "wecom_cards"
CHATS = "wecom_chats"  # the quota of groups
_FAILURES = 10  # in a row, then nobody is asked any more
_PAUSE = 15.0  # seconds until one message tries again for all
_BARRED_SECONDS = 300.0  # between tries while the operator has something to do
_WINDOWS = (60.0, 3600.0)  # for which WeCom closes an API; after that for the day
CHINA = ZoneInfo("Asia/Shanghai")  # whose midnight ends WeCom's day, wherever we are
_IP = re.compile(r"from ip:\s*([0-9a-fA-F.:]{3,45})")


class Alarm(Protocol):
    """Where the operator is told (scheduler/alerts.py)."""

    async def tell(self, kind: str, shown: str, **facts: Any) -> None: ...
    def over(self, kind: str) -> None: ...


class Barred(Exception):
    """Nothing can be sent now; `sent` is the fate of whatever was about to be."""

    def __init__(self, sent: Sent) -> None:
        super().__init__(sent.reason)
        self.sent = sent


class Standing:
    """What the last answers taught us. Nothing is called while it is in vain.

    `quota`: the alert that tells of a day without any more calls.
    """

    def __init__(
        self, clock: Callable[[], datetime], alarm: Alarm, tasks: Tasks, quota: str = QUOTA
    ) -> None:
        self._quota = quota
        self._clock = clock
        self._alarm = alarm
        self._tasks = tasks
        self._until: datetime | None = None  # nothing is called until then, and then by one
        self._reason = ""
        self._probing = False
        self._failures = 0
        self._frequent = 0  # windows in a row that were too short
        self._told: set[str] = set()
        self.day_end: datetime | None = None  # until then the quota of a day is used up
        self.day_closed: Callable[[], None] = _nothing
        self.day_over: Callable[[], None] = _nothing  # it works again

    def barred(self) -> Sent | None:
        """Why nothing is sent now, and for how long; None if it may be tried."""
        if self._until is None:
            return None
        left = (self._until - self._clock()).total_seconds()
        if left > 0:
            return Sent(Fate.LATER, self._reason, left)
        if self._probing:
            return Sent(Fate.LATER, self._reason, 1.0)
        self._probing = True  # this one tries for all the others
        return None

    def gave_up(self) -> None:
        """A call was broken off: it taught us nothing, and another one may try for all."""
        self._probing = False

    def answered(self) -> None:
        """WeCom did what it was asked, or said why this one thing is wrong."""
        if self._until is not None and self._until > self._clock():
            return  # it was under way before nothing more was called
        self._until, self._probing, self._failures, self._frequent = None, False, 0, 0
        if self.day_end is not None:
            self.day_end = None
            self.day_over()
        for kind in self._told - {CALLBACK}:
            self.over(kind)

    def failed(self) -> None:
        """Nobody answered, or not WeCom."""
        self._failures += 1
        self._probing = False
        if self._failures >= _FAILURES:
            self._close("away", _PAUSE)
            self.tell(AWAY, "no answer")

    def refused(self, code: int, said: str) -> Sent:
        """The app itself may not call: the operator hears the remedy."""
        kind = BARRED[code]
        found = _IP.search(said)
        self._close(f"errcode {code}", _BARRED_SECONDS)
        self.tell(kind, f"errcode {code}", code=code, address="" if found is None else found[1])
        return self._closed()

    def no_token(self, seconds: float) -> Sent:
        """Every token is refused, however new."""
        self._close("token refused", seconds)
        self.tell(TOKEN, "refused")
        return self._closed()

    def too_many(self, said: str) -> Sent:
        """The limit of a minute, an hour or the day: WeCom does not say which, its words may."""
        now = self._clock()
        if self._until is None or self._until <= now:  # not one that was under way meanwhile
            daily = "dai" in said or "quota" in said or self._frequent >= len(_WINDOWS)
            seconds = _to_midnight(now) if daily else _WINDOWS[self._frequent]
            self._frequent += 1
            self._close("too many", seconds)
            if daily:
                again = (now + timedelta(seconds=seconds)).astimezone(CHINA)
                self.day_end = again
                self.day_closed()
                self.tell(
                    self._quota, f"closed until {again:%m-%d %H:%M}", until=f"{again:%m-%d %H:%M}"
                )
        return self._closed()

    def tell(self, kind: str, shown: str, **facts: Any) -> None:
        """Tell the operator."""
        self._told.add(kind)
        self._tasks.start(self._alarm.tell(kind, shown, **facts), "alert")

    def over(self, kind: str) -> None:
        """It is well again."""
        if kind in self._told:
            self._told.discard(kind)
            self._alarm.over(kind)

    def _close(self, reason: str, seconds: float) -> None:
        until = self._clock() + timedelta(seconds=seconds)
        if self._until is None or until > self._until:
            self._until, self._reason = until, reason
        self._probing = False

    def _closed(self) -> Sent:
        until = self._until or self._clock()
        left = (until - self._clock()).total_seconds()
        return Sent(Fate.LATER, self._reason, max(1.0, left))


def _nothing() -> None:
    return None


def _to_midnight(now: datetime) -> float:
    """Seconds until WeCom's next day, and a little more: their clock is not ours."""
    there = now.astimezone(CHINA)
    midnight = (there + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    return (midnight - there).total_seconds() + 5
