"""What becomes of a message when Telegram says no, late, or nothing at all."""

from __future__ import annotations

from typing import Any

import pytest

from bot.channel import Fate
from tests.bot.telegram.rig import Alone, until
from tests.emulators.telegram.client import Telegram

LATER, REFUSED, GONE, UNKNOWN = Fate.LATER, Fate.REFUSED, Fate.UNREACHABLE, Fate.UNKNOWN
_TOLD: list[tuple[dict[str, Any], Fate, str, float | None]] = [
    (
        {"status": 403, "description": "Forbidden: bot was blocked by the user"},
        GONE,
        "blocked",
        None,
    ),
    ({"status": 403, "description": "Forbidden: user is deactivated"}, GONE, "blocked", None),
    ({"status": 400, "description": "Bad Request: chat not found"}, GONE, "chat not found", None),
    ({"status": 400, "description": "Bad Request: PEER_ID_INVALID"}, GONE, "peer_id_invalid", None),
    (
        {"status": 400, "description": "Bad Request: not enough rights to send text messages"},
        *(REFUSED, "not enough rights", None),
    ),
    ({"status": 400, "description": "Bad Request: 王明 138"}, REFUSED, "bad request", None),
    ({"status": 429, "retry_after": 35}, LATER, "too many requests", 35.0),
    ({"status": 429, "retry_after": 10072}, LATER, "too many requests", 10072.0),
    ({"status": 429, "raw": "<html>slow down"}, LATER, "too many requests", 5.0),
    ({"status": 500}, LATER, "server error", 2.0),
    ({"status": 502, "raw": "<html>Bad Gateway"}, LATER, "server error", 2.0),
    ({"status": 407, "raw": "proxy"}, LATER, "server error", 2.0),
    ({"status": 302, "raw": ""}, LATER, "server error", 2.0),
    ({"raw": "<html>who are you"}, UNKNOWN, "answer unreadable", None),
    ({"raw": '{"ok":true,"result":{"of":"the future"}}'}, Fate.SENT, "", None),
    ({"reset": True, "deliver": True}, UNKNOWN, "no answer: ", None),
    ({"status": 413}, REFUSED, "file is too big", None),
]


@pytest.mark.parametrize(("told", "fate", "reason", "seconds"), _TOLD)
async def test_every_answer_is_a_fate(
    told: dict[str, Any],
    fate: Fate,
    reason: str,
    seconds: float | None,
    alone: Alone,
    telegram: Telegram,
) -> None:
    await telegram.say(1001, "x")
    await telegram.behave("sendMessage", **told)
    sent = await alone.send(1001, "text")
    assert (sent.fate, sent.seconds) == (fate, seconds), sent
    assert (sent.reason or "").startswith(reason)


async def test_no_reason_quotes_anybody(alone: Alone, telegram: Telegram) -> None:
    await telegram.say(1001, "x")
    await telegram.behave("sendMessage", status=400, description="Bad Request: 王明 13800000000")
    sent = await alone.send(1001, "text")
    assert "王明" not in str(sent)
    assert "138" not in str(sent)


async def test_who_is_told_to_wait_waits_and_the_others_do_not(
    alone: Alone, telegram: Telegram
) -> None:
    """F11: one chat's limit; the dispatcher holds that chat for so long."""
    for user in (1001, 1002):
        await telegram.say(user, "x")
    await telegram.behave("sendMessage", chat=1001, status=429, retry_after=35)
    assert (await alone.send(1001, "text")).seconds == 35
    assert (await alone.send(1002, "text")).fate is Fate.SENT


async def test_two_chats_that_are_told_to_wait_mean_all(alone: Alone, telegram: Telegram) -> None:
    """F11: no call at all during the window, and all goes on after it."""
    for user in (1001, 1002, 1003):
        await telegram.say(user, "x")
    await telegram.behave("sendMessage", times=2, status=429, retry_after=35)
    await alone.send(1001, "text")
    await alone.send(1002, "text")
    for _ in range(20):
        sent = await alone.send(1003, "text")
        assert sent.fate is Fate.LATER
        assert 30 < (sent.seconds or 0) <= 35
    assert len(telegram.calls("sendMessage", 429)) == 2
    assert not telegram.calls("sendMessage")
    alone.clock.forward(seconds=36)
    assert (await alone.send(1003, "text")).fate is Fate.SENT


async def test_a_server_that_hangs_is_not_waited_for(alone: Alone, telegram: Telegram) -> None:
    """F14: within the dispatcher's 10 s, and it may have arrived."""
    await telegram.say(1001, "x")
    await telegram.behave("sendMessage", hang=30)
    sent = await alone.send(1001, "text")
    assert sent.fate is Fate.UNKNOWN


async def test_an_answer_that_was_lost_is_no_refusal(alone: Alone, telegram: Telegram) -> None:
    """F15: it was delivered, then the connection was reset."""
    await telegram.say(1001, "x")
    await telegram.behave("sendMessage", reset=True, deliver=True)
    assert (await alone.send(1001, "text")).fate is Fate.UNKNOWN
    assert len(await telegram.wait(1001)) == 1


async def test_a_server_that_fails_at_one_message_for_ever(
    alone: Alone, telegram: Telegram
) -> None:
    for user in (1001, 1002):
        await telegram.say(user, "x")
    await telegram.behave("sendMessage", chat=1001, status=500, times=100)
    fates = []
    for _ in range(10):
        fates.append((await alone.send(1001, "text", number=7)).fate)
        assert (await alone.send(1002, "text", replaces=None)).fate is not Fate.UNKNOWN
        alone.clock.forward(seconds=5)
    assert fates == [Fate.LATER] * 9 + [Fate.REFUSED]


async def test_a_group_that_moved_gets_its_message_once(alone: Alone, telegram: Telegram) -> None:
    """F27."""
    await telegram.control("group", user=1001, chat=-7, title="g")
    await telegram.control("migrate", chat=-7, to=-1007, silent=True)
    sent = await alone.send(-7, "通知", number=1)
    assert (sent.fate, sent.reason, sent.seconds) == (Fate.LATER, "moved", 1.0)
    assert alone.moved == [(-7, -1007)]
    assert (await alone.send(-7, "通知", number=1)).fate is Fate.SENT
    assert (await alone.send(-7, "又一条")).fate is Fate.SENT
    assert [one["text"] for one in await telegram.wait(-1007, n=2)] == ["通知", "又一条"]


async def test_a_token_that_is_refused_rests_the_channel(alone: Alone, telegram: Telegram) -> None:
    """F25: no further call, one alert, the queue is kept."""
    await telegram.say(1001, "x")
    await telegram.control("revoke")
    for _ in range(5):
        sent = await alone.send(1001, "text")
        assert (sent.fate, sent.reason, sent.seconds) == (Fate.LATER, "token refused", 30.0)
    await until(lambda: alone.operator.heard)
    assert alone.operator.heard == ["telegram_token"]
    assert len(telegram.lines("unauthorized")) == 1
    alone.standing.accept()
    assert not alone.operator.standing


async def test_when_nobody_answers_one_message_tries_for_all(
    alone: Alone, telegram: Telegram
) -> None:
    """F48: the breaker opens after at most 20 failures and looks again within 30 s."""
    await telegram.say(1001, "x")
    await telegram.behave("sendMessage", status=502, raw="<html>", times=1000)
    fates = [await alone.send(1001, "text", number=one) for one in range(1, 60)]
    assert len(telegram.lines("fault")) <= 20
    assert {one.fate for one in fates} == {Fate.LATER}
    await until(lambda: alone.operator.standing)
    assert alone.operator.standing == {"telegram_away": "no answer"}
    for _ in range(2):
        before = len(telegram.lines("fault"))
        alone.clock.forward(seconds=30)
        for one in range(1, 20):
            await alone.send(1001, "text", number=one)
        assert len(telegram.lines("fault")) == before + 1
    await telegram.control("behave", clear=True)
    alone.clock.forward(seconds=30)
    assert (await alone.send(1001, "text")).fate is Fate.SENT
    assert (await alone.send(1001, "text")).fate is Fate.SENT
    assert alone.operator.heard == ["telegram_away"]
    assert not alone.operator.standing
