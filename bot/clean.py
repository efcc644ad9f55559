"""What people and platforms send, made safe for both databases before it is written down."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

DEPTH = 8
LETTERS = 8_000_000  # a file of 5 MiB in base64
TEXT_LETTERS = 4096  # of what somebody says; the rest is cut
_BIG = 2**53
_GONE = {0: None} | dict.fromkeys(range(0xD800, 0xE000), "\ufffd")


def cleaned(payload: Mapping[str, Any]) -> dict[str, Any]:
    """A payload without NUL, lone surrogates, numbers beyond 2^53, NaN and deep nesting.

    The same bytes then mean the same on SQLite and PostgreSQL, and nothing overflows later.
    """
    made = _clean(payload, 0)
    if isinstance(made.get("text"), str):
        made["text"] = made["text"][:TEXT_LETTERS]
    return dict(made)


def clean_text(text: str) -> str:
    """A text without NUL and lone surrogates."""
    return text.translate(_GONE)


def _clean(value: Any, depth: int) -> Any:
    if isinstance(value, str):
        return clean_text(value[:LETTERS])
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int):
        return value if -_BIG < value < _BIG else None
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if depth >= DEPTH:
        return None
    if isinstance(value, Mapping):
        return {
            clean_text(str(name))[:100]: _clean(item, depth + 1) for name, item in value.items()
        }
    if isinstance(value, (list, tuple)):
        return [_clean(item, depth + 1) for item in value[:1000]]
    return None
