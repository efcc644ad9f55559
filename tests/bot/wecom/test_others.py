"""The crypto and the door, proved by clients that we did not write: npm and wechatpy."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

import pytest
from wechatpy.enterprise.crypto import WeChatCrypto

from bot.channels.wecom.answers import text_reply
from bot.channels.wecom.crypto import Crypto
from tests.bot.wecom.inbound import AT, FOREIGN, open_house
from tests.bot.wecom.node import run
from tests.emulators.wecom.callbacks import KEY, TOKEN, Answer, Caller, Identity
from tests.emulators.wecom.letters import AGENT, CORP, event, message, xml

TEXTS = ["<xml/>", "青团 🌿 ]]>", "x" * 31, "x" * 32, "x" * 5000]
THEIRS = {
    "@wecom/crypto": """
        const c = require('@wecom/crypto');
        return given.texts.map(text => {
            const sealed = c.encrypt(given.key, text, given.corp);
            return [sealed, c.getSignature(given.token, given.at, 'n', sealed)];
        });""",
    "wechat-crypto": """
        const made = new (require('wechat-crypto'))(given.token, given.key, given.corp);
        return given.texts.map(text => {
            const sealed = made.encrypt(text);
            return [sealed, made.getSignature(given.at, 'n', sealed)];
        });""",
}
OPENING = {
    "@wecom/crypto": """
        const c = require('@wecom/crypto');
        return given.sealed.map(one => {
            const found = c.decrypt(given.key, one);
            return [found.message, found.id, c.getSignature(given.token, given.at, 'n', one)];
        });""",
    "wechat-crypto": """
        const made = new (require('wechat-crypto'))(given.token, given.key, given.corp);
        return given.sealed.map(one => {
            const found = made.decrypt(one);
            return [found.message, found.id, made.getSignature(given.at, 'n', one)];
        });""",
}
pytestmark = pytest.mark.timeout(180)  # the first one installs


def _given(**more: Any) -> dict[str, Any]:
    return {"token": TOKEN, "key": KEY, "corp": CORP, "at": str(int(time.time())), **more}


@pytest.mark.slow
@pytest.mark.parametrize("package", THEIRS)
def test_what_they_seal_we_open(package: str) -> None:
    given = _given(texts=TEXTS)
    ours = Crypto(TOKEN, KEY, CORP)
    for text, (sealed, signature) in zip(TEXTS, run(THEIRS[package], given), strict=True):
        assert ours.proves(signature, given["at"], "n", sealed)
        assert ours.opened(sealed) == text


@pytest.mark.slow
@pytest.mark.parametrize("package", OPENING)
def test_what_we_seal_they_open(package: str) -> None:
    ours = Crypto(TOKEN, KEY, CORP)
    sealed = [ours.sealed(text) for text in TEXTS]
    given = _given(sealed=sealed)
    wanted = [
        [text, CORP, ours.signature(given["at"], "n", one)]
        for text, one in zip(TEXTS, sealed, strict=True)
    ]
    assert run(OPENING[package], given) == wanted


@pytest.mark.slow
@pytest.mark.parametrize("package", THEIRS)
async def test_they_knock_and_are_heard(sqlite_url: str, tmp_path: Path, package: str) -> None:
    letters = [message(Content="帮助", FromUserName=f"U{number}") for number in range(3)]
    given = _given(texts=letters)
    made = await asyncio.to_thread(run, THEIRS[package], given)
    async with open_house(sqlite_url, tmp_path) as house, Caller(house.url) as caller:
        for sealed, signature in made:
            query = {"msg_signature": signature, "timestamp": given["at"], "nonce": "n"}
            body = xml("xml", {"ToUserName": CORP, "AgentID": str(AGENT), "Encrypt": sealed})
            for _ in range(3):
                answer = await caller.post(query, body)
                assert (answer.status, answer.body) == (200, b"")
        await house.settled()
        assert {name: len(told) for name, told in house.ear.heard.items()} == {
            f"u{number}": 1 for number in range(3)
        }


async def test_wechatpy_knocks_and_is_heard(sqlite_url: str, tmp_path: Path) -> None:
    """It verifies the address, calls, and opens a passive reply."""
    theirs = WeChatCrypto(TOKEN, KEY, CORP)
    info = {"ScanType": "qrcode", "ScanResult": "elsewhere 1"}
    letter = event("scancode_waitmsg", EventKey="scan", ScanCodeInfo=info)
    at = str(int(time.time()))
    sealed = theirs.encrypt_message(letter, "n", at)
    body = sealed.replace("<xml>", f"<xml><ToUserName>{CORP}</ToUserName>")
    signature = sealed.split("<MsgSignature><![CDATA[")[1].split("]]>")[0]
    async with open_house(sqlite_url, tmp_path) as house, Caller(house.url) as caller:
        answer = await caller.post(
            {"msg_signature": signature, "timestamp": at, "nonce": "n"}, body
        )
        assert FOREIGN in _opened(theirs, answer)


def test_wechatpy_opens_our_replies() -> None:
    from bot.channels.wecom.answers import enveloped

    reply = text_reply(CORP, "a", "]]><b>", AT)
    sent = enveloped(Crypto(TOKEN, KEY, CORP), reply, "n", AT)
    theirs = WeChatCrypto(TOKEN, KEY, CORP)
    assert _opened(theirs, Answer(200, sent.encode())) == reply
    assert Identity().opened(sent.split("<Encrypt><![CDATA[")[1].split("]]>")[0]) == reply


def _opened(theirs: WeChatCrypto, answer: Answer) -> str:
    body = answer.body.decode()
    signature = body.split("<MsgSignature><![CDATA[")[1].split("]]>")[0]
    timestamp = body.split("<TimeStamp>")[1].split("</TimeStamp>")[0]
    nonce = body.split("<Nonce><![CDATA[")[1].split("]]>")[0]
    return str(theirs.decrypt_message(body, signature, timestamp, nonce))
