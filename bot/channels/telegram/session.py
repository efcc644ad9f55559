"""aiogram's HTTP session, with what we need of it: small bodies, and who is to blame for an error.

A send costs as little as the library allows: the body is JSON of what was set (no form, no
defaults), and of the answer only the number of the message is read. What the answer holds besides
cannot make a message unsent that was sent.
"""

from __future__ import annotations

import json
from typing import Any, cast

import aiohttp
from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.exceptions import (
    ClientDecodeError,
    TelegramNetworkError,
    TelegramRetryAfter,
    TelegramServerError,
)
from aiogram.methods import (
    AnswerCallbackQuery,
    EditMessageText,
    GetUpdates,
    LeaveChat,
    SendMessage,
    TelegramMethod,
)
from aiogram.methods.base import TelegramType
from aiogram.types import MessageId

from bot.proxy import proxy_for

CONNECT_SECONDS = 4.0  # also for the TLS handshake: until then nothing was sent
ANSWER_SECONDS = 9.0  # the dispatcher gives an attempt 10
_UNTOLD = 5  # seconds to wait where a 429 does not say how long
_PLAIN = (SendMessage, EditMessageText, AnswerCallbackQuery, GetUpdates, LeaveChat)
_JSON = {"Content-Type": "application/json"}


class Session(AiohttpSession):
    """One for all calls. Honours HTTPS_PROXY and NO_PROXY of the environment."""

    _ours: aiohttp.ClientSession | None = None

    async def create_session(self) -> aiohttp.ClientSession:
        """The connections, made at the first call."""
        if self._ours is None or self._ours.closed:
            connector = self._connector_type(**self._connector_init)
            proxy, credentials = proxy_for(self.api.base)
            self._ours = aiohttp.ClientSession(
                connector=connector, proxy=proxy, proxy_auth=credentials
            )
        return self._ours

    async def close(self) -> None:
        """Let go of the connections."""
        if self._ours is not None:
            await self._ours.close()

    async def make_request(
        self,
        bot: Bot,
        method: TelegramMethod[TelegramType],
        timeout: int | None = None,  # noqa: ASYNC109  # the library's signature
    ) -> TelegramType:
        """Call a method. aiogram's own exceptions; none of them is to be shown (URLs, tokens)."""
        status, content = await self._exchange(bot, method, timeout or ANSWER_SECONDS)
        if status == 200 and isinstance(method, (SendMessage, EditMessageText)):
            found = _message_id(content)
            if found is not None:
                return cast(TelegramType, found)
        if status == 429:
            raise _too_many(method, content)
        try:
            text = content.decode("utf-8", "replace")
            answer = self.check_response(bot=bot, method=method, status_code=status, content=text)
        except ClientDecodeError:
            if status == 200:
                raise
            # not Telegram but something in between: a proxy, a load balancer
            raise TelegramServerError(method=method, message=f"status {status}") from None
        return cast(TelegramType, answer.result)

    async def _exchange(
        self, bot: Bot, method: TelegramMethod[Any], seconds: float
    ) -> tuple[int, bytes]:
        url = self.api.api_url(token=bot.token, method=method.__api_method__)
        plain = isinstance(method, _PLAIN)
        body: Any = (
            method.model_dump_json(exclude_unset=True).encode()
            if plain
            else self.build_form_data(bot=bot, method=method)
        )
        limits = aiohttp.ClientTimeout(
            total=seconds, connect=CONNECT_SECONDS, sock_connect=CONNECT_SECONDS
        )
        try:
            session = await self.create_session()
            async with session.post(
                url,
                data=body,
                headers=_JSON if plain else None,
                timeout=limits,
                allow_redirects=False,
            ) as answer:
                return answer.status, await answer.read()
        except (aiohttp.ClientError, OSError, ValueError) as error:  # a proxy that is no address
            raise TelegramNetworkError(method=method, message=type(error).__name__) from error


def _message_id(content: bytes) -> MessageId | None:
    try:
        answer = json.loads(content)
        return MessageId(message_id=answer["result"]["message_id"]) if answer["ok"] else None
    except (ValueError, KeyError, TypeError, RecursionError):
        return None


def _too_many(method: TelegramMethod[Any], content: bytes) -> TelegramRetryAfter:
    """A 429, also one that something in between has written."""
    try:
        seconds = int(json.loads(content)["parameters"]["retry_after"])
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
        seconds = _UNTOLD
    return TelegramRetryAfter(method=method, message="", retry_after=max(1, seconds))
