"""The emulator against python-telegram-bot, a second client that we did not write."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import telegram as library
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
)

from tests.emulators.telegram.client import Telegram

pytest_plugins = ("tests.emulators.telegram.fixtures",)

KEYBOARD = library.InlineKeyboardMarkup(
    [[library.InlineKeyboardButton("好的", callback_data="y:1")]]
)


@pytest.fixture
async def bot(telegram: Telegram, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[library.Bot]:
    monkeypatch.setenv("PTB_TIMEDELTA", "true")  # or it warns of its own future
    base = telegram.api_base
    made = library.Bot(telegram.token, f"{base}/bot", f"{base}/file/bot")
    async with made:
        yield made


async def test_a_talk_by_polling(telegram: Telegram, bot: library.Bot) -> None:
    assert bot.username == "qingtuan_emulated_bot"
    await telegram.say(5, "/start abc")
    [first] = await bot.get_updates(timeout=5)
    assert first.message
    assert first.message.parse_entities(["bot_command"])
    sent = await bot.send_message(5, "<i>你好</i>", parse_mode="HTML", reply_markup=KEYBOARD)
    assert (sent.text_html, sent.reply_markup) == ("<i>你好</i>", KEYBOARD)
    pressed = await telegram.press(5, "好的")
    [second] = await bot.get_updates(offset=first.update_id + 1, timeout=5)
    assert second.callback_query
    assert second.callback_query.data == "y:1"
    await second.callback_query.edit_message_text("已记")
    await second.callback_query.answer("收到", show_alert=True)
    assert await telegram.answers(pressed["query"]) == [
        {"text": "收到", "show_alert": True, "url": ""}
    ]
    assert (await telegram.messages(5))[-1]["text"] == "已记"
    assert not await bot.get_updates(offset=second.update_id + 1)


async def test_files_and_places(telegram: Telegram, bot: library.Bot) -> None:
    await telegram.photo(5, b"a photo")
    await telegram.control("location", user=5, latitude=1, longitude=2, horizontal_accuracy=9)
    photo, place = await bot.get_updates()
    assert photo.message
    file = await bot.get_file(photo.message.photo[-1].file_id)
    assert bytes(await file.download_as_bytearray()) == b"a photo"
    assert place.message
    assert place.message.location
    assert place.message.location.horizontal_accuracy == 9
    sent = await bot.send_document(5, b"a,b", filename="list.csv", caption="名单")
    assert sent.document
    assert (await telegram.file(sent.document.file_id), sent.caption) == (b"a,b", "名单")
    assert await bot.delete_message(5, sent.message_id)


async def test_its_errors_are_the_classes_of_the_library(
    telegram: Telegram, bot: library.Bot
) -> None:
    for user in (5, 6):
        await telegram.say(user, "hi")
    await telegram.member(6, "block")
    with pytest.raises(Forbidden, match="blocked by the user"):
        await bot.send_message(6, "x")
    with pytest.raises(BadRequest, match="Message is too long"):
        await bot.send_message(5, "😀" * 2049)
    await telegram.control("group", user=5, chat=-77)
    await telegram.control("migrate", chat=-77, to=-1000000000077)
    with pytest.raises(ChatMigrated) as moved:
        await bot.send_message(-77, "x")
    assert moved.value.new_chat_id == -1000000000077
    for _ in range(4):
        await bot.send_message(5, "x")
    with pytest.raises(RetryAfter):
        await bot.send_message(5, "x")
    await telegram.behave("getMe", raw="<html>", status=502)
    with pytest.raises(NetworkError):
        await bot.get_me()
    await bot.set_webhook("http://127.0.0.1:9/hook")
    with pytest.raises(Conflict, match="webhook is active"):
        await bot.get_updates()
    await telegram.control("revoke")
    with pytest.raises(InvalidToken):
        await bot.get_me()


async def test_commands_and_members(telegram: Telegram, bot: library.Bot) -> None:
    await telegram.say(5, "hi")
    commands = [library.BotCommand("hours", "我的时长")]
    scope = library.BotCommandScopeAllPrivateChats()
    assert await bot.set_my_commands(commands, scope=scope, language_code="zh")
    assert await bot.get_my_commands(scope=scope, language_code="zh") == tuple(commands)
    with pytest.raises(BadRequest, match=r"(?i)bot_command_invalid"):
        await bot.set_my_commands([library.BotCommand("时长", "我的时长")])
    await telegram.member(5, "block")
    update = (await bot.get_updates())[-1]
    assert update.my_chat_member
    assert update.my_chat_member.new_chat_member.status == "kicked"
    chat = await bot.get_chat(5)
    assert (chat.type, chat.first_name) == ("private", "用户5")
