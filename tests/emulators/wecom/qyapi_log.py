"""The append-only log of the fake qyapi, and its counts."""

from __future__ import annotations

import json
import os
import time
from collections import Counter
from pathlib import Path
from typing import Any

compact = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=repr).encode


class Journal:
    """One JSON object a line, handed to the kernel before anybody is answered."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self.calls: dict[str, Counter[int]] = {}
        self.violations: Counter[str] = Counter()

    def note(self, what: str, **more: Any) -> None:
        """One line."""
        line = compact({"what": what, "at": time.time(), **more}) + "\n"
        os.write(self._file, line.encode("utf-8", "backslashreplace"))

    def call(self, path: str, errcode: int, **more: Any) -> None:
        """A call of the API and its errcode (-2: it had none that the caller saw)."""
        self.calls.setdefault(path, Counter())[errcode] += 1
        self.note("call", path=path, errcode=errcode, **more)

    def violation(self, kind: str, **more: Any) -> None:
        """Somebody used the API in a way that costs messages or the right to call."""
        self.violations[kind] += 1
        self.note("violation", kind=kind, **more)

    def forget(self) -> None:
        """Set the counts back; the lines stay."""
        self.note("reset")
        self.calls, self.violations = {}, Counter()
