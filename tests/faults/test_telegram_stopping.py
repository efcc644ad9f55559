"""QUALITY F43 on Telegram: the end amid a broadcast and a stream of updates is orderly."""

from __future__ import annotations

import asyncio
import signal
from collections import Counter
from pathlib import Path

import pytest

from tests.emulators.telegram.client import Telegram
from tests.faults.rig import timed, until
from tests.faults.telegram_rig import (
    MODES,
    ServeTelegram,
    TelegramServer,
    broadcast,
    is_settled,
    notices,
    report,
    settle,
)

pytest_plugins = ("tests.faults.telegram_fixtures",)


async def _speaks(telegram: Telegram, server: TelegramServer) -> list[int]:
    """People ask, also while it ends and after its restart; answers who did."""
    asked: list[int] = []
    while len(asked) < 40 or server.starts < 2:
        asked.append(5_000_000 + len(asked))
        await telegram.say(asked[-1], "/help")
        await asyncio.sleep(0.02)
    return asked


async def _ended(
    url: str, telegram: Telegram, server: TelegramServer, chats: list[int], number: int
) -> tuple[Counter[int], Counter[int]]:
    """End it with a signal in the middle, start it again; what of each arrived how often."""
    await until(lambda: len(notices(telegram)) >= 5)
    speaking = asyncio.create_task(_speaks(telegram, server))
    await until(lambda: len(notices(telegram)) >= 15)
    with timed() as took:
        status = await server.ends(number)
    assert took[0] < 10
    assert status == (0 if number == signal.SIGTERM else -number)
    server.supervised = True
    asked = await speaking
    await telegram.quiet(30)
    await until(lambda: is_settled(url), 40, 0.2)
    answers = Counter(
        line["chat"] for line in telegram.calls("sendMessage") if line["chat"] >= 5_000_000
    )
    assert set(answers) == set(asked)
    assert set(notices(telegram)) == set(chats)
    return notices(telegram), answers


async def _begun(url: str, telegram: Telegram, folder: Path) -> list[int]:
    chats = settle(url, 50)
    await telegram.control("users", count=50, first=chats[0])
    await telegram.control("settings", retry_scale=0.05)
    await telegram.behave("sendMessage", hang=0.2, times=10**9)  # something is always in its hands
    await broadcast(url, chats, folder)
    return chats


@pytest.mark.slow
@pytest.mark.parametrize("mode", MODES)
async def test_the_end_under_load(
    mode: str,
    database_url: str,
    telegram: Telegram,
    serve_telegram: ServeTelegram,
    tmp_path: Path,
) -> None:
    chats = await _begun(database_url, telegram, tmp_path)
    server = await serve_telegram(database_url, "--lease", "2", mode=mode)
    told, answers = await _ended(database_url, telegram, server, chats, signal.SIGTERM)
    report(
        where=f"SIGTERM ({mode})",
        store=database_url.partition(":")[0],
        kills=1,
        events=len(told) + len(answers),
        lost=0,
        repeated=sum(told.values()) + sum(answers.values()) - len(told) - len(answers),
    )
    assert set(told.values()) == set(answers.values()) == {1}


@pytest.mark.slow
async def test_negative_control(
    sqlite_url: str, telegram: Telegram, serve_telegram: ServeTelegram, tmp_path: Path
) -> None:
    """Killed instead: nothing is lost, but what was in the platform's hands comes twice."""
    chats = await _begun(sqlite_url, telegram, tmp_path)
    server = await serve_telegram(sqlite_url, "--lease", "2")
    told, answers = await _ended(sqlite_url, telegram, server, chats, signal.SIGKILL)
    assert 2 in {*told.values(), *answers.values()}


@pytest.mark.slow
async def test_a_second_signal_ends_it_at_once(
    database_url: str, telegram: Telegram, serve_telegram: ServeTelegram
) -> None:
    server = await serve_telegram(database_url)
    await telegram.behave("sendMessage", hang=8, times=10)
    await telegram.say(1001, "/help")
    await until(lambda: telegram.lines("fault"))
    server.supervised = False
    server.child.signal(signal.SIGTERM)
    await asyncio.sleep(0.3)
    assert server.child.status is None  # it still waits for the platform
    with timed() as took:
        assert await server.ends(signal.SIGTERM) == 1
    assert took[0] < 1
