"""QUALITY F33 (in small) and A36 on Telegram: a backlog, a flood, and who waits for neither."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path

import pytest

from bot.crowding import FLOOD
from tests.bot.telegram.rig import HOOKED, served
from tests.emulators.telegram.client import Telegram
from tests.engine import sentence
from tests.faults import town
from tests.faults.rig import until
from tests.faults.telegram_rig import is_settled

pytest_plugins = ("tests.faults.telegram_fixtures",)
_USERS = 200
DAY = 86_000  # seconds; what is a whole day old, Telegram throws away
FIRST = 7_000_000


async def _asks(telegram: Telegram, user: int) -> None:
    """Ask something and wait for the answer."""
    assert await telegram.talk(user, "/help", seconds=30)


def _texts(telegram: Telegram) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for line in telegram.calls("sendMessage"):
        found.setdefault(line["chat"], []).append(line["args"]["text"])
    return found


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["polling", "webhook"])
async def test_a_backlog_of_a_day(
    mode: str, database_url: str, telegram: Telegram, tmp_path: Path
) -> None:
    """F33: live ones are answered beside it, and everybody gets one summary.

    How long they wait is measured by `make bench`: Telegram hands out what is older first.
    """
    await telegram.control(
        "batch", users=_USERS, per_user=10, text="/lang", age_seconds=DAY, first_user=FIRST
    )
    hook = HOOKED if mode == "webhook" else {}
    async with served(database_url, telegram.api_base, tmp_path, **hook):
        for user in range(1001, 1013):
            await _asks(telegram, user)
            await asyncio.sleep(0.1)
        await until(lambda: _done(database_url) >= 10 * _USERS, 60, 0.3)
        await until(lambda: len(_texts(telegram)) >= _USERS + 12, 30, 0.3)
        await telegram.quiet()
        await until(lambda: is_settled(database_url), 30, 0.2)
    told = _texts(telegram)
    away = sentence("router.away")
    for user in range(FIRST, FIRST + _USERS):
        assert Counter(told[user])[away] == 1
        assert len(told[user]) <= 3  # what came last is answered, not each of the ten
    assert all(away not in told[user] for user in range(1001, 1013))


def _done(url: str) -> int:
    return sum(row["state"] == "done" for row in town.rows(url, "inbox"))


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["polling", "webhook"])
async def test_one_who_says_a_hundred_things_at_once(
    mode: str, database_url: str, telegram: Telegram, tmp_path: Path
) -> None:
    """A36: at most a reply a second, then silence and one notice; nobody else feels it."""
    hook = HOOKED if mode == "webhook" else {}
    async with served(database_url, telegram.api_base, tmp_path, **hook):
        for _ in range(100):
            await telegram.say(1100, "/lang")
        for user in range(1006, 1011):
            await _asks(telegram, user)
        await until(lambda: _done(database_url) >= 105, 30, 0.2)
        await telegram.quiet()
        await until(lambda: is_settled(database_url), 30, 0.2)
    lines = [one for one in telegram.calls("sendMessage") if one["chat"] == 1100]
    assert [one["args"]["text"] for one in lines].count(sentence("router.flood")) == 1
    assert len(lines) <= FLOOD * 2 + 4
    times = [one["at"] for one in lines]
    for start in times:  # a burst of three, then one a second
        assert sum(start <= when < start + 5 for when in times) <= 3 + 5 + 1
    assert not (await telegram.state())["violations"]
