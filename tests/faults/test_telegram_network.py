"""QUALITY F48 and A33 on Telegram: a bad line, no names, errors everywhere; and no secret told."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from random import Random

import aiohttp
import pytest

from tests.emulators.telegram.client import Telegram
from tests.faults import town
from tests.faults.rig import until
from tests.faults.telegram_proxy import WAYS, bad_line
from tests.faults.telegram_rig import (
    MODES,
    ServeTelegram,
    TelegramServer,
    broadcast,
    is_settled,
    notices,
    settle,
)

pytest_plugins = ("tests.faults.telegram_fixtures",)
CANARY = "kanarienvogel"


@pytest.mark.slow
async def test_a_line_that_breaks_in_every_way(
    database_url: str,
    telegram: Telegram,
    serve_telegram: ServeTelegram,
    chance: Random,
    tmp_path: Path,
) -> None:
    """F48: nothing is lost, only what was cut off comes twice, and the process lives on."""
    chats = settle(database_url, 40)
    await telegram.control("users", count=40, first=chats[0])
    await broadcast(database_url, chats, tmp_path)
    ways = chance.sample([*WAYS[1:]], 4)
    async with bad_line(telegram.api_base) as line:
        server = await serve_telegram(
            database_url, "--answer", "1", "--away", "1", api_base=line.url
        )
        await until(lambda: notices(telegram))
        for way in ways:
            await line.behave(way)
            await asyncio.sleep(0.7)
            await line.behave("pass")
            await asyncio.sleep(0.2)
        cuts = line.cuts
        await telegram.say(1001, "/help")
        await until(lambda: is_settled(database_url) and len(notices(telegram)) == 40, 40, 0.1)
        await telegram.wait(1001, seconds=20)
        assert server.starts == 1
        assert await server.ends() == 0
    assert set(notices(telegram)) == set(chats)
    assert sum(notices(telegram).values()) - 40 <= cuts + len(ways) * 8
    assert telegram.token.partition(":")[2] not in server.output.read_text(encoding="utf-8")


@pytest.mark.slow
async def test_a_name_that_nobody_knows(
    database_url: str, telegram: Telegram, serve_telegram: ServeTelegram, tmp_path: Path
) -> None:
    """F48: without DNS we start, serve and wait; nothing is lost."""
    chats = settle(database_url, 5)
    await broadcast(database_url, chats, tmp_path)
    server = await serve_telegram(database_url, api_base="http://no-such-host.invalid")
    await until(lambda: "telegram_not_reached" in server.output.read_text(encoding="utf-8"))
    assert await server.ends() == 0
    states = {row["state"] for row in town.rows(database_url, "outbox")}
    assert states <= {"pending", "sending"}
    assert telegram.token.partition(":")[2] not in server.output.read_text(encoding="utf-8")


_TROUBLE = (
    {"status": 500},
    {"status": 502, "raw": f"<html>https://api/bot1001:{CANARY}/getMe"},
    {"raw": "{"},
    {"reset": True, "status": 500},
    {"status": 400, "description": f"Bad Request: /bot1001:{CANARY}/sendMessage"},
    {"status": 429, "retry_after": 1},
    {"status": 409},
    {"status": 404, "raw": "no"},
)


@pytest.mark.slow
@pytest.mark.parametrize("mode", MODES)
async def test_no_token_in_any_sink(
    mode: str,
    sqlite_url: str,
    telegram: Telegram,
    serve_telegram: ServeTelegram,
    tmp_path: Path,
) -> None:
    """A33: a canary for a token, every call fails in every way, and it is found nowhere."""
    telegram.token = f"1001:{CANARY}-{'x' * 22}"
    await telegram.control("token", token=telegram.token)
    chats = settle(sqlite_url, 8)
    await telegram.control("users", count=8, first=chats[0])
    await broadcast(sqlite_url, chats, tmp_path)
    for trouble in _TROUBLE:
        await telegram.behave(times=2, **trouble)
        await telegram.behave("sendMessage", times=1, **trouble)
        await telegram.behave("file", status=500)
    server = await serve_telegram(sqlite_url, mode=mode)
    for number in range(4):
        await telegram.say(9000 + number, "/help")
        await telegram.document(9000 + number, b"x", "roster.csv")
    await asyncio.sleep(4)
    shown = [await _get(server, path) for path in ("/readyz", "/metrics", "/healthz")]
    await telegram.control("revoke")
    await asyncio.sleep(1)
    assert await server.ends() == 0
    log = server.output.read_text(encoding="utf-8")
    assert {json.loads(line)["event"] for line in log.splitlines()} & {
        "telegram_not_reached",
        "poll_failed",
    }
    assert CANARY not in str(shown)
    assert _found(tmp_path) == []
    config = (tmp_path / "server.toml").read_bytes()
    assert CANARY.encode() in config  # the same search finds it where it has to be


def _found(folder: Path) -> list[str]:
    return [
        path.name
        for path in folder.rglob("*")
        if path.is_file() and path.suffix != ".toml" and CANARY.encode() in path.read_bytes()
    ]


async def _get(server: TelegramServer, path: str) -> str:
    async with aiohttp.ClientSession() as session, session.get(server.url + path) as answer:
        return await answer.text()
