"""Logs: one JSON line per event, control characters escaped, no secret whatever happens."""

from __future__ import annotations

import json
import logging
import re
import sys
import threading
from collections.abc import Iterable, MutableMapping
from typing import Any
from urllib.parse import quote, quote_plus

import structlog

SHORTEST_SECRET = 6  # letters; shorter ones would cut holes into ordinary words
# What JSON leaves as it is although a terminal obeys it, a viewer breaks the line there, or no
# encoding takes it: DEL and C1, line separators, marks of direction, halves of surrogate pairs.
_UNSHOWN = re.compile("[\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


_hidden: list[str] = []


def hide(secrets: Iterable[str]) -> None:
    """Keep these out of every line from now on, besides what is hidden already."""
    found = {*_hidden, *_spellings(one for one in secrets if len(one) >= SHORTEST_SECRET)}
    _hidden[:] = sorted(found, key=len, reverse=True)


def set_up(secrets: Iterable[str] = (), level: int = logging.INFO) -> None:
    """Send every log line, ours and the libraries', to standard error as JSON."""
    _hidden.clear()
    hide(secrets)
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]

    def render(_: Any, __: str, event: MutableMapping[str, Any]) -> str:
        line = json.dumps(event, ensure_ascii=False, default=_type_only, skipkeys=True)
        for secret in _hidden:
            line = line.replace(secret, "***")
        return _UNSHOWN.sub(lambda found: f"\\u{ord(found[0]):04x}", line)

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
    _everything_to(handler, level)


def _everything_to(handler: logging.Handler, level: int) -> None:
    """Libraries, warnings and what nobody caught go the same way."""
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    logging.raiseExceptions = False  # a line that fails must not print what it was about
    logging.captureWarnings(True)
    sys.excepthook = _died
    threading.excepthook = lambda told: _died(told.exc_type, told.exc_value, None)
    for noisy in ("alembic", "apscheduler", "uvicorn.access", "uvicorn.error", "httpx"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def _spellings(secrets: Iterable[str]) -> list[str]:
    """Every way in which a secret may stand in a line, the long ones first."""
    found: set[str] = set()
    for secret in secrets:
        found |= {secret, quote(secret, safe=""), quote_plus(secret), repr(secret)[1:-1]}
        found |= {json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]}
    escaped = {json.dumps(one, ensure_ascii=False)[1:-1] for one in found}
    return sorted(found | escaped, key=len, reverse=True)


def where(error: BaseException) -> str:
    """The innermost place of ours where it happened: never the message, which may quote people."""
    trace = error.__traceback__
    place = ""
    while trace is not None:
        code = trace.tb_frame.f_code
        if "site-packages" not in code.co_filename:
            file = "/".join(code.co_filename.rsplit("/", 2)[-2:])
            place = f"{file}:{trace.tb_lineno} {code.co_name}"
        trace = trace.tb_next
    return place


def _died(kind: type[BaseException], error: BaseException | None, _: Any) -> None:
    """What nobody caught: one line as well, by kind and place."""
    place = "" if error is None else where(error)
    structlog.get_logger("process").critical("died", kind=kind.__name__, where=place)


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
