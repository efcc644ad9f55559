"""QUALITY F20, F21 on Telegram: updates in any order end as if they came in the order of their
dates and numbers, and numbers that begin anew hide none."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

import pytest

from bot.channels.telegram.reading import read
from bot.chat import Event
from tests.bot.telegram.raw import parsed
from tests.engine import rows
from tests.world import START, World, living

WHAT = "一二三四五六七八九十"  # the wordings of one message differ in what was done
MOMENT = int((START - timedelta(minutes=1)).timestamp())


@pytest.fixture
async def world(database_url: str, tmp_path: Path) -> AsyncIterator[World]:
    async with living(database_url, tmp_path) as made:
        made.also("telegram")
        root = await made.unit("QZ", "青州区团委", "district")
        made.branch = await made.unit("BN", "青松社区团支部", "branch", root)  # type: ignore[attr-defined]  # a note of this file
        yield made


class Chat:
    """A member's private chat, and the updates that Telegram made of it."""

    def __init__(self, world: World, user: int, numbers: Iterator[int]) -> None:
        self.world, self.user, self._numbers = world, user, numbers
        self.view = {"id": user, "type": "private", "first_name": "安"}
        self.sender = {"id": user, "is_bot": False, "first_name": "安"}

    def _update(self, **content: Any) -> Event:
        raw = {"update_id": next(self._numbers), **content}
        made = read(parsed(raw), "OurBot", self.world.clock())
        assert isinstance(made, Event)
        return made

    def said(self, text: str, number: int, second: int) -> Event:
        """A message."""
        return self._update(message=self._message(text, number, second))

    def edited(self, text: str, number: int, second: int) -> Event:
        """A new wording of a message."""
        edit = {**self._message(text, number, 0), "edit_date": MOMENT + second}
        return self._update(edited_message=edit)

    def _message(self, text: str, number: int, second: int) -> dict[str, Any]:
        date = MOMENT + second
        return {
            "message_id": number,
            "from": self.sender,
            "chat": self.view,
            "date": date,
            "text": text,
        }

    def blocked(self, now: bool, second: int) -> Event:
        """The bot is blocked, or let in again."""
        bot = {"id": 7, "is_bot": True, "first_name": "青团"}
        out = {"status": "kicked", "user": bot, "until_date": 0}
        here = {"status": "member", "user": bot}
        old, new = (here, out) if now else (out, here)
        change = {"chat": self.view, "from": self.sender, "date": MOMENT + second}
        return self._update(
            my_chat_member={**change, "old_chat_member": old, "new_chat_member": new}
        )

    async def come(self, events: list[Event]) -> None:
        """They are told in this order."""
        for event in events:
            assert await self.world.app.intake.accept(event)
        await self.world.settle()
        assert self.world.raised == []

    async def press(self, label: str) -> None:
        """Press the newest button with this label."""
        await self.world.press(f"telegram:{self.user}", label)


def _sentence(number: int) -> str:
    return f"补录 昨天{number + 1}小时 第{WHAT[number]}种说法"


async def _member(world: World, user: int, numbers: Iterator[int]) -> Chat:
    branch = world.branch  # type: ignore[attr-defined]  # see the fixture
    await world.person(f"成员{user}", branch, f"telegram:{user}")
    await world._agree("telegram", str(user))
    return Chat(world, user, numbers)


async def _shuffled(world: World, url: str, user: int, chance: Random) -> None:
    """A message and nine edits in any order, confirmed; then edits of the claim in any order."""
    chat = await _member(world, user, count(user * 1000))
    later = sorted(chance.randint(1, 5) for _ in range(9))  # several in one second
    window = [chat.said(_sentence(0), 5, 0)]
    window += [chat.edited(_sentence(n), 5, second) for n, second in enumerate(later, start=1)]
    chance.shuffle(window)
    await chat.come(window[:5])
    await chat.come(window[5:])
    await chat.press("确认")
    assert _claim(url, user) == (600, f"第{WHAT[9]}种说法")
    edits = [chat.edited(_sentence(n), 5, 10 + n // 3) for n in range(8)]
    chance.shuffle(edits)
    await chat.come(edits)
    assert _claim(url, user) == (480, f"第{WHAT[7]}种说法")
    news = [chat.blocked(number % 2 == 0, 20 + number // 3) for number in range(10)]
    chance.shuffle(news)
    await chat.come(news)
    (account,) = rows(url, "accounts", external=str(user))
    assert account["reachable"]  # the last news is that they are back


def _claim(url: str, user: int) -> tuple[int, str]:
    (account,) = rows(url, "accounts", external=str(user))
    (claim,) = rows(url, "claims", person_id=account["person_id"])
    return claim["minutes"], claim["what"]


async def test_whatever_the_order_the_newest_counts(
    world: World, database_url: str, chance: Random
) -> None:
    for user in range(4001, 4013):
        await _shuffled(world, database_url, user, chance)


@pytest.mark.e2e_long
@pytest.mark.parametrize("part", range(5))
async def test_five_hundred_shuffles(world: World, database_url: str, part: int) -> None:
    for seed in range(part * 100, part * 100 + 100):
        await _shuffled(world, database_url, 10_000 + seed, Random(seed))  # not for secrets


async def test_negative_control(
    world: World, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where nobody asks what is newer, some order lets an old wording win."""

    async def nothing(*_: object) -> list[Event]:
        return []

    monkeypatch.setattr("services.revising.newer", nothing)
    monkeypatch.setattr("services.reaching.newer", nothing)
    won = 0
    for seed in range(20):
        try:
            await _shuffled(world, database_url, 5001 + seed, Random(seed))
        except AssertionError:
            won += 1
    assert won >= 10


async def test_numbers_that_begin_anew(world: World, database_url: str, chance: Random) -> None:
    """F21: after a quiet week the numbers of updates are lower; every one of them is done."""
    chats = [await _member(world, user, count(10**9)) for user in range(6001, 6004)]
    for chat in chats:
        await chat.come([chat.said(_sentence(0), 5, 0), chat.edited(_sentence(1), 5, 1)])
        await chat.press("确认")
        chat._numbers = count(chance.randint(1, 1000))
        await chat.come([chat.edited(_sentence(n), 5, 10 + n) for n in range(2, 6)])
        assert _claim(database_url, chat.user) == (360, f"第{WHAT[5]}种说法")
    assert {row["state"] for row in rows(database_url, "inbox")} == {"done"}
