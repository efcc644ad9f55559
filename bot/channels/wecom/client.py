"""Calls of the WeCom API over one shared session. No error of it holds an address or a token."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from typing import Any

import aiohttp

from bot.proxy import proxy_for

CONNECT_SECONDS = 4.0  # also for the TLS handshake: until then nothing was sent
ANSWER_SECONDS = 9.0  # the dispatcher gives an attempt 10
_AT_ONCE = 64  # connections: what hangs must not take every one of the process
_JSON = {"Content-Type": "application/json"}
_BEFORE = (  # nothing of the request has left: it surely did not arrive
    aiohttp.ClientConnectorError,
    aiohttp.ClientHttpProxyError,
    aiohttp.ConnectionTimeoutError,
    ValueError,  # an address that is none
)

Answer = Mapping[str, Any]


class NoAnswer(Exception):
    """WeCom did not answer, or something else did. `arrived`: it may have done what was asked."""

    def __init__(self, kind: str, *, arrived: bool) -> None:
        super().__init__(kind)
        self.kind = kind
        self.arrived = arrived


class Client:
    """One for all calls of a process. Honours HTTPS_PROXY and NO_PROXY of the environment."""

    def __init__(self, api_base: str) -> None:
        self._base = api_base.rstrip("/") + "/cgi-bin/"
        self._session: aiohttp.ClientSession | None = None

    async def get(self, path: str, **query: str) -> Answer:
        """Ask. NoAnswer if nothing usable came back; an errcode is an answer."""
        return await self._asked("GET", path, query)

    async def post(self, path: str, body: bytes, **query: str) -> Answer:
        """Tell, in JSON. Likewise."""
        return await self._asked("POST", path, query, data=body, headers=_JSON)

    async def upload(self, path: str, name: str, content: bytes, **query: str) -> Answer:
        """Hand over a file as the form that media/upload takes. Likewise."""
        form = aiohttp.FormData(quote_fields=False)
        # as a file: bytes would be handed to the socket in one piece
        file = io.BytesIO(content)
        form.add_field("media", file, filename=name, content_type="application/octet-stream")
        return await self._asked("POST", path, query, data=form)

    async def download(self, path: str, most: int, **query: str) -> bytes | Answer | None:
        """A file of at most `most` bytes (None: it is larger), or what WeCom says instead."""
        body = bytearray()
        try:
            session = self._opened()
            async with session.get(self._base + path, params=query, timeout=_limits()) as answer:
                async for chunk in answer.content.iter_chunked(65_536):
                    body += chunk
                    if len(body) > most:
                        return None
                found = answer.status, answer.content_type
        except (aiohttp.ClientError, OSError, ValueError) as error:
            failed = _failed(error)
        else:
            said = found[1] in ("application/json", "text/plain")
            return _decoded(found[0], bytes(body)) if said or found[0] != 200 else bytes(body)
        raise failed  # outside of the block: the cause knows the address

    async def close(self) -> None:
        """Let go of the connections."""
        if self._session is not None:
            await self._session.close()

    async def _asked(self, verb: str, path: str, query: dict[str, str], **more: Any) -> Answer:
        try:
            session = self._opened()
            async with session.request(
                *(verb, self._base + path),
                params=query,
                timeout=_limits(),
                allow_redirects=False,
                **more,
            ) as answer:
                found = answer.status, await answer.read()
        except (aiohttp.ClientError, OSError, ValueError) as error:
            failed = _failed(error)
        else:
            return _decoded(*found)
        raise failed  # outside of the block: the cause knows the address

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None or self._session.closed:
            proxy, credentials = proxy_for(self._base)
            connector = aiohttp.TCPConnector(limit=_AT_ONCE)
            self._session = aiohttp.ClientSession(
                connector=connector, proxy=proxy, proxy_auth=credentials
            )
        return self._session


def _limits() -> aiohttp.ClientTimeout:
    return aiohttp.ClientTimeout(
        total=ANSWER_SECONDS, connect=CONNECT_SECONDS, sock_connect=CONNECT_SECONDS
    )


def _failed(error: Exception) -> NoAnswer:
    return NoAnswer(type(error).__name__, arrived=not isinstance(error, _BEFORE))


def _decoded(status: int, body: bytes) -> Answer:
    """The JSON object of an answer; what a proxy says is none."""
    if status != 200:
        raise NoAnswer(f"status {status}", arrived=status >= 500)
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise NoAnswer("unreadable", arrived=True)
    return found


def errcode(answer: Answer) -> int:
    """The errcode; some calls that succeed have none."""
    found = answer.get("errcode", 0)
    return found if isinstance(found, int) else -1
