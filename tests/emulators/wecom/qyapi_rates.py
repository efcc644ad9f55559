"""The limits of WeCom ([D:90312]): per API, per day, and per member, which drops in silence."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from tests.emulators.wecom.qyapi_faults import Refusal

if TYPE_CHECKING:
    from tests.emulators.wecom.qyapi_corp import Corp, Member

_CHINA = 8 * 3600  # seconds east of Greenwich; the platform's day
BLOCK = 60.0  # seconds that an API is closed after a minute with too many calls
_FREQUENT = "api freq out of limit"
_DAILY = "reach max api daily quota limit"


class Rates:
    """All limits; `on` switches them."""

    def __init__(self, corp: Corp, *, on: bool) -> None:
        self._corp = corp
        self.on = on
        self._recent: dict[str, deque[float]] = {}
        self._blocked: dict[str, float] = {}
        self.spans: dict[str, list[tuple[float, int]]] = {}  # of groups: when, and how much
        self._day = (0, 0)
        self._full: int | None = None  # the day on which the quota was told to be used up

    def call(self, path: str) -> None:
        """One call of an API; 45009 if it is one too many, or comes while the API is closed."""
        now = self._corp.now()
        if self._blocked.get(path, 0.0) > now:
            self._corp.journal.violation("blocked", path=path)
            raise Refusal(45009, _FREQUENT)
        if not self.on:
            return
        recent = self._recent.setdefault(path, deque())
        while recent and recent[0] <= now - 60:
            recent.popleft()
        if len(recent) >= self._corp.settings["api_per_minute"]:
            self.block(path)
            raise Refusal(45009, _FREQUENT)
        recent.append(now)

    def block(self, path: str, seconds: float = BLOCK) -> None:
        """Close an API."""
        self._blocked[path] = self._corp.now() + seconds

    def today(self) -> tuple[int, int]:
        """The day in China, and the person-times used on it."""
        day = int((self._corp.now() + _CHINA) // 86_400)
        if self._day[0] != day:
            self._day = (day, 0)
        return self._day

    def spend(self, people: int) -> None:
        """So many person-times; 45009 past the day's quota."""
        day, used = self.today()
        if not self.on:
            self._day = (day, used + people)
            return
        if self._full == day:
            self._corp.journal.violation("quota")
        if used + people > self._corp.settings["accounts"] * 200:
            self._full = day
            raise Refusal(45009, _DAILY)
        self._day = (day, used + people)

    def reaches(self, member: Member) -> bool:
        """Whether one more message reaches a member: the 31st of a minute is dropped unsaid."""
        now, recent = self._corp.now(), member.recent
        while recent and recent[0] <= now - 3600:
            recent.popleft()
        in_a_minute = sum(at > now - 60 for at in recent)
        settings = self._corp.settings
        full = (
            in_a_minute >= settings["member_per_minute"]
            or len(recent) >= settings["member_per_hour"]
        )
        if self.on and full:
            self._corp.journal.violation("dropped", user=member.userid)
            return False
        recent.append(now)
        return True
