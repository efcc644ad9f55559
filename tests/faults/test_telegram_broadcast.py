"""QUALITY F01, F10, F11, F15 on Telegram: a message to many, whatever happens on the way."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from pathlib import Path
from random import Random
from statistics import median

import pytest

from tests.emulators.telegram.client import Telegram
from tests.faults.rig import until
from tests.faults.telegram_rig import (
    ServeTelegram,
    TelegramServer,
    broadcast,
    is_settled,
    notices,
    report,
    settle,
    states,
)

pytest_plugins = ("tests.faults.telegram_fixtures",)
IN_FLIGHT = 8  # messages in the platform's hands at once (QUALITY F01: C)


async def _prepared(url: str, telegram: Telegram, folder: Path, count: int) -> list[int]:
    chats = settle(url, count)
    await telegram.control("users", count=count, first=chats[0])
    await telegram.behave("sendMessage", hang=0.15, times=10**9)  # as far away as the real one
    await broadcast(url, chats, folder)
    return chats


async def _killed(
    server: TelegramServer, telegram: Telegram, chance: Random, kills: int, until_sent: int
) -> None:
    """Kill it at random times, spread over the whole run."""
    for number in range(kills):
        await _sent(telegram, until_sent * (number + 0.3) / kills)
        await asyncio.sleep(chance.uniform(0, 0.4))
        before = server.starts
        server.kill()
        await _born_again(server, before)
        await server.ready()


async def _sent(telegram: Telegram, count: float) -> None:
    await until(lambda: len(notices(telegram)) >= count, 600, 0.25)


async def _born_again(server: TelegramServer, before: int) -> None:
    await until(lambda: server.starts > before)


async def _run(
    url: str, server: TelegramServer, telegram: Telegram, chance: Random, count: int, kills: int
) -> tuple[Counter[int], float]:
    """What arrived, and the seconds from the last start to the end."""
    await _killed(server, telegram, chance, kills, count)
    since = time.monotonic()
    with_patience = max(30.0, count / 20)
    await until(lambda: is_settled(url), with_patience, 0.2)
    return notices(telegram), time.monotonic() - since


@pytest.mark.slow
async def test_a_sender_that_is_killed_again_and_again(
    database_url: str,
    telegram: Telegram,
    serve_telegram: ServeTelegram,
    chance: Random,
    tmp_path: Path,
) -> None:
    """F01."""
    chats = await _prepared(database_url, telegram, tmp_path, 60)
    server = await serve_telegram(database_url, "--lease", "2")
    arrived, seconds = await _run(database_url, server, telegram, chance, 60, 3)
    again = sum(arrived.values()) - 60
    _told("F01 random", database_url, 3, 60, 60 - len(arrived), again)
    assert set(arrived) == set(chats)
    assert again <= IN_FLIGHT * 3
    assert seconds <= 30
    assert states(database_url) == {"sent": 60}
    assert sum((await telegram.state())["violations"].values()) <= 2  # late on their way


@pytest.mark.e2e_long
async def test_five_thousand_and_fifty_kills(
    database_url: str,
    telegram: Telegram,
    serve_telegram: ServeTelegram,
    chance: Random,
    tmp_path: Path,
) -> None:
    """F01 as it is written."""
    chats = await _prepared(database_url, telegram, tmp_path, 5000)
    server = await serve_telegram(database_url)
    arrived, seconds = await _run(database_url, server, telegram, chance, 5000, 50)
    again = sum(arrived.values()) - 5000
    _told("F01 random", database_url, 50, 5000, 5000 - len(arrived), again)
    assert set(arrived) == set(chats)
    assert again <= IN_FLIGHT * 50
    assert seconds <= 30


@pytest.mark.slow
async def test_negative_control(
    sqlite_url: str,
    telegram: Telegram,
    serve_telegram: ServeTelegram,
    chance: Random,
    tmp_path: Path,
) -> None:
    """Where a message counts as sent when it is taken, what was in hand at a kill is lost."""
    await _prepared(sqlite_url, telegram, tmp_path, 60)
    server = await serve_telegram(sqlite_url, "--without", "send-first")
    arrived, _ = await _run(sqlite_url, server, telegram, chance, 20, 1)
    assert len(arrived) < 60
    _told("F01 control: sent when taken", sqlite_url, 1, 60, 60 - len(arrived), 0)


def _told(where: str, url: str, kills: int, events: int, lost: int, repeated: int) -> None:
    report(
        where=where,
        store=url.partition(":")[0],
        kills=kills,
        events=events,
        lost=lost,
        repeated=repeated,
    )


# ------------------------------------------------------------------ a platform that fails


def _attempts(telegram: Telegram) -> dict[int, list[float]]:
    """When each chat was tried, from the lines of calls and faults."""
    found: dict[int, list[float]] = {}
    for line in telegram.lines():
        if line["what"] == "call" and line["method"] == "sendMessage":
            found.setdefault(int(line["args"]["chat_id"]), []).append(line["at"])
    return found


@pytest.mark.slow
async def test_a_platform_that_fails_at_three_of_ten(
    database_url: str, telegram: Telegram, serve_telegram: ServeTelegram, tmp_path: Path
) -> None:
    """F10."""
    chats = settle(database_url, 24)
    await telegram.control("users", count=24, first=chats[0])
    for status, seed in ((500, 1), (502, 2)):
        await telegram.behave("sendMessage", status=status, probability=0.163, seed=seed, times=6)
    await broadcast(database_url, chats, tmp_path)
    await serve_telegram(database_url)
    await until(lambda: is_settled(database_url), 60, 0.2)
    assert notices(telegram) == dict.fromkeys(chats, 1)
    attempts = _attempts(telegram)
    assert 26 < sum(map(len, attempts.values())) < 70
    assert median(map(len, attempts.values())) <= 2
    retries = [when for each in attempts.values() for when in each[1:]]
    assert len(retries) >= 3


@pytest.mark.slow
async def test_what_was_delivered_while_its_answer_was_lost(
    database_url: str,
    telegram: Telegram,
    serve_telegram: ServeTelegram,
    tmp_path: Path,
) -> None:
    """F15: a notice goes again, an answer does not and is called uncertain."""
    chats = settle(database_url, 30)
    await telegram.control("users", count=30, first=chats[0])
    await telegram.behave("sendMessage", reset=True, probability=0.1, seed=3, times=10**9)
    await broadcast(database_url, chats, tmp_path)
    await serve_telegram(database_url)
    await until(lambda: is_settled(database_url), 60, 0.2)
    arrived = notices(telegram)
    again = sum(arrived.values()) - 30
    lost_answers = len(telegram.lines("fault"))
    assert set(arrived) == set(chats)
    assert 0 < again == lost_answers <= 30 * 0.3
    await telegram.control("behave", clear=True)
    await telegram.behave("sendMessage", reset=True, times=1)
    said = await telegram.say(chats[0], "/help")
    await until(lambda: "uncertain" in states(database_url, "answer/"), 10)
    await asyncio.sleep(2)
    told = [m for m in await telegram.messages(chats[0]) if m["message_id"] > said["message_id"]]
    assert len(told) == 1
    assert states(database_url, "answer/") == {"uncertain": 1}


@pytest.mark.slow
async def test_negative_control_of_answers(
    sqlite_url: str, telegram: Telegram, serve_telegram: ServeTelegram
) -> None:
    """Where an answer that may have arrived is tried again, its reader sees it twice."""
    await serve_telegram(sqlite_url, "--without", "uncertain")
    await telegram.behave("sendMessage", reset=True, times=1)
    await telegram.say(1001, "/help")
    assert len(await telegram.wait(1001, n=2)) == 2
