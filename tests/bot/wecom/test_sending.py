"""What members of a corp see of what we send, and what becomes of a message."""

from __future__ import annotations

from typing import Any

import pytest

from bot.channel import Fate
from bot.chat import Attachment, Event, Kind
from tests.bot.wecom.outbound import Alone, row, until
from tests.emulators.wecom.qyapi_client import Wecom

LATER, REFUSED, GONE, UNKNOWN = Fate.LATER, Fate.REFUSED, Fate.UNREACHABLE, Fate.UNKNOWN


def _pressed(alone: Alone, fields: dict[str, Any]) -> None:
    """What the receiver tells of a press."""
    payload = {"message": fields["TaskId"], "response_code": fields["ResponseCode"]}
    account, at = fields["FromUserName"], alone.clock()
    event = Event("wecom", account, "k", Kind.BUTTON, payload, at)
    alone.channel.codes.pressed(event)


async def test_a_card_is_pressed_and_becomes_another(alone: Alone, wecom: Wecom) -> None:
    await alone.send("ming", "第 1 页", rows=row("下一页"), answer=True)
    fields = await wecom.press("ming", "下一页")
    assert fields["EventKey"] == "token-下一页"
    _pressed(alone, fields)
    sent = await alone.send(
        "ming", "第 2 页", rows=row("上一页"), answer=True, replaces=fields["TaskId"]
    )
    assert sent.fate is Fate.SENT
    (card,) = await wecom.seen("ming")
    assert card["card"]["main_title"]["title"] == "第 2 页"
    fields = await wecom.press("ming", "上一页")  # and again, under the same name
    _pressed(alone, fields)
    await alone.send("ming", "好了", answer=True, replaces=fields["TaskId"])
    (card,) = await wecom.seen("ming")
    assert (card["grey"], card["buttons"]) == ("✓", [])


@pytest.mark.parametrize("text", ["第 2 页", "长" * 900])
async def test_a_card_that_cannot_change_is_followed_by_a_message(
    text: str, alone: Alone, wecom: Wecom
) -> None:
    await alone.send("ming", "第 1 页", rows=row("下一页"), answer=True)
    fields = await wecom.press("ming", "下一页")
    alone.channel.codes.keep("ming", fields["TaskId"], "a-code-that-was-used")
    sent = await alone.send(
        "ming", text, rows=row("上一页"), answer=True, replaces=fields["TaskId"]
    )
    assert sent.fate is Fate.SENT
    assert len(await wecom.seen("ming")) > 1
    sent = await alone.send("ming", "好了", answer=True, replaces="of-another-process")
    assert (await wecom.seen("ming"))[-1]["content"] == "好了"


async def test_a_code_is_for_one_account_and_for_three_days(alone: Alone) -> None:
    codes = alone.channel.codes
    codes.keep("Ming", "q1", "code")
    assert codes.take("hua", "q1") is None
    assert codes.take("ming", "q1") == "code"
    assert codes.take("ming", "q1") is None
    codes.keep("ming", "q1", "code")
    alone.clock.forward(hours=72)
    assert codes.take("ming", "q1") is None


async def test_a_selection_is_a_press(alone: Alone, wecom: Wecom) -> None:
    await alone.send("ming", "选一个", rows=row(*"1234567"), answer=True)
    fields = await wecom.press("ming", "确定 · OK", options={"*": ["3"]})
    assert fields["SelectedItems"] == [{"QuestionKey": "choice", "OptionIds": ["token-3"]}]


async def test_a_file_arrives(alone: Alone, wecom: Wecom) -> None:
    file = Attachment("名单.xlsx", "application/octet-stream", b"some bytes")
    await alone.send("ming", "这是名单", attachment=file)
    sent, words = await wecom.seen("ming")
    kept = await wecom.control("media", media_id=sent["media_id"])
    assert (kept["name"], bytes.fromhex(kept["bytes"])) == ("名单.xlsx", b"some bytes")
    assert words["content"] == "这是名单"


async def test_a_file_that_wecom_has_lost_is_handed_over_again(alone: Alone, wecom: Wecom) -> None:
    file = Attachment("a.xlsx", "application/octet-stream", b"some bytes")
    await wecom.behave("message/send", errcode=40007)
    assert (await alone.send("ming", "这是名单", attachment=file)).fate is Fate.SENT
    assert len(wecom.calls("media/upload")) == 2


async def test_no_text_is_cut(alone: Alone, wecom: Wecom) -> None:
    text = "\n".join(f"{n}. 王小明的一行" for n in range(300))
    assert (await alone.send("ming", text)).fate is Fate.SENT
    seen = [one["content"] for one in await wecom.seen("ming")]
    assert "\n".join(seen) == text
    assert not (await wecom.state())["violations"]


async def test_an_app_without_callback_address_sends_texts(alone: Alone, wecom: Wecom) -> None:
    """43012: the operator hears the remedy once, the member reads words."""
    await wecom.control("settings", callback=0)
    for _ in range(3):
        assert (await alone.send("ming", "好吗", rows=row("好"))).fate is Fate.SENT
    assert all(one["type"] == "text" for one in await wecom.seen("ming"))
    await until(lambda: alone.operator.heard)
    assert alone.operator.heard == ["wecom_cards"]
    assert len(wecom.calls("message/send", 43012)) == 1


_TOLD: list[tuple[dict[str, Any], Fate, str, float | None]] = [
    ({"errcode": 81013}, GONE, "errcode 81013", None),
    ({"errcode": 60111}, GONE, "errcode 60111", None),
    ({"errcode": 40008, "errmsg": "王明 138"}, REFUSED, "errcode 40008", None),
    ({"errcode": 45002}, REFUSED, "errcode 45002", None),
    ({"errcode": -1}, LATER, "errcode -1", 5.0),
    ({"errcode": 45009}, LATER, "too many", 60.0),
    ({"errcode": 45033}, LATER, "errcode 45033", 5.0),
    ({"errcode": 48002}, LATER, "errcode 48002", 300.0),
    ({"errcode": 42014}, Fate.SENT, "", None),
    ({"status": 502, "raw": "<html>"}, UNKNOWN, "no answer: status 502", None),
    ({"status": 407, "raw": "proxy"}, LATER, "no connection: status 407", 2.0),
    ({"status": 302, "raw": ""}, LATER, "no connection: status 302", 2.0),
    ({"raw": "<html>who are you"}, UNKNOWN, "no answer: unreadable", None),
    ({"raw": "[]"}, UNKNOWN, "no answer: unreadable", None),
    ({"reset": True}, UNKNOWN, "no answer: ", None),
]


@pytest.mark.parametrize(("told", "fate", "reason", "seconds"), _TOLD)
async def test_every_answer_is_a_fate(
    told: dict[str, Any],
    fate: Fate,
    reason: str,
    seconds: float | None,
    alone: Alone,
    wecom: Wecom,
) -> None:
    await wecom.behave("message/send", **told)
    sent = await alone.send("ming", "text")
    assert sent.fate is fate, sent
    assert (sent.reason or "").startswith(reason)
    assert sent.seconds == (None if seconds is None else pytest.approx(seconds, abs=1))
    assert "王明" not in str(sent)


async def test_a_busy_wecom_is_asked_four_times(alone: Alone, wecom: Wecom) -> None:
    await wecom.behave("message/send", errcode=-1, times=10)
    fates = [(await alone.send("ming", "text", number=5)).fate for _ in range(4)]
    assert fates == [LATER] * 3 + [REFUSED]


async def test_who_is_not_in_range_is_unreachable(alone: Alone, wecom: Wecom) -> None:
    """F26."""
    await wecom.member("ming", visible=False)
    await wecom.member("hua", licensed=False)
    assert (await alone.send("Ming", "text")).fate is GONE
    sent = await alone.send("hua", "text")
    assert (sent.fate, sent.reason) == (REFUSED, "no interface licence")
    for account in ("", "@all", "ming|hua"):
        assert (await alone.send(account, "text")).fate is REFUSED


async def test_a_hanging_wecom_is_not_waited_for(
    alone: Alone, wecom: Wecom, monkeypatch: pytest.MonkeyPatch
) -> None:
    """F14, with a shorter patience than the real 9 s."""
    monkeypatch.setattr("bot.channels.wecom.sending.ANSWER_SECONDS", 0.5)
    await wecom.behave("message/send", hang=5)
    assert (await alone.send("ming", "text")).fate is UNKNOWN


@pytest.mark.parametrize("literal", [0, 1])
@pytest.mark.parametrize("rows", [(), row("好")])
async def test_a_notice_whose_answer_was_lost_comes_once(
    rows: Any, literal: int, alone: Alone, wecom: Wecom
) -> None:
    """F15: it was delivered, then the connection was reset; it is tried again, 0 duplicates."""
    await wecom.control("settings", literal_duplicates=literal)
    await wecom.behave("message/send", reset=True, probability=0.3, times=1000)
    for number in range(1, 21):
        sent = None
        while sent is None or sent.fate is UNKNOWN:
            sent = await alone.send("ming", f"通知 {number}", rows=rows, number=number)
        assert sent.fate is Fate.SENT
    await wecom.control("behave", clear=True)
    assert len(await wecom.seen("ming")) == 20
    assert wecom.lines("duplicate")


async def test_after_a_restart_too_a_notice_comes_once(alone: Alone, wecom: Wecom) -> None:
    await wecom.behave("message/send", reset=True)
    assert (await alone.send("ming", "通知", rows=row("好"), number=9)).fate is UNKNOWN
    other = Alone(wecom.api_base)
    assert (await other.send("ming", "通知", rows=row("好"), number=9)).fate is Fate.SENT
    await other.close()
    assert len(await wecom.seen("ming")) == 1


async def test_two_equal_questions_deserve_two_answers(alone: Alone, wecom: Wecom) -> None:
    for _ in range(2):
        await alone.send("ming", "还差 6.5 小时", answer=True)
    assert len(await wecom.seen("ming")) == 2
    assert not wecom.lines("duplicate")


async def test_what_wecom_would_not_know_again_is_not_repeated(alone: Alone, wecom: Wecom) -> None:
    await wecom.behave("message/send", reset=True)
    await alone.send("ming", "通知", number=9)
    alone.clock.forward(minutes=26)
    sent = await alone.send("ming", "通知", number=9)
    assert (sent.fate, sent.reason) == (REFUSED, "it may have arrived")
    assert len(await wecom.seen("ming")) == 1


async def test_a_message_can_be_taken_back_for_a_day(alone: Alone, wecom: Wecom) -> None:
    sent = await alone.send("ming", "写错了")
    assert (await alone.channel.recall(sent.platform_id or "")).fate is Fate.SENT
    (message,) = await wecom.seen("ming")
    assert message["recalled"]
    sent = await alone.send("ming", "又写错了")
    await wecom.control("clock", forward=86_401)
    late = await alone.channel.recall(sent.platform_id or "")
    assert (late.fate, late.reason) == (REFUSED, "errcode 42052")
