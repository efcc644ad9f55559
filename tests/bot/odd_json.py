"""Odd but parsable JSON: at least 500 payloads that have broken somebody's store or code."""

from __future__ import annotations

import json
from typing import Any

_TEXTS = [
    "",
    "\0",
    "a\0b",
    "\ud800",
    "\udfff",
    "\ud83d\ude00",
    "\ude00\ud83d",
    "\ufeff",
    "\u202egnp.exe",
    "\u2028",
    "' OR 1=1--",
    "%s%s%s%n",
    "{0.__class__}",
    "{{7*7}}",
    "${jndi:ldap://x}",
    "<script>alert(1)</script>",
    "\x1b[31m",
    "١٢٣",
    "１２３",
    "nan",
    "-0",
    "1e999",
    "/../../etc/passwd",
    "很" * 5000,
    "x" * 60_000,
    "👩‍👩‍👧‍👦" * 200,
    "Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤" * 100,
]
_NUMBERS = [
    *(0, -1, 1, 2**31, -(2**31) - 1, 2**53, 2**53 + 1, 2**63, -(2**63) - 1, 2**64, 10**400),
    *(
        0.1,
        -0.0,
        1e308,
        5e-324,
        float("inf"),
        float("-inf"),
        float("nan"),
        1e22,
        123456789.123456789,
    ),
]
_OTHERS: list[Any] = [None, True, False, [], {}, [[]], [{}], {"": ""}, {"text": {"text": "x"}}]
_FIELDS = ["text", "token", "name", "latitude", "media", "forwarded", "odd \0 field", "\ud800", ""]


def _nested(depth: int, of_lists: bool) -> Any:
    value: Any = "bottom"
    for _ in range(depth):
        value = [value] if of_lists else {"n": value}
    return value


def corpus() -> list[dict[str, Any]]:
    """The payloads, made anew."""
    values = [*_TEXTS, *_NUMBERS, *_OTHERS]
    found = [{field: value} for field in _FIELDS for value in values]
    found += [
        {"deep": _nested(depth, lists)} for depth in range(2, 60, 6) for lists in (True, False)
    ]
    found += [{"many": [value] * 2000} for value in (1, "a", None)]
    found += [{f"field {number}": number for number in range(3000)}]
    found += [json.loads('{"a": 1, "a": 2}'), {"A" * 500: 1, "A" * 501: 2}]
    return found
