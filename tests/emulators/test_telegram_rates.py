"""The emulator's limits, faults on demand, and what it writes down about them."""

from __future__ import annotations

import asyncio
import time
from collections import Counter

import aiohttp
import pytest

from tests.emulators.telegram.client import Telegram

pytest_plugins = ("tests.emulators.telegram.fixtures",)


async def _send(telegram: Telegram, chat: int, text: str = "x") -> int:
    answer = await telegram.call("sendMessage", chat_id=chat, text=text)
    return int(answer.get("error_code", 200))


async def test_bulk_is_thirty_a_second_and_answers_are_not_bulk(telegram: Telegram) -> None:
    await telegram.control("users", count=100, first=1000)
    for user in range(1, 41):
        await telegram.say(user, "hi")
    started = time.monotonic()
    got = await asyncio.gather(*(_send(telegram, 1000 + n) for n in range(45)))
    assert time.monotonic() - started < 0.9, "too slow to say anything"
    assert Counter(got) == {200: 30, 429: 15}
    got = await asyncio.gather(*(_send(telegram, user) for user in range(1, 41)))
    assert set(got) == {200}
    assert (await telegram.state())["violations"] == {"bulk": 15}
    await asyncio.sleep(1.05 - (time.monotonic() - started))
    assert await _send(telegram, 1040) == 200


async def test_a_chat_gets_one_a_second_with_bursts_of_four(telegram: Telegram) -> None:
    await telegram.say(5, "hi")
    assert [await _send(telegram, 5) for _ in range(5)] == [200, 200, 200, 200, 429]
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"{telegram.api_base}/bot{telegram.token}/sendMessage?chat_id=5&text=x") as got,
    ):
        assert (got.status, got.headers["Retry-After"]) == (429, "1")
        assert await got.json() == {
            "ok": False,
            "error_code": 429,
            "description": "Too Many Requests: retry after 1",
            "parameters": {"retry_after": 1},
        }
    await asyncio.sleep(1)
    assert await _send(telegram, 5) == 200
    assert [line["kind"] for line in telegram.lines("violation")] == ["chat", "chat"]


async def test_a_group_gets_twenty_a_minute(telegram: Telegram) -> None:
    await telegram.control("group", user=5, chat=-77)
    assert [await _send(telegram, -77) for _ in range(21)] == [200] * 20 + [429]
    answer = await telegram.call("sendMessage", chat_id=-77, text="x")
    assert 55 <= answer["parameters"]["retry_after"] <= 60
    await telegram.control("limits", on=False)
    assert await _send(telegram, -77) == 200


async def test_who_comes_earlier_than_told_is_a_violation(telegram: Telegram) -> None:
    await telegram.say(5, "hi")
    await telegram.say(6, "hi")
    await telegram.behave("sendMessage", chat=5, status=429, retry_after=1)
    assert await _send(telegram, 6) == 200
    assert [await _send(telegram, 5), await _send(telegram, 5)] == [429, 429]
    await asyncio.sleep(1)
    assert await _send(telegram, 5) == 200
    assert (await telegram.state())["violations"] == {"early": 1}


async def test_faults(telegram: Telegram) -> None:
    await telegram.say(5, "hi")
    await telegram.behave("sendMessage", times=2, status=500)
    await telegram.behave("sendMessage", status=502, deliver=True, raw="<html>Bad Gateway</html>")
    await telegram.behave("sendMessage", hang=0.3)
    await telegram.behave("sendMessage", reset=True)
    assert [await _send(telegram, 5), await _send(telegram, 5)] == [500, 500]
    with pytest.raises(aiohttp.ContentTypeError):
        await _send(telegram, 5, "delivered, then 502")
    started = time.monotonic()
    assert await _send(telegram, 5, "late") == 200
    assert time.monotonic() - started > 0.29
    with pytest.raises(aiohttp.ClientError):
        await _send(telegram, 5, "delivered, then reset")
    shown = [one["text"] for one in await telegram.wait(5, n=3)]
    assert shown == ["delivered, then 502", "late", "delivered, then reset"]
    assert len(telegram.calls("sendMessage")) == 3
    assert len(telegram.lines("fault")) == 5


async def test_chance_comes_from_its_seed(telegram: Telegram) -> None:
    runs = []
    for _ in range(2):
        await telegram.behave("getMe", clear=True, times=99, probability=0.5, seed=7, status=500)
        runs.append([(await telegram.call("getMe"))["ok"] for _ in range(20)])
    assert runs[0] == runs[1]
    assert 4 < sum(runs[0]) < 16
