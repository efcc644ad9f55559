"""Logs: one JSON line per event, control characters escaped, no secret whatever happens."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterable, MutableMapping
from typing import Any

import structlog

SHORTEST_SECRET = 6  # letters; shorter ones would cut holes into ordinary words


def set_up(secrets: Iterable[str] = (), level: int = logging.INFO) -> None:
    """Send every log line, ours and the libraries', to standard error as JSON."""
    hidden = sorted({one for one in secrets if len(one) >= SHORTEST_SECRET}, key=len, reverse=True)
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]

    def render(_: Any, __: str, event: MutableMapping[str, Any]) -> str:
        line = json.dumps(event, ensure_ascii=False, default=_type_only)
        for secret in hidden:
            line = line.replace(secret, "***")
        return line.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029").replace("\x7f", "")

    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                _shorten,
                render,
            ],
            foreign_pre_chain=shared,
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for noisy in ("alembic", "apscheduler", "uvicorn.access", "uvicorn.error", "httpx"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def _shorten(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """An exception is named by its type: its message may quote what people wrote."""
    found = event.pop("exc_info", None)
    if found:
        error = found[1] if isinstance(found, tuple) else sys.exc_info()[1]
        event["kind"] = type(error).__name__
    event.pop("exception", None)
    return event


def _type_only(value: Any) -> str:
    return f"<{type(value).__name__}>"
