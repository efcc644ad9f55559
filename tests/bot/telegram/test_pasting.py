"""An invite in Telegram: a button, and the same link in the text, to be pasted into another app."""

from __future__ import annotations

import pytest
from aiogram.methods import SendMessage

from bot.channels.telegram.plan import plan
from bot.chat import Button, Message

INVITE = Message(1, "1001", "加入 iABC", ((Button("打开私聊加入", url="paste:iABC"),),))


def _said(message: Message, username: str | None) -> SendMessage:
    (step,) = plan(message, 1001, "发位置", username)
    assert isinstance(step.call, SendMessage)
    return step.call


def test_the_link_stands_in_the_text_and_on_the_button() -> None:
    said = _said(INVITE, "qingtuan_bot")
    assert said.text == "加入 iABC\n\nhttps://t.me/qingtuan_bot?start=iABC"
    shown = said.model_dump()
    assert shown["link_preview_options"]["is_disabled"]
    (row,) = shown["reply_markup"]["inline_keyboard"]
    assert row[0]["url"] == "https://t.me/qingtuan_bot?start=iABC"


def test_without_a_name_only_the_words_are_said() -> None:
    said = _said(INVITE, None)
    assert said.text == "加入 iABC"
    assert said.reply_markup is None


@pytest.mark.parametrize("url", ["private:start", "group:start", "https://example.org/c/x"])
def test_other_links_stay_on_their_buttons(url: str) -> None:
    said = _said(Message(1, "1001", "看看", ((Button("看看", url=url),),)), "qingtuan_bot")
    assert said.text == "看看"
