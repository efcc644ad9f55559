"""Limits, quotas, addresses that are not trusted, and a platform that does not answer."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.channel import Fate
from bot.chat import Attachment
from tests.bot.wecom.outbound import Alone, row, until
from tests.emulators.wecom.qyapi_client import Wecom

LATER = Fate.LATER


async def test_nobody_is_sent_more_than_wecom_shows(alone: Alone, wecom: Wecom) -> None:
    """F13: what is more than 30 a minute vanishes there; here it waits."""
    number, shown = 0, 0
    for _ in range(200):
        sent = await alone.send("ming", f"第 {number} 条", number=number + 1)
        if sent.fate is LATER:
            assert sent.reason == "too many to one"
            await wecom.control("clock", forward=sent.seconds)
            alone.clock.forward(seconds=sent.seconds)  # type: ignore[arg-type]  # it says how long
        else:
            number, shown = number + 1, shown + 1
    assert shown > 100
    assert not (await wecom.state())["violations"]


async def test_a_minute_with_too_many_calls_is_waited_out(alone: Alone, wecom: Wecom) -> None:
    """F12: no call inside the block, and all goes on after it."""
    await wecom.control("settings", api_per_minute=3)
    for number in range(3):
        await alone.send("ming", str(number))
    for _ in range(20):
        sent = await alone.send("hua", "text")
        assert sent.fate is LATER
        assert 0 < (sent.seconds or 0) <= 60
    assert len(wecom.calls("message/send", 45009)) == 1
    assert not (await wecom.state())["violations"]
    alone.clock.forward(seconds=61)
    await wecom.control("clock", forward=61)
    assert (await alone.send("hua", "text")).fate is Fate.SENT
    assert not alone.operator.heard


async def test_the_quota_of_a_day_is_waited_out(alone: Alone, wecom: Wecom) -> None:
    """F12: until midnight in China, and the operator hears when it goes on."""
    await wecom.control("settings", accounts=0.01)  # two person-times
    await wecom.control("clock", at=alone.clock().timestamp())
    await alone.send("ming", "1")
    await alone.send("ming", "2")
    sent = await alone.send("ming", "3")
    assert (sent.fate, sent.reason) == (LATER, "too many")
    assert 3600 < (sent.seconds or 0) <= 86_405
    await until(lambda: alone.operator.heard)
    assert alone.operator.heard == ["wecom_quota"]
    assert alone.operator.facts["wecom_quota"]["until"].endswith("00:00")
    for _ in range(5):
        assert (await alone.send("hua", "text")).fate is LATER
    assert not (await wecom.state())["violations"]
    alone.clock.forward(seconds=sent.seconds or 0)
    await wecom.control("clock", at=alone.clock().timestamp())
    assert (await alone.send("ming", "3")).fate is Fate.SENT
    assert not alone.operator.standing


async def test_blocks_that_last_are_tried_ever_more_seldom(alone: Alone, wecom: Wecom) -> None:
    """A minute, an hour, the day: WeCom does not say which."""
    await wecom.behave("message/send", errcode=45009, times=3)
    for seconds in (60, 3600):
        sent = await alone.send("ming", "text")
        assert sent.seconds == pytest.approx(seconds, abs=1)
        alone.clock.forward(seconds=seconds + 1)
        await wecom.control("clock", forward=seconds + 1)
    third = await alone.send("ming", "text")
    ends = alone.clock() + timedelta(seconds=third.seconds or 0)
    assert f"{ends.astimezone(ZoneInfo('Asia/Shanghai')):%H:%M}" == "00:00"
    await until(lambda: "wecom_quota" in alone.operator.heard)


async def test_an_address_that_is_not_trusted_rests_the_channel(alone: Alone, wecom: Wecom) -> None:
    """60020: one call, the remedy with the address, and nothing is lost."""
    await wecom.control("settings", trusted=0)
    for _ in range(5):
        sent = await alone.send("ming", "text")
        assert (sent.fate, sent.reason) == (LATER, "errcode 60020")
    await until(lambda: alone.operator.heard)
    assert alone.operator.heard == ["wecom_ip"]
    assert alone.operator.facts["wecom_ip"]["address"] == "203.0.113.7"
    assert len(wecom.calls("message/send", 60020)) == 1
    await wecom.control("settings", trusted=1)
    alone.clock.forward(seconds=301)
    assert (await alone.send("ming", "text")).fate is Fate.SENT
    assert not alone.operator.standing


async def test_when_nobody_answers_one_message_tries_for_all(alone: Alone, wecom: Wecom) -> None:
    """F48: the breaker opens after at most 20 failures and looks again within 30 s."""
    await alone.send("ming", "text")
    await wecom.behave("message/send", status=502, raw="<html>", times=1000)
    sent = [await alone.send("ming", "text", number=one) for one in range(100, 160)]
    assert len(wecom.lines("fault")) <= 20
    assert {one.fate for one in sent[20:]} == {LATER}
    await until(lambda: alone.operator.standing)
    assert alone.operator.standing == {"wecom_away": "no answer"}
    alone.clock.forward(seconds=30)
    before = len(wecom.lines("fault"))
    tries = await asyncio.gather(*(alone.send("hua", "text") for _ in range(20)))
    assert len(wecom.lines("fault")) == before + 1
    assert sum(one.fate is LATER for one in tries) == 19
    await wecom.control("behave", clear=True)
    alone.clock.forward(seconds=30)
    assert (await alone.send("ming", "text")).fate is Fate.SENT
    assert not alone.operator.standing


async def test_what_was_under_way_opens_nothing(alone: Alone, wecom: Wecom) -> None:
    """F12: its answer comes after the one that closed the API."""
    standing = alone.channel.standing
    assert standing.too_many("api freq out of limit").seconds == pytest.approx(60, abs=1)
    standing.answered()
    assert (await alone.send("ming", "text")).fate is LATER
    assert not wecom.calls("message/send", None)


async def test_a_message_of_nothing_holds_nobody_up(alone: Alone, wecom: Wecom) -> None:
    alone.channel.standing.too_many("api freq out of limit")
    alone.clock.forward(seconds=61)
    assert (await alone.send("ming", " ")).fate is Fate.SENT
    assert (await alone.send("ming", "text")).fate is Fate.SENT
    assert len(await wecom.seen("ming")) == 1


async def test_an_upload_that_takes_too_long_was_seen_by_nobody(
    alone: Alone, wecom: Wecom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.channels.wecom.sending.ANSWER_SECONDS", 0.3)
    await alone.send("hua", "text")
    await wecom.behave("media/upload", hang=2, times=10)
    file = Attachment("a.xlsx", "application/octet-stream", b"some bytes")
    sent = [await alone.send("ming", "x", number=7, attachment=file) for _ in range(4)]
    assert [one.fate for one in sent] == [LATER] * 3 + [Fate.REFUSED]


async def test_cards_come_back(alone: Alone, wecom: Wecom) -> None:
    await wecom.control("settings", callback=0)
    await alone.send("ming", "好吗", rows=row("好"))
    await until(lambda: alone.operator.standing)
    await wecom.control("settings", callback=1)
    alone.clock.forward(minutes=61)
    await alone.send("ming", "好吗", rows=row("好"))
    assert [one["type"] for one in await wecom.seen("ming")] == ["text", "template_card"]
    assert not alone.operator.standing
