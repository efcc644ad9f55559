"""The key in what a secretary pastes."""

from __future__ import annotations

import pytest

from domain.webhooks import host_of, is_address, key_of, masked

KEY = "693a91f6-7xxx-4bc4-97a0-0ec2sifa5aaa"
SEND = "https://qyapi.weixin.qq.com/cgi-bin/webhook/send"


@pytest.mark.parametrize(
    ("text", "key"),
    [
        (f"{SEND}?key={KEY}", KEY),
        (f"地址：{SEND}?key={KEY}，请查收", KEY),
        (f"{SEND}?a=b&key={KEY}&c=d", KEY),
        (f" {KEY}\n", KEY),
        ("取消", None),
        ("hello-everybody", None),
        (f"{SEND}?key=short", None),
        (f"{SEND}?key={'x' * 200}", None),
        ("", None),
    ],
)
def test_the_key_is_found_wherever_it_stands(text: str, key: str | None) -> None:
    assert key_of(text) == key


def test_only_the_end_of_a_key_is_shown() -> None:
    assert masked(KEY) == "…5aaa"


@pytest.mark.parametrize(
    ("text", "host"),
    [
        (f"{SEND}?key={KEY}", "qyapi.weixin.qq.com"),
        (f"地址是{SEND.upper()}?key={KEY}，请查收", "qyapi.weixin.qq.com"),
        (f"http://127.0.0.1:8080/cgi-bin/webhook/send?key={KEY}", "127.0.0.1"),
        (f"url:{SEND}?key={KEY}", "qyapi.weixin.qq.com"),
        (f"evil.example.com/cgi-bin/webhook/send?key={KEY}", "evil.example.com"),
        (f"https://qyapi.weixin.qq.com@evil.example.com/send?key={KEY}", "evil.example.com"),
        (f"https://evil.example.com/qyapi.weixin.qq.com/send?key={KEY}", "evil.example.com"),
        (f"https://[x/webhook/send?key={KEY}", ""),
        (f"webhook/send?key={KEY}", None),
        (KEY, None),
        ("你好", None),
    ],
)
def test_the_host_of_an_address(text: str, host: str | None) -> None:
    assert host_of(text) == host


def test_a_key_alone_is_no_address() -> None:
    assert is_address(f"地址：{SEND}?key={KEY}，请查收")
    assert not is_address(KEY)
    assert not is_address("https://example.org/?key=robot-key-1")
