"""A04: what is sealed by others opens, what we seal opens elsewhere, and nothing else does."""

from __future__ import annotations

import base64
import os
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wechatpy.enterprise.crypto import WeChatCrypto
from wechatpy.enterprise.exceptions import InvalidCorpIdException

from bot.channels.wecom.crypto import Crypto, Forged
from tests.bot.wecom import vectors
from tests.emulators.wecom.callbacks import Identity

ours = Crypto(vectors.TOKEN, vectors.KEY, vectors.CORP)
platform = Identity(vectors.CORP, vectors.AGENT, vectors.TOKEN, vectors.KEY)
theirs = WeChatCrypto(vectors.TOKEN, vectors.KEY, vectors.CORP)
PUBLISHED = (
    f"<xml><ToUserName><![CDATA[{vectors.CORP}]]></ToUserName>\n"
    "<FromUserName><![CDATA[mycreate]]></FromUserName>\n<CreateTime>1409659813</CreateTime>\n"
    "<MsgType><![CDATA[text]]></MsgType>\n<Content><![CDATA[hello]]></Content>\n"
    "<MsgId>4561255354251345929</MsgId>\n<AgentID>218</AgentID>\n</xml>"
)


def test_the_published_example() -> None:
    proof = vectors.TIMESTAMP, vectors.NONCE, vectors.ENCRYPTED
    assert ours.signature(*proof) == vectors.SIGNATURE
    assert ours.proves(vectors.SIGNATURE, *proof)
    assert ours.opened(vectors.ENCRYPTED).encode() == PUBLISHED.encode()


@given(st.text())
def test_what_we_seal_opens_everywhere(text: str) -> None:
    safe = text.encode("utf-8", "replace").decode()
    sealed = ours.sealed(safe)
    assert ours.opened(sealed) == safe
    assert platform.opened(sealed) == safe


@given(st.text(st.characters(codec="utf-8"), min_size=1))
def test_what_others_seal_opens_here(text: str) -> None:
    assert ours.opened(platform.sealed(text)) == text


def test_with_wechatpy_as_the_other_side() -> None:
    """Its whole envelope, both ways."""
    sealed = theirs.encrypt_message("<xml>青团</xml>", "n", "1409659813")
    encrypted = sealed.split("<Encrypt><![CDATA[")[1].split("]]>")[0]
    signature = sealed.split("<MsgSignature><![CDATA[")[1].split("]]>")[0]
    assert ours.proves(signature, "1409659813", "n", encrypted)
    assert ours.opened(encrypted) == "<xml>青团</xml>"
    mine = ours.sealed("<xml>好</xml>")
    proof = ours.signature("1", "n", mine), "1", "n"
    assert theirs.decrypt_message({"Encrypt": mine}, *proof) == "<xml>好</xml>"
    stranger = WeChatCrypto(vectors.TOKEN, vectors.KEY, "wx_else")
    with pytest.raises(InvalidCorpIdException):
        stranger.decrypt_message({"Encrypt": mine}, *proof)


def test_no_two_seals_are_alike() -> None:
    assert len({ours.sealed("x") for _ in range(100)}) == 100


def _plain(
    *, body: bytes = b"<xml/>", length: int | None = None, corp: str = vectors.CORP
) -> bytes:
    counted = len(body) if length is None else length
    return os.urandom(16) + struct.pack(">I", counted) + body + corp.encode()


def _padded(plain: bytes, padding: bytes) -> str:
    return platform.raw(plain + padding)


def _fill(plain: bytes) -> int:
    return 32 - len(plain) % 32


BAD = {
    "nothing": "",
    "no base64": "%%%%",
    "not ascii": "青团青团",
    "white space": "A A=",
    "ten bytes": base64.b64encode(b"0123456789").decode(),
    "one block": platform.raw(b"\0" * 16),
    "two empty blocks": platform.raw(b"\0" * 32),
    "padding of 255": platform.raw(b"\xff" * 288),
    "padding of 33": platform.raw(b"\x21" * 64),
    "padding longer than all": platform.raw(b"\x20" * 16),
    "only padding": platform.raw(b"\x20" * 32),
    "nothing but a length": platform.raw(b"\0" * 16 + b"\0\0\0\0" + b"\x0c" * 12),
    "uneven padding": _padded(
        _plain(), bytes((_fill(_plain()) - 1, *([_fill(_plain())] * (_fill(_plain()) - 1))))
    ),
    "length of 4 GB": _padded(
        _plain(length=0xFFFFFFFF), bytes((_fill(_plain()),)) * _fill(_plain())
    ),
    "length one too long": _padded(_plain(length=7), bytes((_fill(_plain()),)) * _fill(_plain())),
    "length one too short": _padded(_plain(length=5), bytes((_fill(_plain()),)) * _fill(_plain())),
    "another corporation": Identity("wx_else", 1, vectors.TOKEN, vectors.KEY).sealed("x"),
    "no corporation": Identity("", 1, vectors.TOKEN, vectors.KEY).sealed("x"),
    "ours and more": Identity(vectors.CORP + "x", 1, vectors.TOKEN, vectors.KEY).sealed("x"),
    "not UTF-8": platform.sealed(b"\xff\xfe"),
    "another key": Identity(vectors.CORP, 1, vectors.TOKEN, "A" * 43).sealed("x"),
}


@pytest.mark.parametrize("encrypted", BAD.values(), ids=BAD.keys())
def test_nothing_else_opens(encrypted: str) -> None:
    with pytest.raises(Forged) as caught:
        ours.opened(encrypted)
    assert caught.value.args == ()  # nothing says why


@given(st.binary(max_size=200))
def test_no_noise_opens(noise: bytes) -> None:
    for encrypted in (base64.b64encode(noise).decode(), noise.decode("latin-1")):
        with pytest.raises(Forged):
            ours.opened(encrypted)


def test_signatures_are_told_apart_by_every_letter() -> None:
    proof = vectors.TIMESTAMP, vectors.NONCE, vectors.ENCRYPTED
    for place in range(40):
        wrong = "0" if vectors.SIGNATURE[place] != "0" else "1"
        guess = vectors.SIGNATURE[:place] + wrong + vectors.SIGNATURE[place + 1 :]
        assert not ours.proves(guess, *proof)
    for odd in ("", "é" * 40, "\ud800", vectors.SIGNATURE.upper(), vectors.SIGNATURE + "0"):
        assert not ours.proves(odd, *proof)
