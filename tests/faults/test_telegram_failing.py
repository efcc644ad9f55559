"""QUALITY F10, F11, F14 on Telegram: a platform that fails, says stop, or says nothing."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from bot.channel import Fate, Sent
from bot.channels.telegram.standing import Standing
from storage.outbox import Delivery
from tests.bot.telegram.rig import served
from tests.emulators.telegram.client import Telegram
from tests.faults.rig import until
from tests.faults.telegram_rig import (
    MODES,
    ServeTelegram,
    broadcast,
    is_settled,
    notices,
    settle,
    states,
)
from tests.world import START, World, living

pytest_plugins = ("tests.faults.telegram_fixtures",)


def _delivery(number: int) -> Delivery:
    return Delivery(number, number, "web", "x", None, None, {}, False, 1, 1, START)


async def test_a_thousand_retries_do_not_come_at_once(sqlite_url: str, tmp_path: Path) -> None:
    """F10: no 10 ms hold more than 5 % of them, and none is earlier than it was told."""
    async with living(sqlite_url, tmp_path) as world:
        waits = [await _wait(world, number) for number in range(1000)]
    assert min(waits) >= 2
    buckets = Counter(int(wait * 100) for wait in waits)
    assert max(buckets.values()) <= 50


async def _wait(world: World, number: int) -> float:
    wait = await world.app.dispatcher._later(
        _delivery(number), Sent(Fate.LATER, "server error", 2.0)
    )
    assert wait is not None
    return wait


def _calls(telegram: Telegram) -> list[tuple[float, int, int]]:
    """Every attempt to send: when, to whom, with which status."""
    return [
        (line["at"], int(line["args"]["chat_id"]), line["status"])
        for line in telegram.lines("call")
        if line["method"] == "sendMessage"
    ]


@pytest.mark.slow
async def test_one_chat_that_must_wait(
    database_url: str, telegram: Telegram, serve_telegram: ServeTelegram, tmp_path: Path
) -> None:
    """F11, one chat: nothing goes to it in its window, and the others do not wait for it."""
    chats = settle(database_url, 20)
    await telegram.control("users", count=20, first=chats[0])
    await telegram.behave("sendMessage", chat=chats[3], status=429, retry_after=2)
    await broadcast(database_url, chats, tmp_path)
    await serve_telegram(database_url)
    await until(lambda: len(notices(telegram)) == 19)
    assert chats[3] not in notices(telegram)
    await until(lambda: is_settled(database_url), 20, 0.2)
    told, *later = [when for when, chat, _ in _calls(telegram) if chat == chats[3]]
    assert [when - told >= 2 for when in later] == [True]
    assert notices(telegram) == dict.fromkeys(chats, 1)
    assert sum((await telegram.state())["violations"].values()) <= 1  # late on its way


@pytest.mark.slow
async def test_everybody_must_wait(
    database_url: str, telegram: Telegram, serve_telegram: ServeTelegram, tmp_path: Path
) -> None:
    """F11, all: two different chats are told to wait, so nobody is called until it is over."""
    chats = settle(database_url, 40)
    await telegram.control("users", count=40, first=chats[0])
    await telegram.behave("sendMessage", times=2, status=429, retry_after=3)
    await broadcast(database_url, chats, tmp_path)
    await serve_telegram(database_url)
    await until(lambda: is_settled(database_url), 40, 0.2)
    calls = _calls(telegram)
    learned = telegram.lines("fault")[1]["at"]
    window = [when for when, _, _ in calls if learned + 0.1 < when < learned + 2.9]
    assert window == []
    assert notices(telegram) == dict.fromkeys(chats, 1)
    assert sum((await telegram.state())["violations"].values()) <= 1  # late on its way


@pytest.mark.slow
async def test_negative_control(
    sqlite_url: str, telegram: Telegram, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without what 429s teach, others are called in the window."""
    chats = settle(sqlite_url, 40)
    await telegram.control("users", count=40, first=chats[0])
    await telegram.behave("sendMessage", times=2, status=429, retry_after=3)
    monkeypatch.setattr(Standing, "_flood", lambda *_: None)
    await broadcast(sqlite_url, chats, tmp_path)
    async with served(sqlite_url, telegram.api_base, tmp_path):
        await until(lambda: is_settled(sqlite_url), 40, 0.2)
    calls = _calls(telegram)
    learned = telegram.lines("fault")[1]["at"]
    assert [when for when, _, _ in calls if learned + 0.1 < when < learned + 2.9]


@pytest.mark.slow
@pytest.mark.parametrize("mode", MODES)
async def test_a_platform_that_hangs(
    mode: str,
    database_url: str,
    telegram: Telegram,
    serve_telegram: ServeTelegram,
    tmp_path: Path,
) -> None:
    """F14: our own timeout ends it, and what comes in meanwhile is written down at once."""
    chats = settle(database_url, 12)
    await telegram.control("users", count=12, first=chats[0])
    await broadcast(database_url, chats[:6], tmp_path)
    await telegram.behave("sendMessage", hang=60, times=6)
    await serve_telegram(database_url, "--answer", "6", mode=mode)
    await until(lambda: len(telegram.lines("fault")) == 6, 15)
    for chat in chats[6:]:
        await telegram.talk(chat, "/help")
    assert "sending" in states(database_url)  # while nobody had heard of the first six yet
    await until(lambda: is_settled(database_url), 60, 0.2)
    assert set(notices(telegram)) == set(chats[:6])
    assert states(database_url) == {"sent": 6}
