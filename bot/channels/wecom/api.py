"""Calls with a token: renewed once where it is refused, and nothing while it is in vain."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Collection
from typing import Any

from bot.channel import Fate, Sent
from bot.channels.wecom.client import Answer, Client, NoAnswer, errcode
from bot.channels.wecom.fates import BARRED, SOON, STALE_TOKEN, TOO_MANY
from bot.channels.wecom.standing import Barred, Standing
from bot.channels.wecom.token import AGAIN_SECONDS, NoToken, Tokens

_ENCODE = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_TOKEN_SECONDS = 5.0  # of the 9 that a message has
Call = Callable[[str], Awaitable[Answer]]


class Api:
    """The API of one app. Barred if nothing can be called now, NoAnswer if nobody answered.

    `answers`: errcodes that concern what was asked, and not whether the app may call at all.
    """

    def __init__(
        self,
        client: Client,
        tokens: Tokens,
        standing: Standing,
        answers: Collection[int] = (),
    ) -> None:
        self._client = client
        self._tokens = tokens
        self._standing = standing
        self._answers = answers

    async def get(self, path: str, **query: str) -> Answer:
        """Ask; an errcode that concerns this one question is an answer."""
        return await self._called(lambda token: self._client.get(path, access_token=token, **query))

    async def post(self, path: str, body: dict[str, Any], **query: str) -> Answer:
        """Tell; the bytes of equal bodies are equal. Likewise."""
        sent = _ENCODE(body).encode("utf-8", "replace")
        return await self._called(
            lambda token: self._client.post(path, sent, access_token=token, **query)
        )

    async def upload(self, kind: str, name: str, content: bytes) -> Answer:
        """A temporary medium (image, voice, video, file), good for three days. Nobody sees it."""

        async def call(token: str) -> Answer:
            return await self._client.upload(
                "media/upload", name, content, access_token=token, type=kind
            )

        try:
            return await self._called(call)
        except NoAnswer as error:
            raise NoAnswer(error.kind, arrived=False) from None

    async def download(self, media_id: str, most: int) -> bytes | None:
        """A temporary medium of at most `most` bytes; None if it is larger. NoAnswer if not."""
        found: list[bytes | None] = []

        async def call(token: str) -> Answer:
            got = await self._client.download(
                "media/get", most, access_token=token, media_id=media_id
            )
            if got is None or isinstance(got, bytes):
                found.append(got)
                return {}
            return got

        answer = await self._called(call)
        if not found:
            raise NoAnswer(f"errcode {errcode(answer)}", arrived=True)
        return found[0]

    async def _called(self, call: Call) -> Answer:
        try:
            for _ in range(2):
                token = await self._token()
                answer = await call(token)
                if errcode(answer) not in STALE_TOKEN:
                    return self._judged(answer)
                if not self._tokens.refuse(token):
                    break
        except NoAnswer:
            self._standing.failed()
            raise
        raise Barred(self._standing.no_token(AGAIN_SECONDS))

    async def _token(self) -> str:
        try:
            async with asyncio.timeout(_TOKEN_SECONDS):
                return await self._tokens.current()
        except TimeoutError:
            raise NoAnswer("no token in time", arrived=False) from None
        except NoAnswer as error:
            # whatever became of gettoken, the call itself was not made
            raise NoAnswer(error.kind, arrived=False) from None
        except NoToken as none:
            code, said = none.code, none.said
        raise Barred(self._without(code, said))

    def _without(self, code: int, said: str) -> Sent:
        if code == 0:
            return self._standing.no_token(AGAIN_SECONDS)
        if code in BARRED:
            return self._standing.refused(code, said)
        if code == TOO_MANY:
            return self._standing.too_many(said)
        self._standing.gave_up()
        return Sent(Fate.LATER, f"gettoken: errcode {code}", 5.0)

    def _judged(self, answer: Answer) -> Answer:
        code = errcode(answer)
        self._tokens.taken()
        if code == TOO_MANY:
            raise Barred(self._standing.too_many(str(answer.get("errmsg", ""))))
        if code in BARRED and code not in self._answers:
            raise Barred(self._standing.refused(code, str(answer.get("errmsg", ""))))
        self._standing.answered()
        return answer


def fate_of_silence(error: NoAnswer) -> Sent:
    """What became of a message whose call was not answered."""
    if error.arrived:
        return Sent(Fate.UNKNOWN, f"no answer: {error.kind}")
    return Sent(Fate.LATER, f"no connection: {error.kind}", SOON)
