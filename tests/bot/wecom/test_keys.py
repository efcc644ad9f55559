"""Which callbacks are the same, whose they are, and that none of them raises; F19."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.wecom.crypto import Forged
from bot.channels.wecom.envelope import parsed
from bot.channels.wecom.happening import KNOWN
from bot.chat import Event
from bot.clean import cleaned
from tests.bot.wecom.inbound import AT, event_of, heard
from tests.emulators.wecom.letters import AGENT, NOW, change, event, letter, message, xml

CARD = {"TaskId": "t-1", "CardType": "vote_interaction", "ResponseCode": "rc"}


def test_other_apps_and_nobody_are_refused() -> None:
    for bad in (
        message(AgentID=AGENT + 1),
        message(AgentID=None),
        event("click", AgentID=""),
        event("click", FromUserName="sys2", AgentID=None),
        message(FromUserName=""),
        letter(MsgType=""),
        xml("xml", {}),
    ):
        with pytest.raises(Forged):
            heard(bad)


def test_keys_tell_apart_what_differs_and_nothing_else() -> None:
    same = event("click", EventKey="help", CreateTime=NOW)
    keys = {
        event_of(one).key
        for one in (
            same,
            same.replace("><", ">\n  <"),
            event("click", EventKey="me", CreateTime=NOW),
            event("click", EventKey="help", CreateTime=NOW + 1),
            event("click", EventKey="help", CreateTime=NOW, FromUserName="other"),
        )
    }
    assert len(keys) == 4
    presses = [
        event_of(event("template_card_event", EventKey="k", CreateTime=NOW, **{**CARD, **more})).key
        for more in (dict[str, str](), {"TaskId": "t-2"}, {"ResponseCode": "rc2"})
    ]
    assert len(set(presses)) == 3
    told = [
        heard(change("delete_user", UserID=f"u{number}", CreateTime=NOW))[0] for number in range(3)
    ]
    assert len({one.key for one in told if isinstance(one, Event)}) == 3
    assert event_of(message(MsgId=None)).key.startswith("e/")
    assert event_of(message(MsgId="x" * 99)).key.startswith("e/")


def test_a_time_that_is_none_is_now() -> None:
    later = AT + timedelta(days=1)
    for odd in ("", "x", "-5", "9" * 30, "１"):
        (found,) = heard(message(CreateTime=odd), later)
        assert isinstance(found, Event)
        assert found.at == later
    (found,) = heard(message(CreateTime=0), later)
    assert isinstance(found, Event)
    assert found.at == datetime.fromtimestamp(0, UTC)


_TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), max_size=20)
_FIELDS = st.dictionaries(
    st.sampled_from(
        (
            *("FromUserName", "CreateTime", "MsgType", "Event", "EventKey", "Content", "MsgId"),
            *("TaskId", "SelectedItems", "ScanCodeInfo", "SendLocationInfo", "ChangeType"),
            *("UserID", "NewUserID", "Location_X", "Location_Y", "MediaId", "FileName"),
        )
    ),
    _TEXT | st.sampled_from(sorted(KNOWN)) | st.lists(_TEXT, max_size=3),
    max_size=8,
)


@given(_FIELDS, st.sampled_from(["text", "image", "location", "event", "file"]))
def test_nothing_that_is_sealed_raises(fields: dict[str, Any], kind: str) -> None:
    """It is an event, nothing or forged, and what is kept is JSON."""
    try:
        found = heard(letter(**{"MsgType": kind, **fields}))
    except Forged:
        return
    for one in found:
        if isinstance(one, Event):
            json.dumps(cleaned(one.payload), allow_nan=False).encode()


def test_fields_are_read_wherever_the_white_space_is() -> None:
    pretty = "<xml>\n <A> <![CDATA[x]]> </A>\n <B><C>1</C><C>2</C></B>\n</xml>"
    node = parsed(pretty)
    assert (node.one("A"), [one.text for one in node.all("B", "C")]) == ("x", ["1", "2"])
    assert (node.one("Z"), node.all("B", "Z"), node.one("B", "C")) == ("", [], "1")
