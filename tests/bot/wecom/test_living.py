"""The whole product with WeCom on: what members say and press, and what they see."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from bot.app import App
from bot.channels.wecom import WecomChannel
from bot.commands.serve import Server
from bot.config import Config
from bot.unanswered import Protocol
from tests.bot.wecom.outbound import until
from tests.emulators.wecom import letters
from tests.emulators.wecom.callbacks import KEY, TOKEN, Caller, Identity
from tests.emulators.wecom.qyapi_client import Wecom
from tests.emulators.wecom.qyapi_corp import AGENT, CORP, SECRET

WHO = Identity(corp_id=CORP, agent_id=AGENT)
_PII = "1:" + "A" * 43 + "="


class Town:
    """A product, its members, and the callbacks between them."""

    def __init__(self, app: App, caller: Caller, wecom: Wecom) -> None:
        self.app = app
        self.caller = caller
        self.wecom = wecom

    @property
    def channel(self) -> WecomChannel:
        """The channel itself."""
        (found,) = [one for one in self.app.channels if one.name == "wecom"]
        assert isinstance(found, WecomChannel)
        return found

    async def posted(self, **fields: Any) -> None:
        """WeCom calls, and is answered at once."""
        told = {"ToUserName": CORP, "AgentID": AGENT, **fields}
        answers = await self.caller.call(letters.letter(**told))
        assert [answer.status for answer in answers] == [200]

    async def said(self, user: str, text: str) -> dict[str, Any]:
        """A member writes; the last thing that is shown then."""
        since = (await self.wecom.state())["change"]
        number = next(letters._numbers)
        await self.posted(FromUserName=user, MsgType="text", Content=text, MsgId=number)
        return (await self.wecom.wait(user, since=since))[-1]

    async def pressed(self, user: str, label: str) -> dict[str, Any]:
        """A member presses; the last thing that is shown then."""
        fields = await self.wecom.press(user, label)
        chosen = [
            {"QuestionKey": one["QuestionKey"], "OptionIds": {"OptionId": one["OptionIds"]}}
            for one in fields.pop("SelectedItems")
        ]
        if chosen:
            fields["SelectedItems"] = {"SelectedItem": chosen}
        since = (await self.wecom.state())["change"]
        await self.posted(**fields)
        return (await self.wecom.wait(user, since=since))[-1]


@asynccontextmanager
async def town(url: str, folder: Path, wecom: Wecom, **more: Any) -> AsyncIterator[Town]:
    """A product that only WeCom reaches."""
    settings = {
        "corp_id": CORP,
        "agent_id": AGENT,
        "secret": SECRET,
        "token": TOKEN,
        "encoding_aes_key": KEY,
        "api_base": wecom.api_base,
    }
    sections = {
        "app": {"secret_key": "s" * 40, "admins": ["wecom:root"]},
        "database": {"url": url},
        "privacy": {"pii_keys": [_PII]},
        "wecom": {**settings, **more},
    }
    app = App(Config.of((sections,), folder))
    made = uvicorn.Config(app.web(), port=0, http=Protocol, log_config=None, lifespan="off")
    server = Server(made)
    serving = asyncio.ensure_future(server.serve())
    await until(lambda: server.started)
    port = server.servers[0].sockets[0].getsockname()[1]
    await app.start()
    try:
        async with Caller(f"http://127.0.0.1:{port}/wecom/callback", WHO) as caller:
            yield Town(app, caller, wecom)
    finally:
        await app.stop()
        server.should_exit = True
        await serving


def _words(shown: dict[str, Any]) -> str:
    card = shown.get("card") or {}
    title = (card.get("main_title") or {}).get("title", "")
    return f"{title}\n{card.get('sub_title_text', '')}\n{shown.get('content', '')}"


async def test_members_say_and_press_and_see(
    database_url: str, tmp_path: Path, wecom: Wecom
) -> None:
    async with town(database_url, tmp_path, wecom) as here:
        asked = await here.said("Ming", "语言")
        assert asked["type"] == "template_card"
        labels = [button["text"] for button in asked["buttons"]]
        assert "English" in labels
        answered = await here.pressed("ming", "English")
        assert "English" in _words(answered) or "language" in _words(answered).lower()
        assert len(await wecom.seen("ming")) == 1  # the card has become the answer
        again = await here.said("ming", "LANG")
        assert again["type"] == "template_card"
        assert not (await wecom.state())["violations"]
        await until(lambda: wecom.lines("call"))
        while not (await wecom.state())["menu"]:  # noqa: ASYNC110  # it is in another process
            await asyncio.sleep(0.02)


async def test_without_cards_a_number_is_a_press(
    sqlite_url: str, tmp_path: Path, wecom: Wecom
) -> None:
    """For members who read in WeChat."""
    async with town(sqlite_url, tmp_path, wecom, cards=False) as here:
        asked = await here.said("ming", "语言")
        assert asked["type"] == "text"
        number = next(
            line.split(".")[0] for line in asked["content"].split("\n") if "English" in line
        )
        answered = await here.said("ming", number)
        assert answered["type"] == "text"
        assert answered["content"] != asked["content"]


async def test_an_answer_whose_reply_was_lost_is_not_repeated(
    sqlite_url: str, tmp_path: Path, wecom: Wecom
) -> None:
    """F15: answers at most once."""
    async with town(sqlite_url, tmp_path, wecom) as here:
        await wecom.behave("message/send", reset=True)
        await here.said("ming", "帮助")
        await here.said("ming", "语言")
        await here.app.dispatcher.idle()
    calls = wecom.calls("message/send", None)
    assert len(calls) == 2
    assert not wecom.lines("duplicate")


async def test_an_unsubscribed_member_is_left_alone(
    sqlite_url: str, tmp_path: Path, wecom: Wecom
) -> None:
    """F26: at most one call after the first refusal."""
    async with town(sqlite_url, tmp_path, wecom) as here:
        await here.said("ming", "帮助")
        await wecom.member("ming", visible=False)
        for _ in range(5):
            number = next(letters._numbers)
            await here.posted(FromUserName="ming", MsgType="text", Content="帮助", MsgId=number)
        await here.app.turns.idle()
        await here.app.dispatcher.idle()
        assert len(wecom.calls("message/send", 81013)) <= 2
        await wecom.member("ming", visible=True)
        await here.posted(FromUserName="ming", MsgType="event", Event="subscribe")
        assert await wecom.wait("ming", n=2)


async def test_a_token_that_ends_loses_nothing(
    sqlite_url: str, tmp_path: Path, wecom: Wecom
) -> None:
    """F23."""
    async with town(sqlite_url, tmp_path, wecom) as here:
        await here.said("ming", "帮助")
        before = (await wecom.state())["gettoken"]
        await wecom.control("tokens", code=42001)
        await here.said("ming", "语言")
        assert (await wecom.state())["gettoken"] == before + 1


@pytest.mark.parametrize(
    "fault", [{"status": 500}, {"raw": "<html>"}, {"reset": True}, {"errcode": 40001}]
)
async def test_no_line_tells_a_secret_while_nothing_works(
    fault: dict[str, Any],
    sqlite_url: str,
    tmp_path: Path,
    wecom: Wecom,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """A33."""
    caplog.set_level(logging.DEBUG)
    await wecom.behave("*", times=1000, **fault)
    async with town(sqlite_url, tmp_path, wecom) as here:
        number = next(letters._numbers)
        await here.posted(FromUserName="ming", MsgType="text", Content="帮助", MsgId=number)
        await here.app.turns.idle()
        await asyncio.sleep(1)
        tokens = (await wecom.state())["tokens"]
    told = caplog.text + "".join(capfd.readouterr())
    for secret in (SECRET, TOKEN + '"', KEY, *tokens):
        assert secret not in told
