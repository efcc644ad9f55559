"""Words as members see them: textcards everywhere, markdown where it is shown, lines elsewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.wecom.cards import plan
from bot.channels.wecom.parts import Part
from bot.channels.wecom.wiring import labels_of
from bot.chat import Button, Message
from tests.bot.wecom.outbound import LABELS, Alone, row
from tests.bot.wecom.test_living import town
from tests.emulators.wecom.qyapi_client import Wecom
from tests.engine import words

URL = "https://example.org/a"
LONG = "周六植树\n" + "带手套和水，八点在社区门口见。\n" * 20


def _link(label: str, url: str = URL) -> tuple[tuple[Button, ...], ...]:
    return ((Button(label, url=url),),)


def _one(text: str, **more: object) -> Part:
    (part,) = plan(Message(7, "ming", text, **more), LABELS)  # type: ignore[arg-type]  # what a test sets
    return part


@pytest.mark.parametrize(
    ("text", "label", "title", "below", "opens"),
    [
        ("名单好了\n共 12 人", "查看", "名单好了", "共 12 人", "查看"),
        ("名单好了\n共 12 人", "打开整个名单", "名单好了", "共 12 人\n打开整个名单", "查看"),
        ("The list is ready\n12", "See the list", "The list is ready", "12\nSee the list", "Open"),
        ("名单好了", "打开整个名单", "名单好了", "打开整个名单", "查看"),
        ("长" * 60, "打开", "打开", "长" * 60, "打开"),
        ('<a href="x">点我\n好', "看", '＜a href="x">点我', "好", "看"),
    ],
)
def test_one_link_is_a_textcard(text: str, label: str, title: str, below: str, opens: str) -> None:
    part = _one(text, rows=_link(label))
    assert part.kind == "textcard"
    assert part.content == {"title": title, "description": below, "url": URL, "btntxt": opens}
    assert [one.kind for one in part.instead] == ["text"]


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("长\n" + "长" * 171, _link("看")),
        ("好", _link("看", URL + "a" * 2048)),
        ("好", (*_link("看"), *_link("再看"))),
    ],
)
def test_what_does_not_fit_a_textcard(text: str, rows: tuple[tuple[Button, ...], ...]) -> None:
    made = plan(Message(7, "ming", text, rows), LABELS, cards=False)
    assert {part.kind for part in made} == {"text"}
    assert any(URL in part.content["content"] for part in made)


def test_what_takes_the_place_of_a_card_stays_one() -> None:
    assert _one("好", rows=_link("看"), replaces="q1-a").kind == "template_card"
    assert _one("在哪", rows=_link("看"), asks_location=True).kind == "template_card"


def test_a_long_text_has_its_first_line_in_bold_where_that_is_shown() -> None:
    message = Message(7, "ming", LONG)
    (part,) = plan(message, LABELS, rich=True)
    assert part.kind == "markdown"
    assert part.content["content"].startswith("**周六植树**\n带手套")
    assert [one.content["content"] for one in part.instead] == [LONG.strip()]
    assert [one.kind for one in plan(message, LABELS)] == ["text"]
    before, card = plan(Message(7, "ming", LONG, row("好")), LABELS, rich=True)
    assert (before.kind, card.kind) == ("markdown", "template_card")


@pytest.mark.parametrize(
    "text", ["周六植树\n带手套", "长" * 500, f"{LONG}{URL}", "长" * 61 + "\n" + LONG]
)
def test_where_markdown_helps_nobody_it_is_a_text(text: str) -> None:
    assert {one.kind for one in plan(Message(7, "ming", text), LABELS, rich=True)} == {"text"}


@given(st.text(alphabet="*`[]()<>|~#-+=@_&1. \n长a/:", min_size=170, max_size=2500))
def test_what_members_write_stays_words_in_markdown(said: str) -> None:
    """A25: nothing of theirs is bold, a link, a heading, a quote, a colour or a mention."""
    for part in plan(Message(7, "ming", f"通知\n{said}"), LABELS, rich=True):
        shown = part.content["content"]
        assert len(shown.encode()) <= 2048
        if part.kind != "markdown":
            continue
        assert shown.count("*") in (0, 4)
        rest = shown.removeprefix("**通知**")
        assert not re.search(r"[*`\[\]<>|~]|^\s*#|(?<![A-Za-z0-9])@", rest, re.MULTILINE)


def test_what_is_alone_has_no_number() -> None:
    """Beside 取消 alone, 1 may be the answer to what is asked."""
    (part,) = plan(Message(7, "ming", "几个小时", row("取消")), LABELS, cards=False)
    assert part.content["content"] == f"几个小时\n【取消】\n{LABELS.word}"


async def test_where_a_kind_is_not_taken_it_is_a_text(alone: Alone, wecom: Wecom) -> None:
    await wecom.behave("message/send", errcode=40066)
    await alone.send("ming", "看看", rows=_link("看"))
    await wecom.behave("message/send", errcode=40008)
    await alone.send("ming", LONG, plain=False)
    link, words = await wecom.seen("ming")
    assert (link["type"], link["content"]) == ("text", f"看看\n看: {URL}")
    assert (words["type"], words["content"]) == ("text", LONG.strip())


async def test_everybody_sees_what_is_meant_for_them(alone: Alone, wecom: Wecom) -> None:
    await wecom.member("ming", plugin=True)
    for text, rows in ((LONG, ()), ("好吗", row("好", "不好")), ("看看", _link("看"))):
        for user, plain in (("ming", True), ("hua", False)):
            await alone.send(user, text, rows=rows, plain=plain)
    assert [one["type"] for one in await wecom.seen("ming")] == ["text", "text", "textcard"]
    seen = [one["type"] for one in await wecom.seen("hua")]
    assert seen == ["markdown", "template_card", "textcard"]
    assert not (await wecom.state())["violations"]
    await alone.send("ming", "好吗", rows=row("好"))  # as if we had forgotten
    assert (await wecom.state())["violations"] == {"unseen": 1}


async def test_many_read_the_same_words_in_two_ways(alone: Alone, wecom: Wecom) -> None:
    people = [("ming", True), ("hua", False), ("m1", None), ("m2", None)]
    await wecom.control("members", count=3)
    messages = [alone.message(user, LONG, plain=plain) for user, plain in people]
    await alone.channel.send_many(messages)
    shown = [(await wecom.seen(user))[0]["type"] for user, _ in people]
    assert shown == ["text", "markdown", "text", "text"]
    assert len(wecom.calls("message/send")) == 3


async def test_one_of_many_choices_is_a_press(alone: Alone, wecom: Wecom) -> None:
    await alone.send("ming", "选一个", rows=row(*(f"第{n}个" for n in range(25))), answer=True)
    fields = await wecom.press("ming", LABELS.submit, options={"choice-9": ["第12个"]})
    assert fields["SelectedItems"] == [
        {"QuestionKey": "choice-0", "OptionIds": ["none-0"]},
        {"QuestionKey": "choice-9", "OptionIds": ["token-第12个"]},
        {"QuestionKey": "choice-18", "OptionIds": ["none-18"]},
    ]


@pytest.mark.parametrize(
    ("language", "submit", "below"),
    [
        ("zh-CN", "确定", "回复数字或文字就行"),
        ("en", "OK", "Reply with a number or the words"),
        (None, "确定 · OK", "回复数字或文字就行 · Reply with a number or the words"),
    ],
)
def test_our_own_words_are_in_the_language_of_the_message(
    language: str | None, submit: str, below: str
) -> None:
    made = Message(7, "ming", "选一个", row(*"1234567"), language=language)
    (card,) = plan(made, labels_of(words()))
    assert card.content["submit_button"]["text"] == submit
    assert card.instead[0].content["content"].rpartition("\n")[2] == below


async def test_who_reads_english_reads_no_chinese_below_it(
    sqlite_url: str, tmp_path: Path, wecom: Wecom
) -> None:
    async with town(sqlite_url, tmp_path, wecom, cards=False) as here:
        assert "回复" in (await here.said("ming", "帮助"))["content"]
        await here.said("ming", "/lang en")
        shown = (await here.said("ming", "help"))["content"].rpartition("\n")[2]
        assert shown == "Reply with a number or the words"
