"""What comes in, and what nothing may become: pure."""

from __future__ import annotations

import json
import string
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.wecom_bot.callbacks import Callbacks
from bot.channels.wecom_bot.contents import called, said
from bot.channels.wecom_bot.files import clean_name, named, opened
from bot.channels.wecom_bot.frames import Frame, made, parsed
from bot.channels.wecom_bot.plan import Card, Text, plan
from bot.channels.wecom_bot.reading import Heard, Kicked, account_of, read
from bot.channels.wecom_bot.room import A_MINUTE, Room
from bot.chat import Attachment, Button, Kind, Message
from bot.markdown import escaped
from bot.splitting import split
from tests.bot.wecom_bot.rig import message

AT = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
ZONE = ZoneInfo("Asia/Shanghai")
SPOKEN = {"帮助": "help", "help": "help"}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


def _said(request: str = "r1", **body: Any) -> Heard | None:
    base = {"msgid": "m1", "from": {"userid": "Ming"}, "chattype": "single"}
    base |= {"msgtype": "text", "text": {"content": "你好"}}
    found = read(Frame("aibot_msg_callback", request, {**base, **body}), SPOKEN, ZONE, AT)
    assert not isinstance(found, Kicked)
    return found


def _heard(**body: Any) -> Heard:
    found = _said(**body)
    assert found is not None
    return found


def test_a_text_is_an_event() -> None:
    found = _heard(create_time=1_700_000_000)
    event = found.event
    assert (event.account, event.key, event.kind, event.private) == ("ming", "m1", Kind.TEXT, True)
    assert event.payload == {"message": "m1", "text": "你好"}
    assert event.at == datetime.fromtimestamp(1_700_000_000, UTC)
    assert (found.conversation, found.request) == ("ming", "r1")


def test_sealed_ids_keep_their_capitals() -> None:
    sealed = "woAJ2GCAAAXtWyujaWJHDDGi0mACH71w"
    assert account_of(sealed) == sealed
    assert account_of("WoMan") == "woman"


@pytest.mark.parametrize("missing", ["msgid", "from"])
def test_what_has_no_name_or_sender_is_nothing(missing: str) -> None:
    body: dict[str, Any] = {missing: None}
    assert _said(**body) is None


def test_a_group_without_id_is_nothing() -> None:
    assert _said(chattype="group") is None


@pytest.mark.parametrize("seconds", [0, -1, 10**18, "x", None, True])
def test_odd_times_are_now(seconds: Any) -> None:
    expected = datetime.fromtimestamp(1, UTC) if seconds is True else AT
    assert _heard(create_time=seconds).event.at == expected


@pytest.mark.parametrize(
    ("text", "name", "rest"),
    [
        ("@青团 帮助", "help", ""),
        ("@青团\u2005/hours 去年", "hours", "去年"),
        ("帮助 @青团", "help", ""),
        ("@青团 帮助 我", "help", "我"),
        ("@青团", "", ""),
        ("@青团 今天天气好", "", ""),
        ("", "", ""),
    ],
)
def test_a_mention_is_left_out(text: str, name: str, rest: str) -> None:
    found = called(text, SPOKEN)
    assert (found.kind, found.payload) == (Kind.COMMAND, {"name": name, "text": rest})


def test_a_slash_begins_a_command() -> None:
    assert said("/Join AB12 ").payload == {"name": "join", "text": "AB12"}
    assert said("/时长").kind is Kind.TEXT


@given(JSON, st.sampled_from(["aibot_msg_callback", "aibot_event_callback", "x"]))
def test_nothing_that_comes_in_raises(body: Any, command: str) -> None:
    text = json.dumps({"cmd": command, "headers": {"req_id": "r"}, "body": body})
    frame = parsed(text)
    assert frame is not None
    read(frame, SPOKEN, ZONE, AT)


@given(st.text() | st.binary())
def test_what_is_no_frame_is_none(text: str | bytes) -> None:
    found = parsed(text)
    assert found is None or found.command == ""


def test_a_frame_comes_back_as_it_was() -> None:
    assert parsed(made("ping", "r", {"a": "青"})) == Frame("ping", "r", {"a": "青"})
    assert parsed("[" * 100_000) is None


@given(st.text(alphabet=string.printable + "青团＊\u2028\u3000"))
def test_no_letter_of_markdown_is_left(text: str) -> None:
    """A25."""
    found = escaped(text)
    plain = " ".join(word for word in found.split() if "http" not in word)
    assert not set("<>[]*`|\\~") & set(plain)
    for line in found.split("\n"):
        assert not line.startswith(("#", "-", "+", "=", " ", "\t", ">"))


def test_links_stay_links() -> None:
    url = "https://x.test/c/a_b-c?d=1&e=_f_#g"
    assert escaped(f"看 {url}，好") == f"看 {url}，好"
    assert escaped("a@b.cn 和 @all") == "a@b.cn 和 ＠all"
    assert escaped("snake_case 和 _x_") == "snake_case 和 ＿x＿"
    assert escaped("&lt;@all&gt;") == "＆lt;＠all＆gt;"
    assert escaped("1. 一\n---\n  码") == "1． 一\n－--\n\u3000\u3000码"


@given(st.text(alphabet="青a\n 😀"), st.integers(4, 40))
def test_pieces_fit_and_lose_no_word(text: str, most: int) -> None:
    pieces = split(text, most)
    assert all(len(piece.encode()) <= most for piece in pieces)
    joined = "".join("".join(pieces).split())
    assert joined == "".join(text.split())


def test_ways_that_wecom_does_not_have_are_left_out() -> None:
    rows = (
        (Button("私聊", url="private:start"), Button("网页", url="https://x.test/")),
        (Button("好", token="t"),),
    )
    (card,) = plan(Message(1, "a", "看看", rows), "elsewhere")
    assert isinstance(card, Card)
    assert (card.title, card.subtitle) == ("看看", "网页：https://x.test/")
    assert [label for label, _ in card.buttons] == ["好"]


def test_a_message_without_words_is_nothing() -> None:
    assert plan(message("a", " "), "elsewhere") == []
    assert plan(message("a", "x"), "elsewhere") == [Text("x")]


def test_cards_have_names_of_their_own() -> None:
    cards = [
        plan(message(account, text, number, labels=1), "")[0]
        for account, text, number in [("a", "x", 1), ("b", "x", 1), ("a", "y", 1), ("a", "x", 2)]
    ]
    tasks = {card.task for card in cards if isinstance(card, Card)}
    assert len(tasks) == 4
    assert plan(message("a", "x", 1, labels=1), "")[0] == cards[0]


def test_rights_to_answer_end() -> None:
    now = [0.0]
    callbacks = Callbacks(lambda: now[0])
    for request in ("r1", "r2"):
        callbacks.note(_heard(request=request))
    first = callbacks.answerable("ming")
    assert first is not None
    now[0] = 299.0
    assert callbacks.answerable("ming") is not None
    assert callbacks.answerable("ming") is None
    callbacks.note(_heard())
    now[0] = 600.0
    assert callbacks.answerable("ming") is None
    callbacks.note(_heard())
    callbacks.reconnected()
    assert callbacks.answerable("ming") is None


def test_in_a_group_an_answer_is_not_shown_under_anothers_words() -> None:
    callbacks = Callbacks()
    group = {"chattype": "group", "chatid": "wrG"}
    for number in (1, 2):
        callbacks.note(_heard(request=f"r{number}", **group))
    assert callbacks.answerable("wrG") is None


def test_a_minute_and_an_hour_have_room() -> None:
    now = [0.0]
    room = Room(lambda: now[0])
    for _ in range(A_MINUTE):
        assert room.wait("a") == 0
        room.count("a")
    assert room.wait("a") == 60
    assert room.wait("b") == 0
    now[0] = 60.0
    assert room.wait("a") == 0
    for minute in range(1, 100):
        now[0] = 60.0 * minute
        while room.wait("a") == 0 and now[0] < 60 * minute + 1:
            room.count("a")
    hour = [at for at in room._sent["a"] if now[0] - at < 3600]
    assert len(hour) <= 950


@pytest.mark.parametrize(
    ("sealed", "key"),
    [(b"", "A" * 43), (b"x" * 32, "A"), (b"x" * 31, "A" * 43), (b"x" * 32, "A" * 43), (b"x", "é")],
)
def test_what_is_not_sealed_so_is_refused(sealed: bytes, key: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  # any of them
        opened(sealed, key)


def test_names_have_no_folders() -> None:
    assert clean_name("..\\..\\a/b.csv ") == "b.csv"
    assert named("b.csv") == {"name": "b.csv", "media_type": "text/csv"}
    assert opened(b"plain", "") == b"plain"


def test_what_belongs_to_a_file_stays_with_it() -> None:
    """A press below a picture is answered below: else its other buttons would be gone."""
    picture = Attachment("a.png", "image/png", b"x" * 9)
    *_, card = plan(message("a", "邀请", labels=2, attachment=picture), "elsewhere")
    assert isinstance(card, Card)
    (asked,) = plan(message("a", "真的吗", 2, labels=1, replaces=card.task), "elsewhere")
    assert isinstance(asked, Card)
    assert asked.replaces is None
    assert plan(message("a", "撤回了", 3, replaces=card.task), "elsewhere") == [Text("撤回了")]
