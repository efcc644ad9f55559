"""Who may come in over HTTP: the doors of this machine, and bodies of a bounded size (A50, F45)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse

from bot.guard import BODY, BodyLimit, is_local

Headers = Iterable[tuple[str, str]]


def _request(headers: Headers, peer: str | None = "127.0.0.1") -> Request:
    return Request(
        {
            "type": "http",
            "method": "GET",
            "path": "/metrics",
            "query_string": b"",
            "client": None if peer is None else (peer, 5000),
            "headers": [(name.encode(), value.encode()) for name, value in headers],
        }
    )


@pytest.mark.parametrize("peer", ["127.0.0.1", "127.8.8.8", "::1"])
@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.0.0.1:8080", "localhost", "LOCALHOST:1", "[::1]", "[::1]:8080"]
)
def test_this_machine_comes_in(peer: str, host: str) -> None:
    assert is_local(_request([("host", host)], peer))


@pytest.mark.parametrize(
    ("headers", "peer"),
    [
        ([("host", "localhost")], "10.0.0.1"),
        ([("host", "localhost")], "::ffff:10.0.0.1"),
        ([("host", "localhost")], None),
        ([("host", "qingtuan.example")], "127.0.0.1"),
        ([("host", "localhost.example")], "127.0.0.1"),
        ([("host", "127.0.0.1.example:80")], "127.0.0.1"),
        ([("host", "[::1].example")], "127.0.0.1"),
        ([("host", "0.0.0.0:8080")], "127.0.0.1"),
        ([("host", "2130706433")], "127.0.0.1"),
        ([("host", "")], "127.0.0.1"),
        ([], "127.0.0.1"),
        ([("host", "localhost"), ("host", "localhost")], "127.0.0.1"),
        *(
            ([("host", "localhost"), (name, "10.0.0.1")], "127.0.0.1")
            for name in ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")
        ),
    ],
)
def test_nobody_else_does(headers: Headers, peer: str | None) -> None:
    assert not is_local(_request(headers, peer))


class _Caller:
    """One request to the guarded application: what it was answered, and what was read of it."""

    def __init__(self, pieces: list[bytes], path: str = "/", declared: str | None = None) -> None:
        self.pieces = iter(pieces)
        self.read = 0
        self.told: list[dict[str, Any]] = []
        headers = [(b"transfer-encoding", b"chunked")]
        if declared is not None:
            headers = [(b"content-length", declared.encode())]
        self.scope = {"type": "http", "method": "POST", "path": path, "headers": headers}

    async def receive(self) -> dict[str, Any]:
        piece = next(self.pieces, None)
        self.read += len(piece or b"")
        return {"type": "http.request", "body": piece or b"", "more_body": piece is not None}

    async def send(self, message: Any) -> None:
        self.told.append(dict(message))

    @property
    def status(self) -> int:
        return int(self.told[0]["status"])

    @property
    def closes(self) -> bool:
        return (b"connection", b"close") in self.told[0]["headers"]


async def _reads(scope: Any, receive: Any, send: Any) -> None:
    body = b""
    more = True
    while more:
        message = await receive()
        body += message["body"]
        more = message["more_body"]
    await PlainTextResponse(str(len(body)))(scope, receive, send)


async def _answers_at_once(scope: Any, receive: Any, send: Any) -> None:
    await PlainTextResponse("ok")(scope, receive, send)


async def _streams(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await _reads(scope, receive, send)


async def _asked(caller: _Caller, app: Any = _reads) -> _Caller:
    await BodyLimit(app, {"/upload": 10 * BODY})(caller.scope, caller.receive, caller.send)
    return caller


@pytest.mark.parametrize("declared", [str(BODY + 1), "9" * 40, "-1", "1e3", "", "１"])
async def test_what_is_declared_too_large_is_not_read(declared: str) -> None:
    caller = await _asked(_Caller([b"x"] * 10, declared=declared))
    assert (caller.status, caller.read, caller.closes) == (413, 0, True)


async def test_what_turns_out_too_large_is_read_no_further() -> None:
    caller = await _asked(_Caller([b"x" * 10_000] * 1000))
    assert (caller.status, caller.closes) == (413, True)
    assert caller.read <= BODY + 10_000


async def test_what_fits_is_read() -> None:
    caller = await _asked(_Caller([b"x" * BODY], declared=str(BODY)))
    assert (caller.status, caller.told[1]["body"], caller.closes) == (200, b"65536", False)


async def test_some_paths_take_more() -> None:
    assert (await _asked(_Caller([b"x" * BODY] * 10, "/upload"))).status == 200
    assert (await _asked(_Caller([b"x" * BODY] * 11, "/upload"))).status == 413
    assert (await _asked(_Caller([b"x" * BODY] * 10, "/upload/"))).status == 413


async def test_an_answer_before_the_bodys_end_ends_the_connection() -> None:
    assert (await _asked(_Caller([b"x"] * 3), _answers_at_once)).closes
    assert not (await _asked(_Caller([b"x"], declared="1"), _answers_at_once)).closes
    assert not (await _asked(_Caller([], declared="0"), _answers_at_once)).closes


async def test_too_large_in_the_middle_of_an_answer_adds_nothing_to_it() -> None:
    caller = await _asked(_Caller([b"x" * BODY] * 3), _streams)
    assert [message["type"] for message in caller.told] == ["http.response.start"]


async def test_other_kinds_of_connection_pass() -> None:
    seen: list[str] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        seen.append(scope["type"])

    caller = _Caller([])
    await BodyLimit(app, {})({"type": "websocket"}, caller.receive, caller.send)
    assert seen == ["websocket"]
