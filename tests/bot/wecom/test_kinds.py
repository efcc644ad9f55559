"""Kinds that stand in docs/wecom-kinds.md and in no other test: heard kindly, or never sent."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channel import Fate
from bot.channels.wecom.cards import body, plan
from bot.channels.wecom.happening import KNOWN
from bot.chat import Attachment, Button, Message
from tests.bot.wecom.inbound import FOREIGN, House, open_house
from tests.bot.wecom.outbound import LABELS, Alone
from tests.bot.wecom.test_appchat_once import CHAT, Chats
from tests.bot.wecom.test_robots import KEY, Robots
from tests.emulators.wecom.callbacks import Caller
from tests.emulators.wecom.letters import event, message
from tests.emulators.wecom.qyapi_client import Wecom
from tests.engine import sentence

SENT = {"text", "markdown", "textcard", "image", "file", "template_card"}
CARDS = {"button_interaction", "vote_interaction", "multiple_interaction"}
PNG = Attachment("qr.png", "image/png", b"\x89PNG and more")

_labels = st.text("长a<", min_size=1, max_size=12)
_buttons = st.one_of(
    st.builds(Button, _labels, st.text("abc.", min_size=1, max_size=130)),
    st.builds(Button, _labels, url=st.sampled_from(["https://a.b/c", "private:x", "group:y"])),
)
_files = st.builds(
    Attachment,
    st.just("a"),
    st.sampled_from(["image/png", "image/jpeg", "audio/amr", "video/mp4", "text/csv"]),
    st.just(b"some bytes"),
)
_messages = st.builds(
    Message,
    id=st.just(7),
    account=st.just("ming"),
    text=st.text("长a \n<*", min_size=1, max_size=900),
    rows=st.lists(_buttons, max_size=30).map(lambda found: (tuple(found),) if found else ()),
    attachment=st.none() | _files,
    replaces=st.none() | st.just("q1-a"),
    asks_location=st.booleans(),
    plain=st.none() | st.booleans(),
)


@pytest.fixture
async def house(sqlite_url: str, tmp_path: Path) -> AsyncIterator[House]:
    """A product at its door."""
    async with open_house(sqlite_url, tmp_path) as made:
        yield made


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("voice", {"MediaId": "M1", "Format": "amr"}),
        ("video", {"MediaId": "M2", "ThumbMediaId": "M3"}),
        ("link", {"Title": "t", "Description": "d", "Url": "https://a.b/", "PicUrl": "p"}),
    ],
)
async def test_voice_video_and_links_are_answered(
    kind: str, fields: dict[str, Any], house: House
) -> None:
    async with Caller(house.url) as caller:
        await caller.repeated(message(kind, **fields))
    await house.settled()
    assert house.said_to("zhangsan") == [sentence("help.unknown")]


@given(_messages, st.booleans(), st.booleans())
def test_nothing_else_is_sent(made: Message, cards: bool, rich: bool) -> None:
    """Whatever is to be said, by nobody's wish a voice, an article or a card that leads away."""
    parts = list(plan(made, LABELS, cards=cards, rich=rich))
    parts += [one for part in parts for one in part.instead]
    for part in parts:
        assert part.kind in SENT
        if part.kind == "template_card":
            assert part.content["card_type"] in CARDS
            assert not {"action_menu", "button_selection", "card_action"} & part.content.keys()
        made_of = body(part, "ming", 1, "task", "media").keys()
        assert made_of == {"touser", "msgtype", "agentid", part.kind}
    assert cards or "template_card" not in {part.kind for part in parts}
    assert rich or "markdown" not in {part.kind for part in parts}


async def test_a_picture_arrives_as_one(alone: Alone, wecom: Wecom) -> None:
    await alone.send("ming", "扫它", attachment=PNG)
    picture, words = await wecom.seen("ming")
    assert (picture["type"], words["content"]) == ("image", "扫它")
    kept = await wecom.control("media", media_id=picture["media_id"])
    assert (kept["type"], bytes.fromhex(kept["bytes"])) == ("image", PNG.content)


@pytest.mark.parametrize("account", ["@all", "ming|hua", ""])
async def test_nobody_is_told_as_a_crowd(account: str, alone: Alone, wecom: Wecom) -> None:
    message_ = alone.message("ming", "大家好")
    crowd = replace(message_, account=account)
    assert (await alone.channel.send(crowd)).fate is Fate.REFUSED
    (sent,) = (await alone.channel.send_many([crowd])).values()
    assert sent.fate is Fate.REFUSED
    assert not wecom.calls("message/send", None)


async def test_groups_are_told_texts_alone(alone: Alone, wecom: Wecom) -> None:
    robots, chats = Robots(wecom, one=KEY), Chats(alone)
    await robots.channel.start()
    link = ((Button("看", url="https://a.b/c"), Button("好", "token")),)
    for say in (robots.send, chats.say):
        assert (await say("长" * 900, rows=link)).fate is Fate.SENT
        assert (await say("扫它", attachment=PNG, plain=False)).fate is Fate.SENT
    await robots.tasks.stop()
    said = (await wecom.control("group", chatid=CHAT))["messages"]
    said += (await wecom.state())["hooks"][KEY]
    assert {one["msgtype"] for one in said} == {"text"}


async def test_a_passive_reply_is_a_text(house: House) -> None:
    """Every event is answered with nothing, but a code of others that somebody waits for."""
    info = {"ScanType": "qrcode", "ScanResult": "https://example.org/"}
    async with Caller(house.url) as caller:
        for kind in sorted(KNOWN):
            answer = await caller.once(event(kind, EventKey="scan", ScanCodeInfo=info))
            assert answer.status == 200
            if kind == "scancode_waitmsg":
                reply = caller.passive(answer)
                assert (reply["MsgType"], reply["Content"]) == ("text", FOREIGN)
            else:
                assert answer.body == b""
    await house.settled()
