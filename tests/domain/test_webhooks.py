"""The key in what a secretary pastes."""

from __future__ import annotations

import pytest

from domain.webhooks import key_of, masked

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
