"""The control door and the driver: what users do arrives as updates, what bots say is seen."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.emulators.telegram.client import Process, Telegram, Told

pytest_plugins = ("tests.emulators.telegram.fixtures",)


async def test_what_is_said_is_answered_and_pressed(telegram: Telegram) -> None:
    said = await telegram.say(5, "/start abc")
    [update] = (await telegram.call("getUpdates"))["result"]
    assert update["update_id"] == said["update_id"]
    assert update["message"]["entities"] == [{"type": "bot_command", "offset": 0, "length": 6}]
    keyboard = {"inline_keyboard": [[{"text": "好的", "callback_data": "x:1"}]]}
    await telegram.call("sendMessage", chat_id=5, text="你好", reply_markup=keyboard)
    [shown] = await telegram.wait(5, since=said["change"])
    assert (shown["text"], shown["buttons"]) == ("你好", keyboard["inline_keyboard"])
    pressed = await telegram.press(5, "好的")
    offset = said["update_id"] + 1
    [update] = (await telegram.call("getUpdates", offset=offset))["result"]
    assert update["callback_query"]["data"] == "x:1"
    await telegram.call("answerCallbackQuery", callback_query_id=pressed["query"], text="行")
    assert [one["text"] for one in await telegram.answers(pressed["query"])] == ["行"]
    assert len(telegram.calls("sendMessage")) == 1


async def test_nobody_presses_what_is_not_there(telegram: Telegram) -> None:
    await telegram.say(5, "hi")
    with pytest.raises(Told, match="好的"):
        await telegram.press(5, "好的")
    with pytest.raises(Told, match="no group"):
        await telegram.say(5, "hi", chat=-77)
    await telegram.control("group", user=5, chat=-77)
    await telegram.control("migrate", chat=-77, to=-1000000000077)
    with pytest.raises(Told, match="-1000000000077"):
        await telegram.say(5, "hi", chat=-77)
    await telegram.member(5, "block")
    with pytest.raises(Told, match="kicked"):
        await telegram.say(5, "hi")
    with pytest.raises(Told, match="KeyError"):
        await telegram.control("dance")


async def test_a_wait_sees_new_messages_and_edits(telegram: Telegram) -> None:
    said = await telegram.say(5, "hi")
    waiting = asyncio.create_task(telegram.wait(5, since=said["change"]))
    sent = (await telegram.call("sendMessage", chat_id=5, text="x"))["result"]["message_id"]
    [first] = await waiting
    waiting = asyncio.create_task(telegram.wait(5, since=first["change"]))
    await telegram.call("editMessageText", chat_id=5, message_id=sent, text="y")
    [second] = await waiting
    assert (first["text"], second["text"], second["edits"][0]["text"]) == ("x", "y", "x")
    with pytest.raises(AssertionError, match=r"after 0\.1 s"):
        await telegram.wait(5, since=second["change"], seconds=0.1)


async def test_an_album_is_several_messages(telegram: Telegram) -> None:
    for name in ("a.jpg", "b.jpg"):
        await telegram.photo(5, b"x", album=77, file_name=name)
    found = (await telegram.call("getUpdates"))["result"]
    assert {update["message"]["media_group_id"] for update in found} == {"77"}


async def test_quiet_logs_counts_only(tmp_path: Path) -> None:
    process = Process(tmp_path / "log", "--quiet", "--free")
    try:
        async with Telegram(process) as telegram:
            await telegram.say(5, "hi")
            for _ in range(10):
                assert (await telegram.call("sendMessage", chat_id=5, text="x"))["ok"]
            assert (await telegram.state())["calls"] == {"sendMessage": {"200": 10}}
            assert {line["what"] for line in telegram.lines()} <= {"counts"}
    finally:
        process.close()
