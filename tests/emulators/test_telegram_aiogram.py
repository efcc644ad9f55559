"""The emulator against aiogram, a client that we did not write."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from io import BytesIO

import pytest
from aiogram import Bot, Dispatcher
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.exceptions import (
    TelegramBadRequest,
    TelegramConflictError,
    TelegramForbiddenError,
    TelegramMigrateToChat,
    TelegramNetworkError,
    TelegramRetryAfter,
    TelegramServerError,
    TelegramUnauthorizedError,
)
from aiogram.methods import SendMessage
from aiogram.types import (
    BotCommand,
    BotCommandScopeChat,
    BufferedInputFile,
    CallbackQuery,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    KeyboardButton,
    Message,
    ReplyKeyboardMarkup,
    Update,
)
from aiogram.webhook.aiohttp_server import SimpleRequestHandler
from aiohttp import web

from tests.emulators.telegram.client import Telegram

pytest_plugins = ("tests.emulators.telegram.fixtures",)

KEYBOARD = InlineKeyboardMarkup(
    inline_keyboard=[[InlineKeyboardButton(text="好的", callback_data="y:1")]]
)


@pytest.fixture
async def bot(telegram: Telegram) -> AsyncIterator[Bot]:
    session = AiohttpSession(api=TelegramAPIServer.from_base(telegram.api_base))
    made = Bot(telegram.token, session=session)
    yield made
    await session.close()


async def _next(bot: Bot, offset: int | None = None) -> Update:
    [update] = await bot.get_updates(offset=offset, timeout=5, limit=1)
    return update


async def test_a_talk_by_polling(telegram: Telegram, bot: Bot) -> None:
    await telegram.say(5, "/start abc", language_code="en")
    first = await _next(bot)
    assert first.message is not None
    assert first.message.from_user is not None
    assert first.message.entities is not None
    assert first.message.from_user.language_code == "en"
    assert first.message.entities[0].extract_from(first.message.text or "") == "/start"
    sent = await bot.send_message(
        5, "<b>你好</b> &amp; 😀", parse_mode="HTML", reply_markup=KEYBOARD
    )
    assert sent.html_text == "<b>你好</b> &amp; 😀"
    assert sent.reply_markup is not None
    assert sent.reply_markup.model_dump() == KEYBOARD.model_dump()
    pressed = await telegram.press(5, "好的")
    second = await _next(bot, first.update_id + 1)
    query = second.callback_query
    assert query is not None
    assert (query.data, query.message and query.message.message_id) == ("y:1", sent.message_id)
    edited = await bot.edit_message_text("已记", chat_id=5, message_id=sent.message_id)
    assert isinstance(edited, Message)
    assert (edited.text, edited.reply_markup) == ("已记", None)
    assert await bot.answer_callback_query(query.id, text="收到")
    assert await bot.answer_callback_query(query.id)
    assert [one["text"] for one in await telegram.answers(pressed["query"])] == ["收到", ""]
    [_, shown] = await telegram.messages(5)
    assert (shown["text"], shown["buttons"], shown["edits"][0]["text"]) == ("已记", [], "你好 & 😀")
    assert await bot.get_updates(offset=second.update_id + 1) == []


async def test_everything_a_user_can_send(telegram: Telegram, bot: Bot) -> None:
    await telegram.photo(5, b"a photo", caption="看")
    await telegram.document(5, b"a,b", "list.csv", mime_type="text/csv")
    await telegram.control(
        "location", user=5, latitude=31.2, longitude=121.4, live=True, forward="Li", venue="学校"
    )
    await telegram.control("contact", user=5, phone="+8613800138000", of=6)
    said = await telegram.say(5, "旧的", via_bot=99)
    await telegram.control("edit", user=5, message_id=said["message_id"], text="新的")
    photo, document, place, contact, text, edited = await bot.get_updates()
    assert photo.message
    assert photo.message.photo
    got = await bot.download(photo.message.photo[-1].file_id)
    assert got is not None
    assert (got.read(), photo.message.caption) == (b"a photo", "看")
    assert document.message
    assert document.message.document
    target = BytesIO()
    await bot.download(document.message.document, target)
    assert (target.getvalue(), document.message.document.file_name) == (b"a,b", "list.csv")
    assert place.message
    assert place.message.location
    assert place.message.venue
    assert place.message.forward_origin
    assert (place.message.location.live_period, place.message.forward_origin.type) == (
        900,
        "hidden_user",
    )
    assert contact.message
    assert contact.message.contact
    assert contact.message.contact.user_id == 6
    assert text.message
    assert text.message.via_bot
    assert edited.edited_message
    assert (edited.edited_message.text, edited.edited_message.edit_date is None) == ("新的", False)


async def test_everything_a_bot_sends(telegram: Telegram, bot: Bot) -> None:
    said = await telegram.say(5, "/start")
    photo = await bot.send_photo(5, BufferedInputFile(b"png", "码.png"), caption="扫一扫")
    document = await bot.send_document(
        5, BufferedInputFile(b"xlsx", "a.xlsx"), reply_markup=KEYBOARD
    )
    place = await bot.send_location(5, 31.2, 121.4)
    assert photo.photo
    assert document.document
    assert place.location
    assert await telegram.file(photo.photo[0].file_id) == b"png"
    assert await telegram.file(document.document.file_id) == b"xlsx"
    await telegram.control("limits", on=False)
    again = await bot.send_photo(5, photo.photo[0].file_id)
    assert again.photo == photo.photo
    await bot.edit_message_caption(chat_id=5, message_id=photo.message_id, caption="已过期")
    await bot.edit_message_reply_markup(chat_id=5, message_id=document.message_id)
    await bot.delete_message(5, place.message_id)
    await bot.send_chat_action(5, "typing")
    asked = ReplyKeyboardMarkup(keyboard=[[KeyboardButton(text="电话", request_contact=True)]])
    await bot.send_message(
        5, "你的电话", reply_markup=asked, reply_to_message_id=said["message_id"]
    )
    shown = (await telegram.messages(5))[1:]
    assert [one.get("caption", one.get("text")) for one in shown] == [
        "已过期",
        None,
        None,
        "你的电话",
    ]
    assert shown[1]["buttons"] == []
    assert shown[3]["keyboard"][0][0]["request_contact"] is True
    assert shown[3]["reply_to_message"]["text"] == "/start"


async def test_its_errors_are_the_classes_of_the_library(telegram: Telegram, bot: Bot) -> None:
    for user in range(5, 9):
        await telegram.say(user, "hi")
    await telegram.member(6, "block")
    await telegram.member(7, "deactivate")
    with pytest.raises(TelegramForbiddenError, match="blocked by the user"):
        await bot.send_message(6, "x")
    with pytest.raises(TelegramForbiddenError, match="deactivated"):
        await bot.send_message(7, "x")
    with pytest.raises(TelegramBadRequest, match="chat not found"):
        await bot.send_message(4711, "x")
    with pytest.raises(TelegramBadRequest, match="message is too long"):
        await bot.send_message(5, "x" * 4097)
    sent = await bot.send_message(5, "x")
    with pytest.raises(TelegramBadRequest, match="message is not modified"):
        await bot.edit_message_text("x", chat_id=5, message_id=sent.message_id)
    with pytest.raises(TelegramBadRequest, match="query is too old"):
        await bot.answer_callback_query("12")
    await telegram.control("group", user=5, chat=-77)
    await telegram.control("migrate", chat=-77, to=-1000000000077)
    with pytest.raises(TelegramMigrateToChat) as moved:
        await bot.send_message(-77, "x")
    assert moved.value.migrate_to_chat_id == -1000000000077
    await bot.send_message(-1000000000077, "x")
    await telegram.control("revoke")
    with pytest.raises(TelegramUnauthorizedError, match="Unauthorized"):
        await bot.get_me()


async def test_its_faults_are_the_classes_of_the_library(telegram: Telegram, bot: Bot) -> None:
    await telegram.say(5, "hi")
    for _ in range(4):
        await bot.send_message(5, "x")
    with pytest.raises(TelegramRetryAfter) as late:
        await bot.send_message(5, "x")
    assert late.value.retry_after == 1
    await telegram.say(6, "hi")
    await telegram.behave("sendMessage", status=502, description="Bad Gateway")
    with pytest.raises(TelegramServerError):
        await bot.send_message(6, "x")
    await telegram.behave("sendMessage", reset=True)
    with pytest.raises(TelegramNetworkError):
        await bot.send_message(6, "sent all the same")
    assert [one["text"] for one in await telegram.wait(6)] == ["sent all the same"]
    first = asyncio.create_task(bot.get_updates(timeout=20, offset=700000003))
    await asyncio.sleep(0.1)
    await bot.get_updates(offset=700000003)
    with pytest.raises(TelegramConflictError, match="other getUpdates"):
        await first


@pytest.fixture
async def hook(bot: Bot) -> AsyncIterator[str]:
    """The URL of a bot that answers after the update was handled."""
    dispatcher = Dispatcher()

    async def message(message: Message) -> SendMessage | None:
        if message.text == "reply":
            return SendMessage(chat_id=message.chat.id, text="in the answer")
        await message.answer(f"got {message.text}", reply_markup=KEYBOARD)
        return None

    async def query(query: CallbackQuery) -> None:
        await query.answer("收到")

    dispatcher.message.register(message)
    dispatcher.callback_query.register(query)
    app = web.Application()
    handler = SimpleRequestHandler(
        dispatcher, bot, handle_in_background=False, secret_token="secret-1"
    )
    handler.register(app, path="/hook")
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    await runner.cleanup()


async def test_its_webhook_with_calls_and_with_replies(
    telegram: Telegram, bot: Bot, hook: str
) -> None:
    await telegram.say(5, "before")
    await bot.set_webhook(hook, secret_token="secret-1", max_connections=7)
    assert [one["text"] for one in await telegram.wait(5)] == ["got before"]
    answer = await telegram.talk(5, "reply")
    assert answer["text"] == "in the answer"
    pressed = await telegram.press(5, "好的")
    assert [one["text"] for one in await telegram.answers(pressed["query"])] == ["收到"]
    with pytest.raises(TelegramConflictError, match="webhook is active"):
        await bot.get_updates()
    info = await bot.get_webhook_info()
    assert (info.url, info.max_connections, info.pending_update_count) == (hook, 7, 0)
    await bot.set_webhook(hook, secret_token="another")
    await telegram.say(5, "refused")
    await asyncio.sleep(0.2)
    info = await bot.get_webhook_info()
    assert info.last_error_message == "Wrong response from the webhook: 401 Unauthorized"
    assert info.pending_update_count == 1
    await bot.delete_webhook(drop_pending_updates=True)
    assert await bot.get_updates() == []


async def test_the_bot_itself(telegram: Telegram, bot: Bot) -> None:
    await telegram.control("group", user=5, chat=-77, title="二班")
    assert (await bot.get_me()).id == 1001
    commands = [BotCommand(command="hours", description="我的时长")]
    scope = BotCommandScopeChat(chat_id=-77)
    await bot.set_my_commands(commands, scope=scope, language_code="zh")
    got = await bot.get_my_commands(scope=scope, language_code="zh")
    assert [(one.command, one.description) for one in got] == [("hours", "我的时长")]
    assert await bot.get_my_commands() == []
    assert "chat:-77|zh" in (await telegram.state())["commands"]
    await bot.delete_my_commands(scope=scope, language_code="zh")
    assert await bot.get_my_commands(scope=scope, language_code="zh") == []
    await bot.set_my_description("青团", language_code="zh")
    await bot.set_my_short_description("青团")
    assert (await bot.get_my_description(language_code="zh")).description == "青团"
    assert (await bot.get_chat(-77)).title == "二班"
    assert (await bot.get_chat_member(-77, 5)).status == "creator"
    assert (await bot.get_chat_member(-77, 1001)).status == "member"
    await bot.leave_chat(-77)
    with pytest.raises(TelegramForbiddenError, match="not a member of the group chat"):
        await bot.send_message(-77, "x")
    with pytest.raises(TelegramForbiddenError, match="can't initiate conversation"):
        await bot.send_message(5, "seen in the group only")
