"""A06: a passive reply carries any text and nothing of it gets out."""

from __future__ import annotations

import re

from defusedxml.ElementTree import fromstring
from hypothesis import example, given
from hypothesis import strategies as st

from bot.channels.wecom.answers import TEXT_BYTES, enveloped, text_reply
from bot.channels.wecom.crypto import Crypto
from tests.bot.wecom.inbound import AT
from tests.emulators.wecom.callbacks import KEY, TOKEN, Answer, Caller
from tests.emulators.wecom.letters import CORP, NOW

_NO_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_TEXTS = st.text(max_size=500) | st.text(st.sampled_from("]]><![CDATA[>\r\n&;ab"), max_size=60)


def _fields(reply: str) -> dict[str, str]:
    return {one.tag: one.text or "" for one in fromstring(reply)}


@given(_TEXTS, st.text(min_size=1, max_size=64))
@example("]]></Content><ToUserName>all</ToUserName><Content><![CDATA[", "a]]>b")
@example("]]\r>\r\n]]]>]]>", "\r]]>")
def test_any_text_comes_back_as_it_was(text: str, account: str) -> None:
    found = _fields(text_reply(CORP, account, text, AT))
    safe = _NO_XML.sub("\ufffd", text)
    assert found["Content"] == safe.encode()[:TEXT_BYTES].decode("utf-8", "ignore")
    assert found["ToUserName"] == _NO_XML.sub("\ufffd", account)
    assert list(found) == ["ToUserName", "FromUserName", "CreateTime", "MsgType", "Content"]


def test_a_long_text_is_cut_between_letters() -> None:
    found = _fields(text_reply(CORP, "a", "团" * 1000, AT))
    assert found["Content"] == "团" * (TEXT_BYTES // 3)


@given(_TEXTS)
def test_the_other_side_can_open_it(text: str) -> None:
    reply = text_reply(CORP, "zhangsan", text, AT)
    sent = enveloped(Crypto(TOKEN, KEY, CORP), reply, "a]]>nonce", AT)
    found = Caller("").passive(Answer(200, sent.encode()))
    assert found == _fields(reply)
    assert (found["FromUserName"], found["CreateTime"]) == (CORP, str(NOW))
