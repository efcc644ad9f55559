"""The append-only log: one JSON object a line, handed to the kernel before anybody is answered."""

from __future__ import annotations

import json
import os
import time
from collections import Counter
from pathlib import Path
from typing import Any


class Journal:
    """Lines, and how many violations there were of each kind."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self.violations: Counter[str] = Counter()

    def note(self, what: str, **more: Any) -> None:
        """One line."""
        line = {"what": what, "at": time.time(), **more}
        os.write(self._file, (json.dumps(line, ensure_ascii=False) + "\n").encode())

    def violation(self, kind: str, **more: Any) -> None:
        """The bot did what WeCom does not allow."""
        self.violations[kind] += 1
        self.note("violation", kind=kind, **more)
