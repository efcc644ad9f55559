"""The fake gateway: its rules one by one, and the official Node client, which judges its shape."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.emulators.wecom_bot.client import Gateway, Told
from tests.emulators.wecom_bot.gateway import BOT, SECRET
from tests.emulators.wecom_bot.official import Official, official_folder, officials

__all__ = ["official_folder", "officials"]
pytest_plugins = ("tests.emulators.wecom_bot.fixtures",)

Json = dict[str, Any]


class Bare:
    """A bot that knows nothing but JSON."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._number = 0

    async def ask(self, cmd: str, body: Json | None = None, request: str = "") -> Json:
        """Send a frame; answers the answer."""
        self._number += 1
        frame: Json = {"cmd": cmd, "headers": {"req_id": request or f"q{self._number}"}}
        await self._socket.send_json({**frame, "body": body} if body is not None else frame)
        while True:
            found: Json = await self.next()
            if "cmd" not in found:
                return found

    async def next(self) -> Json:
        """The next frame."""
        found: Json = await self._socket.receive_json(timeout=5)
        return found

    async def code(self, cmd: str, body: Json, request: str = "") -> int:
        """The code of the answer."""
        return int((await self.ask(cmd, body, request))["errcode"])

    async def closed(self) -> int | None:
        """Read to the end; the code that it ended with."""
        while not self._socket.closed:
            await self._socket.receive(timeout=5)
        return self._socket.close_code


@asynccontextmanager
async def bare(gateway: Gateway, *, secret: str | None = SECRET) -> AsyncIterator[Bare]:
    """A connection; subscribed, unless `secret` is None."""
    async with aiohttp.ClientSession() as session, session.ws_connect(gateway.ws_url) as socket:
        made = Bare(socket)
        if secret is not None:
            body = {"bot_id": BOT, "secret": secret}
            assert await made.code("aibot_subscribe", body) == (0 if secret == SECRET else 40001)
        yield made


def _markdown(text: str, **more: Any) -> Json:
    return {"msgtype": "markdown", "markdown": {"content": text}, **more}


def _card(task: str, buttons: int = 1, title: str = "选吧") -> Json:
    found = [{"text": f"选{n}", "key": f"k{n}"} for n in range(buttons)]
    card: Json = {"card_type": "button_interaction", "main_title": {"title": title}}
    return {
        "msgtype": "template_card",
        "template_card": {**card, "button_list": found, "task_id": task},
    }


async def test_before_and_after_a_subscription(gateway: Gateway) -> None:
    async with bare(gateway, secret=None) as bot:
        assert await bot.code("aibot_send_msg", _markdown("x", chatid="a")) == 846609
    async with bare(gateway, secret="wrong") as bot:
        assert (await bot.ask("ping"))["errcode"] == 846609
    async with bare(gateway) as bot:
        assert (await bot.ask("ping"))["errcode"] == 0
        again = {"bot_id": BOT, "secret": SECRET}
        assert await bot.code("aibot_subscribe", again) == 45009
        assert await bot.code("nonsense", {}) == 40008


async def test_one_connection_per_bot(gateway: Gateway) -> None:
    async with bare(gateway) as first, bare(gateway) as second:
        event = await first.next()
        assert event["body"]["event"]["eventtype"] == "disconnected_event"
        assert await first.closed() == 1000
        assert (await second.ask("ping"))["errcode"] == 0
    assert len(gateway.lines("kicked")) == 1


async def test_silent_connections_are_dropped(gateway: Gateway) -> None:
    await gateway.control("settings", silence=0.2)
    async with bare(gateway) as bot:
        assert await bot.closed() == 1000
    assert (await gateway.state())["violations"] == {"silent": 1}


async def test_subscriptions_are_counted(gateway: Gateway) -> None:
    await gateway.control("settings", subscribes=2)
    for _ in range(2):
        async with bare(gateway):
            pass
    async with bare(gateway, secret=None) as bot:
        body = {"bot_id": BOT, "secret": SECRET}
        assert await bot.code("aibot_subscribe", body) == 45009


async def test_nobody_is_written_to_who_did_not_write(gateway: Gateway) -> None:
    async with bare(gateway) as bot:
        await gateway.control("enter", user="a")
        assert await bot.code("aibot_send_msg", _markdown("x", chatid="a")) == 93006
        await gateway.say("A", "x")
        assert await bot.code("aibot_send_msg", _markdown("x", chatid="a")) == 0
        assert await bot.code("aibot_send_msg", _markdown("字" * 6827, chatid="a")) == 45002
        assert await bot.code("aibot_send_msg", {"chatid": "a", "msgtype": "text"}) == 40008


async def test_thirty_frames_a_minute(gateway: Gateway) -> None:
    async with bare(gateway) as bot:
        await gateway.say("a", "x")
        await gateway.say("b", "x")
        codes = [await bot.code("aibot_send_msg", _markdown(str(n), chatid="a")) for n in range(31)]
        assert codes == [0] * 30 + [45009]
        assert await bot.code("aibot_send_msg", _markdown("x", chatid="b")) == 0


async def test_task_ids_and_buttons(gateway: Gateway) -> None:
    async with bare(gateway) as bot:
        await gateway.say("a", "x")
        cards = [(_card("t1"), 0), (_card("t1"), 42014), (_card("中"), 42014)]
        cards += [(_card("t2", 6), 0), (_card("t3", 7), 42042), (_card("t4", 0), 42042)]
        cards += [(_card("x" * 129), 42014), (_card("t5", title=""), 42015)]
        for card, code in cards:
            assert await bot.code("aibot_send_msg", {**card, "chatid": "a"}) == code


async def test_windows_close(gateway: Gateway) -> None:
    """Each window is open, then it is not."""
    short = {"short": 0.2, "stream": 0.2, "reply": 0.2}
    async with bare(gateway) as bot:
        said = await gateway.say("a", "x")
        entered = await gateway.control("enter", user="a")
        assert await bot.code("aibot_send_msg", {**_card("t1"), "chatid": "a"}) == 0
        pressed = await gateway.press("a", "选0")
        stream = {"msgtype": "stream", "stream": {"id": "s", "finish": False, "content": "x"}}
        hello = {"msgtype": "text", "text": {"content": "你好"}}
        update = {"response_type": "update_template_card", **_card("t1")}
        other = {"response_type": "update_template_card", **_card("t2")}
        assert await bot.code("aibot_respond_update_msg", other, pressed["request"]) == 42014
        assert await bot.code("aibot_respond_msg", stream, "made-up") == 846605
        await gateway.control("settings", **short)
        await asyncio.sleep(0.3)
        assert await bot.code("aibot_respond_msg", stream, said["request"]) == 846604
        assert await bot.code("aibot_respond_welcome_msg", hello, entered["request"]) == 846604
        assert await bot.code("aibot_respond_update_msg", update, pressed["request"]) == 846604
        await gateway.control("settings", reply=60)
        assert await bot.code("aibot_respond_msg", stream, said["request"]) == 0
        await asyncio.sleep(0.3)
        assert await bot.code("aibot_respond_msg", stream, said["request"]) == 846608


async def test_what_cannot_be_is_said(gateway: Gateway) -> None:
    for name, told in (("end", {"how": "abort"}), ("settings", {"x": 1}), ("press", {"user": "a"})):
        with pytest.raises(Told):
            await gateway.control(name, **told)


async def _until(true: Callable[[], Any], seconds: float = 15.0) -> None:
    async with asyncio.timeout(seconds):
        while not true():  # noqa: ASYNC110  # it is in another process
            await asyncio.sleep(0.02)


async def _authenticated(official: Official, more_than: int) -> None:
    await _until(lambda: len(official.heard("authenticated")) > more_than)


@pytest.mark.slow
async def test_the_official_client_can_do_everything(
    gateway: Gateway, official_folder: Path, officials: list[Official]
) -> None:
    officials.append(official := Official(official_folder, gateway.ws_url))
    await gateway.connected()
    for name in ("stream", "card", "push", "media"):
        await gateway.say("Ming", name)
        await _until(lambda: official.heard("did"))
        assert official.said.pop()["name"] == name
    stream, card, push, media = await gateway.messages("Ming")
    assert (stream["text"], stream["finished"], stream["frames"]) == ("正在想，好了", True, 2)
    assert [label for label, _ in card["buttons"]] == ["好", "不"]
    assert (push["text"], push["by"]) == ("通知", "push")
    assert len(base64.b64decode(media["media"]["bytes"])) == 700 * 1024
    await gateway.press("Ming", "好", task=card["task"])
    await _until(lambda: official.heard("did"))
    assert official.heard("pressed") == [{"what": "pressed", "key": "yes", "task": card["task"]}]
    assert (await gateway.messages("Ming"))[1]["title"] == "改好了"
    official.said.clear()
    await gateway.control("enter", user="Ming")
    await _until(lambda: official.heard("did"))
    for name, code in (("twice", 42014), ("cold", 93006), ("long", 45002)):
        await gateway.say("Ming", name)
        await _until(lambda: official.heard("failed"))
        assert str(code) in str(official.said.pop()), name


@pytest.mark.slow
async def test_the_official_client_reads_everything(
    gateway: Gateway, official_folder: Path, officials: list[Official]
) -> None:
    officials.append(official := Official(official_folder, gateway.ws_url))
    await gateway.connected()
    content = bytes(range(256))
    for kind in ("file", "image", "video"):
        official.said.clear()
        await gateway.say("Ming", kind=kind, content=content, name="名单.csv")
        await _until(lambda: official.heard("did"))
        (found,) = official.heard("file")
        assert base64.b64decode(found["bytes"]) == content
        assert found["name"] == "名单.csv"
    await gateway.say("Ming", "说话", kind="voice")
    await gateway.say("Ming", "图文", kind="mixed", content=b"x")
    await gateway.say("Ming", "@青团 好", chat="wrG")
    await gateway.control("event", user="Ming", event="feedback_event")
    await _until(lambda: official.heard("feedback"))
    assert official.heard("voice")[0]["text"] == "说话"
    assert official.heard("mixed")[0]["items"] == 2
    assert official.heard("text")[-1] == {
        "what": "text",
        "text": "@青团 好",
        "user": "Ming",
        "chat": "wrG",
    }


@pytest.mark.slow
async def test_the_official_client_sees_every_end(
    gateway: Gateway, official_folder: Path, officials: list[Official]
) -> None:
    officials.append(official := Official(official_folder, gateway.ws_url))
    for number, end in enumerate(({"how": "close"}, {"how": "abort"}), start=1):
        await gateway.connected()
        await gateway.control("end", **end)
        await _authenticated(official, number)
    before = len(official.heard("authenticated"))
    await gateway.control("behave", mute=True)  # it misses two pongs and comes again
    await _authenticated(official, before)
    await gateway.control("behave")
    await gateway.connected()
    officials.append(other := Official(official_folder, gateway.ws_url))
    await _until(lambda: other.heard("authenticated") and official.heard("kicked"))
    officials.append(wrong := Official(official_folder, gateway.ws_url, "wrong"))
    await _until(lambda: wrong.heard("error"))
    assert "40001" in wrong.heard("error")[0]["words"]
