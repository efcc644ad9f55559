"""The access token: one for all, renewed once, and never in a loop."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable

import pytest

from bot.channel import Fate
from storage.shared_token import SharedToken
from storage.vault import Vault
from tests.bot.wecom.outbound import Alone, until
from tests.emulators.wecom.qyapi_client import Wecom
from tests.emulators.wecom.qyapi_corp import SECRET
from tests.world import MovableClock

Replica = Callable[[], Alone]


def _shared(url: str) -> SharedToken:
    return SharedToken(url, Vault([(1, b"k" * 32)]), "an app")


@pytest.fixture(params=["redis", "no redis", "redis lost"])
async def replica(request: pytest.FixtureRequest, wecom: Wecom) -> AsyncIterator[Replica]:
    """Makes replicas of one app that share what they can."""
    url = {"redis": "", "no redis": None, "redis lost": "redis://127.0.0.1:1/0"}[request.param]
    if url == "":
        url = str(request.getfixturevalue("redis_url"))
    made: list[Alone] = []
    clock = MovableClock()

    def another() -> Alone:
        made.append(Alone(wecom.api_base, clock, None if url is None else _shared(url)))
        return made[-1]

    yield another
    for one in made:
        await one.close()


async def _gettokens(wecom: Wecom) -> int:
    return int((await wecom.state())["gettoken"])


async def test_two_replicas_and_eight_workers_need_one_each_at_most(
    replica: Replica, wecom: Wecom
) -> None:
    """F24: at the start, and when the token ends."""
    both = [replica(), replica()]
    for lot in range(2):
        before = await _gettokens(wecom)
        sent = await asyncio.gather(
            *(
                one.send(user, f"{lot} {n}")
                for one in both
                for n in range(4)
                for user in ("ming", "hua")
            )
        )
        assert {one.fate for one in sent} == {Fate.SENT}
        assert await _gettokens(wecom) - before <= 2
        both[0].clock.forward(seconds=7200)


async def test_with_redis_all_replicas_need_one(wecom: Wecom, redis_url: str) -> None:
    replicas = [Alone(wecom.api_base, shared=_shared(redis_url)) for _ in range(4)]
    sent = await asyncio.gather(*(one.send("ming", str(n)) for n, one in enumerate(replicas)))
    assert {one.fate for one in sent} == {Fate.SENT}
    assert await _gettokens(wecom) == 1
    for one in replicas:
        await one.close()


@pytest.mark.parametrize("code", [40014, 42001])
async def test_a_token_that_ends_early_is_renewed_once(
    code: int, replica: Replica, wecom: Wecom
) -> None:
    """F23: in the middle of a broadcast, nothing is lost."""
    both = [replica(), replica()]
    for one in both:
        await one.send("ming", "first")
    before = await _gettokens(wecom)
    await wecom.control("tokens", code=code)
    sent = await asyncio.gather(
        *(one.send(user, f"{n}") for one in both for n in range(8) for user in ("ming", "hua"))
    )
    assert {one.fate for one in sent} == {Fate.SENT}
    assert await _gettokens(wecom) - before <= 2
    assert not any(one.operator.heard for one in both)


async def test_tokens_that_are_refused_for_ever_are_no_loop(wecom: Wecom) -> None:
    """F23: at most two gettoken a minute, and an alert at once."""
    alone = Alone(wecom.api_base)
    await wecom.control("tokens", code=40014, for_ever=True)
    for minute in range(1, 5):
        before = await _gettokens(wecom)
        sent = await asyncio.gather(
            *(alone.send("ming", "x", number=n + 1) for n in range(8)),
            *(alone.send("ming", "x", number=n + 1) for n in range(8)),
        )
        assert {one.fate for one in sent} == {Fate.LATER}
        assert await _gettokens(wecom) - before <= (2 if minute == 1 else 1)
        for _ in range(5):
            again = await alone.send("hua", "text", number=100)
            assert (again.fate, again.reason) == (Fate.LATER, "token refused")
        alone.clock.forward(seconds=61)
    assert await _gettokens(wecom) <= 5
    assert set(alone.operator.heard) == {"wecom_token"}
    await wecom.control("tokens", clear=True)
    assert (await alone.send("ming", "text")).fate is Fate.SENT
    assert not alone.operator.standing
    await alone.close()


async def test_a_wrong_secret_is_shown_once_and_a_new_one_is_taken(
    alone: Alone, wecom: Wecom
) -> None:
    """A wrong secret that is repeated bans the address for an hour."""
    alone.secret = "wrong"
    for _ in range(5):
        sent = await alone.send("ming", "text", number=1)
        assert (sent.fate, sent.reason) == (Fate.LATER, "errcode 40001")
        alone.clock.forward(seconds=301)
    assert await _gettokens(wecom) == 1
    await until(lambda: alone.operator.heard)
    assert set(alone.operator.heard) == {"wecom_secret"}
    alone.secret = SECRET
    assert (await alone.send("ming", "text", number=1)).fate is Fate.SENT
    assert not alone.operator.standing


async def test_gettoken_may_hang_or_fail(alone: Alone, wecom: Wecom) -> None:
    for told in ({"raw": "<html>"}, {"errcode": -1}, {"status": 500}, {"raw": "{}"}):
        await wecom.behave("gettoken", **told)
        sent = await alone.send("ming", "text", number=1)
        assert sent.fate is Fate.LATER, told
        assert sent.seconds
    assert (await alone.send("ming", "text", number=1)).fate is Fate.SENT


async def test_who_is_broken_off_holds_nobody_up(alone: Alone, wecom: Wecom) -> None:
    await wecom.behave("gettoken", hang=5)
    first = asyncio.ensure_future(alone.send("ming", "1"))
    await asyncio.sleep(0.2)
    first.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await first
    assert (await alone.send("ming", "2")).fate is Fate.SENT
