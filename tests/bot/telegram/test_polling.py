"""Polling: nothing is confirmed before it is kept, one process polls, nothing stops it for good."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bot.chat import Event
from services.turn import Turn
from storage.holding import Holding
from tests.bot.telegram.outages import out_of_order
from tests.bot.telegram.rig import served, until
from tests.emulators.telegram.client import Telegram


async def test_what_is_not_written_down_is_not_confirmed(
    database_url: str, telegram: Telegram, tmp_path: Path
) -> None:
    async with served(database_url, telegram.api_base, tmp_path):
        await telegram.talk(1001, "/help")
        await telegram.quiet()
        with out_of_order(database_url):
            for user in (1001, 1002, 1003):
                await telegram.say(user, "/help")
            await asyncio.sleep(1.0)
            assert (await telegram.state())["pending"] == 3
        for user in (1001, 1002, 1003):
            await telegram.wait(user, n=1 + (user == 1001), seconds=20)
        await telegram.quiet()
        await telegram.talk(1001, "/help")
        assert len(await telegram.messages(1001)) == 6  # said and answered three times


async def test_a_batch_keeps_the_order_of_each_person(
    sqlite_url: str, telegram: Telegram, tmp_path: Path
) -> None:
    seen: dict[int, list[str]] = {}
    for number in range(120):
        await telegram.say(1001 + number % 3, f"/start {number}")
    async with served(sqlite_url, telegram.api_base, tmp_path) as (app, _):
        answer = app.router.answer

        async def watched(turn: Turn, event: Event) -> None:
            seen.setdefault(int(event.account), []).append(event.payload["text"])
            await answer(turn, event)

        app.router.answer = watched  # type: ignore[method-assign]  # a listener, not a double
        await until(lambda: sum(map(len, seen.values())) == 120)
    assert seen == {1001 + n: [str(x) for x in range(120) if x % 3 == n] for n in range(3)}


async def test_an_update_that_the_library_cannot_read_stops_no_other(
    sqlite_url: str, telegram: Telegram, tmp_path: Path
) -> None:
    bad = '{"update_id": 5, "message": {"message_id": "no"}}'
    raw = f'{{"ok": true, "result": [{bad}, {{"no": 1}}, 7]}}'
    await telegram.behave("getUpdates", raw=raw)
    await telegram.say(1001, "/help")
    async with served(sqlite_url, telegram.api_base, tmp_path):
        assert await telegram.wait(1001)


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 502, "raw": "<html>"},
        {"status": 429, "retry_after": 1},
        {"status": 409},
        {"reset": True},
        {"raw": "{"},
    ],
)
async def test_whatever_happens_polling_goes_on(
    fault: dict[str, object], sqlite_url: str, telegram: Telegram, tmp_path: Path
) -> None:
    await telegram.behave("getUpdates", **fault)
    await telegram.say(1001, "/help")
    async with served(sqlite_url, telegram.api_base, tmp_path):
        assert await telegram.wait(1001, seconds=15)


async def test_a_webhook_that_somebody_set_is_taken_away(
    sqlite_url: str, telegram: Telegram, tmp_path: Path
) -> None:
    async with served(sqlite_url, telegram.api_base, tmp_path):
        await telegram.talk(1001, "/help")
        await telegram.call("setWebhook", url="http://127.0.0.1:9/x")
        said = await telegram.say(1001, "/help")
        assert await telegram.wait(1001, since=said["change"], seconds=20)


async def test_one_process_holds_what_one_may_do(postgres_url: str) -> None:
    one, two = Holding(postgres_url, "x"), Holding(postgres_url, "x")
    other = Holding(postgres_url, "y")
    assert [await one.held(), await two.held(), await one.held()] == [True, False, True]
    assert await other.held()
    with out_of_order(postgres_url):
        assert not await one.held()
        assert not await two.held()
    assert [await two.held(), await one.held()] == [True, False]
    await two.release()
    assert await one.held()
    for holding in (one, other):
        await holding.release()


async def test_the_embedded_store_has_one_process(sqlite_url: str) -> None:
    holding = Holding(sqlite_url, "x")
    assert await holding.held()
    await holding.release()


async def test_two_replicas_and_one_poll(
    postgres_url: str, telegram: Telegram, tmp_path: Path
) -> None:
    async with (
        served(postgres_url, telegram.api_base, tmp_path),
        served(postgres_url, telegram.api_base, tmp_path),
    ):
        for _ in range(3):
            await telegram.talk(1001, "/help")
        await asyncio.sleep(0.5)
    assert not telegram.calls("getUpdates", 409)
