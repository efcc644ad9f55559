"""The emulator's webhook: order, repetition, waits, expiry, calls in the answer."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from itertools import pairwise
from typing import Any

import pytest
from aiohttp import web

from tests.emulators.telegram.client import Telegram
from tests.emulators.telegram.hook import Hook, listening

pytest_plugins = ("tests.emulators.telegram.fixtures",)


@pytest.fixture
async def hook(telegram: Telegram) -> AsyncIterator[Hook]:
    async with listening() as made:
        yield made
        await telegram.call("deleteWebhook")


async def test_one_update_of_a_chat_at_a_time_and_the_chats_in_parallel(
    telegram: Telegram, hook: Hook
) -> None:
    flying: dict[int, int] = {}

    async def answer(update: dict[str, Any], _: int) -> web.Response:
        user = update["message"]["from"]["id"]
        flying[user] = flying.get(user, 0) + 1
        assert flying[user] == 1
        await asyncio.sleep(0.02)
        flying[user] -= 1
        return web.Response()

    hook.answer = answer
    for n in range(5):
        for user in range(1, 9):
            await telegram.say(user, f"{user}:{n}")
    await telegram.call("setWebhook", url=hook.url, secret_token="s-1", max_connections=4)
    await hook.until(40)
    await telegram.quiet()
    for user in range(1, 9):
        mine = [text for text in hook.texts if text.startswith(f"{user}:")]
        assert mine == [f"{user}:{n}" for n in range(5)]
    assert (hook.most, len(hook.connections), hook.secrets) == (4, 4, {"s-1"})
    assert len(hook.got) == 40


async def test_a_press_does_not_wait_for_a_message(telegram: Telegram, hook: Hook) -> None:
    let_go = asyncio.Event()

    async def answer(update: dict[str, Any], _: int) -> web.Response:
        if "message" in update:
            await let_go.wait()
        return web.Response()

    hook.answer = answer
    await telegram.say(5, "hi")
    await telegram.call("sendMessage", chat_id=5, text="x")
    await telegram.call("setWebhook", url=hook.url)
    await hook.until(1)
    await telegram.press(5, data="any")
    await hook.until(2)
    assert "callback_query" in hook.got[1][1]
    let_go.set()
    await telegram.quiet()


async def test_what_fails_comes_again_and_blocks_its_chat_only(
    telegram: Telegram, hook: Hook
) -> None:
    async def answer(update: dict[str, Any], number: int) -> web.Response:
        user = update["message"]["from"]["id"]
        return web.Response(status=500 if user == 5 and number <= 4 else 200)

    hook.answer = answer
    await telegram.control("settings", retry_scale=0.1)
    for text in ("first", "second"):
        await telegram.say(5, text)
    await telegram.call("setWebhook", url=hook.url)
    await telegram.say(6, "other")
    await telegram.quiet()
    mine = [(at, u["message"]["text"]) for at, u in hook.got if u["message"]["from"]["id"] == 5]
    texts = [text for _, text in mine]
    assert texts == ["first"] * (len(texts) - 1) + ["second"]
    assert texts.count("first") >= 4
    waits = [later - at for (at, _), (later, _) in pairwise(mine)]
    assert waits[0] < 0.1  # at once, then 2, 4 (here tenths of it)
    assert 0.19 < waits[1] < 0.35
    assert 0.39 < waits[2] < 0.6
    assert "other" in hook.texts[:3]
    assert (await telegram.state())["webhook"]["500"] == texts.count("first") - 1


@pytest.mark.parametrize("kind", ["closed", "late"])
async def test_no_answer_is_a_failure(telegram: Telegram, hook: Hook, kind: str) -> None:
    async def answer(update: dict[str, Any], number: int) -> web.Response:
        if number == 1 and kind == "late":
            await asyncio.sleep(0.5)
        if number == 1 and kind == "closed":
            raise ConnectionResetError
        return web.Response()

    hook.answer = answer
    await telegram.control("settings", webhook_timeout=0.2)
    await telegram.say(5, "hi")
    await telegram.call("setWebhook", url=hook.url)
    await hook.until(2)
    await telegram.quiet()
    assert hook.texts == ["hi", "hi"]
    assert [line["attempt"] for line in telegram.lines("webhook")] == [1, 2]


async def test_its_retry_after_is_honoured(telegram: Telegram, hook: Hook) -> None:
    async def answer(update: dict[str, Any], number: int) -> web.Response:
        if number == 1:
            return web.Response(status=503, headers={"Retry-After": "3"})
        return web.Response()

    hook.answer = answer
    await telegram.control("settings", retry_scale=0.1)
    await telegram.say(5, "hi")
    await telegram.call("setWebhook", url=hook.url)
    await hook.until(2)
    assert 0.29 < hook.got[1][0] - hook.got[0][0] < 0.6


async def test_what_is_too_old_never_comes(telegram: Telegram, hook: Hook) -> None:
    now = time.time()
    await telegram.say(5, "25 hours", date=now - 25 * 3600)
    await telegram.say(5, "23 hours", date=now - 23 * 3600)
    await telegram.call("sendMessage", chat_id=5, text="x")
    await telegram.press(5, data="old", date=now - 151)
    await telegram.press(5, data="young", date=now - 140)
    await telegram.call("setWebhook", url=hook.url)
    await hook.until(2)
    await telegram.quiet()
    assert hook.texts == ["23 hours"]
    pressed = [
        update["callback_query"]["data"] for _, update in hook.got if "callback_query" in update
    ]
    assert pressed == ["young"]
    assert (await telegram.state())["expired"] == 2


async def test_a_refused_connection_is_tried_again(telegram: Telegram) -> None:
    await telegram.control("settings", retry_scale=0.01)
    await telegram.say(5, "hi")
    await telegram.call("setWebhook", url="http://127.0.0.1:9/hook")
    await asyncio.sleep(0.2)
    info = (await telegram.call("getWebhookInfo"))["result"]
    assert (info["last_error_message"], info["pending_update_count"]) == ("Connection refused", 1)
    await telegram.call("deleteWebhook")
    [update] = (await telegram.call("getUpdates"))["result"]
    assert update["message"]["text"] == "hi"


async def test_a_call_in_the_answer(telegram: Telegram, hook: Hook) -> None:
    replies: list[dict[str, Any]] = [
        {"method": "sendMessage", "chat_id": 5, "text": "in the answer"},
        {"method": "getMe"},
        {"method": "deleteWebhook"},
        {"method": "sendMessage", "chat_id": 4711, "text": "lost"},
    ]

    async def answer(update: dict[str, Any], number: int) -> web.Response:
        return web.json_response(replies[number - 1])

    hook.answer = answer
    await telegram.call("setWebhook", url=hook.url)
    for number in range(4):
        await telegram.say(5, str(number))
    await telegram.quiet()
    assert [one["text"] for one in await telegram.wait(5)] == ["in the answer"]
    state = await telegram.state()
    assert state["calls"] == {"setWebhook": {"200": 1}, "sendMessage": {"200": 1, "400": 1}}
    assert [line["method"] for line in telegram.lines("unanswered")] == ["getme", "deletewebhook"]


async def test_a_backlog_is_made_while_it_is_delivered(telegram: Telegram, hook: Hook) -> None:
    told = await telegram.control("batch", users=300, per_user=2, text="第{n}条", age_seconds=90)
    await telegram.say(1, "last")
    assert (await telegram.state())["pending"] == 601
    await telegram.call("setWebhook", url=hook.url, max_connections=20)
    await telegram.quiet()
    assert len(hook.got) == 601
    mine = [u["message"] for _, u in hook.got if u["message"]["from"]["id"] == told["first_user"]]
    assert [one["text"] for one in mine] == ["第0条", "第1条"]
    assert time.time() - mine[0]["date"] > 89


@pytest.mark.parametrize(
    ("args", "words"),
    [
        ({"url": "ftp://x/y"}, "bad webhook: An HTTPS URL must be provided for webhook"),
        ({"url": "http://x/y", "secret_token": "ä"}, "secret token contains unallowed characters"),
    ],
)
async def test_bad_webhooks(telegram: Telegram, args: dict[str, str], words: str) -> None:
    answer = await telegram.call("setWebhook", **args)
    assert answer["description"] == f"Bad Request: {words}"


async def test_a_webhook_that_ended_takes_nothing_more(telegram: Telegram, hook: Hook) -> None:
    await telegram.control("settings", retry_scale=0.05)
    await telegram.say(5, "hi")
    await telegram.call("setWebhook", url="http://127.0.0.1:9/")
    while (await telegram.state())["webhook"].get("0", 0) < 2:  # noqa: ASYNC110  # in another process
        await asyncio.sleep(0.01)
    await telegram.call("setWebhook", url=hook.url)
    failed = (await telegram.state())["webhook"]["0"]
    await telegram.quiet()
    await telegram.say(5, "again")
    await asyncio.sleep(0.4)  # the old one would have tried once more
    await telegram.say(6, "still here")
    await telegram.quiet()
    assert hook.texts == ["hi", "again", "still here"]
    assert (await telegram.state())["webhook"] == {"0": failed, "200": 3}
