"""F48 and A33: whatever the network does is a fate, and no secret is told."""

from __future__ import annotations

import logging
import traceback

import pytest

from bot.channel import Fate
from bot.channels.wecom.client import Client, NoAnswer
from tests.bot.telegram.outages import broken_network
from tests.bot.wecom.outbound import Alone
from tests.emulators.wecom.qyapi_client import Wecom
from tests.emulators.wecom.qyapi_corp import CORP, SECRET

_HOW = ("dns", "refused", "stall", "proxy", "reset", "silence")


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The real times are 4 s and 9 s."""
    monkeypatch.setattr("bot.channels.wecom.client.CONNECT_SECONDS", 0.5)
    monkeypatch.setattr("bot.channels.wecom.client.ANSWER_SECONDS", 1.0)


@pytest.mark.parametrize("how", _HOW)
async def test_a_broken_network_is_a_fate(
    how: str, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """Without a token nothing was sent: it is never unknown."""
    caplog.set_level(logging.DEBUG)
    async with broken_network(how) as url:
        alone = Alone(url)
        sent = await alone.send("ming", "text")
        await alone.close()
    assert sent.fate is Fate.LATER, sent
    told = f"{sent} {caplog.text} {capfd.readouterr()}"
    for secret in (SECRET, CORP):
        assert secret not in told


@pytest.mark.parametrize(
    ("how", "arrived"), [("dns", False), ("stall", False), ("reset", True), ("silence", True)]
)
async def test_no_error_tells_an_address_or_a_token(how: str, arrived: bool) -> None:
    async with broken_network(how) as url:
        client = Client(url)
        for call in (
            client.get("gettoken", corpid="x", corpsecret="a-canary"),
            client.post("message/send", b"{}", access_token="a-canary"),
            client.upload("media/upload", "a.txt", b"123456", access_token="a-canary"),
            client.download("media/get", 10, access_token="a-canary"),
        ):
            with pytest.raises(NoAnswer) as caught:
                await call
            told = "".join(traceback.format_exception(caught.value)) + repr(caught.value.__dict__)
            assert caught.value.arrived is arrived
            assert caught.value.__context__ is None
            for word in ("a-canary", "http", "127.0.0.1", "no-such-host"):
                assert word not in told
        await client.close()


@pytest.mark.parametrize("proxy", ["http://[", "socks5://127.0.0.1:1", "no address"])
async def test_a_proxy_that_is_none(proxy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    monkeypatch.setenv("NO_PROXY", "")
    alone = Alone("https://qyapi.invalid")
    sent = await alone.send("ming", "text")
    await alone.close()
    assert sent.fate is Fate.LATER
    assert (sent.reason or "").startswith("no connection")


async def test_a_file_that_somebody_sent_comes_down(alone: Alone, wecom: Wecom) -> None:
    answer = await alone.channel.api.upload("file", "a.csv", b"some bytes")
    found = await alone.channel.fetch(answer["media_id"])
    assert found == {"content": "c29tZSBieXRlcw=="}
    large = await alone.channel.api.upload("file", "b.csv", b"x" * (6 * 2**20))
    assert await alone.channel.fetch(large["media_id"]) == {"too_big": True}
    with pytest.raises(NoAnswer):
        await alone.channel.fetch("of-somebody-else")
    assert len(wecom.calls("media/get", 40007)) == 1
