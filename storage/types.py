"""Column types that read and write the same on both databases."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import TIMESTAMP, BigInteger, Dialect, Integer, String, Text
from sqlalchemy.types import TypeDecorator, TypeEngine

Id = BigInteger().with_variant(Integer(), "sqlite")

_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode
_LETTERS = 26  # 2026-11-22 10:00:00.000000


class UtcDateTime(TypeDecorator[datetime]):
    """An aware time, stored in UTC; text of fixed width on SQLite, so that order is kept.

    A naive time is a ValueError: whoever made it did not know the zone either.
    """

    impl = String(26)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "postgresql":
            return dialect.type_descriptor(TIMESTAMP(timezone=True))
        return dialect.type_descriptor(String(26))

    def bind_processor(self, dialect: Dialect) -> Any:
        """Without the wrappers of TypeDecorator: a turn writes a dozen times."""
        return _moment if dialect.name == "postgresql" else _moment_text

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        return self.bind_processor(dialect)(value)

    def result_processor(self, dialect: Dialect, coltype: object) -> Any:
        return _utc if dialect.name == "postgresql" else _utc_text

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        found: datetime | None = self.result_processor(dialect, None)(value)
        return found


def _moment(value: datetime | None) -> datetime | None:
    if value is None:
        return None
    if value.tzinfo is None:
        raise ValueError("a time without its zone")
    return value if value.tzinfo is UTC else value.astimezone(UTC)


def _moment_text(value: datetime | None) -> str | None:
    moment = _moment(value)
    # without the +00:00
    return None if moment is None else moment.isoformat(" ", "microseconds")[:_LETTERS]


def _utc(value: datetime | None) -> datetime | None:
    return None if value is None else value.astimezone(UTC)


def _utc_text(value: str | None) -> datetime | None:
    return None if value is None else datetime.fromisoformat(value).replace(tzinfo=UTC)


class Json(TypeDecorator[Any]):
    """JSON as text, the same bytes on both databases."""

    impl = Text()
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        if value is None:
            return None
        return _JSON(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        return None if value is None else json.loads(value)
