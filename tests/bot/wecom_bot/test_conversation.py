"""From what a person does in WeCom to what they read there."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.channel import Fate
from tests.bot.wecom_bot.rig import channel_of, message, served, until, watched
from tests.emulators.wecom_bot.client import Gateway
from tests.engine import sentence

pytest_plugins = ("tests.emulators.wecom_bot.fixtures",)


async def test_a_word_and_a_press_are_answered(
    database_url: str, gateway: Gateway, tmp_path: Path
) -> None:
    async with served(database_url, gateway.ws_url, tmp_path):
        await gateway.connected()
        shown = await gateway.talk("ZhangSan", "/start")
        assert shown["by"] == "respond"
        label = shown["buttons"][0][0]
        pressed = await gateway.press("ZhangSan", label)
        assert await gateway.wait("ZhangSan", since=pressed["change"])
        label = (await gateway.talk("ZhangSan", "帮助"))["text"]
        assert label
    assert not (await gateway.state())["violations"]


async def test_a_page_is_turned_in_its_card(
    sqlite_url: str, gateway: Gateway, tmp_path: Path
) -> None:
    async with served(sqlite_url, gateway.ws_url, tmp_path) as app:
        await gateway.connected()
        await gateway.talk("a", "/start")
        channel = channel_of(app)
        sent = await channel.send(message("a", "第一页", 900_001, labels=2))
        assert sent.platform_id
        heard = watched(app)
        await gateway.press("a", key="nobody signed this", task=sent.platform_id)
        await until(lambda: heard)
        assert heard[0].payload["message"] == sent.platform_id
        again = message("a", "第二页", 900_002, labels=1, replaces=sent.platform_id)
        assert (await channel.send(again)).platform_id == sent.platform_id
        (card,) = (m for m in await gateway.messages("a") if m.get("task") == sent.platform_id)
        assert (card["title"], card["edits"], len(card["buttons"])) == ("第二页", 1, 1)
        await gateway.press("a", key="nor this", task=sent.platform_id)
        await until(lambda: len(heard) == 2)
        done = message("a", "好了", 900_004, replaces=sent.platform_id)
        assert (await channel.send(done)).platform_id == sent.platform_id
        (card,) = (m for m in await gateway.messages("a") if m.get("task") == sent.platform_id)
        assert (card["title"], card["edits"], card["buttons"]) == ("好了", 2, [])
        late = message("a", "第三页", 900_003, labels=1, replaces=sent.platform_id)
        new = await channel.send(late)  # the press is used up: a new card
        assert new.platform_id not in {None, sent.platform_id}
        words = message("a", "也好了", 900_005, replaces=sent.platform_id)
        assert (await channel.send(words)).fate is Fate.SENT
        assert (await gateway.messages("a"))[-1]["kind"] == "markdown"


@pytest.mark.slow
async def test_files_are_opened_before_they_are_kept(
    sqlite_url: str, gateway: Gateway, tmp_path: Path
) -> None:
    async with served(sqlite_url, gateway.ws_url, tmp_path) as app:
        await gateway.connected()
        heard = watched(app)
        content = "姓名\n王明".encode()
        await gateway.say("a", kind="file", content=content, name="名单.csv")
        await gateway.say("a", kind="image", content=b"x" * 32)
        await gateway.say("a", kind="file", size=5 * 2**20 + 1, name="big.bin")
        await gateway.say("a", kind="file", content=b"xx", aeskey=base64.b64encode(b"n").decode())
        await gateway.say("a", kind="file", content=b"xx", url="file:///etc/passwd")
        await gateway.say("a", "看看", kind="mixed", content=b"y" * 5)
        await until(lambda: len(heard) == 6)
    file, image, big, wrong, nowhere, mixed = (one.payload for one in heard)
    assert base64.b64decode(file["content"]) == content
    assert (file["name"], file["media_type"]) == ("名单.csv", "text/csv")
    assert base64.b64decode(image["content"]) == b"x" * 32
    assert big["too_big"]
    assert wrong["failed"]
    assert nowhere["failed"]
    assert (mixed["text"], base64.b64decode(mixed["content"])) == ("看看", b"y" * 5)


@pytest.mark.slow
async def test_everything_that_is_said_in_private_is_answered(
    sqlite_url: str, gateway: Gateway, tmp_path: Path
) -> None:
    async with served(sqlite_url, gateway.ws_url, tmp_path):
        await gateway.connected()
        await gateway.talk("a", "/start")
        await gateway.talk("a", "帮助", kind="voice")
        await gateway.talk("a", "", kind="video", content=b"x")
        await gateway.talk("a", "帮助", kind="mixed")
        await gateway.talk("a", "帮助", quote="别人的话")
        await gateway.talk("a", "", kind="location")


async def test_who_enters_is_greeted_once_a_day(
    sqlite_url: str, gateway: Gateway, tmp_path: Path
) -> None:
    async with served(sqlite_url, gateway.ws_url, tmp_path):
        await gateway.connected()
        entered = await gateway.control("enter", user="a")
        (shown,) = await gateway.wait("a", since=entered["change"])
        assert shown["by"] == "welcome"
        await gateway.control("enter", user="a")
        await gateway.control("event", user="a", event="feedback_event")
        await gateway.talk("a", "/help")
        assert len(await gateway.messages("a")) == 2
        tomorrow = (datetime.now(UTC) + timedelta(days=1)).timestamp()
        entered = await gateway.control("enter", user="a", at=tomorrow)
        await gateway.wait("a", since=entered["change"])
    assert not (await gateway.state())["violations"]


async def test_in_a_group_a_mention_is_a_command(
    sqlite_url: str, gateway: Gateway, tmp_path: Path
) -> None:
    async with served(sqlite_url, gateway.ws_url, tmp_path) as app:
        await gateway.connected()
        heard = watched(app)
        for text in ("@青团 帮助", "@青团 /hours 去年", "@青团\u2005大家好", "时长 @青团"):
            await gateway.say("A", text, chat="wrGroup01")
        await until(lambda: len(heard) == 4)
        assert [one.payload["name"] for one in heard] == ["help", "hours", "", "hours"]
        assert {(one.account, one.private) for one in heard} == {("a", False)}
        assert {one.payload["chat"] for one in heard} == {"wrGroup01"}
        assert (await gateway.wait("wrGroup01"))[0]["text"] == sentence("room.here")
        assert not await gateway.messages("a")  # what is personal is not said unasked


async def test_the_same_message_again_is_one(
    database_url: str, gateway: Gateway, tmp_path: Path
) -> None:
    async with served(database_url, gateway.ws_url, tmp_path):
        await gateway.connected()
        await gateway.talk("a", "/start")
        said = await gateway.say("a", "/help")
        for _ in range(3):
            await gateway.control("again", msgid=said["msgid"])
        await gateway.wait("a", since=said["change"])
        await gateway.talk("a", "/help")
        assert len(await gateway.messages("a")) == 3


@pytest.mark.slow
@pytest.mark.parametrize("reverse", [False, True])
async def test_the_order_of_a_conversation_is_that_of_its_frames(
    reverse: bool, sqlite_url: str, gateway: Gateway, tmp_path: Path
) -> None:
    async with served(sqlite_url, gateway.ws_url, tmp_path) as app:
        await gateway.connected()
        heard = watched(app)
        for number in range(60):
            await gateway.say(f"u{number % 3}", f"x{number}", hold=True)
        await gateway.control("release", reverse=reverse)
        await until(lambda: len(heard) == 60)
    for user in range(3):
        mine = [int(one.payload["text"][1:]) for one in heard if one.account == f"u{user}"]
        assert mine == sorted(mine, reverse=reverse)
