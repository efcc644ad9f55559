"""The append-only log, the counts, and compact JSON."""

from __future__ import annotations

import json
import os
import time
from collections import Counter
from pathlib import Path
from typing import Any

# One encoder for everything: json.dumps with options builds a new one at every call.
compact = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=repr).encode


class Journal:
    """One JSON object a line, handed to the kernel before anybody is answered.

    `quiet`: no lines but one of counts, once a second while something happens (benchmarks).
    """

    def __init__(self, path: Path, *, quiet: bool = False) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._quiet = quiet
        self._second = 0
        self.calls: dict[str, Counter[int]] = {}
        self.violations: Counter[str] = Counter()
        self.webhook: Counter[str] = Counter()

    def note(self, what: str, **more: Any) -> None:
        """One line."""
        now = time.time()
        if not self._quiet:
            self._write({"what": what, "at": now, **more})
        elif int(now) != self._second:
            self._second = int(now)
            self._write({"what": "counts", "at": now, **self.counts()})

    def call(self, method: str, status: int, args: dict[str, Any], **more: Any) -> None:
        """A call of the Bot API and what became of it."""
        counted = self.calls.get(method)
        if counted is None:
            counted = self.calls[method] = Counter()
        counted[status] += 1
        self.note("call", method=method, status=status, args=args, **more)

    def violation(self, kind: str, chat: int) -> None:
        """Somebody sent faster than Telegram allows."""
        self.violations[kind] += 1
        self.note("violation", kind=kind, chat=chat)

    def counts(self) -> dict[str, Any]:
        """Calls per method and status, violations per kind, results of the webhook."""
        return {
            "calls": {
                name: {str(status): n for status, n in counted.items()}
                for name, counted in self.calls.items()
            },
            "violations": dict(self.violations),
            "webhook": dict(self.webhook),
        }

    def forget(self) -> None:
        """Set the counts back; the lines stay, with one that says so."""
        self.note("reset")
        self.calls, self.violations, self.webhook = {}, Counter(), Counter()

    def _write(self, line: dict[str, Any]) -> None:
        os.write(self._file, (compact(line) + "\n").encode("utf-8", "backslashreplace"))
