"""QUALITY A33: a canary in every credential, an error at every outside call, found nowhere."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
import psycopg
import pytest

from tests.faults.rig import Emulator, Nursery, Sender, Server, free_port, until

Serve = Callable[..., Awaitable[Server]]
Senders = Callable[..., Sender]
CANARY = "kanarienvogel"
SECTIONS = f"""
[redis]
url = "redis://user:{CANARY}-redis@127.0.0.1:{{port}}/0"
[telegram]
token = "123456:{CANARY}AAAAAAAAAAAAAAAAAAAAAAAAAAA"
webhook_secret = "{CANARY}-webhook"
[wecom]
corp_id = "ww1"
agent_id = 7
secret = "{CANARY}-wecom-secret"
token = "{CANARY}-wecom-token"
encoding_aes_key = "{(CANARY * 4)[:43]}"
[wecom_bot]
bot_id = "bot"
secret = "{CANARY}-bot-secret"
"""


async def _get(server: Server, path: str) -> tuple[int, str]:
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"{server.url}{path}") as answer,
    ):
        return answer.status, await answer.text()


def _found(folder: Path) -> list[str]:
    """Every file in which the canary sits, but for the configurations, which hold it on purpose."""
    return [
        path.name
        for path in folder.rglob("*")
        if path.is_file() and path.suffix != ".toml" and CANARY.encode() in path.read_bytes()
    ]


@pytest.mark.slow
async def test_no_credential_gets_out(
    sqlite_url: str, emulator: Emulator, serve: Serve, sender_of: Senders, tmp_path: Path
) -> None:
    """Redis is down, the channel raises with the canary in its message, and handlers do."""
    sections = SECTIONS.format(port=free_port())
    server = await serve(sqlite_url, "--poison", "--leaky", CANARY, sections=sections)
    sender = sender_of(server)
    for number, text in enumerate(["/help", "/lang", "/poison x", "/start nonsense", "什么"]):
        await sender.once(f"p{number}", f"k{number}", text=text)
    for body in (b"{", b"[]", b"{}"):  # the emulator's door reads carelessly: 500, and a log line
        async with (
            aiohttp.ClientSession() as session,
            session.post(f"{server.url}/plain/events", data=body) as answer,
        ):
            assert answer.status == 500
            assert CANARY not in await answer.text()
    shown = [await _get(server, path) for path in ("/readyz", "/metrics", "/healthz", "/c/x")]
    assert json.loads(shown[0][1])["checks"]["redis"] == "unreachable"
    await asyncio.sleep(2.5)
    assert await server.ends() == 0
    assert _found(tmp_path) == []
    assert CANARY not in str(shown)
    lines = server.output.read_text(encoding="utf-8").splitlines()
    events = {json.loads(line)["event"] for line in lines}
    assert {"channel_raised", "turn_failed", "redis_lost"} <= events


@pytest.mark.slow
@pytest.mark.parametrize("told", ["start", "later"])
async def test_no_password_when_the_database_goes(
    fresh_postgres_url: Callable[..., str],
    nursery: Nursery,
    emulator: Emulator,
    serve: Serve,
    sender_of: Senders,
    tmp_path: Path,
    told: str,
) -> None:
    """PostgreSQL refuses from the start, or answers no more while we run."""
    if told == "start":
        url = f"postgresql://user:{CANARY}-db@127.0.0.1:{free_port()}/x"
        server = Server(nursery, tmp_path, url, emulator.url)
        assert await server.child.end() not in (0, None)
    else:
        made = fresh_postgres_url()
        url = made.replace("postgres@", f"postgres:{CANARY}-db@")
        server = await serve(url)
        _close(made)
        sender = sender_of(server)
        assert await sender.once("ann", "k", text="/help") == 503
        status, text = await _get(server, "/readyz")
        assert (status, json.loads(text)["status"]) == (503, "down")
        _open(made)
        await sender.send("ann", "k", text="/help")
        await until(lambda: len(emulator.log()) == 1)
        assert server.starts == 1
        assert await server.ends() == 0
    assert _found(tmp_path) == []
    for line in server.output.read_text(encoding="utf-8").splitlines():
        json.loads(line)


def _order(url: str, *words: str) -> None:
    name = urlsplit(url).path.strip("/")
    with psycopg.connect(url.replace(f"/{name}?", "/postgres?"), autocommit=True) as connection:
        for one in words:
            connection.execute(one.format(name=name).encode())


def _close(url: str) -> None:
    """Let nobody in any more, and everybody out."""
    _order(
        url,
        "ALTER DATABASE {name} ALLOW_CONNECTIONS false",
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'",
    )


def _open(url: str) -> None:
    _order(url, "ALTER DATABASE {name} ALLOW_CONNECTIONS true")


@pytest.mark.slow
async def test_the_control_finds_what_is_there(tmp_path: Path) -> None:
    """The same search finds the canary in a log and in a database file."""
    (tmp_path / "a.log").write_text(f"GET /bot{CANARY}/getMe", encoding="utf-8")
    with closing(sqlite3.connect(tmp_path / "a.db")) as file, file:
        file.execute("CREATE TABLE t (x)")
        file.execute("INSERT INTO t VALUES (?)", (f"said {CANARY}",))
    assert sorted(_found(tmp_path)) == ["a.db", "a.log"]
