"""Updates as Telegram sends them, as dictionaries that tests vary."""

from __future__ import annotations

import itertools
from typing import Any

from aiogram.types import Update

DATE = 1_790_000_000
ANN = {"id": 1001, "is_bot": False, "first_name": "安"}
PRIVATE = {"id": 1001, "type": "private", "first_name": "安"}
GROUP = {"id": -100_5, "type": "supergroup", "title": "青年之家"}
US = {"id": 7, "is_bot": True, "first_name": "青团", "username": "OurBot"}
_numbers = itertools.count(1)


def message(**more: Any) -> dict[str, Any]:
    """A message of Ann's in private; `None` takes a field away."""
    made = {"message_id": 5, "from": ANN, "chat": PRIVATE, "date": DATE, **more}
    return {name: value for name, value in made.items() if value is not None}


def update(**content: Any) -> dict[str, Any]:
    """An update with what it is about."""
    return {"update_id": next(_numbers), **content}


def parsed(raw: dict[str, Any]) -> Update:
    """As the library reads it."""
    return Update.model_validate(raw)
