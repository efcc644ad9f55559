"""QUALITY F12: nothing is called in a block, the queue keeps its order, secretaries hear of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from wechatpy.enterprise.crypto import WeChatCrypto

from bot.channels.wecom import quota
from bot.channels.wecom.envelope import Node, parsed
from bot.channels.wecom.quota import Quota
from bot.channels.wecom.standing import Standing
from bot.chat import Say
from services.turn import plain
from storage import outbox, session
from storage.outbox import New
from storage.tx import Tx
from tests.bot.wecom.outbound import Alone, until
from tests.bot.wecom.test_living import town
from tests.emulators.wecom import letters
from tests.emulators.wecom.callbacks import KEY, TOKEN
from tests.emulators.wecom.qyapi_client import Wecom
from tests.emulators.wecom.qyapi_corp import CORP
from tests.engine import rows, sentence
from tests.world import World, living

UNIT, OTHER, END = "青松社区团支部", "星辰社区团支部", "11-23 00:00"
DAILY, MINUTE = "reach max api daily quota limit", "api freq out of limit"
ZERO_AT = 14 * 3600 + 10  # seconds from the world's start (10:00 in China) to just after midnight


class Town:
    """Two branches: the secretary of one is on another channel too, that of the other is not."""

    def __init__(self, world: World, wecom: Wecom) -> None:
        self.world, self.wecom = world, wecom
        self.alone = Alone(wecom.api_base, world.clock)
        self.quota = self.watcher()
        world.app._by_name["wecom"] = self.alone.channel

    def watcher(self) -> Quota:
        """As the wiring makes it; another one is another replica."""
        app, operator = self.world.app, self.alone.operator
        return Quota(
            *(app.store, app.clock, app.tasks, app.words, "zh-CN"),
            *(self.alone.channel.standing, operator, lambda: app._by_name),
        )

    async def build(self) -> None:
        """Found the units; Hua and Li are members of the first one, Wu of the other."""
        world = self.world
        root = await world.unit("QZ", "青州区团委", "district")
        first = await world.unit("BN", UNIT, "branch", root)
        other = await world.unit("XC", OTHER, "branch", root)
        both = await world.person("李秀英", first, "sec", "secretary")
        await world.app.store.turn(lambda tx: world._account(tx, both, "wecom:ming", world.clock()))
        for name, unit, user in (("王小明", first, "hua"), ("赵小亮", first, "li")):
            await world.person(name, unit, f"wecom:{user}")
        await world.person("孙一一", other, "wecom:sun", "secretary")
        await world.person("吴二二", other, "wecom:wu")
        await self.wecom.member("ming", "hua", "li", "sun", "wu")
        await self.wecom.control("clock", at=world.clock().timestamp())

    async def close(self, words: str = DAILY) -> None:
        """One call too many."""
        await self.wecom.behave("message/send", errcode=45009, errmsg=words)
        await self.alone.send("ming", "一条太多", number=999_999)

    async def post(self, user: str, *texts: str) -> None:
        """Notices, as a clock leaves them in the outbox."""
        vault, at = self.world.app.house.vault, self.world.clock()

        async def work(tx: Tx) -> None:
            who = await session.load(tx, vault, "wecom", user, at)
            for text in texts:
                say = plain(Say("robot.hello", {"unit": text}))
                new = New(f"test/{text}", who.account.id, say, False, None, at)
                assert await outbox.add(tx, vault, new, at)

        await self.world.app.store.turn(work)

    async def goes_on(self, seconds: float) -> None:
        """The block is over, for both sides."""
        self.world.clock.forward(seconds=seconds)
        await self.wecom.control("clock", at=self.world.clock().timestamp())

    def told(self, account: str = "sec") -> list[str]:
        """What somebody heard on the other channel."""
        return [one.text for one in self.world.ear.heard.get(account, [])]

    async def seen(self, user: str, n: int) -> list[str]:
        """What a member sees, when there are so many."""
        found = await self.wecom.wait(user, n=n, seconds=40)
        return [one["content"] for one in found]


def hello(*texts: str) -> list[str]:
    """What `post` says."""
    return [sentence("robot.hello", unit=text) for text in texts]


@asynccontextmanager
async def _opened(url: str, folder: Path, wecom: Wecom) -> AsyncIterator[Town]:
    async with living(url, folder) as world:
        world.also("wecom")
        made = Town(world, wecom)
        await made.build()
        try:
            yield made
        finally:
            await made.alone.close()


@pytest.fixture
async def here(
    database_url: str, tmp_path: Path, wecom: Wecom, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Town]:
    monkeypatch.setattr(quota, "EVERY", 0.1)
    async with _opened(database_url, tmp_path, wecom) as made:
        yield made


async def _waiting(url: str) -> None:
    """Until the dispatcher has put everything back."""
    await until(lambda: not [row for row in rows(url, "outbox") if row["state"] == "sending"])


async def test_secretaries_hear_once_how_much_waits_and_until_when(
    here: Town, database_url: str
) -> None:
    await here.close()
    await here.post("hua", "一", "二", "三")
    await here.post("wu", "四", "五")
    waits = sentence("quota.waits", unit=UNIT, count=3, until=END)
    await until(lambda: here.told() == [waits])
    shown = here.alone.operator.standing
    await until(lambda: shown["wecom_quota"] == f"closed until {END}, 5 wait")
    await here.post("li", "六")
    replica = here.watcher()
    for watching in (replica, here.quota):
        closed = watching._now_closed()
        assert closed is not None
        await asyncio.gather(watching._tell(closed), replica._tell(closed))
    await here.world.settle()
    assert here.told() == [waits]
    assert len([one for one in rows(database_url, "run_keys") if "quota" in one["key"]]) == 1


async def test_who_has_only_wecom_hears_it_in_the_answer_to_what_they_write(here: Town) -> None:
    await here.close()
    await here.post("wu", "四", "五")
    held = sentence("quota.held", until=END)
    waits = sentence("quota.waits", unit=OTHER, count=2, until=END)
    assert await here.quota.meanwhile("sun") == f"{waits}\n{held}"
    assert await here.quota.meanwhile("sun") == held
    assert await here.quota.meanwhile("wu") == held
    assert await here.quota.meanwhile("nobody") == held
    await here.goes_on(ZERO_AT)
    assert await here.quota.meanwhile("sun") == ""
    assert await here.seen("wu", 2) == hello("四", "五")
    await here.world.settle()
    assert await here.wecom.seen("sun") == []  # it was told


async def test_who_could_not_be_told_is_when_it_goes_on(here: Town) -> None:
    await here.close()
    await here.post("wu", *(str(number) for number in range(30)))  # it takes more than a minute
    await here.goes_on(ZERO_AT)
    (late,) = await here.seen("sun", 1)
    assert late.startswith(sentence("quota.late", unit=OTHER, count=0).split(" 0 ")[0])
    assert here.told() == []


async def test_what_has_arrived_by_then_is_not_spoken_of(here: Town, database_url: str) -> None:
    await here.close()
    await here.goes_on(ZERO_AT)
    assert (await here.alone.send("hua", "又可以了", number=999_998)).fate == "sent"
    await until(lambda: not here.quota._watching)
    await here.world.settle()
    assert [row for row in rows(database_url, "outbox") if "quota" in row["key"]] == []


@pytest.mark.parametrize(("words", "seconds"), [(DAILY, ZERO_AT), (MINUTE, 62.0)])
async def test_the_queue_waits_and_keeps_its_order(
    here: Town, database_url: str, words: str, seconds: float
) -> None:
    """F12, through the dispatcher."""
    await here.close(words)
    calls = len(here.wecom.calls("message/send", None))
    for user in ("hua", "wu"):
        await here.post(user, *(f"{user}{number}" for number in range(3)))
    await here.world.app.dispatcher.look()
    await _waiting(database_url)
    for user in ("hua", "wu"):  # and what is said meanwhile comes after it
        await here.post(user, *(f"{user}{number}" for number in range(3, 6)))
    await here.world.app.dispatcher.look()
    await _waiting(database_url)
    assert len(here.wecom.calls("message/send", None)) == calls
    assert not (await here.wecom.state())["violations"]
    await here.goes_on(seconds)
    for user in ("hua", "wu"):
        wanted = hello(*(f"{user}{number}" for number in range(6)))
        assert await here.seen(user, 6) == wanted
    assert not (await here.wecom.state())["violations"]


async def test_without_the_standing_it_would_be_called_in_the_block(
    here: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control."""
    await here.close(MINUTE)
    monkeypatch.setattr(Standing, "barred", lambda _: None)
    await here.post("hua", "一")
    await until(lambda: here.wecom.lines("violation"))
    assert [one["kind"] for one in here.wecom.lines("violation")][:1] == ["blocked"]


async def test_answers_come_in_the_same_breath_while_nothing_can_be_sent(
    database_url: str, tmp_path: Path, wecom: Wecom
) -> None:
    """From outside: the callback is answered, in WeCom's own crypto."""
    async with town(database_url, tmp_path, wecom) as here:
        await here.said("ming", "帮助")
        await wecom.behave("message/send", errcode=45009, errmsg=DAILY)
        await here.channel.send(Alone(wecom.api_base).message("ming", "一条太多"))
        told = {"ToUserName": CORP, "AgentID": "1000002", "FromUserName": "Ming"}
        body = {"MsgType": "text", "Content": "帮助", "MsgId": next(letters._numbers)}
        (answer,) = await here.caller.call(letters.letter(**told, **body))
        assert answer.status == 200
        said = _opened_reply(answer.body)
        assert said.one("ToUserName") == "ming"
        assert said.one("Content").startswith(sentence("quota.held", until="#").split("#")[0])
        checks: dict[str, Any] = (await here.app.ready())["checks"]
        assert checks["wecom_quota"].startswith("closed until ")
        await until(lambda: here.app.alerts.standing["wecom_quota"].endswith(" wait"))


def _opened_reply(body: bytes) -> Node:
    found = parsed(body.decode())
    crypto = WeChatCrypto(TOKEN, KEY, CORP)
    signed = (found.one(name) for name in ("MsgSignature", "TimeStamp", "Nonce"))
    return parsed(crypto.decrypt_message(body.decode(), *signed))
