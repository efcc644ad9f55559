"""F48 and A33: whatever the network does is a fate, and no secret is told."""

from __future__ import annotations

import logging

import pytest

from bot.channel import Fate
from bot.channels.telegram.fates import fate_of
from tests.bot.telegram.outages import broken_network
from tests.bot.telegram.rig import Alone
from tests.emulators.telegram.network import TOKEN

_HOW = {
    "dns": Fate.LATER,
    "refused": Fate.LATER,
    "stall": Fate.LATER,
    "proxy": Fate.LATER,
    "reset": Fate.UNKNOWN,
    "silence": Fate.UNKNOWN,
}


@pytest.mark.parametrize("how", _HOW)
async def test_a_broken_network_is_a_fate(
    how: str, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    async with broken_network(how) as url:
        alone = Alone(url)
        sent = await alone.send(1001, "text")
        await alone.close()
    assert sent.fate is _HOW[how], sent
    secret = TOKEN.partition(":")[2]
    assert secret not in str(sent)
    assert secret not in caplog.text
    assert not any(secret in text for text in capfd.readouterr())


async def test_a_proxy_that_wants_to_be_paid(monkeypatch: pytest.MonkeyPatch) -> None:
    async with broken_network("proxy") as url:
        monkeypatch.setenv("HTTPS_PROXY", url)
        monkeypatch.setenv("NO_PROXY", "")
        alone = Alone("https://api.telegram.invalid")
        sent = await alone.send(1001, "text")
        await alone.close()
    assert (sent.fate, sent.reason) == (Fate.LATER, "no connection: ClientHttpProxyError")


@pytest.mark.parametrize("proxy", ["http://[", "socks5://127.0.0.1:1", "no address"])
async def test_a_proxy_that_is_none(proxy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    monkeypatch.setenv("NO_PROXY", "")
    alone = Alone("https://api.telegram.invalid")
    sent = await alone.send(1001, "text")
    await alone.close()
    assert sent.fate is Fate.LATER
    assert (sent.reason or "").startswith("no connection")


def test_what_nobody_foresaw_may_have_arrived() -> None:
    assert fate_of(LookupError("x")).fate is Fate.UNKNOWN
