"""Groups that the app makes: made once and told once, within the limits, whatever happens."""

from __future__ import annotations

import asyncio
import signal
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.channel import Fate, Sent
from bot.channels.wecom.appchat import OURS, Book, ChatChannel
from bot.channels.wecom.standing import CHATS, Standing
from bot.chat import Button, Message
from domain.appchat import Gathering
from services.appchat import Loss
from storage.migrate import _engine as engine
from storage.schema import outbox
from tests.bot.wecom import dying
from tests.bot.wecom.gathered import gathered, hello
from tests.bot.wecom.outbound import Alone, until
from tests.emulators.wecom.qyapi_client import Wecom
from tests.engine import rows
from tests.world import Ear

CHAT = "c" * 32
LATER = Fate.LATER
Json = dict[str, Any]


class Chats:
    """The channel alone, to one group; `losses` are what it told of."""

    def __init__(self, alone: Alone) -> None:
        self.members: tuple[str, ...] = ("ming", "hua")
        self.losses: list[Loss] = []
        self.clock = alone.clock
        self.operator = alone.operator
        standing = Standing(alone.clock, alone.operator, alone.tasks, CHATS)
        book = Book(self._wanted, self._chat, self._lost, self._renamed)
        api = alone.channel.beside(standing, OURS)
        self.channel = ChatChannel(api, standing, alone.clock, book)
        self._numbers = iter(range(1, 10_000))

    async def _wanted(self, account: str) -> Gathering:
        return Gathering(CHAT, "一支部", "一支部", self.members, self.members[:1])

    async def _chat(self, account: str) -> str:
        return CHAT

    async def _lost(self, account: str, why: Loss, forget: bool) -> None:
        self.losses.append(why)

    async def _renamed(self, account: str, name: str) -> None:
        raise AssertionError(name)

    async def say(self, text: str, **more: Any) -> Sent:
        """As the dispatcher does."""
        number = more.pop("number", None) or next(self._numbers)
        hindered = await self.channel.ready("one")
        return hindered or await self.channel.send(Message(number, "one", text, **more))


@pytest.fixture
def chats(alone: Alone) -> Chats:
    return Chats(alone)


async def _texts(wecom: Wecom) -> list[Json]:
    return [one["text"] for one in (await wecom.control("group", chatid=CHAT))["messages"]]


async def test_words_links_and_mentions_arrive(chats: Chats, wecom: Wecom) -> None:
    link = (Button("详情", url="https://example.org/a"), Button("确认", token="x"))
    sent = await chats.say("明天<a href='x'>清扫", rows=(link,), mentions=("@all", "ming"))
    assert sent.fate is Fate.SENT
    assert await _texts(wecom) == [
        {
            "content": "明天＜a href='x'>清扫\n详情：https://example.org/a",
            "mentioned_list": ["@all", "ming"],
        }
    ]


async def test_long_texts_go_in_pieces(chats: Chats, wecom: Wecom) -> None:
    assert (await chats.say("青" * 1500, mentions=("@all",))).fate is Fate.SENT
    heard = await _texts(wecom)
    assert "".join(one["content"] for one in heard) == "青" * 1500
    assert ["mentioned_list" in one for one in heard] == [False, False, True]
    assert not wecom.lines("violation")


async def test_what_may_have_arrived_is_not_said_again(chats: Chats, wecom: Wecom) -> None:
    await wecom.behave("appchat/send", reset=True)
    assert (await chats.say("一", number=7)).fate is Fate.REFUSED
    assert (await chats.say("一", number=7)).fate is Fate.REFUSED
    assert [one["content"] for one in await _texts(wecom)] == ["一"]


async def test_a_group_whose_making_was_not_answered_is_made_once(
    chats: Chats, wecom: Wecom
) -> None:
    await wecom.behave("appchat/create", reset=True)
    assert (await chats.say("一")).fate is LATER
    assert (await chats.say("一")).fate is Fate.SENT
    assert (await wecom.state())["chats"] == [CHAT]
    assert len(wecom.calls("appchat/create")) == 1


@pytest.mark.parametrize("code", [86215, 86001])
async def test_who_was_slower_speaks_in_the_same_group(
    chats: Chats, alone: Alone, wecom: Wecom, code: int
) -> None:
    await wecom.control("settings", chat_taken=code)
    other = Chats(alone)
    await wecom.behave("appchat/get", errcode=86003, times=2)  # both see none
    found = await asyncio.gather(chats.say("一"), other.say("二"))
    assert [one.fate for one in found] == [Fate.SENT, Fate.SENT]
    assert (await wecom.state())["chats"] == [CHAT]
    assert sorted(one["content"] for one in await _texts(wecom)) == ["一", "二"]
    assert not chats.losses
    assert not other.losses


async def test_a_large_group_hears_no_more_than_wecom_allows(chats: Chats, wecom: Wecom) -> None:
    await wecom.control("members", prefix="m", count=2000)
    chats.members = tuple(f"m{number}" for number in range(2000))
    fates = [await chats.say(str(number)) for number in range(15)]
    assert [one.fate for one in fates].count(Fate.SENT) == 9
    assert all(one.seconds and 0 < one.seconds <= 60 for one in fates[9:])
    assert not (await wecom.state())["violations"]
    chats.clock.forward(seconds=61)
    await wecom.control("clock", forward=61)
    assert (await chats.say("又可以了")).fate is Fate.SENT


async def test_too_many_in_groups_closes_groups_alone(
    chats: Chats, alone: Alone, wecom: Wecom
) -> None:
    await wecom.behave("appchat/send", errcode=45009, errmsg="reach max api daily quota limit")
    sent = await chats.say("一", number=7)
    assert (sent.fate, sent.reason) == (LATER, "too many")
    await until(lambda: chats.operator.heard)
    assert chats.operator.heard == [CHATS]
    assert (await alone.send("ming", "我在")).fate is Fate.SENT
    for _ in range(3):
        assert (await chats.say("一", number=7)).fate is LATER
    assert not (await wecom.state())["violations"]
    chats.clock.forward(seconds=sent.seconds or 0)
    await wecom.control("clock", forward=sent.seconds)
    assert (await chats.say("一", number=7)).fate is Fate.SENT
    assert not chats.operator.standing


@pytest.mark.parametrize(("code", "fate"), [(-1, LATER), (45033, LATER), (40008, Fate.REFUSED)])
async def test_one_message_that_fails_loses_no_group(
    chats: Chats, wecom: Wecom, code: int, fate: Fate
) -> None:
    await wecom.behave("appchat/send", errcode=code)
    assert (await chats.say("一")).fate is fate
    assert not chats.losses


# ------------------------------------------------------------------ killed


@pytest.fixture
def children() -> Iterator[list[subprocess.Popen[bytes]]]:
    """Processes that end with the test."""
    made: list[subprocess.Popen[bytes]] = []
    yield made
    for child in made:
        child.kill()
        child.wait()


@pytest.fixture
async def bound(database_url: str, tmp_path: Path, wecom: Wecom) -> str:
    """A bond whose first message has not left yet."""
    async with gathered(database_url, tmp_path, wecom) as here:
        here.world.app._by_name["wecom-chat"] = _Nowhere()
        await here.make()
    return database_url


class _Nowhere(Ear):
    """What was made by a process that had no way to send."""

    def __init__(self) -> None:
        super().__init__("wecom-chat")

    async def send(self, message: Message) -> Sent:
        return Sent(LATER, "nowhere", 3.1)


@pytest.mark.parametrize(
    ("place", "told"),
    [("made-ready", 1), ("before-send", 0), ("after-send-before-mark", 1)],
)
async def test_killed_at_any_step_one_group_is_made_and_told_once(
    bound: str,
    tmp_path: Path,
    wecom: Wecom,
    children: list[subprocess.Popen[bytes]],
    place: str,
    told: int,
) -> None:
    """Between making it and speaking nothing is lost; what may be under way is not said twice."""
    children.append(dying.start(bound, wecom.api_base, tmp_path, f"{place}:1"))
    await until(lambda: children[0].poll() is not None, 40)
    assert children[0].returncode == -signal.SIGKILL
    _let_the_leases_end(bound)
    children.append(dying.start(bound, wecom.api_base, tmp_path))
    ends = ("sent", "uncertain")
    await until(lambda: _hello(bound)["state"] in ends, 60)
    (group,) = (await wecom.state())["chats"]
    heard = (await wecom.control("group", chatid=group))["messages"]
    assert [one["text"]["content"] for one in heard] == [hello()] * told
    assert len(wecom.calls("appchat/create")) == 1
    assert _hello(bound)["state"] == ("sent" if place == "made-ready" else "uncertain")


def _let_the_leases_end(url: str) -> None:
    """As after 30 s."""
    made = engine(url)
    with made.begin() as connection:
        past = datetime.now(UTC) - timedelta(seconds=1)
        connection.execute(outbox.update().values(lease_until=past))
    made.dispose()


def _hello(url: str) -> Json:
    (found,) = rows(url, "outbox", message="appchat.hello")
    return found
