"""What a member reads on: from an encrypted callback to the kind of message that they are sent."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tests.bot.wecom.test_living import Town, town
from tests.emulators.wecom import letters
from tests.emulators.wecom.qyapi_client import Wecom
from tests.engine import rows

PLACE = {"Location_X": "31.2", "Location_Y": "121.4", "Scale": "15", "Label": "l"}


async def _kinds(here: Town, user: str, text: str) -> str:
    return str((await here.said(user, text))["type"])


async def _shown(here: Town, user: str, **fields: Any) -> dict[str, Any]:
    """What is shown last after a callback of this member."""
    since = (await here.wecom.state())["change"]
    await here.posted(FromUserName=user, **fields)
    return (await here.wecom.wait(user, since=since))[-1]


async def test_words_are_asked_for_and_given_back(
    database_url: str, tmp_path: Path, wecom: Wecom
) -> None:
    async with town(database_url, tmp_path, wecom) as here:
        assert await _kinds(here, "ming", "语言") == "template_card"
        done = await here.said("ming", "文字版")
        assert done["content"].startswith("好，以后全用文字")
        await wecom.member("ming", plugin=True)
        asked = await here.said("ming", "语言")
        lines = asked["content"].split("\n")
        assert lines[:3] == ["用哪种语言？", "1. 中文", "2. English"]
        assert lines[3].startswith("回复数字或文字就行")
        english = await here.said("ming", "2")
        assert "English" in english["content"]
        assert await _kinds(here, "hua", "语言") == "template_card"  # everybody for themselves
        assert not (await wecom.state())["violations"]
        await wecom.member("ming", plugin=False)
        assert (await here.said("ming", "Card version"))["type"] == "template_card"
        assert await _kinds(here, "ming", "lang") == "template_card"
    assert len(rows(database_url, "audit", action="layout")) == 2


@pytest.mark.parametrize(("app", "kind"), [({}, "text"), ({"AppType": "wxwork"}, "template_card")])
async def test_a_place_tells_what_they_read_on(
    app: dict[str, str], kind: str, sqlite_url: str, tmp_path: Path, wecom: Wecom
) -> None:
    cards = kind == "text"  # learned against what is usual there
    async with town(sqlite_url, tmp_path, wecom, cards=cards) as here:
        number = next(letters._numbers)
        shown = await _shown(here, "ming", MsgType="location", MsgId=number, **PLACE, **app)
        assert shown["type"] == kind
        assert await _kinds(here, "ming", "语言") == kind
        await here.said("ming", "文字版")
        number = next(letters._numbers)
        await _shown(here, "ming", MsgType="location", MsgId=number, **PLACE, **app)
        assert await _kinds(here, "ming", "语言") == "text"  # what they said counts for more


async def test_where_they_are_is_not_kept_but_what_they_read_on(
    sqlite_url: str, tmp_path: Path, wecom: Wecom
) -> None:
    event = {"MsgType": "event", "Event": "LOCATION", "Latitude": "23.137"}
    async with town(sqlite_url, tmp_path, wecom) as here:
        await here.posted(FromUserName="ming", Longitude="113.9", Precision=65, **event)
        await here.app.turns.idle()
        await here.app.dispatcher.idle()
        assert await wecom.seen("ming") == []
        assert await _kinds(here, "ming", "语言") == "text"
    assert [row["reads"] for row in rows(sqlite_url, "accounts", external="ming")] == ["plugin"]


async def test_who_presses_a_card_sees_cards(sqlite_url: str, tmp_path: Path, wecom: Wecom) -> None:
    async with town(sqlite_url, tmp_path, wecom) as here:
        await here.said("ming", "语言")
        await here.pressed("ming", "English")
        await here.app.turns.idle()
        known = rows(sqlite_url, "accounts", external="ming")
        assert [row["reads"] for row in known] == ["client"]


async def test_the_way_out_is_told_once_and_in_words(
    sqlite_url: str, tmp_path: Path, wecom: Wecom
) -> None:
    async with town(sqlite_url, tmp_path, wecom) as here:
        for event in ("subscribe", "enter_agent"):
            await here.posted(FromUserName="ming", MsgType="event", Event=event)
        await here.app.turns.idle()
        await here.app.dispatcher.idle()
        await here.said("ming", "开始")
        await here.app.dispatcher.idle()
        shown = await wecom.seen("ming")
    assert [one["type"] for one in shown] == ["template_card", "text", "template_card"]
    assert "文字版" in shown[1]["content"]


async def test_nobody_is_told_of_words_where_there_is_nothing_else(
    sqlite_url: str, tmp_path: Path, wecom: Wecom
) -> None:
    async with town(sqlite_url, tmp_path, wecom, cards=False) as here:
        await here.said("ming", "开始")
        await here.app.dispatcher.idle()
        assert [one["type"] for one in await wecom.seen("ming")] == ["text"]
        await here.said("ming", "卡片版")
        assert await _kinds(here, "ming", "语言") == "template_card"


async def test_in_words_a_number_decides_what_stood_there_with_it(
    sqlite_url: str, tmp_path: Path, wecom: Wecom
) -> None:
    async with town(sqlite_url, tmp_path, wecom) as here:
        await here.said("ming", "文字版")
        asked = await here.said("ming", "版式")
        assert asked["content"].split("\n")[1:3] == ["1. 文字版", "2. 卡片版"]
        assert (await here.said("ming", "2"))["type"] == "template_card"


async def test_who_is_forgotten_is_told_so_in_words(
    sqlite_url: str, tmp_path: Path, wecom: Wecom
) -> None:
    async with town(sqlite_url, tmp_path, wecom) as here:
        await here.said("ming", "文字版")
        await wecom.member("ming", plugin=True)
        shown = await here.said("ming", "注销")
        for label in ("继续注销", "确定注销"):
            (number,) = re.findall(rf"^([0-9])\. {label}$", shown["content"], re.MULTILINE)
            shown = await here.said("ming", number)
        assert shown["type"] == "text"
        assert not (await wecom.state())["violations"]
    (now,) = rows(sqlite_url, "accounts", external="ming")
    assert now["reads"] == "text"  # kept like the language: the next greeting is seen too


@pytest.mark.parametrize("cards", [True, False])
async def test_in_words_numbers_are_presses_while_something_is_asked(
    cards: bool, sqlite_url: str, tmp_path: Path, wecom: Wecom
) -> None:
    await wecom.member("root")
    async with town(sqlite_url, tmp_path, wecom, cards=cards) as here:
        if cards:
            await here.said("root", "文字版")
        begun = await here.said("root", "开始")
        assert "\n【同意并开始】\n" in begun["content"]
        await here.said("root", "1")
        kinds = await here.said("root", "青山区团委")
        assert kinds["content"].split("\n")[1:3] == ["1. 区县团委", "2. 乡镇街道团委"]
        name = await here.said("root", "1")
        assert name["content"].startswith("最后一步")
        answer = await here.said("root", "1")  # 取消 stands there alone: it has no number
        assert answer["content"].startswith("名字里没有字")


async def test_not_just_one_is_asked_again(sqlite_url: str, tmp_path: Path, wecom: Wecom) -> None:
    async with town(sqlite_url, tmp_path, wecom) as here:
        await here.said("ming", "语言")
        card = {"TaskId": "q1-a", "CardType": "multiple_interaction", "ResponseCode": "r"}
        event = {"MsgType": "event", "Event": "template_card_event", "EventKey": "submit"}
        shown = await _shown(here, "ming", **event, **card)
        assert shown["card"]["main_title"]["title"] == "选一个就好，再选一次吧。"
        assert [one["text"] for one in shown["buttons"]] == ["中文", "English"]
