"""Every kind of end: connected again, nothing lost that was accepted, nothing twice, in order."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.channel import Fate
from bot.channels.wecom_bot import wiring
from bot.channels.wecom_bot.presence import Credentials
from bot.chat import Event, Kind
from tests.bot.telegram.outages import broken_network, out_of_order
from tests.bot.wecom_bot.rig import QUICK, channel_of, message, served, until, watched
from tests.emulators.wecom_bot.client import Gateway
from tests.emulators.wecom_bot.gateway import BOT, SECRET

pytest_plugins = ("tests.emulators.wecom_bot.fixtures",)

ENDS: dict[str, dict[str, Any]] = {
    "going": {"how": "close", "code": 1000},
    "away": {"how": "close", "code": 1001},
    "error": {"how": "close", "code": 1011},
    "abort": {"how": "abort"},
}


async def _ended(gateway: Gateway, end: dict[str, Any]) -> None:
    """It ends, and somebody is connected again."""
    before = len(gateway.lines("subscribed"))
    await gateway.control("end", **end)
    await until(lambda: len(gateway.lines("subscribed")) > before)


@pytest.mark.slow
@pytest.mark.parametrize("end", ENDS)
async def test_after_every_end_it_goes_on(
    end: str, database_url: str, gateway: Gateway, tmp_path: Path
) -> None:
    async with served(database_url, gateway.ws_url, tmp_path) as app:
        await gateway.connected()
        heard = watched(app)
        for round_ in range(3):
            for number in range(4):
                await gateway.say("a", f"x{round_ * 4 + number}")
            if end == "abort":  # a reset takes with it what nobody has read yet
                await until(lambda much=4 * round_ + 4: len(heard) == much)  # type: ignore[misc]
            await _ended(gateway, ENDS[end])
        shown = await gateway.talk("a", "/help")
        assert shown["by"] == "respond"
    texts = [one.payload["text"] for one in heard]
    assert texts[:-1] == [f"x{number}" for number in range(12)]
    texts = [one["text"] for one in await gateway.messages("a")]
    assert 2 <= len(texts) <= 13  # answered one by one, or what was too fast together
    assert not (await gateway.state())["violations"]


async def test_pongs_that_do_not_come_end_a_connection(
    sqlite_url: str, gateway: Gateway, tmp_path: Path
) -> None:
    times = replace(QUICK, ping=0.1, answer=0.3)
    async with served(sqlite_url, gateway.ws_url, tmp_path, times):
        await gateway.connected()
        await gateway.control("behave", mute=True)
        await until(lambda: len(gateway.lines("subscribed")) > 1)
        await gateway.control("behave")
        await gateway.connected()
        await gateway.talk("a", "/help")


async def test_a_connection_that_does_not_count_any_more_is_made_anew(
    sqlite_url: str, gateway: Gateway, tmp_path: Path
) -> None:
    """It seems to live, but nothing can be sent on it (846609)."""
    async with served(sqlite_url, gateway.ws_url, tmp_path) as app:
        await gateway.connected()
        await gateway.talk("a", "/help")
        await gateway.control("behave", code=846609, times=1)
        assert (await channel_of(app).send(message("a", "x"))).fate is Fate.LATER
        await until(lambda: len(gateway.lines("subscribed")) == 2)
        await gateway.talk("a", "/help")


async def test_a_living_connection_is_kept(
    sqlite_url: str, gateway: Gateway, tmp_path: Path
) -> None:
    await gateway.control("settings", silence=0.8)
    async with served(sqlite_url, gateway.ws_url, tmp_path):
        await gateway.connected()
        await until(lambda: len(gateway.lines("ping")) >= 6)
        assert len(gateway.lines("subscribed")) == 1
        assert not (await gateway.state())["violations"]


@pytest.mark.parametrize("how", ["dns", "refused", "silence", "reset", "stall"])
async def test_nothing_there_is_tried_again_and_told_once(
    how: str, sqlite_url: str, gateway: Gateway, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """F48. The start does not wait, and once the way is open it is taken without a restart."""
    monkeypatch.setattr(wiring, "renewed", wiring.credentials)
    times = replace(QUICK, connect=0.3)
    async with broken_network(how) as url:
        nowhere = url.replace("http", "ws", 1)
        async with served(sqlite_url, nowhere, tmp_path, times) as app:
            channel = channel_of(app)
            sent = await channel.send(message("a", "text"))
            assert (sent.fate, sent.reason) == (Fate.LATER, "not connected")
            await until(lambda: "wecom_bot_away" in app.alerts.standing)
            found = Credentials(gateway.ws_url, BOT, SECRET)
            channel._presence._credentials = found
            await gateway.connected()
            await until(lambda: "wecom_bot_away" not in app.alerts.standing)


async def test_refused_credentials_are_told_once_and_taken_when_they_change(
    sqlite_url: str,
    gateway: Gateway,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    now = {"secret": "not-the-right-one"}
    monkeypatch.setattr(
        wiring, "renewed", lambda _: Credentials(gateway.ws_url, BOT, now["secret"])
    )
    async with served(sqlite_url, gateway.ws_url, tmp_path, secret=now["secret"]) as app:
        await until(lambda: "wecom_bot_refused" in app.alerts.standing)
        assert (await app.ready())["status"] == "degraded"
        sent = await channel_of(app).send(message("a", "text"))
        assert (sent.fate, sent.seconds) == (Fate.LATER, 60.0)
        await until(lambda: len(gateway.lines("refused")) >= 3)
        now["secret"] = SECRET
        await gateway.connected()
        await until(lambda: not app.alerts.standing)
    told = caplog.text + capfd.readouterr().out
    assert told.count("wecom_bot_refused") == 1


async def test_refused_credentials_are_tried_less_and_less(
    sqlite_url: str, gateway: Gateway, tmp_path: Path
) -> None:
    times = replace(QUICK, refused=0.4, longest_refused=30.0)
    async with served(sqlite_url, gateway.ws_url, tmp_path, times, secret="not-it-at-all"):
        await until(lambda: len(gateway.lines("refused")) == 3)
    first, second, third = (one["at"] for one in gateway.lines("refused"))
    assert second - first >= 0.4
    assert third - second >= 0.8


async def test_who_is_kicked_stays_away(
    sqlite_url: str, gateway: Gateway, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another environment has the bot: stop, say so once, and begin again when that changes."""
    now = {"url": gateway.ws_url}
    monkeypatch.setattr(wiring, "renewed", lambda _: Credentials(now["url"], BOT, SECRET))
    async with served(sqlite_url, gateway.ws_url, tmp_path) as app:
        await gateway.connected()
        await gateway.control("end", how="kick")
        await until(lambda: "wecom_bot_kicked" in app.alerts.standing)
        assert not channel_of(app).connected
        await asyncio.sleep(1.0)
        assert len(gateway.lines("subscribed")) == 1
        now["url"] = f"{gateway.ws_url}?new"
        await gateway.connected()
        assert not app.alerts.standing


async def test_of_two_processes_one_is_connected(
    postgres_url: str, gateway: Gateway, tmp_path: Path
) -> None:
    async with served(postgres_url, gateway.ws_url, tmp_path) as one:
        await gateway.connected()
        async with served(postgres_url, gateway.ws_url, tmp_path) as two:
            for _ in range(3):
                await gateway.talk("a", "/help")
            await asyncio.sleep(0.5)
            assert len(gateway.lines("subscribed")) == 1
            assert [channel_of(app).connected for app in (one, two)] == [True, False]
            assert (await gateway.state())["connections"] == 1
            await one.stop()
            await until(lambda: channel_of(two).connected)
            await gateway.talk("a", "/help")
            assert not two.alerts.standing
    assert not gateway.lines("kicked")


@pytest.mark.slow
async def test_an_answer_goes_out_where_the_connection_is(
    postgres_url: str, gateway: Gateway, tmp_path: Path
) -> None:
    async with served(postgres_url, gateway.ws_url, tmp_path) as one:
        await gateway.connected()
        await gateway.talk("a", "/help")
        async with served(postgres_url, gateway.ws_url, tmp_path) as two:
            before = (await gateway.state())["change"]
            event = Event("wecom-bot", "a", "k", Kind.TEXT, {"text": "/help"}, two.clock())
            await two.intake.accept(event)
            assert (await gateway.wait("a", since=before, seconds=45))[0]["by"] == "push"
            assert channel_of(one).connected


async def test_a_process_that_lost_the_hold_is_not_alarmed(
    postgres_url: str, gateway: Gateway, tmp_path: Path
) -> None:
    """Its database connection breaks: another process takes over, and nobody is called."""
    slow = replace(QUICK, look=2.0)
    async with (
        served(postgres_url, gateway.ws_url, tmp_path, slow) as one,
        served(postgres_url, gateway.ws_url, tmp_path) as two,
    ):
        await gateway.connected()
        first, second = (one, two) if channel_of(one).connected else (two, one)
        with out_of_order(postgres_url):
            await asyncio.sleep(0.3)
        await until(lambda: channel_of(first).connected != channel_of(second).connected)
        await asyncio.sleep(0.5)
        assert "wecom_bot_kicked" not in {*one.alerts.standing, *two.alerts.standing}
        await gateway.connected()


async def test_only_who_sends_late_messages_connects(
    postgres_url: str, gateway: Gateway, tmp_path: Path
) -> None:
    async with served(postgres_url, gateway.ws_url, tmp_path, role="web") as web:
        await asyncio.sleep(0.5)
        assert not gateway.lines("opened")
        sent = await channel_of(web).send(message("a", "text"))
        assert (sent.fate, sent.seconds) == (Fate.LATER, 3.1)
        async with served(postgres_url, gateway.ws_url, tmp_path, role="worker"):
            await gateway.connected()
            await gateway.talk("a", "/help")


async def test_what_cannot_be_kept_waits_also_over_an_end(
    sqlite_url: str, gateway: Gateway, tmp_path: Path
) -> None:
    async with served(sqlite_url, gateway.ws_url, tmp_path) as app:
        await gateway.connected()
        heard = watched(app)
        with out_of_order(sqlite_url):
            for number in range(3):
                await gateway.say("a", f"x{number}")
            await asyncio.sleep(0.3)
            await _ended(gateway, {"how": "abort"})
            assert not heard
        await until(lambda: len(heard) == 3, 30)
    assert [one.payload["text"] for one in heard] == ["x0", "x1", "x2"]


async def test_no_line_tells_a_secret(
    sqlite_url: str,
    gateway: Gateway,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """A33."""
    caplog.set_level(logging.DEBUG)
    async with served(sqlite_url, gateway.ws_url, tmp_path) as app:
        await gateway.connected()
        await gateway.talk("a", "我的秘密是芝麻开门")
        await gateway.control("behave", refuse=40001)
        await gateway.control("end", how="abort")
        await until(lambda: "wecom_bot_refused" in app.alerts.standing)
    told = caplog.text + "".join(capfd.readouterr())
    assert "subscription_refused" in told
    assert SECRET not in told
    assert "芝麻" not in told
