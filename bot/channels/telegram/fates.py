"""What an error of the Bot API means for a message. Reasons are ours: theirs may quote people."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import aiohttp
from aiogram.exceptions import (
    AiogramError,
    ClientDecodeError,
    TelegramBadRequest,
    TelegramEntityTooLarge,
    TelegramForbiddenError,
    TelegramNetworkError,
    TelegramNotFound,
    TelegramRetryAfter,
    TelegramServerError,
    TelegramUnauthorizedError,
)

from bot.channel import Fate, Sent

TOKEN_REFUSED = "token refused"  # noqa: S105  # a reason, not a secret
SOON = 2.0  # seconds until a platform that did not answer is tried again
_GONE = (
    "chat not found",
    "user not found",
    "peer_id_invalid",
    "user is deactivated",
    "group chat was deactivated",
    "bot is not a member",
)
_REASONS = (
    "message is too long",
    "message text is empty",
    "caption is too long",
    "button_data_invalid",
    "button_url_invalid",
    "not enough rights",
    "have no rights to send",
    "topic_closed",
    "wrong file identifier",
    "file is too big",
    "photo_invalid_dimensions",
)
_BEFORE = (  # nothing of the message has left: it surely did not arrive
    aiohttp.ClientConnectorError,
    aiohttp.ClientHttpProxyError,
    aiohttp.ConnectionTimeoutError,
    ValueError,  # an address that is none
)


def fate_of(error: Exception) -> Sent:
    """The fate of a message whose call ended in `error`."""
    for kind, fate in _FATES:
        if isinstance(error, kind):
            return fate(error)
    return Sent(Fate.UNKNOWN, type(error).__name__)


def _too_many(error: Any) -> Sent:
    return Sent(Fate.LATER, "too many requests", float(max(1, error.retry_after)))


def _fixed(fate: Fate, reason: str) -> Callable[[Any], Sent]:
    return lambda _: Sent(fate, reason)


def _no_token(_: Any) -> Sent:
    """Over as soon as a new token is taken."""
    return Sent(Fate.LATER, TOKEN_REFUSED, 30.0, early=True)


def _refused(error: Any) -> Sent:
    description = error.message.casefold()
    for words in _GONE:
        if words in description:
            return Sent(Fate.UNREACHABLE, words)
    for words in _REASONS:
        if words in description:
            return Sent(Fate.REFUSED, words)
    return Sent(Fate.REFUSED, "bad request")


def _unanswered(error: Any) -> Sent:
    cause = error.__cause__
    kind = type(cause).__name__
    if isinstance(cause, _BEFORE):
        return Sent(Fate.LATER, f"no connection: {kind}", SOON)
    return Sent(Fate.UNKNOWN, f"no answer: {kind}")


def _undecoded(error: Any) -> Sent:
    """Telegram said yes in a shape that we do not know; or it was not Telegram who spoke."""
    answer = error.data
    if isinstance(answer, str):
        try:
            answer = json.loads(answer)
        except (ValueError, RecursionError):
            return Sent(Fate.UNKNOWN, "answer unreadable")
    if isinstance(answer, dict) and answer.get("ok") is True:
        return Sent(Fate.SENT)
    return Sent(Fate.UNKNOWN, "answer unreadable")


# The first that fits: some of them are kinds of others.
_FATES: tuple[tuple[type[Exception], Callable[[Any], Sent]], ...] = (
    (TelegramRetryAfter, _too_many),
    (TelegramForbiddenError, _fixed(Fate.UNREACHABLE, "blocked")),
    (TelegramUnauthorizedError, _no_token),
    (TelegramNotFound, _no_token),
    (TelegramBadRequest, _refused),
    (TelegramEntityTooLarge, _fixed(Fate.REFUSED, "file is too big")),
    (TelegramServerError, _fixed(Fate.LATER, "server error")),
    (TelegramNetworkError, _unanswered),
    (ClientDecodeError, _undecoded),
    (TimeoutError, _fixed(Fate.UNKNOWN, "no answer")),
    (AiogramError, _fixed(Fate.REFUSED, "not taken")),
)


def is_ill(sent: Sent) -> bool:
    """Whether this speaks of the platform or the way to it, not of the message."""
    reason = sent.reason or ""
    return reason.startswith(("no connection", "no answer", "server error", "answer unreadable"))
