"""The control door and the driver: what users do arrives as updates, what bots say is seen."""

from __future__ import annotations

import pytest

from tests.emulators.telegram.client import Telegram, Told

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
