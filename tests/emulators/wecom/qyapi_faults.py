"""Faults on demand, and refusals with the platform's codes."""

from __future__ import annotations

from random import Random
from typing import Any

Json = dict[str, Any]


class Refusal(Exception):
    """An errcode other than 0."""

    def __init__(self, code: int, message: str, **more: Any) -> None:
        super().__init__(message)
        self.code = code
        self.more = more

    def body(self) -> Json:
        """As the API says it."""
        return {"errcode": self.code, "errmsg": str(self), **self.more}


class Fault:
    """What `behave` told: see the manual of the package."""

    def __init__(self, told: Json) -> None:
        self._path = str(told.get("path", "*"))
        self._user = told.get("user")
        self.times = int(told.get("times", 1))
        self.errcode: int | None = told.get("errcode")
        self.errmsg = str(told.get("errmsg", "made by the test"))
        self.status: int | None = told.get("status")
        self.raw: str | None = told.get("raw")
        self.hang = float(told.get("hang", 0))
        self.reset = bool(told.get("reset"))
        self.deliver = bool(told.get("deliver"))
        self._probability = float(told.get("probability", 1))
        self._chance = Random(told.get("seed", 0))

    @property
    def answers(self) -> bool:
        """Whether it has an answer of its own."""
        return self.errcode is not None or self.status is not None or self.raw is not None

    def hits(self, path: str, args: Json) -> bool:
        """Whether this call is one of those; counts it."""
        if self.times <= 0 or self._path not in ("*", path):
            return False
        if self._user is not None and self._user not in str(args.get("touser", "")).split("|"):
            return False
        if self._probability < 1 and self._chance.random() >= self._probability:
            return False
        self.times -= 1
        return True


class Faults:
    """All that were told, oldest first."""

    def __init__(self) -> None:
        self._told: list[Fault] = []

    def tell(self, told: Json) -> None:
        """Add one; {"clear": true} forgets them all first."""
        if told.get("clear"):
            self._told.clear()
        if set(told) - {"clear"}:
            self._told.append(Fault(told))

    def take(self, path: str, args: Json) -> Fault | None:
        """The fault for this call, if there is one."""
        found = next((one for one in self._told if one.hits(path, args)), None)
        self._told = [one for one in self._told if one.times > 0]
        return found
