"""What the emulator refuses, in the words of the real server, and what lies just within."""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulators.telegram import markup
from tests.emulators.telegram.client import Telegram

pytest_plugins = ("tests.emulators.telegram.fixtures",)


def _inline(**button: Any) -> dict[str, Any]:
    return {"reply_markup": {"inline_keyboard": [[{"text": "x", **button}]]}}


async def _description(telegram: Telegram, method: str, **args: Any) -> str:
    await telegram.say(5, "hi")
    answer = await telegram.call(method, **{"chat_id": 5, **args})
    return str(answer.get("description", "")).removeprefix("Bad Request: ")


@pytest.mark.parametrize(
    ("args", "words"),
    [
        ({"text": "字" * 4096}, ""),
        ({"text": "😀" * 2048}, ""),
        ({"text": "😀" * 2048 + "x"}, "message is too long"),
        ({"text": "<b>" + "x" * 4096 + "</b>", "parse_mode": "HTML"}, ""),
        ({"text": " \n"}, "message text is empty"),
        ({"text": "<b>x", "parse_mode": "HTML"}, "can't parse entities: Can't find end tag"),
        ({"text": "<p>x</p>", "parse_mode": "HTML"}, "can't parse entities: Unsupported start tag"),
        ({"text": "1 < 2", "parse_mode": "HTML"}, "can't parse entities: Unsupported start tag"),
        ({"text": "x</b>", "parse_mode": "HTML"}, "can't parse entities: Unexpected end tag"),
        ({"text": "<b><i>x</b></i>", "parse_mode": "HTML"}, "can't parse entities: Unmatched"),
        ({"text": "*x*", "parse_mode": "MarkdownV2"}, "can't parse entities"),
        ({"text": "xy", "entities": [{"type": "bold", "offset": 0, "length": 2}]}, ""),
        ({"text": "xy", "entities": [{"type": "bold", "offset": 1, "length": 2}]}, "entity beyond"),
        ({"text": "x", "chat_id": ""}, "chat_id is empty"),
        ({"text": "x", "reply_to_message_id": 99}, "message to be replied not found"),
        ({"text": "x", **_inline(callback_data="字" * 21)}, ""),
        ({"text": "x", **_inline(callback_data="字" * 21 + "xx")}, "BUTTON_DATA_INVALID"),
        ({"text": "x", **_inline(callback_data="")}, "BUTTON_DATA_INVALID"),
        ({"text": "x", **_inline()}, "can't parse inline keyboard button: Text buttons are"),
        ({"text": "x", **_inline(url="https://example.org/c/1")}, ""),
        ({"text": "x", **_inline(url="tg://user?id=5")}, ""),
        ({"text": "x", **_inline(url="javascript:alert(1)")}, "inline keyboard button URL"),
        ({"text": "x", **_inline(url="http://localhost/x")}, "inline keyboard button URL"),
        ({"text": "x", "reply_markup": "{"}, "can't parse reply_markup JSON object"),
        ({"text": "x", "reply_markup": {"keyboard": ["a"]}}, "keyboard row must be an Array"),
    ],
)
async def test_messages(telegram: Telegram, args: dict[str, Any], words: str) -> None:
    found = await _description(telegram, "sendMessage", **args)
    assert found.startswith(words)
    assert bool(found) == bool(words)


@pytest.mark.parametrize(
    ("args", "words"),
    [
        ({"commands": [{"command": "a" * 32, "description": "字" * 256}]}, ""),
        ({"commands": [{"command": "a" * 33, "description": "x"}]}, "BOT_COMMAND_INVALID"),
        ({"commands": [{"command": "Aa", "description": "x"}]}, "BOT_COMMAND_INVALID"),
        (
            {"commands": [{"command": "a", "description": "字" * 257}]},
            "BOT_COMMAND_DESCRIPTION_INVALID",
        ),
        ({"commands": [{"command": "a", "description": "x"}] * 101}, "BOT_COMMANDS_TOO_MUCH"),
        ({"commands": [], "language_code": "zh-hans"}, "invalid language code specified"),
        ({"commands": [], "scope": {"type": "everybody"}}, "unsupported type specified"),
    ],
)
async def test_commands(telegram: Telegram, args: dict[str, Any], words: str) -> None:
    assert await _description(telegram, "setMyCommands", **args) == words


async def test_the_answer_to_a_press(telegram: Telegram) -> None:
    await telegram.say(5, "hi")
    await telegram.call("sendMessage", chat_id=5, text="x")
    query = (await telegram.press(5, data="any"))["query"]
    said = {"callback_query_id": query}
    assert (
        await _description(telegram, "answerCallbackQuery", text="字" * 201, **said)
        == "MESSAGE_TOO_LONG"
    )
    assert await _description(telegram, "answerCallbackQuery", text="字" * 200, **said) == ""
    await telegram.control("settings", answer_seconds=0)
    late = (await telegram.press(5, data="any"))["query"]
    assert await _description(telegram, "answerCallbackQuery", callback_query_id=late) == (
        "query is too old and response timeout expired or query ID is invalid"
    )


async def test_edits(telegram: Telegram) -> None:
    said = await telegram.say(5, "hi")
    sent = (await telegram.call("sendMessage", chat_id=5, text="x"))["result"]["message_id"]
    asks = {"keyboard": [["yes"]]}
    asked = await telegram.call("sendMessage", chat_id=5, text="x", reply_markup=asks)
    same = await _description(telegram, "editMessageText", message_id=sent, text="x")
    assert same.startswith("message is not modified: specified new message content")
    for message, words in (
        (999, "message to edit not found"),
        (said["message_id"], "message can't be edited"),
        (asked["result"]["message_id"], "message can't be edited"),
    ):
        found = await _description(telegram, "editMessageText", message_id=message, text="y")
        assert found == words
    found = await _description(telegram, "editMessageCaption", message_id=sent, caption="y")
    assert found == "there is no caption in the message to edit"
    found = await _description(
        telegram, "editMessageText", message_id=sent, text="y", reply_markup=asks
    )
    assert found == "inline keyboard expected"
    assert await _description(telegram, "deleteMessage", message_id=sent) == ""
    found = await _description(telegram, "deleteMessage", message_id=sent)
    assert found == "message to delete not found"
    query = await telegram.press(5, message_id=sent, data="of a message that is gone")
    assert query["update_id"]


async def test_files(telegram: Telegram) -> None:
    await telegram.say(5, "hi")
    found = await _description(telegram, "sendPhoto", photo="https://example.org/a.png")
    assert found == "failed to get HTTP URL content"
    found = await _description(telegram, "sendPhoto", photo="nothing")
    assert found == "wrong remote file identifier specified: Wrong string length"
    photo = (await telegram.photo(5, b"a"))["file_id"]
    found = await _description(telegram, "sendPhoto", photo=photo, caption="字" * 1025)
    assert found == "message caption is too long"
    assert await _description(telegram, "sendDocument", document=photo) == "type of file mismatch"
    assert await _description(telegram, "getFile", file_id=photo) == ""


async def test_groups(telegram: Telegram) -> None:
    await telegram.control("group", user=5, chat=-77, title="二班")
    asks = {"keyboard": [[{"text": "电话", "request_contact": True}]]}
    found = await _description(telegram, "sendMessage", chat_id=-77, text="x", reply_markup=asks)
    assert found == "phone number can be requested in private chats only"
    updates = (await telegram.call("getUpdates"))["result"]
    assert updates[0]["my_chat_member"]["new_chat_member"]["status"] == "member"
    assert updates[1]["message"]["group_chat_created"] is True
    await telegram.control("migrate", chat=-77, to=-1000000000077)
    answer = await telegram.call("sendMessage", chat_id=-77, text="x")
    assert answer["parameters"] == {"migrate_to_chat_id": -1000000000077}
    assert answer["description"].endswith("group chat was upgraded to a supergroup chat")
    moved = [u["message"] for u in (await telegram.call("getUpdates", offset=-2))["result"]]
    assert moved[0]["migrate_to_chat_id"] == -1000000000077
    assert moved[1]["migrate_from_chat_id"] == -77
    await telegram.member(5, "kick", chat=-1000000000077)
    found = await _description(telegram, "sendMessage", chat_id=-1000000000077, text="x")
    assert found == "Forbidden: bot was kicked from the supergroup chat"


@pytest.mark.parametrize(
    ("source", "words", "entities"),
    [
        ("a &lt;b&gt; &amp; &#39;&nbsp;", "a <b> & '&nbsp;", []),
        ("😀<b>字<i>x</i></b>", "😀字x", [("bold", 2, 2), ("italic", 3, 1)]),
        ("<a href='https://a.org/?x=1&amp;y=2'>l</a>", "l", [("text_link", 0, 1)]),
        (
            "<pre><code class='language-py'>x</code></pre><b></b>",
            "x",
            [("pre", 0, 1), ("code", 0, 1)],
        ),
    ],
)
def test_html(source: str, words: str, entities: list[tuple[str, int, int]]) -> None:
    found, made = markup.parsed(source)
    assert found == words
    assert sorted((one["type"], one["offset"], one["length"]) for one in made) == sorted(entities)
    assert [one["url"] for one in made if "url" in one] == ["https://a.org/?x=1&y=2"] * (
        "href" in source
    )


async def test_broken_bodies(telegram: Telegram) -> None:
    await telegram.say(5, "hi")
    found = await _description(telegram, "sendMessage", text="\ud83d")
    assert found == "strings must be encoded in UTF-8"
