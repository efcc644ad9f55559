"""Whether our clock and WeCom's agree: when most of what it signs is too old, one is wrong."""

from __future__ import annotations

from collections import deque

_LAST = 20  # callbacks that are looked at
_FEWEST = 4  # below, nothing is concluded


class Drift:
    """Counts fresh and stale callbacks, genuine ones only."""

    def __init__(self) -> None:
        self._stale: deque[bool] = deque(maxlen=_LAST)
        self.wrong = False

    def saw(self, stale: bool) -> bool:
        """Count one; True if this changes whether a clock is wrong (`wrong`).

        Wrong: more than half of the last ones were stale (QUALITY F34).
        """
        self._stale.append(stale)
        was = self.wrong
        self.wrong = len(self._stale) >= _FEWEST and sum(self._stale) * 2 > len(self._stale)
        return self.wrong != was
