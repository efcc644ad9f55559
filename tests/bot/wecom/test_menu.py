"""The app's menu: from our commands, within WeCom's limits, and created only when it changed."""

from __future__ import annotations

import asyncio
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.answers import Said
from bot.app import routes
from bot.channels.wecom import menu
from bot.channels.wecom.menu import menu_of
from bot.chat import Reply
from bot.router import Command
from bot.words import Words
from services.turn import Turn
from tests.bot.wecom.outbound import Alone
from tests.emulators.wecom.qyapi_client import Wecom


async def _nothing(turn: Turn, said: Said) -> Reply:
    return Reply()


def _made(language: str) -> dict[str, Any]:

    commands = [command for group in routes()[0] for command in group.commands]
    return menu_of(commands, Words(ZoneInfo("Asia/Shanghai")), language)


@pytest.mark.parametrize("language", ["zh-CN", "en"])
async def test_it_fits_and_scans(language: str, alone: Alone, wecom: Wecom) -> None:
    made = _made(language)
    assert await menu.show(alone.channel.api, wecom.agent, made)
    there = (await wecom.state())["menu"]["button"]
    assert len(there) == 3
    entries = [entry for button in there for entry in button["sub_button"]]
    assert all(len(entry["name"].encode()) <= 16 for entry in entries)
    kinds = {entry["type"]: entry["key"] for entry in entries}
    assert {"click", "scancode_waitmsg", "location_select"} == set(kinds)
    assert {"hours", "help"} <= {entry["key"] for entry in entries}


async def test_it_is_created_when_it_changed(alone: Alone, wecom: Wecom) -> None:
    assert await menu.show(alone.channel.api, wecom.agent, _made("zh-CN"))
    assert not await menu.show(alone.channel.api, wecom.agent, _made("zh-CN"))
    assert await menu.show(alone.channel.api, wecom.agent, _made("en"))
    assert len(wecom.calls("menu/create")) == 2


async def test_it_is_shown_at_the_start(wecom: Wecom) -> None:
    alone = Alone(wecom.api_base, receives=True)
    await alone.channel.start()
    while not (await wecom.state())["menu"]:  # noqa: ASYNC110  # it is in another process
        await asyncio.sleep(0.02)
    await alone.close()


def test_a_name_that_is_too_long_is_left_out() -> None:

    words = Words(ZoneInfo("Asia/Shanghai"))
    long = Command("hours", ("我的志愿服务时长",), _nothing, "member")
    short = Command("log", ("补录",), _nothing, "member")
    made = menu_of([long, short], words, "zh-CN")
    assert [one["name"] for one in made["button"][0]["sub_button"]] == ["补录"]
