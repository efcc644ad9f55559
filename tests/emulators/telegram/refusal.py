"""What the Bot API refuses: an HTTP status, the words of the real server, and parameters."""

from __future__ import annotations

from typing import Any


class Refusal(Exception):
    """An answer that is not ok; `parameters` as in ResponseParameters (retry_after, ...)."""

    def __init__(self, code: int, description: str, **parameters: int) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameters = parameters

    def body(self) -> dict[str, Any]:
        """The JSON object that the caller gets."""
        made: dict[str, Any] = {
            "ok": False,
            "error_code": self.code,
            "description": self.description,
        }
        if self.parameters:
            made["parameters"] = self.parameters
        return made


def bad(description: str, **parameters: int) -> Refusal:
    """400 with the prefix that the real server puts before it."""
    return Refusal(400, f"Bad Request: {description}", **parameters)


def forbidden(description: str) -> Refusal:
    """403, likewise."""
    return Refusal(403, f"Forbidden: {description}")


def too_many(seconds: int) -> Refusal:
    """429: wait so many seconds."""
    return Refusal(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)
