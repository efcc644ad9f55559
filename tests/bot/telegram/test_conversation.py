"""From what a person does in Telegram to what they read there, by polling and by webhook."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.bot.telegram.rig import HOOKED, served
from tests.emulators.telegram.client import Telegram

MODES: dict[str, dict[str, Any]] = {"polling": {}, "webhook": HOOKED}


@pytest.mark.parametrize("mode", MODES)
async def test_a_word_and_a_press_are_answered(
    mode: str, database_url: str, telegram: Telegram, tmp_path: Path
) -> None:
    async with served(database_url, telegram.api_base, tmp_path, **MODES[mode]):
        welcome = await telegram.talk(1001, "/start")
        assert welcome["text"].strip()
        label = welcome["buttons"][0][0]["text"]
        pressed = await telegram.press(1001, label, message_id=welcome["message_id"])
        assert await telegram.answers(pressed["query"])
        assert await telegram.wait(1001, since=pressed["change"])
        await telegram.quiet()
    state = await telegram.state()
    assert not state["violations"]
    if mode == "webhook":  # the press was answered inside the answer of the webhook
        assert set(state["webhook"]) == {"200"}


@pytest.mark.parametrize("mode", MODES)
async def test_a_start_that_no_link_of_ours_can_have_is_explained(
    mode: str, sqlite_url: str, telegram: Telegram, tmp_path: Path
) -> None:
    """A13: longer than 64 letters, not ASCII, binary."""
    async with served(sqlite_url, telegram.api_base, tmp_path, **MODES[mode]):
        for user, payload in enumerate(("x" * 65, "青团", "\x00\x01", "a" * 3000), start=1001):
            answer = await telegram.talk(user, f"/start {payload}")
            assert answer["text"].strip()


@pytest.mark.parametrize("mode", MODES)
async def test_numbers_of_updates_that_begin_anew_lose_nothing(
    mode: str, sqlite_url: str, telegram: Telegram, tmp_path: Path
) -> None:
    """F21."""
    await telegram.control("next_update_id", id=900_000)
    async with served(sqlite_url, telegram.api_base, tmp_path, **MODES[mode]):
        await telegram.talk(1001, "/help")
        await telegram.control("next_update_id", id=1000)
        for _ in range(3):
            await telegram.talk(1001, "/help")
        await telegram.control("next_update_id", id=1000)
        await telegram.talk(1002, "/help")


async def test_a_roster_that_was_sent_as_a_file_reaches_whoever_reads_it(
    sqlite_url: str, telegram: Telegram, tmp_path: Path
) -> None:
    from bot.chat import Event
    from bot.router import Router

    seen: list[Event] = []
    answer = Router.answer

    async def watched(self: Router, turn: Any, event: Event) -> None:
        seen.append(event)
        await answer(self, turn, event)

    async with served(sqlite_url, telegram.api_base, tmp_path) as (app, _):
        app.router.answer = watched.__get__(app.router)  # type: ignore[method-assign]  # a listener
        sent = await telegram.document(1001, "姓名\n王明".encode(), "roster.csv")
        await telegram.wait(1001, since=sent["change"])
        assert seen[0].payload["content"] == "5aeT5ZCNCueOi+aYjg=="
        await telegram.behave("file", status=500)
        sent = await telegram.document(1001, b"x", "roster.csv")
        await telegram.wait(1001, since=sent["change"])
        assert seen[1].payload["failed"]
        assert "content" not in seen[1].payload


@pytest.mark.parametrize("mode", MODES)
async def test_who_blocked_us_is_not_written_to_and_who_returns_is(
    mode: str, sqlite_url: str, telegram: Telegram, tmp_path: Path
) -> None:
    """F26."""
    async with served(sqlite_url, telegram.api_base, tmp_path, **MODES[mode]):
        await telegram.talk(1001, "/start")
        await telegram.member(1001, "block")
        await telegram.quiet()
        before = (await telegram.state())["change"]
        await telegram.member(1001, "unblock")
        assert await telegram.wait(1001, since=before)
    assert not telegram.calls("sendMessage", 403)


async def test_the_menu_is_shown_in_both_languages_and_set_only_when_it_changes(
    sqlite_url: str, telegram: Telegram, tmp_path: Path
) -> None:
    for _ in range(2):
        async with served(sqlite_url, telegram.api_base, tmp_path):
            await telegram.talk(1001, "/start")
            while len(telegram.calls("getMyCommands")) % 2 or not telegram.calls("getMyCommands"):
                await telegram.quiet()
    assert len(telegram.calls("setMyCommands")) == 2
    commands = (await telegram.state())["commands"]
    shown = {
        scope: {one["command"]: one["description"] for one in some}
        for scope, some in commands.items()
    }
    assert {one["hours"] for one in shown.values()} == {"看看我的服务时长", "my hours of service"}
    assert all("members" not in one for one in shown.values())
