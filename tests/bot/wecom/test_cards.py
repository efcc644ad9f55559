"""How messages look in WeCom: texts, cards and selections; and what members write stays words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.wecom.cards import plan, task_of
from bot.channels.wecom.heard import NONE
from bot.channels.wecom.limits import harmless, split
from bot.chat import Attachment, Button, Message
from tests.bot.wecom.outbound import LABELS, row


def _plan(text: str, *labels: str, **more: object) -> list[tuple[str, object]]:
    made = Message(7, "ming", text, row(*labels) if labels else (), **more)  # type: ignore[arg-type]  # what a test sets
    return [(part.kind, part.content) for part in plan(made, LABELS)]


def test_a_short_text_with_buttons_is_one_card() -> None:
    ((kind, card),) = _plan("还差 6.5 小时\n今年 13.5 / 20", "补录", "帮助")
    assert kind == "template_card"
    assert card == {
        "card_type": "button_interaction",
        "main_title": {"title": "还差 6.5 小时"},
        "sub_title_text": "今年 13.5 / 20",
        "button_list": [
            {"text": "补录", "type": 0, "key": "token-补录", "style": 1},
            {"text": "帮助", "type": 0, "key": "token-帮助", "style": 1},
        ],
    }


def test_a_long_text_comes_before_its_card() -> None:
    text = "第一行\n" + "字" * 900
    parts = _plan(text, "好")
    assert [kind for kind, _ in parts] == ["text", "text", "template_card"]
    assert "".join(one["content"] for _, one in parts[:2]) == text  # type: ignore[index]
    assert parts[2][1]["main_title"] == {"title": LABELS.ask}  # type: ignore[index]


@pytest.mark.parametrize(
    ("last", "title"),
    [
        ("确认吗？", "确认吗？"),
        ("Is that right?", "Is that right?"),
        ("那" * 36 + "？", LABELS.ask),
        ("好了。", LABELS.ask),
    ],
)
@pytest.mark.parametrize("count", [2, 7, 21])
def test_below_its_text_a_card_asks_and_cuts_nothing(last: str, title: str, count: int) -> None:
    text = "字" * 40 + "\n" + "写" * 200 + "\n" + last
    before, (_, card) = _plan(text, *(f"第{number}个" for number in range(count)))
    assert before == ("text", {"content": text})
    assert card["main_title"] == {"title": title}  # type: ignore[index]
    assert "sub_title_text" not in card  # type: ignore[operator]


def test_seven_choices_are_a_selection_and_twenty_eight_are_lines() -> None:
    ((_, vote),) = _plan("选一个", *"1234567")
    assert vote["card_type"] == "vote_interaction"  # type: ignore[index]
    assert len(vote["checkbox"]["option_list"]) == 7  # type: ignore[index]
    ((kind, content),) = _plan("选一个", *(f"第{n}个" for n in range(1, 29)))
    lines = content["content"].split("\n")  # type: ignore[index]
    assert kind == "text"
    assert lines[1] == "1. 第1个"
    assert lines[28] == "28. 第28个"
    assert lines[29] == LABELS.choose


@pytest.mark.parametrize(("count", "sizes"), [(21, [9, 9, 3]), (27, [9, 9, 9])])
def test_more_than_twenty_are_up_to_three_lists(count: int, sizes: list[int]) -> None:
    """Each shows first what means nothing: what stands there is submitted with the others."""
    ((kind, card),) = _plan("选一个", *(f"第{n}个" for n in range(1, count + 1)))
    assert (kind, card["card_type"]) == ("template_card", "multiple_interaction")  # type: ignore[index]
    lists = card["select_list"]  # type: ignore[index]
    assert [len(one["option_list"]) - 1 for one in lists] == sizes
    assert [one["title"] for one in lists][:2] == ["1–9", "10–18"]  # from to
    for one in lists:
        assert one["option_list"][0] == {"id": one["selected_id"], "text": "—"}
        assert one["selected_id"].startswith(NONE)
    assert lists[2]["option_list"][1] == {"id": "token-第19个", "text": "第19个"}


def test_everything_has_a_rendering_in_text() -> None:
    """For members who read in WeChat, where no card is shown."""
    buttons = (*row("确认", "取消"), (Button("网页", url="https://example.org/a"),))
    made = Message(7, "ming", "确认吗", buttons)
    (part,) = plan(made, LABELS, cards=False)
    assert part.content["content"] == (
        f"确认吗\n1. 确认\n2. 取消\n网页: https://example.org/a\n{LABELS.choose}"
    )
    (card,) = plan(made, LABELS)
    assert [one.content for one in card.instead] == [part.content]


def test_links_are_buttons_and_what_wecom_would_refuse_is_left_out() -> None:
    buttons = (
        *row("好")[0],
        Button("网页", url="https://example.org/a"),
        Button("私聊", url="private:abc"),
        Button("", "token"),
        Button("长", "t" * 129),
    )
    (part,) = plan(Message(7, "ming", "看看", (buttons,)), LABELS)
    assert part.content["button_list"] == [
        {"text": "好", "type": 0, "key": "token-好", "style": 1},
        {"text": "网页", "type": 1, "url": "https://example.org/a", "style": 2},
    ]


def test_files_go_before_words_and_pictures_as_pictures() -> None:
    picture = Attachment("qr.png", "image/png", b"x" * 10)
    assert [kind for kind, _ in _plan("扫它", attachment=picture)] == ["image", "text"]
    large = Attachment("qr.png", "image/png", b"x" * (2 * 2**20 + 1))
    assert [kind for kind, _ in _plan("扫它", attachment=large)] == ["file", "text"]


def test_a_place_is_asked_for_in_words() -> None:
    assert LABELS.place in _plan("你在哪", asks_location=True)[0][1]["content"]  # type: ignore[index]


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ('<a href="http://x">点我</a>', '＜a href="http://x">点我＜/a>'),
        ("<@all>", "＜@all>"),
        ('<font color="info">系统通知</font>', '＜font color="info">系统通知＜/font>'),
        ("&lt;a&gt;", "＆lt;a＆gt;"),
        ("&#60;", "＆#60;"),
        ("3 < 5 & 6 > 2", "3 < 5 & 6 > 2"),
        ("[点我](http://x)", "[点我](http://x)"),
        ("好\n> 官方通知", "好\n> 官方通知"),
    ],
)
def test_what_members_write_stays_words(said: str, shown: str) -> None:
    """A25: of what a text understands, nothing is left."""
    assert harmless(said) == shown
    for buttons in ((), ("好",), tuple("1234567")):
        for kind, content in _plan(f"{said} 报名了", *buttons):
            assert kind in ("text", "template_card")
            assert "<a" not in str(content)
            assert "<@" not in str(content)
            assert "&lt;" not in str(content)
    (part,) = plan(Message(7, "ming", "好", ((Button(said, "t"),),)), LABELS)
    (chosen,) = part.content.get("button_list") or part.content["checkbox"]["option_list"]
    assert chosen["text"] == shown


@given(st.text(max_size=3000), st.integers(40, 2048))
def test_pieces_fit_and_lose_nothing(text: str, most: int) -> None:
    text = text.encode("utf-8", "ignore").decode()
    pieces = split(text, most)
    assert all(len(piece.encode()) <= most for piece in pieces)
    whole, again = ("".join(words.split()) for words in (text, "".join(pieces)))
    assert again == whole


def test_a_card_has_one_name_for_ever_and_no_other_has_it() -> None:
    one = Message(7, "ming", "好吗", row("好"))
    assert task_of(one) == task_of(Message(7, "ming", "好吗", row("好")))
    assert task_of(one) != task_of(Message(7, "ming", "好吗", row("不")))
    assert task_of(one) != task_of(Message(8, "ming", "好吗", row("好")))
    assert len(task_of(Message(2**63, "ming", "好吗"))) <= 64


def test_a_card_that_is_done_cannot_be_pressed() -> None:
    (part,) = plan(Message(7, "ming", "已通过", replaces="q1-a"), LABELS)
    assert part.replaces == "q1-a"
    assert part.content["replace_text"] == "✓"
    assert [one.kind for one in part.instead] == ["text"]


def test_what_belongs_to_a_file_stays_with_it() -> None:
    """A press below a picture is answered below: else its other buttons would be gone."""
    picture = Message(
        7, "ming", "邀请", row("撤回", "更多"), Attachment("a.png", "image/png", b"x")
    )
    below = task_of(picture)
    (part,) = plan(Message(8, "ming", "真的吗", row("是"), replaces=below), LABELS)
    assert part.replaces is None
    (words,) = plan(Message(8, "ming", "撤回了", replaces=below), LABELS)
    assert words.kind == "text"


@pytest.mark.parametrize(
    ("label", "kind"),
    [
        ("一二三四五六七八九十", "button_interaction"),
        ("Personal details", "button_interaction"),
        ("陈晨（高一（3）班团支部）", "vote_interaction"),
    ],
)
def test_a_label_that_a_button_would_cut_is_an_option(label: str, kind: str) -> None:
    ((_, card),) = _plan("谁来当活动负责人？", label, "取消")
    assert card["card_type"] == kind  # type: ignore[index]
