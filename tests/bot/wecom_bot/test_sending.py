"""What is sent, and what became of it."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.app import App
from bot.channel import Fate, Sent
from bot.channels.wecom_bot import WecomBotChannel
from bot.chat import Attachment, Message, Say
from services.turn import plain
from storage.outbox import New, add
from storage.prepared import Prepared, insert_row
from storage.schema import accounts
from storage.tx import Tx
from tests.bot.wecom_bot.rig import channel_of, message, served, until
from tests.emulators.wecom_bot.client import Gateway, Json
from tests.world import Ear, MovableClock, World

pytest_plugins = ("tests.emulators.wecom_bot.fixtures",)

_COLD = Prepared(select(accounts.c.id).where(accounts.c.external == "cold"))
_ACCOUNT = insert_row(accounts, "channel", "external", "person_id", "reachable", "created_at")


@pytest.fixture
async def app(sqlite_url: str, gateway: Gateway, tmp_path: Path) -> AsyncIterator[App]:
    """Connected, and a has written once."""
    async with served(sqlite_url, gateway.ws_url, tmp_path) as made:
        await gateway.connected()
        await until(lambda: channel_of(made).connected)
        await gateway.talk("a", "/start")
        yield made


@pytest.fixture
def channel(app: App) -> WecomBotChannel:
    """Its channel."""
    return channel_of(app)


async def _all(channel: WecomBotChannel, message: Message) -> Sent:
    """Every step of a message, as the dispatcher would take them."""
    while True:
        sent = await channel.send(message)
        if sent.reason != "more to come":
            return sent
        await asyncio.sleep(0.01)


async def _new(gateway: Gateway, chat: str = "a") -> list[Json]:
    return (await gateway.messages(chat))[1:]


async def test_a_notice_is_pushed_and_nothing_in_it_is_markdown(
    channel: WecomBotChannel, gateway: Gateway
) -> None:
    """A25."""
    hostile = "<@all> [点我](http://x.test/a_b) <font color=red>\n> 官方通知\n# 大\n**粗** `x`"
    assert (await channel.send(message("a", hostile))).fate is Fate.SENT
    (shown,) = await _new(gateway)
    assert (shown["kind"], shown["by"]) == ("markdown", "push")
    assert not set("<>[]*`#") & set(shown["text"])
    assert "http://x.test/a_b" in shown["text"]


async def test_many_buttons_are_numbered(channel: WecomBotChannel, gateway: Gateway) -> None:
    assert (await _all(channel, message("a", "选吧", labels=6))).fate is Fate.SENT
    assert (await _all(channel, message("a", "选吧", 2, labels=7))).fate is Fate.SENT
    card, text = await _new(gateway)
    assert [label for label, _ in card["buttons"]] == [f"选{n}" for n in range(1, 7)]
    assert card["buttons"][5][1] == "token-1-6"
    assert text["text"].splitlines()[-1] == "7、选7"


async def test_what_no_card_can_show_goes_before_it(
    channel: WecomBotChannel, gateway: Gateway
) -> None:
    long = "名单\n" + "王明在小广场清扫\n" * 30
    sent = await _all(channel, message("a", long, labels=2))
    text, card = await _new(gateway)
    assert text["text"].count("王明") == 30
    assert (card["title"], sent.platform_id) == ("名单", card["task"])


async def test_long_answers_are_streamed_and_split(
    channel: WecomBotChannel, gateway: Gateway, app: App
) -> None:
    app.router.answer = _nothing  # type: ignore[method-assign,assignment]  # only the test answers
    for number, long in enumerate(("字" * 300, "一行\n" * 500, "青团" * 8000), start=1):
        before = len(await gateway.messages("a"))
        await gateway.say("a", "x")
        await until(lambda: channel._callbacks._open.get("a"))
        assert (await _all(channel, message("a", long, number, answer=True))).fate is Fate.SENT
        new = (await gateway.messages("a"))[before:]
        assert "".join(one["text"] for one in new).replace("\n", "") == long.replace("\n", "")
        assert all(len(one["text"].encode()) <= 20_480 for one in new)
        assert new[0]["finished"]
        assert [new[0]["frames"] > 1, len(new) > 1] == [number == 2, number == 3]
    assert not (await gateway.state())["violations"]


async def _nothing(*_: object) -> None:
    """No answer."""


async def test_more_than_a_conversation_may_hear_waits(
    channel: WecomBotChannel, gateway: Gateway
) -> None:
    fates = [(await channel.send(message("a", "x", number))) for number in range(1, 40)]
    assert 20 <= sum(one.fate is Fate.SENT for one in fates) <= 25
    assert (fates[-1].fate, fates[-1].reason) == (Fate.LATER, "too many messages")
    assert 0 < (fates[-1].seconds or 0) <= 60
    assert not (await gateway.state())["violations"]


async def test_a_card_whose_answer_was_lost_is_sent_once(
    channel: WecomBotChannel, gateway: Gateway
) -> None:
    await gateway.control("behave", lose_answers=1)
    card = message("a", "选吧", labels=2)
    assert (await channel.send(card)).fate is Fate.UNKNOWN
    again = await channel.send(card)
    (shown,) = await _new(gateway)
    assert (again.fate, again.platform_id) == (Fate.SENT, shown["task"])


async def test_words_whose_answer_was_lost_are_not_said_twice(
    channel: WecomBotChannel, gateway: Gateway
) -> None:
    await gateway.control("behave", lose_answers=1)
    words = message("a", "通知")
    assert (await channel.send(words)).fate is Fate.UNKNOWN
    again = await channel.send(words)
    assert (again.fate, again.reason) == (Fate.REFUSED, "no answer: it may have arrived")
    assert len(await _new(gateway)) == 1


async def test_a_file_arrives_as_it_is(channel: WecomBotChannel, gateway: Gateway) -> None:
    content = bytes(range(256)) * 4096  # two chunks
    file = Attachment("名单.xlsx", "application/vnd.ms-excel", content)
    image = Attachment("q.png", "image/png", b"\x89PNG" + b"x" * 20)
    for number, one in enumerate((file, image), start=1):
        sent = await _all(channel, message("a", "在这里", number, attachment=one))
        assert sent.fate is Fate.SENT
    first, words, second, _ = await _new(gateway)
    assert (first["kind"], first["media"]["name"]) == ("file", "名单.xlsx")
    assert base64.b64decode(first["media"]["bytes"]) == content
    assert (words["text"], second["kind"]) == ("在这里", "image")


async def test_a_file_that_is_not_taken_is_found_elsewhere(
    channel: WecomBotChannel, gateway: Gateway
) -> None:
    await gateway.control("behave", code=40007, times=1)
    file = Attachment("a.csv", "text/csv", b"a,b,c,d,e")
    assert (await _all(channel, message("a", "名单", attachment=file))).fate is Fate.SENT
    tiny = Attachment("a.csv", "text/csv", b"a")
    assert (await _all(channel, message("a", "名单", 2, attachment=tiny))).fate is Fate.SENT
    texts = [one["text"] for one in await _new(gateway)]
    assert texts[1] == texts[3] == "名单"
    assert texts[0] == texts[2] != "名单"
    both = set(texts[0].split("\n"))
    for number, language in enumerate(("zh-CN", "en"), start=3):
        one = message("a", "名单", number, attachment=tiny, language=language)
        assert (await _all(channel, one)).fate is Fate.SENT
    assert {one["text"] for one in (await _new(gateway))[4::2]} == both


@pytest.mark.slow
async def test_a_file_that_ends_connections_is_left_out(
    channel: WecomBotChannel, gateway: Gateway
) -> None:
    file = message("a", "名单", attachment=Attachment("a.csv", "text/csv", b"a,b,c,d,e"))
    await gateway.control("behave", lose_answers=3)
    for _ in range(3):
        sent = await channel.send(file)
        assert (sent.fate, sent.reason) == (Fate.LATER, "upload broken off")
    assert (await _all(channel, file)).fate is Fate.SENT
    assert [one["kind"] for one in await _new(gateway)] == ["markdown", "markdown"]


@pytest.mark.parametrize(
    ("code", "fate"),
    [
        (45009, Fate.LATER),
        (-1, Fate.LATER),
        (846609, Fate.LATER),
        (45002, Fate.REFUSED),
        (99999, Fate.REFUSED),
        (40003, Fate.UNREACHABLE),
    ],
)
async def test_codes_are_fates(
    code: int, fate: Fate, channel: WecomBotChannel, gateway: Gateway
) -> None:
    await gateway.control("behave", code=code, times=1)
    assert (await channel.send(message("a", "x"))).fate is fate


async def test_an_answer_that_is_too_late_is_a_message(
    channel: WecomBotChannel, gateway: Gateway, app: App
) -> None:
    app.router.answer = _nothing  # type: ignore[method-assign,assignment]  # only the test answers
    await gateway.say("a", "x")
    await until(lambda: channel._callbacks._open.get("a"))
    await gateway.control("behave", code=846604, times=1)
    assert (await channel.send(message("a", "好", answer=True))).fate is Fate.SENT
    assert [one["by"] for one in await _new(gateway)] == ["push"]


async def test_a_connection_that_ends_meanwhile_leaves_it_open(
    channel: WecomBotChannel, gateway: Gateway
) -> None:
    await gateway.control("behave", silent=True)
    sending = asyncio.ensure_future(channel.send(message("a", "x")))
    await until(lambda: gateway.frames("aibot_send_msg"))
    await gateway.control("end", how="abort")
    assert (await sending).fate is Fate.UNKNOWN


async def test_who_never_wrote_is_told_on_another_channel(gateway: Gateway, app: App) -> None:
    world = World(app, MovableClock(app.clock()), Ear("wecom-bot"))
    web = world.also("web")
    unit = await world.unit("X1", "支部")
    person = await world.person("王明", unit, "cold")
    at = app.clock()

    async def work(tx: Tx) -> None:
        other = {"channel": "web", "external": "ming", "person_id": person}
        await tx.value(_ACCOUNT, reachable=True, created_at=at, **other)
        found = await tx.value(_COLD)
        new = New("notice/1", int(found or 0), plain(Say("common.missing")), False, None, at)
        await add(tx, app.house.vault, new, at)

    await app.store.turn(work)
    await until(lambda: web.heard.get("ming"))
    assert gateway.frames("aibot_send_msg", 93006)
    assert not await gateway.messages("cold")
