"""What the playground shows: the live stream, the history, and who one can be."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from bot.app import routes
from bot.channels.web import endpoints, streams
from storage.prepared import Prepared
from storage.schema import invites
from storage.tx import Tx
from tests.bot.web_page import Page, Stream


@pytest.fixture
async def page(database_url: str) -> AsyncIterator[Page]:
    page = Page(database_url)
    yield page
    page.store.close()


async def _silent(stream: Stream) -> None:
    with pytest.raises(TimeoutError):
        await stream.message(0.05)


# ------------------------------------------------------------------ the stream


async def test_a_page_is_told_what_is_sent_to_its_accounts_and_nothing_else(page: Page) -> None:
    async with page.listening("account=ann&account=bob") as stream:
        await page.push(1, "ann", "给 ann\n<b>")
        await page.push(2, "eve", "给 eve")
        await page.push(3, "bob", "给 bob")
        first, second = await stream.message(), await stream.message()
        assert first is not None
        assert second is not None
        assert (first["id"], first["account"], first["text"]) == (1, "ann", "给 ann\n<b>")
        assert (second["id"], second["account"]) == (3, "bob")
        await _silent(stream)


async def test_a_message_that_is_sent_again_is_shown_once(page: Page) -> None:
    async with page.listening("account=ann") as stream:
        await page.push(1, "ann", "x")
        await page.push(1, "ann", "x")
        await page.push(2, "ann", "y")
        found = [await stream.message(), await stream.message()]
        assert [message and message["id"] for message in found] == [1, 2]


@pytest.mark.parametrize("way", ["header", "query"])
async def test_who_comes_back_is_told_what_was_missed(page: Page, way: str) -> None:
    ids = [await page.sent("ann", text) for text in ("一", "二", "三")]
    headers = [("last-event-id", str(ids[0]))] if way == "header" else []
    query = "account=ann" if way == "header" else f"account=ann&after={ids[0]}"
    async with page.listening(query, *headers) as stream:
        found = [await stream.message(), await stream.message()]
        assert [message and message["text"] for message in found] == ["二", "三"]
        await page.push(ids[2], "ann", "三")
        await page.push(ids[2] + 1, "ann", "四")
        live = await stream.message()
        assert live is not None
        assert live["text"] == "四"


async def test_who_asks_for_nothing_older_gets_nothing_older(page: Page) -> None:
    await page.sent("ann", "旧的")
    async with page.listening("account=ann") as stream:
        await _silent(stream)


async def test_what_another_process_sent_is_found_by_the_next_look(page: Page) -> None:
    page.channel._endpoints.beat = 0.05
    async with page.listening("account=ann") as stream:
        number = await page.sent("ann", "别处发的")
        found = await stream.message()
        assert found is not None
        assert (found["id"], found["text"]) == (number, "别处发的")


async def test_silence_has_a_heartbeat(page: Page) -> None:
    page.channel._endpoints.beat = 0.02
    async with page.listening("account=ann") as stream:
        assert await stream.frame() == "retry: 1000\n\n"
        for _ in range(3):
            assert await stream.frame() == ": still here\n\n"


async def test_at_the_end_every_page_is_let_go(page: Page) -> None:
    async with page.listening("account=ann") as stream:
        await page.push(1, "ann", "最后一句")
        await page.channel.stop()
        last = await stream.message()
        assert last is not None
        assert last["text"] == "最后一句"
        assert await stream.message() is None
    assert (await page.ask("/playground/stream?account=ann")).status == 503
    assert len(page.channel._streams) == 0


async def test_a_page_that_reads_nothing_costs_no_memory(
    page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "MOST_WAITING", 10)
    slow = streams.Stream(frozenset({"ann"}))
    for number in range(1000):
        slow.put({"id": number, "account": "ann"})
    assert slow.ended
    assert slow.waiting.qsize() <= 11


async def test_there_are_not_more_streams_than_fit(page: Page) -> None:
    opened = [page.channel._streams.open(frozenset({"ann"})) for _ in range(streams.MOST_STREAMS)]
    assert all(opened)
    assert (await page.ask("/playground/stream?account=ann")).status == 503
    page.channel._streams.close(opened[0])  # type: ignore[arg-type]  # it was opened
    async with page.listening("account=ann") as stream:
        assert stream.status == 200


async def test_a_page_that_goes_is_forgotten(page: Page) -> None:
    async with page.listening("account=ann"):
        assert len(page.channel._streams) == 1
    await asyncio.sleep(0)
    assert len(page.channel._streams) == 0


@pytest.mark.parametrize("query", ["", "account=", "account=a b", "account=a&account=b c"])
async def test_a_stream_is_for_accounts(page: Page, query: str) -> None:
    answer = await page.ask(f"/playground/stream?{query}")
    assert (answer.status, answer.json["what"]) == (400, "account")


# ------------------------------------------------------------------ the history


async def test_the_history_has_both_sides_in_order(page: Page) -> None:
    await page.text("ann", "k1", "时长")
    page.at += timedelta(seconds=1)
    first = await page.sent("ann", "已有 6 小时", rows=[[["补录", "log.x", None]]])
    page.at += timedelta(seconds=1)
    button = {"token": "log.x", "label": "补录"}
    await page.say({"account": "ann", "key": "k2", "kind": "button", "payload": button})
    page.at += timedelta(seconds=1)
    second = await page.sent("ann", "好的", replaces=first)
    await page.sent("bob", "给 bob")
    found = (await page.ask("/playground/history?account=ann")).json
    assert found["last"] == second
    assert [(entry["who"], entry["text"]) for entry in found["entries"]] == [
        ("me", "时长"),
        ("us", "已有 6 小时"),
        ("me", "补录"),
        ("us", "好的"),
    ]
    assert [entry["key"] for entry in found["entries"] if entry["who"] == "me"] == ["k1", "k2"]
    assert found["entries"][1]["rows"] == [[{"label": "补录", "token": "log.x"}]]
    assert found["entries"][3]["replaces"] == first


async def test_the_history_is_the_last_hundred(page: Page) -> None:
    for number in range(104):
        page.at += timedelta(seconds=1)
        await page.text("ann", f"k{number}", f"{number}")
    found = (await page.ask("/playground/history?account=ann")).json["entries"]
    assert [entry["text"] for entry in found] == [f"{number}" for number in range(4, 104)]


async def test_links_and_files_are_kept_in_the_history(page: Page) -> None:
    file = {"name": "邀请.png", "media_type": "image/png", "content": "aVY="}
    await page.sent("ann", "看", rows=[[["打开", "", "https://x.example"]]], attachment=file)
    entry = (await page.ask("/playground/history?account=ann")).json["entries"][0]
    assert entry["rows"] == [[{"label": "打开", "url": "https://x.example"}]]
    assert entry["attachment"] == file


# ------------------------------------------------------------------ who one can be


async def test_an_empty_house_has_only_visitors(page: Page) -> None:
    found = (await page.ask("/playground/personas")).json["personas"]
    assert [(one["account"], one["role"], one["hint"]) for one in found] == [
        ("guest-1", "visitor", None),
        ("guest-2", "visitor", None),
    ]


async def test_the_demo_district_offers_every_role(page: Page) -> None:
    await page.seed()
    found = {
        one["account"]: one for one in (await page.ask("/playground/personas")).json["personas"]
    }
    wanted = {
        "demo-officer": ("officer", "青川区团委"),
        "demo-township": ("officer", "云岭镇团委"),
        "demo-secretary": ("secretary", "石桥村团支部"),
        "demo-organiser": ("organiser", "槐荫社区团支部"),
        "demo-auditor": ("auditor", "青川区团委"),
        "demo-member": ("member", "石桥村团支部"),
        "guest-1": ("visitor", None),
    }
    assert {name: (found[name]["role"], found[name]["unit"]) for name in wanted} == wanted
    assert found["demo-english"]["language"] == "en"
    assert found["guest-1"]["hint"].startswith("加入 i")
    assert {one["hint"] for one in found.values() if one["role"] != "visitor"} == {None}
    roles = [one["role"] for one in found.values()]
    order = ("officer", "secretary", "organiser", "auditor", "member", "visitor")
    assert roles == sorted(roles, key=order.index)


async def test_the_hint_ends_with_its_invite(page: Page) -> None:
    await page.seed()

    async def work(tx: Tx) -> None:
        await tx.run(Prepared(update(invites).values(revoked_at=page.at)))

    await page.store.turn(work)
    found = (await page.ask("/playground/personas")).json["personas"]
    assert {one["hint"] for one in found} == {None}


async def test_the_usual_visitors_come_before_others_who_have_not_joined(page: Page) -> None:
    await page.seed()
    found = (await page.ask("/playground/personas")).json["personas"]
    visitors = [one["account"] for one in found if one["role"] == "visitor"]
    assert visitors == ["guest-1", "guest-2", "demo-applicant"]


def test_the_words_at_hand_are_commands_of_the_product() -> None:
    """A chip that nobody answers would be the first thing that a newcomer sees."""
    script = (Path(endpoints.__file__).parents[2] / "playground" / "words.js").read_text("utf-8")
    chips = re.findall(r'^  \w+: \["(\S+)", "/(\w+)"\],$', script, re.MULTILINE)
    known = {
        word: command.name
        for group in routes()[0]
        for command in group.commands
        for word in command.words
    }
    assert len(chips) > 8
    assert [known.get(word) for word, _ in chips] == [name for _, name in chips]
