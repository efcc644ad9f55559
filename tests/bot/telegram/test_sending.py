"""What is sent and how: text as it is, long texts, files, places, edits, farewells."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channel import Fate
from bot.channels.telegram.plan import split, units
from bot.chat import Attachment, Button
from tests.bot.telegram.rig import Alone
from tests.emulators.telegram.client import Telegram

BUTTONS = ((Button("好", "token-1"), Button("不", "token-2")), (Button("看", url="https://a.b/"),))
HOSTILE = (
    '<a href="tg://user?id=1">王明</a>',
    "[王明](http://evil)",
    "</b><b>_*[`~",
    "王\u202e明\ufe0f",
    "&lt;&amp;",
    "{name} %s ${x}",
    "a\n\n\nb",
)


@pytest.mark.parametrize("name", HOSTILE)
async def test_the_text_is_what_was_said(name: str, alone: Alone, telegram: Telegram) -> None:
    """A24."""
    await telegram.say(1001, "x")
    sent = await alone.send(1001, f"{name}，你好", rows=BUTTONS)
    assert sent.fate is Fate.SENT
    (told,) = telegram.calls("sendMessage")
    assert told["args"]["text"] == f"{name}，你好"
    assert not {"parse_mode", "entities"} & set(told["args"])
    (shown,) = await telegram.wait(1001)
    assert shown["message_id"] == int(sent.platform_id or 0)
    assert [[b["text"] for b in row] for row in shown["buttons"]] == [["好", "不"], ["看"]]
    assert shown["buttons"][0][0]["callback_data"] == "token-1"


async def test_a_link_is_not_looked_behind(alone: Alone, telegram: Telegram) -> None:
    await telegram.say(1001, "x")
    await alone.send(1001, "https://a.b/c/token")
    assert telegram.calls("sendMessage")[0]["args"]["link_preview_options"] == {"is_disabled": True}


async def test_a_button_that_telegram_would_refuse_keeps_nothing_back(
    alone: Alone, telegram: Telegram
) -> None:
    await telegram.say(1001, "x")
    odd = (
        Button("a", "x" * 65),
        Button("b", url="javascript:x"),
        Button(" ", "t"),
        Button("c", "t"),
    )
    assert (await alone.send(1001, "text", rows=(odd, (Button("d", ""),)))).fate is Fate.SENT
    (shown,) = await telegram.wait(1001)
    assert [[b["text"] for b in row] for row in shown["buttons"]] == [["c"]]


async def _whole(alone: Alone, number: int, chat: int, text: str, **more: Any) -> list[str | None]:
    """Send until it is sent; the reasons on the way."""
    reasons = []
    while True:
        sent = await alone.send(chat, text, number=number, **more)
        reasons.append(sent.reason)
        if sent.fate is not Fate.LATER:
            assert sent.fate is Fate.SENT, sent
            return reasons


async def test_a_long_text_goes_in_parts_with_the_buttons_below_the_last(
    alone: Alone, telegram: Telegram
) -> None:
    await telegram.say(1001, "x")
    lines = [f"第 {number} 行：𠮷野家" for number in range(800)]
    assert await _whole(alone, 1, 1001, "\n".join(lines), rows=BUTTONS) == [
        *("more to come", "more to come", None)
    ]
    shown = await telegram.wait(1001, n=3)
    assert "\n".join(one["text"] for one in shown) == "\n".join(lines)
    assert [bool(one["buttons"]) for one in shown] == [False, False, True]


@given(st.text(alphabet="a 𠮷\n，", max_size=120), st.integers(4, 30))
def test_parts_fit_and_lose_no_letter(text: str, most: int) -> None:
    parts = split(text, most)
    assert all(units(part) <= most for part in parts)
    kept = str.maketrans("", "", " \n")
    assert "".join(parts).translate(kept) == text.translate(kept)


async def test_what_was_pressed_is_changed_in_its_place(alone: Alone, telegram: Telegram) -> None:
    await telegram.say(1001, "x")
    first = await alone.send(1001, "第一页", rows=BUTTONS)
    again = await alone.send(1001, "第二页", rows=BUTTONS[:1], replaces=first.platform_id)
    assert again.platform_id == first.platform_id
    same = await alone.send(1001, "第二页", rows=BUTTONS[:1], replaces=first.platform_id)
    assert same.fate is Fate.SENT  # it is not modified, and that is fine
    (shown,) = await telegram.wait(1001)
    assert shown["text"] == "第二页"


@pytest.mark.parametrize("number", ["999999", "x", "-1"])
async def test_what_cannot_be_changed_is_said_anew(
    number: str, alone: Alone, telegram: Telegram
) -> None:
    await telegram.say(1001, "x")
    sent = await alone.send(1001, "第二页", rows=BUTTONS, replaces=number)
    assert sent.fate is Fate.SENT
    (shown,) = await telegram.wait(1001)
    assert sent.platform_id == str(shown["message_id"])


async def test_a_persons_own_message_is_not_changed(alone: Alone, telegram: Telegram) -> None:
    theirs = await telegram.say(1001, "x")
    sent = await alone.send(1001, "答", replaces=str(theirs["message_id"]))
    assert sent.fate is Fate.SENT
    assert (await telegram.wait(1001))[0]["text"] == "答"


async def test_files_and_pictures(alone: Alone, telegram: Telegram) -> None:
    await telegram.say(1001, "x")
    picture = Attachment("code.png", "image/png", b"\x89PNG")
    sheet = Attachment("名单.xlsx", "application/x", b"PK")
    assert (await alone.send(1001, "扫一扫", attachment=picture, rows=BUTTONS)).fate is Fate.SENT
    assert (await alone.send(1001, "", attachment=sheet)).fate is Fate.SENT
    one, two = await telegram.wait(1001, n=2)
    assert (one["caption"], bool(one["photo"]), bool(one["buttons"])) == ("扫一扫", True, True)
    assert two["document"]["file_name"] == "名单.xlsx"
    assert await telegram.file(two["document"]["file_id"]) == b"PK"


async def test_words_that_are_too_long_for_a_picture_follow_it(
    alone: Alone, telegram: Telegram
) -> None:
    await telegram.say(1001, "x")
    picture = Attachment("code.png", "image/png", b"\x89PNG")
    await _whole(alone, 1, 1001, "长" * 1025, attachment=picture, rows=BUTTONS)
    one, two = await telegram.wait(1001, n=2)
    assert (one.get("caption"), two["text"], bool(two["buttons"])) == (None, "长" * 1025, True)


async def test_a_place_is_asked_for_in_private_only(alone: Alone, telegram: Telegram) -> None:
    await telegram.say(1001, "x")
    await telegram.control("group", user=1001, chat=-7, title="g")
    for chat in (1001, -7):
        assert (
            await alone.send(chat, "在哪里？", rows=BUTTONS, asks_location=True)
        ).fate is Fate.SENT
    (there,), (group,) = await telegram.wait(1001), await telegram.wait(-7)
    assert there["keyboard"][0] == [{"text": "位置 · Place", "request_location": True}]
    assert [one["text"] for row in there["keyboard"] for one in row][1:] == ["好", "不", "看"]
    assert not group["keyboard"]
    assert group["buttons"]


async def test_having_said_goodbye_we_leave(alone: Alone, telegram: Telegram) -> None:
    await telegram.say(1001, "x")
    await telegram.control("group", user=1001, chat=-7, title="g")
    assert (await alone.send(-7, "再会", leaves=True)).fate is Fate.SENT
    assert (await telegram.wait(-7))[0]["text"] == "再会"
    assert (await telegram.control("chat", chat=-7))["status"] == "left"
    assert (await alone.send(1001, "再会", leaves=True)).fate is Fate.SENT
    assert len(telegram.calls("leaveChat")) == 1


@pytest.mark.parametrize("account", ["ann", "", "１", "-", "1.5"])
async def test_an_account_that_is_no_chat(account: str, alone: Alone) -> None:
    assert (await alone.send(account, "x")).fate is Fate.REFUSED
