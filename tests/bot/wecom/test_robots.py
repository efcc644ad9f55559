"""Group robots: bound in private, told what a group may hear, ended when their key is no good."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.channel import Fate, Sent
from bot.channels.wecom.groups import A_MINUTE, RobotChannel
from bot.chat import Button, Message
from bot.tasks import Tasks
from scheduler.wording import message
from services.webhooks import ended
from storage import webhooks
from storage.outbox import Delivery
from tests.bot.wecom.outbound import until
from tests.bot.wecom.test_living import town
from tests.emulators.wecom.qyapi_client import Wecom
from tests.engine import rows, sentence
from tests.world import MovableClock, World, living

KEY = "hook-key-1"  # the emulator's
ADDRESS = f"https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key={KEY}"
UNIT = "青松社区团支部"
Json = dict[str, Any]


class Robots:
    """The channel alone. `keys` are those of the accounts, `ended` the accounts that were lost."""

    def __init__(self, wecom: Wecom, **keys: str) -> None:
        self.keys, self.ended = keys, list[str]()
        self.clock, self.tasks = MovableClock(), Tasks()
        self.channel = RobotChannel(
            wecom.api_base, self.clock, self.tasks, self._key, self._was_ended
        )
        self._numbers = iter(range(1, 10_000))

    async def _key(self, account: str) -> str | None:
        return self.keys.get(account)

    async def _was_ended(self, account: str) -> None:
        self.ended.append(account)

    async def send(self, text: str, account: str = "one", **more: Any) -> Sent:
        number = more.pop("number", None) or next(self._numbers)
        return await self.channel.send(Message(number, account, text, **more))


@pytest.fixture
async def robots(wecom: Wecom) -> AsyncIterator[Robots]:
    made = Robots(wecom, one=KEY, wrong="hook-key-9")
    await made.channel.start()
    yield made
    await made.tasks.stop()


async def _heard(wecom: Wecom) -> list[Json]:
    return [one["text"] for one in (await wecom.state())["hooks"][KEY]]


async def test_words_links_and_mentions_arrive(robots: Robots, wecom: Wecom) -> None:
    link = (Button("详情", url="https://example.org/a"), Button("确认", token="x"))
    sent = await robots.send("明天<a href='x'>清扫", rows=(link,), mentions=("@all", "ming"))
    assert sent.fate is Fate.SENT
    assert await _heard(wecom) == [
        {
            "content": "明天＜a href='x'>清扫\n详情：https://example.org/a",
            "mentioned_list": ["@all", "ming"],
        }
    ]


async def test_long_texts_go_in_pieces_and_nothing_is_cut(robots: Robots, wecom: Wecom) -> None:
    text = "青" * 1500
    assert (await robots.send(text, mentions=("@all",))).fate is Fate.SENT
    heard = await _heard(wecom)
    assert "".join(one["content"] for one in heard) == text
    assert ["mentioned_list" in one for one in heard] == [False, False, True]
    assert not wecom.lines("violation")


async def test_a_robot_says_less_than_twenty_in_a_minute(robots: Robots, wecom: Wecom) -> None:
    fates = [await robots.send(f"第 {number} 条") for number in range(25)]
    assert [one.fate for one in fates].count(Fate.SENT) == A_MINUTE
    assert all(one.seconds and 0 < one.seconds <= 60 for one in fates[A_MINUTE:])
    assert not wecom.lines("violation")
    robots.clock.forward(seconds=61)
    await wecom.control("clock", forward=61)
    assert (await robots.send("又可以了")).fate is Fate.SENT


async def test_too_many_is_waited_for(robots: Robots, wecom: Wecom) -> None:
    await wecom.behave("webhook/send", errcode=45009)
    sent = await robots.send("一", number=7)
    assert (sent.fate, sent.seconds) == (Fate.LATER, 60)
    await wecom.control("clock", forward=61)
    assert (await robots.send("一", number=7)).fate is Fate.SENT
    assert [one["content"] for one in await _heard(wecom)] == ["一"]


@pytest.mark.parametrize("code", [93000, 93004, 93008])
async def test_a_robot_that_is_gone_is_ended(robots: Robots, wecom: Wecom, code: int) -> None:
    await wecom.behave("webhook/send", errcode=code)
    assert (await robots.send("在吗")).fate is Fate.UNREACHABLE
    assert robots.ended == ["one"]
    assert (await robots.send("在吗", "wrong")).fate is Fate.UNREACHABLE
    assert (await robots.send("在吗", "nobody")).fate is Fate.UNREACHABLE
    assert robots.ended == ["one", "wrong"]


async def test_what_may_have_arrived_is_not_repeated(robots: Robots, wecom: Wecom) -> None:
    await wecom.behave("webhook/send", reset=True)
    text = "青" * 1000
    assert (await robots.send(text, number=9)).fate is Fate.REFUSED
    (first,) = await _heard(wecom)
    assert (await robots.send(text, number=9)).fate is Fate.SENT  # the rest of it
    assert [one["content"] for one in await _heard(wecom)] == [
        first["content"],
        text[len(first["content"]) :],
    ]
    await wecom.behave("webhook/send", errcode=40008)
    assert (await robots.send("错")).fate is Fate.REFUSED


def test_mentions_come_from_the_facts() -> None:
    worded: Json = {"text": "好", "rows": [], "replaces": None, "asks_location": False}
    say = {"name": "x", "facts": {"mentions": ["@all"]}, "rows": []}
    delivery = Delivery(1, 1, "wecom-robot", "a", None, None, say, False, 0, 1, MovableClock()())
    delivery.worded = worded
    assert message(delivery).mentions == ("@all",)


# ------------------------------------------------------------------ in the product


@pytest.fixture
async def world(database_url: str, tmp_path: Path) -> AsyncIterator[World]:
    async with living(database_url, tmp_path) as made:
        root = await made.unit("QZ", "青州区团委", "district")
        branch = await made.unit("BN", UNIT, "branch", root)
        other = await made.unit("XC", "星辰社区团支部", "branch", root)
        await made.person("李秀英", branch, "sec", "secretary")
        await made.person("赵小亮", other, "sec2", "secretary")
        await made.person("王小明", branch, "ann")
        await made.person("周正", root, "dist", "officer")
        object.__setattr__(made.app.house, "robots", True)  # as make_house does where WeCom is
        yield made


def _real(world: World, wecom: Wecom) -> RobotChannel:
    """The channel itself, as the application wires it."""
    store, clock = world.app.store, world.app.clock

    async def key(external: str) -> str | None:
        return await store.read(lambda tx: webhooks.key_of(tx, store.vault, external))

    async def lost(external: str) -> None:
        await store.mark(lambda tx: ended(tx, store.vault, external, clock()))

    made = RobotChannel(wecom.api_base, clock, world.app.tasks, key, lost)
    world.app._by_name[made.name] = made
    return made


async def _bind(world: World, text: str = ADDRESS) -> str:
    await world.said("sec", "绑定群")
    (asked,) = await world.press("sec", "添加群机器人")
    assert asked.text == sentence("robot.ask", unit=UNIT)
    (told,) = await world.said("sec", text)
    return told.text


async def test_a_secretary_binds_a_robot_and_it_says_hello(
    world: World, wecom: Wecom, database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    await _real(world, wecom).start()
    assert await _bind(world, "我不知道") == sentence("robot.no.key")
    (told,) = await world.said("sec", f"地址是 {ADDRESS} 请查收")
    assert told.text == sentence("robot.bound", title="…ey-1")
    await world.settle()
    assert await _heard(wecom) == [{"content": sentence("robot.hello", unit=UNIT)}]
    (robot,) = rows(database_url, "robots")
    assert KEY.encode() not in robot["secret"]
    for table in ("robots", "groups", "accounts", "audit", "dialogs", "outbox", "inbox"):
        assert KEY not in str(rows(database_url, table)), table
    assert KEY not in caplog.text
    (card,) = await world.said("sec", "绑定群")
    assert "1. 群机器人 …ey-1" in card.text


async def test_what_groups_are_told_robots_are_told(world: World, wecom: Wecom) -> None:
    await _real(world, wecom).start()
    await _bind(world)
    await world.said("dist", "组织 BN")
    await world.press("dist", "改名")
    await world.said("dist", "青松街道团支部")
    await world.press("dist", "确认")
    await world.settle()
    told = [one["content"] for one in await _heard(wecom)]
    assert told[1:] == [sentence("room.renamed", old=UNIT, unit="青松街道团支部")]


async def test_a_robot_is_bound_once(world: World, wecom: Wecom, database_url: str) -> None:
    await _real(world, wecom).start()
    await _bind(world)
    await world.said("sec2", "绑定群")
    await world.press("sec2", "添加群机器人")
    (told,) = await world.said("sec2", KEY)
    assert told.text == sentence("robot.taken")
    assert len(rows(database_url, "robots")) == 1


async def test_a_released_robot_keeps_no_key_and_can_come_back(
    world: World, wecom: Wecom, database_url: str
) -> None:
    await _real(world, wecom).start()
    await _bind(world)
    await world.said("sec", "绑定群")
    (sure,) = await world.press("sec", "解绑 1")
    assert sure.text == sentence("robot.sure", title="…ey-1")
    (done,) = await world.press("sec", "确认")
    assert done.text == sentence("robot.released", title="…ey-1")
    assert rows(database_url, "robots") == []
    assert await _bind(world, KEY) == sentence("robot.bound", title="…ey-1")
    await world.settle()
    assert len(await _heard(wecom)) == 2


async def test_a_key_that_ended_ends_the_bond_and_the_secretary_hears(
    world: World, wecom: Wecom, database_url: str
) -> None:
    await _real(world, wecom).start()
    await _bind(world, "hook-key-9")
    await world.settle()
    assert [row["state"] for row in rows(database_url, "groups")] == ["left"]
    assert rows(database_url, "robots") == []
    lost = sentence("robot.lost", title="…ey-9", unit=UNIT)
    await until(lambda: world.ear.heard["sec"][-1].text == lost)
    assert [row["action"] for row in rows(database_url, "audit")].count("group-lost") == 1
    (card,) = await world.press("sec", "重新绑定")
    assert sentence("word.nothing") in card.text


async def test_only_who_answers_for_the_unit_sees_the_button(world: World) -> None:
    (told,) = await world.said("ann", "绑定群")
    assert told.text == sentence("common.missing")
    object.__setattr__(world.app.house, "robots", False)
    (card,) = await world.said("sec", "绑定群")
    assert "添加群机器人" not in card.buttons


async def test_the_application_runs_it_where_wecom_is(
    sqlite_url: str, tmp_path: Path, wecom: Wecom
) -> None:
    async with town(sqlite_url, tmp_path, wecom) as here:
        assert here.app.house.robots
        assert [one.name for one in here.app.channels] == ["wecom", "wecom-chat", "wecom-robot"]
        robot = here.app._by_name["wecom-robot"]
        assert (await robot.send(Message(1, "nobody", "在吗"))).fate is Fate.UNREACHABLE
