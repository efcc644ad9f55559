"""Faults on demand: how the next calls of a method are answered."""

from __future__ import annotations

from random import Random
from typing import Any


class Fault:
    """What `behave` told: see the manual of the package."""

    def __init__(self, told: dict[str, Any]) -> None:
        self._method = str(told.get("method", "*")).lower()
        self._chat = told.get("chat")
        self.times = int(told.get("times", 1))
        self.status: int | None = told.get("status")
        self.description: str | None = told.get("description")
        self.retry_after: int | None = told.get("retry_after")
        self.migrate_to: int | None = told.get("migrate_to_chat_id")
        self.hang = float(told.get("hang", 0))
        self.reset = bool(told.get("reset"))
        self.deliver = bool(told.get("deliver"))
        self.raw: str | None = told.get("raw")
        self._probability = float(told.get("probability", 1))
        self._chance = Random(told.get("seed", 0))

    def hits(self, method: str, chat: int | None) -> bool:
        """Whether this call is one of those; counts it."""
        if self.times <= 0 or self._method not in ("*", method):
            return False
        if self._chat is not None and self._chat != chat:
            return False
        if self._probability < 1 and self._chance.random() >= self._probability:
            return False
        self.times -= 1
        return True

    def body(self) -> dict[str, Any]:
        """The answer, where it is JSON."""
        parameters: dict[str, int] = {}
        words = self.description
        if self.retry_after is not None:
            parameters["retry_after"] = self.retry_after
            words = words or f"Too Many Requests: retry after {self.retry_after}"
        if self.migrate_to is not None:
            parameters["migrate_to_chat_id"] = self.migrate_to
        made: dict[str, Any] = {
            "ok": False,
            "error_code": self.status,
            "description": words or "Internal Server Error",
        }
        if parameters:
            made["parameters"] = parameters
        return made


class Faults:
    """All that were told, oldest first."""

    def __init__(self) -> None:
        self._told: list[Fault] = []

    def tell(self, told: dict[str, Any]) -> None:
        """Add one; {"clear": true} forgets them all first."""
        if told.get("clear"):
            self._told.clear()
        if set(told) - {"clear"}:
            self._told.append(Fault(told))

    def take(self, method: str, args: dict[str, Any]) -> Fault | None:
        """The fault for this call, if there is one."""
        if not self._told:
            return None
        try:
            chat = int(args.get("chat_id", ""))
        except (TypeError, ValueError):
            chat = None
        found = next((one for one in self._told if one.hits(method, chat)), None)
        self._told = [one for one in self._told if one.times > 0]
        return found
