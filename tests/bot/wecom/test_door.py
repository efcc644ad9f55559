"""F17, F19, F26, A01-A04, A07: the callback address from outside."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import select
from uvicorn.protocols.http.h11_impl import H11Protocol

from bot.channels.wecom.door import Door, Settings
from bot.channels.wecom.receiving import CLOCK
from bot.config import Config
from storage.prepared import Prepared
from storage.schema import accounts
from storage.tx import Tx
from tests.bot.telegram.outages import out_of_order
from tests.bot.wecom.inbound import FOREIGN, House, open_house
from tests.emulators.wecom.callbacks import KEY, Caller, Identity, Retries
from tests.emulators.wecom.letters import AGENT, CORP, event, message

ME = "zhangsan"
FORBIDDEN = (403, b"forbidden\n")


@pytest.fixture
async def house(database_url: str, tmp_path: Path) -> AsyncIterator[House]:
    """A product at its door."""
    async with open_house(database_url, tmp_path) as made:
        yield made


@pytest.fixture
async def caller(house: House) -> AsyncIterator[Caller]:
    """WeCom."""
    async with Caller(house.url) as made:
        yield made


async def test_the_address_is_verified(caller: Caller) -> None:
    for echo in ("1616140317555161061", "<script>alert(1)</script>", "青团 🌿", ""):
        answer = await caller.verify(echo)
        assert (answer.status, answer.body) == (200, echo.encode())
        assert answer.headers["content-type"].startswith("text/plain")
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.seconds < 1


async def test_who_cannot_prove_it_is_not_verified(caller: Caller) -> None:
    who = caller.identity
    sealed = who.sealed("1")
    good = {**who.query(sealed), "echostr": sealed}
    assert (await caller.get(good)).status == 200
    for missing in good:
        query = {name: value for name, value in good.items() if name != missing}
        answer = await caller.get(query)
        assert (answer.status, answer.body) == FORBIDDEN
    for pair in good.items():
        answer = await caller.get([*good.items(), pair])
        assert (answer.status, answer.body) == FORBIDDEN
    for at in (1_000_000_000, "x", "", "-1", "9" * 40, "１７"):
        answer = await caller.get({**who.query(sealed, at), "echostr": sealed})
        assert (answer.status, answer.body) == FORBIDDEN
    stranger = Identity(corp_id="ww_somebody_else")
    theirs = stranger.sealed("1")
    answer = await caller.get({**who.query(theirs), "echostr": theirs})
    assert (answer.status, answer.body) == FORBIDDEN


async def test_other_methods_are_for_nobody(caller: Caller) -> None:
    for method in ("PUT", "DELETE", "PATCH", "OPTIONS"):
        async with caller.session.request(method, caller.url) as answer:
            assert answer.status == 405
    async with caller.session.head(caller.url) as answer:
        assert answer.status == 403


async def test_what_is_said_is_answered_once_however_often_it_is_repeated(
    house: House, caller: Caller
) -> None:
    letter = message("text", Content="帮助")
    answers = await caller.repeated(letter)
    assert [(one.status, one.body) for one in answers] == [(200, b"")] * 3
    await house.settled()
    assert len(house.said_to(ME)) == 1


async def test_two_things_of_one_second_are_two(house: House, caller: Caller) -> None:
    await caller.once(event("click", EventKey="help"))
    await caller.once(event("click", EventKey="lang"))
    await caller.once(event("click", EventKey="lang"))  # the same thing, said again
    await house.settled()
    assert len(house.said_to(ME)) == 2


async def test_in_no_order_everything_arrives_once(house: House, caller: Caller) -> None:
    letters = [message(Content="帮助", FromUserName=f"U{number}") for number in range(12)]
    answers = await caller.reordered(letters * 2, random.Random(7))
    assert {one.status for one in answers} == {200}
    await house.settled()
    assert [len(house.said_to(f"u{number}")) for number in range(12)] == [1] * 12


async def test_an_id_in_any_case_is_one_person(house: House, caller: Caller) -> None:
    for name in ("LiSi", "lisi", "LISI"):
        await caller.once(message(Content="帮助", FromUserName=name))
    await house.settled()
    assert {name: len(said) for name, said in house.ear.heard.items()} == {"lisi": 3}


async def test_the_greeting_comes_once_a_day(house: House, caller: Caller) -> None:
    first = int(house.clock().timestamp()) // 86400 * 86400 + 4 * 3600  # noon in China
    for at in (first, first + 60, first + 3600, first + 86400):
        await caller.once(event("enter_agent", EventKey="", CreateTime=at))
    await house.settled()
    greeted, hint, again = house.said_to(ME)  # the hint that there are words only comes once
    assert greeted == again != hint
    for at in (first, first + 5):  # greeted on joining, and therefore not on opening
        kind = "subscribe" if at == first else "enter_agent"
        await caller.repeated(event(kind, FromUserName="new", EventKey="", CreateTime=at), 2)
    await house.settled()
    assert len(house.said_to("new")) == 2


async def test_who_left_hears_nothing_until_they_are_back(house: House, caller: Caller) -> None:
    now = int(house.clock().timestamp())
    reachable = []
    for number, kind in enumerate(("subscribe", "unsubscribe", "subscribe")):
        await caller.once(event(kind, EventKey="", CreateTime=now + number))
        await house.settled()
        reachable.append((len(house.said_to(ME)), await _reachable(house)))
    assert reachable == [(2, True), (2, False), (3, True)]


async def _reachable(house: House) -> bool:
    query = Prepared(select(accounts.c.reachable).where(accounts.c.external == ME))

    async def work(tx: Tx) -> bool:
        return bool(await tx.value(query))

    return await house.app.store.read(work)


async def test_forged_bodies_get_one_answer(house: House, caller: Caller) -> None:
    who, other = caller.identity, Identity(corp_id="wx_other")
    apart, elsewhere = Identity(agent_id=219), Identity(token="guessed")
    letter = message(Content="帮助")
    sealed = who.sealed(letter)
    good, body = who.query(sealed), who.envelope(sealed)
    forged: list[tuple[dict[str, str], str | bytes]] = [
        (good | {"msg_signature": "0" * 40}, body),
        (good | {"msg_signature": "é" * 40}, body),
        (elsewhere.query(sealed), body),
        (who.query(sealed, 1_000_000_000), body),
        (who.query(sealed, int(good["timestamp"]) - 601), body),
        (good, apart.envelope(sealed)),
        (good, other.envelope(sealed)),
        (good, body.replace("</xml>", f"<Encrypt>{sealed}</Encrypt></xml>")),
        (good, "<!DOCTYPE xml []>" + body),
        (good, ""),
        (good, "{}"),
        (good, b"\xff\xfe" + body.encode("utf-16-le")),
    ]
    inside = (
        other.sealed(letter),
        who.sealed(letter.replace(f"<AgentID>{AGENT}", "<AgentID>219")),
        who.sealed(letter.replace(f"<AgentID>{AGENT}</AgentID>", "")),
        who.sealed("<!DOCTYPE xml []>" + letter),
        who.sealed("no xml"),
        who.sealed(b"\xff" + letter.encode()),
        *("", "%%%", "AAAA", "é", who.raw(b"\0" * 32), who.raw(b"\xff" * 256)),
    )
    forged += [(who.query(one), who.envelope(one)) for one in inside]
    for query, bad in forged:
        answer = await caller.post(query, bad)
        assert (answer.status, answer.body) == FORBIDDEN, bad[:200]
    assert (await caller.post([*good.items(), ("nonce", "1")], body)).status == 403
    assert (await caller.post(good, body)).status == 200  # it was good after all
    await house.settled()
    assert len(house.said_to(ME)) == 1


async def test_what_is_too_large_is_not_read(caller: Caller) -> None:
    query = caller.identity.query("x")
    assert (await caller.post(query, b" " * 65_537)).status == 413
    assert (await caller.post(query, b" " * 65_536)).status == 403
    assert (await caller.post({}, b" " * 65_537)).status == 413


async def test_what_means_nothing_to_us_is_taken_with_thanks(house: House, caller: Caller) -> None:
    for letter in (
        message("of_the_future", X="1"),
        event("of_the_future", X="1"),
        event("LOCATION", Latitude="31.2", Longitude="121.4", Precision="20"),
        event("view", EventKey="https://example.org/"),
    ):
        answer = await caller.once(letter)
        assert (answer.status, answer.body) == (200, b"")
    await house.settled()
    assert not house.ear.heard


async def test_a_code_that_is_not_ours_is_answered_in_the_same_breath(caller: Caller) -> None:
    info = {"ScanType": "qrcode", "ScanResult": "https://example.org/"}
    letter = event("scancode_waitmsg", EventKey="scan", ScanCodeInfo=info)
    reply = caller.passive(await caller.once(letter))
    assert reply["Content"] == FOREIGN
    assert (reply["ToUserName"], reply["FromUserName"], reply["MsgType"]) == (ME, CORP, "text")


@pytest.mark.parametrize("retries", Retries)
async def test_what_cannot_be_kept_is_not_answered_and_said_again(
    database_url: str, house: House, retries: Retries
) -> None:
    letter = message(Content="帮助")
    async with Caller(house.url, retries=retries) as caller:
        await caller.once(message(Content="帮助", FromUserName="warm"))
        with out_of_order(database_url):
            answer = await caller.once(letter)
        assert (answer.status, answer.seconds < 4.5) == (None, True)
        answers = await caller.call(letter)
        assert answers[-1].status == 200
    await house.settled()
    assert len(house.said_to(ME)) == 1


async def test_another_server_keeps_silent_instead(sqlite_url: str, tmp_path: Path) -> None:
    async with (
        open_house(sqlite_url, tmp_path, H11Protocol) as house,
        Caller(house.url, patience=6.0) as caller,
    ):
        assert (await caller.once(message(Content="帮助"))).status == 200
        with out_of_order(sqlite_url):
            answer = await caller.once(message(Content="帮助"))
        assert answer.status is None


async def test_a_clock_that_is_wrong_is_noticed(house: House, caller: Caller) -> None:
    for _ in range(6):  # anybody can be late
        await caller.post(Identity(token="x").query("x", 1), caller.identity.envelope("x"))
    assert house.told.alarms == []
    house.clock.forward(seconds=-3600)
    for _ in range(6):
        assert (await caller.once(message(Content="帮助"))).status == 403
    await asyncio.sleep(0)
    assert house.told.alarms == [CLOCK]
    house.clock.forward(seconds=3600)
    for _ in range(8):
        assert (await caller.once(message(Content="帮助"))).status == 200
    assert house.told.over_ == [CLOCK]


async def test_there_is_no_door_without_a_secret(house: House) -> None:
    with pytest.raises(ValueError, match="secret"):
        Door(house.ear.receiver, Settings(CORP, AGENT, "", KEY, "/x"))


def test_an_admin_is_one_person_in_any_case(tmp_path: Path) -> None:
    admins = ["wecom:ZhangSan", "telegram:1001"]
    config = Config.of(({"app": {"admins": admins}},), tmp_path)
    assert [str(one) for one in config.app.admins] == ["wecom:zhangsan", "telegram:1001"]
