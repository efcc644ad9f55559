"""The playground's doors: who finds them, what they take, what they show (A09, A38, A50, F45)."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator, Iterator

import pytest

from tests.bot.web_page import HERE, Page

PATHS = ("/", "/playground/app.js", "/playground/personas", "/playground/history?account=a")
HOST = ("host", "127.0.0.1:8080")


@pytest.fixture
async def page(database_url: str) -> AsyncIterator[Page]:
    page = Page(database_url)
    yield page
    page.store.close()


@pytest.fixture
async def embedded(sqlite_url: str) -> AsyncIterator[Page]:
    """For what no database can change."""
    page = Page(sqlite_url)
    yield page
    page.store.close()


# ------------------------------------------------------------------ who finds them


@pytest.mark.parametrize(
    "host", ["127.0.0.1:8080", "localhost", "LOCALHOST:1", "[::1]:8080", "127.0.0.1"]
)
async def test_this_machine_finds_the_page(embedded: Page, host: str) -> None:
    for path in PATHS:
        assert (await embedded.ask(path, headers=[("host", host)])).status == 200


OUTSIDE: dict[str, tuple[tuple[str, int] | None, list[tuple[str, str]]]] = {
    "peer": (("192.168.1.7", 4), [HOST]),
    "peer v6": (("fe80::1", 4), [HOST]),
    "no peer": (None, [HOST]),
    "name of somebody": (HERE, [("host", "qingtuan.example")]),
    "rebound name": (HERE, [("host", "127.0.0.1.example:8080")]),
    "userinfo": (HERE, [("host", "127.0.0.1@example")]),
    "no host": (HERE, []),
    "two hosts": (HERE, [HOST, ("host", "localhost")]),
    "forwarded": (HERE, [HOST, ("forwarded", "for=1.2.3.4")]),
    "x-forwarded-for": (HERE, [HOST, ("x-forwarded-for", "127.0.0.1")]),
    "x-forwarded-anything": (HERE, [HOST, ("x-forwarded-client-cert", "")]),
    "via": (HERE, [HOST, ("via", "1.1 proxy")]),
    "x-real-ip": (HERE, [HOST, ("x-real-ip", "127.0.0.1")]),
    "page of another site": (HERE, [HOST, ("origin", "https://example.com")]),
    "page like ours": (HERE, [HOST, ("origin", "http://localhost.example.com")]),
    "page without origin": (HERE, [HOST, ("origin", "null")]),
}


@pytest.mark.parametrize("name", OUTSIDE)
async def test_for_everybody_else_there_is_nothing(embedded: Page, name: str) -> None:
    client, headers = OUTSIDE[name]
    nothing = await embedded.ask("/no/such/path", client=client, headers=headers)
    for path in (*PATHS, "/playground/stream?account=a"):
        assert await embedded.ask(path, client=client, headers=headers) == nothing
    for path in ("/playground/events", "/playground/files", "/"):
        said = json.dumps({"account": "a", "key": "k", "kind": "text", "payload": {"text": "x"}})
        more = [*headers, ("content-type", "application/json")]
        answer = await embedded.ask(
            path, method="POST", client=client, headers=more, chunks=(said.encode(),)
        )
        assert answer == nothing
    assert nothing.status == 404
    assert await embedded.waiting() == 0


async def test_a_form_of_another_page_says_nothing(embedded: Page) -> None:
    """A browser sends a form or text/plain to us without asking first; JSON it does not."""
    said = b'{"account":"a","key":"k","kind":"text","payload":{"text":"x"}}'
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""):
        answer = await embedded.ask(
            "/playground/events",
            method="POST",
            headers=[HOST, ("content-type", kind)],
            chunks=(said,),
        )
        assert answer.status == 400
    assert await embedded.waiting() == 0


async def test_every_answer_forbids_what_the_page_does_not_need(embedded: Page) -> None:
    answers = [await embedded.ask(path) for path in PATHS]
    answers.append(await embedded.say(b"["))
    answers.append(await embedded.text("a", "k", "x"))
    for answer in answers:
        policy = answer.headers["content-security-policy"]
        assert "default-src 'self'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["referrer-policy"] == "no-referrer"


async def test_the_page_brings_everything_itself(embedded: Page) -> None:
    html = (await embedded.ask("/")).body.decode()
    assert "http://" not in html
    assert "https://" not in html
    assert "<script>" not in html
    assert "style=" not in html
    assert " on" not in html.replace(" on ", "")


# ------------------------------------------------------------------ what they take


async def test_an_event_is_written_down_once_before_it_is_answered(page: Page) -> None:
    assert (await page.text("ann", "k1", "你好")).json == {"new": True}
    assert await page.waiting() == 1
    assert (await page.text("ann", "k1", "你好")).json == {"new": False}
    assert await page.waiting() == 1
    assert page.woken.accounts == [("web", "ann")]
    assert (await page.text("bob", "k1", "你好")).json == {"new": True}, "a key is one's own"


async def test_when_it_cannot_be_written_down_the_page_is_asked_to_repeat(page: Page) -> None:
    page.store.close()
    answer = await page.text("ann", "k1", "你好")
    assert (answer.status, answer.json) == (503, {"error": "unavailable"})
    assert answer.headers["retry-after"] == "1"
    assert (await page.ask("/playground/personas")).status == 503


def _event(**changes: object) -> bytes:
    said: dict[str, object] = {
        "account": "ann",
        "key": "k",
        "kind": "text",
        "payload": {"text": "x"},
    }
    return json.dumps({**said, **changes}).encode()


def _kind(kind: str, **payload: object) -> bytes:
    return _event(kind=kind, payload=payload)


WRONG: dict[str, tuple[object, ...]] = {
    "account": ("", " ", "a b", "é", "a" * 65, "-x", "a\0", "\ud800", None, 1, [], {}, True),
    "key": ("", "a b", "k" * 81, "键", "k\n", "\0", "\udfff", None, 7, 2**63, [], True),
    "kind": ("", "edited", "joined", "left", "photo", "file", "TEXT", None, 1, [], {}, 2**63),
    "payload": (
        *(None, "x", 1, [], {}, {"text": None}, {"text": 1}, {"text": ["x"]}),
        *({"text": text} for text in ("", "  ", "\0", "\0\x1b\x07")),
    ),
}


def _tricks() -> Iterator[tuple[bytes, int]]:
    """Bodies and what is answered: the same on both databases."""
    yield from (
        (raw, 400) for raw in (b"", b"null", b"1", b'"x"', b"[]", b"{", b"\xff\xfe{", b"{}")
    )
    yield b"[" * 60_000, 400
    yield b'{"a":' * 10_000 + b"1" + b"}" * 10_000, 400
    yield _event(payload={"text": [[[[[[[[[[1]]]]]]]]]]}), 400
    yield from ((b'{"account":' + word, 400) for word in (b"NaN}", b"Infinity}", b"-Infinity}"))
    yield b'{"account":"ann","key":"k","kind":"text","payload":{"text":"x"},"n":NaN}', 400
    yield b'{"n":' + b"9" * 5_000 + b"}", 400
    for field, values in WRONG.items():
        yield from ((_event(**{field: value}), 400) for value in values)
    yield from (
        (_event(key=f"t{number}", payload={"text": text}), 200)
        for number, text in enumerate(
            ("a\0b", "\ud800", "x\udfffy", "\U0001f600", "\u202e反", "9" * 9_000, "\ufffe", "a\r\n")
        )
    )
    yield _event(key="t90", payload={"text": "x", "n": 2**63, "deep": {"a": [1e308]}}), 200
    yield _event(key="t91", at="yesterday", private=False, channel="telegram"), 200
    yield _kind("command", name="help"), 200
    yield _kind("command", name="h" * 33), 400
    yield _kind("command", text="x"), 400
    yield _kind("button", token="t" * 129), 400
    yield _kind("button", token="no.such", label=1), 400
    yield _kind("button"), 400
    for bad in (91, -91, 2**63, 1e309, True, "1", None, [1]):
        yield _kind("location", latitude=bad, longitude=1), 400
        yield _kind("location", latitude=1, longitude=bad if bad not in (91, -91) else 181), 400


async def test_no_trick_is_more_than_a_kind_refusal(page: Page) -> None:
    answered = 0
    for body, expected in _tricks():
        answer = await page.say(body)
        assert answer.status == expected, body[:200]
        if expected == 400:
            assert answer.json["error"] == "unreadable"
            assert answer.json["what"]
        answered += 1
    assert answered > 80
    history = (await page.ask("/playground/history?account=ann")).json["entries"]
    texts = [entry["text"] for entry in history]
    assert "ab" in texts
    assert "x\ufffdy" in texts
    assert "\U0001f600" in texts
    assert "\ufffd" in texts
    assert not any("\0" in text for text in texts)


async def test_what_is_too_large_is_refused_before_it_is_read(embedded: Page) -> None:
    headers = [HOST, ("content-type", "application/json")]
    for path, most in (("/playground/events", 65_536), ("/playground/files", 7 * 2**20)):
        for size in (most + 1, 10**8, 10**30):
            answer = await embedded.ask(
                path,
                method="POST",
                headers=[*headers, ("content-length", str(size))],
                chunks=(b"x" * 1000 for _ in range(1000)),
            )
            assert (answer.status, answer.headers["connection"]) == (413, "close")
            assert embedded.read == 0
        endless = (b"x" * 65_536 for _ in range(100_000))
        answer = await embedded.ask(path, method="POST", headers=headers, chunks=endless)
        assert answer.status == 413
        assert embedded.read <= most + 65_536
    assert (await embedded.say(_event(payload={"text": "x" * 65_400}))).status == 200


def _file(content: str, **changes: object) -> bytes:
    payload = {"name": "名单.xlsx", "media_type": "text/plain", "content": content, **changes}
    return json.dumps({"account": "ann", "key": "f", "kind": "file", "payload": payload}).encode()


async def test_files_have_their_own_door_and_a_bound(page: Page) -> None:
    content = base64.b64encode(b"x" * 5 * 2**20).decode()
    assert (await page.say(_file(content), "/playground/files")).json == {"new": True}
    assert (await page.say(_file(content))).status == 413
    larger = base64.b64encode(b"x" * (5 * 2**20 + 1)).decode()
    assert (await page.say(_file(larger), "/playground/files")).status == 413
    for bad in ("", "a", "\ud800", "=", "YQ==\n"):
        assert (await page.say(_file(bad), "/playground/files")).status == 400
    for name in ("", "/", "\0", "n" * 256, 5, None):
        assert (await page.say(_file("YQ==", name=name), "/playground/files")).status == 400
    shown = (await page.ask("/playground/history?account=ann")).json["entries"]
    assert [(entry["kind"], entry["text"]) for entry in shown] == [("file", "名单.xlsx")]


async def test_a_file_has_a_plain_name_and_a_harmless_type(embedded: Page) -> None:
    body = _file("YQ==", name="..\\..\\etc/pass\x1bwd", media_type="text/html\r\nx: y")
    await embedded.say(body, "/playground/files")
    shown = (await embedded.ask("/playground/history?account=ann")).json["entries"]
    assert shown[0]["text"] == "passwd"
