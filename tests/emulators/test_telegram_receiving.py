"""The emulator's getUpdates: what confirms, what conflicts, what comes again, what is not seen."""

from __future__ import annotations

import asyncio
import time

import pytest

from tests.emulators.telegram.client import Telegram

pytest_plugins = ("tests.emulators.telegram.fixtures",)

FIRST = 700_000_001


async def _texts(telegram: Telegram, **args: object) -> list[str]:
    found = await telegram.call("getUpdates", **args)
    return [update["message"]["text"] for update in found["result"]]


async def test_an_offset_confirms_what_is_lower_and_nothing_else_does(telegram: Telegram) -> None:
    for n in range(5):
        await telegram.say(5, str(n))
    assert await _texts(telegram, limit=2) == ["0", "1"]
    assert await _texts(telegram, offset=FIRST + 1, limit=2) == ["1", "2"]
    assert await _texts(telegram, offset=FIRST + 3) == ["3", "4"]
    assert await _texts(telegram, offset=FIRST + 3, timeout=1) == ["3"]  # the same so soon: one
    assert await _texts(telegram, offset=-1) == ["4"]
    assert (await telegram.state())["pending"] == 1


async def test_a_poll_waits_and_a_second_one_ends_it(telegram: Telegram) -> None:
    first = asyncio.create_task(telegram.call("getUpdates", timeout=30))
    while not (await telegram.state())["polling"]:  # noqa: ASYNC110  # it is in another process
        await asyncio.sleep(0.01)
    second = asyncio.create_task(telegram.call("getUpdates", timeout=30, offset=1))
    answer = await first
    assert answer["error_code"] == 409
    assert answer["description"].startswith("Conflict: terminated by other getUpdates request")
    await asyncio.sleep(0.05)
    started = time.monotonic()
    await telegram.say(5, "hi")
    assert [update["update_id"] for update in (await second)["result"]] == [FIRST]
    assert time.monotonic() - started < 1
    third = asyncio.create_task(telegram.call("getUpdates", timeout=30, offset=FIRST + 1))
    await asyncio.sleep(0.05)
    await telegram.call("setWebhook", url="http://127.0.0.1:9/")
    assert (await third)["description"] == "Conflict: terminated by setWebhook request"
    assert (await telegram.call("getUpdates"))["error_code"] == 409
    await telegram.call("deleteWebhook")
    started = time.monotonic()
    assert await _texts(telegram, offset=FIRST + 1, timeout=1) == []
    assert time.monotonic() - started > 0.9


async def test_an_update_comes_again_and_ids_start_again_lower(telegram: Telegram) -> None:
    said = await telegram.say(5, "one")
    await telegram.say(5, "two")
    assert await _texts(telegram, offset=FIRST) == ["one", "two"]
    await telegram.control("redeliver", update_id=said["update_id"])
    again = (await telegram.call("getUpdates", offset=FIRST + 2))["result"]
    assert [update["update_id"] for update in again] == [FIRST]
    assert await _texts(telegram, offset=FIRST + 1) == []
    await telegram.control("next_update_id", id=50)
    await telegram.say(5, "three")
    assert await _texts(telegram, offset=FIRST + 2) == ["three"]
    assert await _texts(telegram, offset=51) == []


async def test_only_what_was_asked_for_is_kept(telegram: Telegram) -> None:
    await telegram.call("getUpdates", allowed_updates=["callback_query"])
    assert (await telegram.say(5, "hi"))["update_id"] is None
    await telegram.call("sendMessage", chat_id=5, text="x")
    assert (await telegram.press(5, data="any"))["update_id"] == FIRST
    await telegram.control("group", user=5, chat=-77)
    joined = await telegram.member(6, "join", chat=-77)
    assert joined["update_id"] is None
    await telegram.call("getUpdates", offset=FIRST + 1, allowed_updates=["chat_member"])
    assert (await telegram.member(6, "part", chat=-77))["update_id"] == FIRST + 1


async def test_what_is_too_old_is_not_handed_out(telegram: Telegram) -> None:
    await telegram.say(5, "old", date=time.time() - 25 * 3600)
    await telegram.say(5, "young")
    assert await _texts(telegram) == ["young"]


async def test_a_huge_backlog_costs_little(telegram: Telegram) -> None:
    started = time.monotonic()
    told = await telegram.control("batch", users=200_000, text="/checkin {n}")
    first = told["first_update"]
    found = (await telegram.call("getUpdates"))["result"]
    assert [update["update_id"] for update in found] == list(range(first, first + 100))
    assert found[0]["message"]["entities"][0] == {"type": "bot_command", "offset": 0, "length": 8}
    found = (await telegram.call("getUpdates", offset=first + 100, limit=1))["result"]
    assert found[0]["update_id"] == first + 100
    assert (await telegram.state())["pending"] == 199_900
    assert (await telegram.call("sendMessage", chat_id=1_199_999, text="x"))["ok"]
    assert time.monotonic() - started < 2


async def test_in_groups_a_bot_sees_what_is_meant_for_it(telegram: Telegram) -> None:
    await telegram.control("group", user=5, chat=-77)
    sent = (await telegram.call("sendMessage", chat_id=-77, text="x"))["result"]
    seen = [
        (await telegram.say(5, text, chat=-77, **more))["update_id"] is not None
        for text, more in (
            ("talk", {}),
            ("/hours", {}),
            ("/hours@another_bot", {}),
            ("/hours@qingtuan_emulated_bot", {}),
            ("yes", {"reply_to": sent["message_id"]}),
        )
    ]
    assert seen == [False, True, False, True, True]
    await telegram.member(5, "promote", chat=-77)
    assert (await telegram.say(5, "talk", chat=-77))["update_id"] is not None


@pytest.mark.parametrize("told", ["none", "not-a-token", "1001:wrong"])
async def test_a_wrong_token(telegram: Telegram, told: str) -> None:
    telegram.token = told
    answer = await telegram.call("getUpdates")
    words = "Unauthorized" if ":" in told else "Unauthorized: invalid token specified"
    assert answer == {"ok": False, "error_code": 401, "description": words}


async def test_tokens_change_and_unknown_methods_are_not_found(telegram: Telegram) -> None:
    assert (await telegram.call("sendStory"))["error_code"] == 404
    await telegram.control("token", token="1001:new")
    assert (await telegram.call("getMe"))["error_code"] == 401
    telegram.token = "1001:new"
    assert (await telegram.call("GETME"))["ok"]
