"""WeCom calling an app: seals, signs and posts, and says again what was not answered.

Its own cryptography, written from https://developer.work.weixin.qq.com/document/path/90968 and
sharing nothing with the product.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import os
import random
import struct
import time
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Self

import aiohttp
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from defusedxml.ElementTree import fromstring

from tests.emulators.wecom.letters import AGENT, CORP, xml

TOKEN = "QDG6eK"
KEY = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"
TRIES = 3  # in total (path 90238)
PATIENCE = 5.0  # seconds


class Retries(StrEnum):
    """When a callback is said again: two pages of the documents disagree."""

    ANY_FAILURE = "any failure"  # path 90238: everything but 200
    NO_ANSWER = "no answer"  # path 90930: connection failure or timeout only


@dataclass(frozen=True, slots=True)
class Identity:
    """What an app and WeCom share."""

    corp_id: str = CORP
    agent_id: int | None = AGENT
    token: str = TOKEN
    key: str = KEY

    def sealed(self, text: str | bytes) -> str:
        """Encrypted, in Base64."""
        body = text if isinstance(text, bytes) else text.encode()
        inner = os.urandom(16) + struct.pack(">I", len(body)) + body + self.corp_id.encode()
        return self.raw(inner + _padding(len(inner)))

    def raw(self, plain: bytes) -> str:
        """Any blocks, encrypted as they are."""
        made = self._cipher().encryptor()
        return base64.b64encode(made.update(plain) + made.finalize()).decode()

    def opened(self, sealed: str) -> str:
        """What is inside a passive reply. ValueError if it is not from this corporation."""
        made = self._cipher().decryptor()
        plain = made.update(base64.b64decode(sealed, validate=True)) + made.finalize()
        body = plain[16 : -plain[-1]]
        (length,) = struct.unpack(">I", body[:4])
        if body[4 + length :].decode() != self.corp_id:
            raise ValueError("from somebody else")
        return body[4 : 4 + length].decode()

    def _cipher(self) -> Cipher[modes.CBC]:
        key = base64.b64decode(self.key + "=")
        return Cipher(algorithms.AES(key), modes.CBC(key[:16]))

    def signed(self, encrypted: str, timestamp: object, nonce: str) -> str:
        """The signature over the parameters and what is encrypted."""
        parts = sorted((self.token, str(timestamp), nonce, encrypted))
        return hashlib.sha1("".join(parts).encode()).hexdigest()  # noqa: S324  # theirs

    def query(self, encrypted: str, at: object = None, nonce: str = "") -> dict[str, str]:
        """The parameters of a request, of now if not said otherwise."""
        timestamp = str(int(time.time()) if at is None else at)
        nonce = nonce or str(random.randrange(10**9))
        signature = self.signed(encrypted, timestamp, nonce)
        return {"msg_signature": signature, "timestamp": timestamp, "nonce": nonce}

    def envelope(self, encrypted: str) -> str:
        """The body of a request."""
        app = {} if self.agent_id is None else {"AgentID": str(self.agent_id)}
        return xml("xml", {"ToUserName": self.corp_id, **app, "Encrypt": encrypted})


def _padding(length: int) -> bytes:
    count = 32 - length % 32
    return bytes((count,)) * count


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: no status where the connection ended or the patience did."""

    status: int | None
    body: bytes = b""
    seconds: float = 0.0
    headers: dict[str, str] = field(default_factory=dict)


class Caller:
    """Calls one address as WeCom does. Use as an async context manager."""

    def __init__(
        self,
        url: str,
        identity: Identity | None = None,
        retries: Retries = Retries.NO_ANSWER,
        patience: float = PATIENCE,
    ) -> None:
        self.url = url
        self.identity = identity or Identity()
        self.retries = retries
        self.patience = patience
        self.journal: list[tuple[str, Answer]] = []

    async def __aenter__(self) -> Self:
        self.session = aiohttp.ClientSession()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.session.close()

    async def call(self, letter: str) -> list[Answer]:
        """Say one thing until it is heard, at most three times; every answer."""
        answers: list[Answer] = []
        while len(answers) < TRIES:
            answers.append(await self.once(letter))
            if not self._again(answers[-1]):
                break
        return answers

    def _again(self, answer: Answer) -> bool:
        if self.retries is Retries.ANY_FAILURE:
            return answer.status != 200
        return answer.status is None

    async def once(self, letter: str) -> Answer:
        """Say it once: sealed anew, as every time."""
        encrypted = self.identity.sealed(letter)
        body = self.identity.envelope(encrypted)
        answer = await self.post(self.identity.query(encrypted), body)
        self.journal.append((letter, answer))
        return answer

    async def repeated(self, letter: str, times: int = TRIES, apart: float = 0.0) -> list[Answer]:
        """Say it again and again although it was answered, as after answers that got lost."""
        answers = []
        for number in range(times):
            await asyncio.sleep(apart if number else 0)
            answers.append(await self.once(letter))
        return answers

    async def reordered(self, letters: list[str], chance: random.Random) -> list[Answer]:
        """Say several things at once and in no order."""
        mixed = chance.sample(letters, len(letters))
        return list(await asyncio.gather(*(self.once(one) for one in mixed)))

    async def verify(self, echo: str | bytes, at: object = None) -> Answer:
        """Ask as the console does when the address is set."""
        encrypted = self.identity.sealed(echo)
        query = self.identity.query(encrypted, at)
        return await self.get({**query, "echostr": encrypted})

    async def get(self, query: dict[str, str] | list[tuple[str, str]]) -> Answer:
        """Any GET."""
        return await self._sent("GET", query, None)

    async def post(
        self, query: dict[str, str] | list[tuple[str, str]], body: str | bytes
    ) -> Answer:
        """Any POST."""
        return await self._sent("POST", query, body)

    async def _sent(
        self, method: str, query: dict[str, str] | list[tuple[str, str]], body: str | bytes | None
    ) -> Answer:
        begun = time.monotonic()
        waiting = aiohttp.ClientTimeout(total=self.patience)
        data = body.encode() if isinstance(body, str) else body
        try:
            async with self.session.request(
                method, self.url, params=query, data=data, timeout=waiting
            ) as got:
                found = await got.read()
                headers = {name.lower(): value for name, value in got.headers.items()}
                return Answer(got.status, found, time.monotonic() - begun, headers)
        except (aiohttp.ClientError, TimeoutError):
            return Answer(None, seconds=time.monotonic() - begun)

    def passive(self, answer: Answer) -> dict[str, str]:
        """The fields of a passive reply, after its signature was checked. ValueError if none."""
        outside = {one.tag: one.text or "" for one in fromstring(answer.body)}
        parts = outside["Encrypt"], outside["TimeStamp"], outside["Nonce"]
        if self.identity.signed(*parts) != outside["MsgSignature"]:
            raise ValueError("signed by somebody else")
        inside = fromstring(self.identity.opened(outside["Encrypt"]))
        return {one.tag: one.text or "" for one in inside}
