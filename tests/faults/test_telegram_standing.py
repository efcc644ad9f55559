"""QUALITY F25, F26, F27 on Telegram: a revoked token, people who leave, groups that move."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bot.channels.telegram import channel, standing
from tests.bot.telegram.rig import served
from tests.emulators.telegram.client import Telegram
from tests.emulators.telegram.network import TOKEN
from tests.faults import town
from tests.faults.rig import until
from tests.faults.telegram_rig import broadcast, is_settled, notices, settle, states

pytest_plugins = ("tests.faults.telegram_fixtures",)
NEW = "1001:ANOTHER-token_of_the_emulator012345678"


@pytest.mark.slow
async def test_a_token_that_is_revoked_amid_a_broadcast(
    database_url: str, telegram: Telegram, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """F25: silence at once, one alert, nothing is lost; a new token goes on without a restart."""
    file = tmp_path / "token"
    file.write_text(TOKEN, encoding="utf-8")
    monkeypatch.setenv("QINGTUAN_TELEGRAM__TOKEN_FILE", str(file))
    monkeypatch.setattr(channel, "AGAIN_SECONDS", 1.0)
    monkeypatch.setattr(standing, "AGAIN_SECONDS", 3600.0)
    chats = settle(database_url, 60)
    await telegram.control("users", count=60, first=chats[0])
    await broadcast(database_url, chats, tmp_path)
    async with served(database_url, telegram.api_base, tmp_path) as (app, _):
        await until(lambda: len(notices(telegram)) >= 15)
        await telegram.control("revoke")
        await until(lambda: "telegram_token" in app.alerts.standing, 5)
        sent, refused = len(notices(telegram)), len(telegram.lines("unauthorized"))
        await asyncio.sleep(1.5)
        assert len(notices(telegram)) == sent
        assert len(telegram.lines("unauthorized")) - refused <= 3  # only looks for a new token
        left = states(database_url)
        assert left["pending"] + left["sending"] == 60 - sent
        assert sum(states(database_url, "alert").values()) <= 1
        file.write_text(NEW, encoding="utf-8")
        await telegram.control("token", token=NEW)
        await until(lambda: len(notices(telegram)) == 60, 25)  # also those that met the refusal
        assert max(notices(telegram).values()) == 1
        assert "telegram_token" not in app.alerts.standing
        await until(lambda: not {"failed", "uncertain"} & set(states(database_url)))


@pytest.mark.slow
async def test_who_is_gone_costs_one_call_and_is_heard_again(
    database_url: str, telegram: Telegram, tmp_path: Path
) -> None:
    """F26: at most one call after the first 403; the list of who is unreachable is exact."""
    chats = settle(database_url, 8)
    await telegram.control("users", count=8, first=chats[0])
    for gone in chats[:3]:
        await telegram.member(gone, "deactivate")  # nobody tells us
    for name in ("b", "c", "d"):
        await broadcast(database_url, chats, tmp_path, name)
    async with served(database_url, telegram.api_base, tmp_path):
        await until(lambda: is_settled(database_url), 30, 0.1)
        for gone in chats[:3]:
            tries = [one for one in telegram.calls("sendMessage", 403) if _to(one, gone)]
            assert len(tries) == 1
        assert _unreachable(database_url) == set(chats[:3])
        assert notices(telegram) == dict.fromkeys(chats[3:], 1)
        for back in chats[:3]:
            await telegram.member(back, "unblock")
        await telegram.quiet()
        await until(lambda: _unreachable(database_url) == set())
        await broadcast(database_url, chats[:3], tmp_path, "e")
        await until(lambda: set(notices(telegram, "e")) == set(chats[:3]), 20, 0.1)
        await until(lambda: is_settled(database_url))
    assert notices(telegram, "e") == dict.fromkeys(chats[:3], 1)


def _to(line: dict[str, dict[str, str]], chat: int) -> bool:
    return int(line["args"]["chat_id"]) == chat


def _unreachable(url: str) -> set[int]:
    return {int(row["external"]) for row in town.rows(url, "accounts") if not row["reachable"]}


@pytest.mark.slow
@pytest.mark.parametrize("told", ["by a send", "by a message"])
async def test_a_group_that_becomes_a_supergroup(
    told: str, database_url: str, telegram: Telegram, tmp_path: Path
) -> None:
    """F27: delivered exactly once, and the old id means the new one for ever."""
    async with served(database_url, telegram.api_base, tmp_path):
        await telegram.control("group", user=1001, chat=-7, title="g")
        await telegram.wait(-7)
        await telegram.control("migrate", chat=-7, to=-1007, silent=told == "by a send")
        if told == "by a message":
            await telegram.quiet()
            await until(lambda: _externals(database_url) >= {"-1007"})
        name = "-7" if told == "by a send" else "-1007"
        await broadcast(database_url, [int(name)], tmp_path)
        await until(lambda: states(database_url)["sent"] == 1, 20)
        await until(lambda: _externals(database_url) >= {"-1007"})
    async with served(database_url, telegram.api_base, tmp_path):  # what was in memory is gone
        await broadcast(database_url, [-1007], tmp_path, "c")
        await until(lambda: states(database_url, "c/")["sent"] == 1, 20)
    seen = [one.get("text", "") for one in await telegram.messages(-1007)]
    assert [len([one for one in seen if f"{name}-" in one]) for name in ("b", "c")] == [1, 1]
    assert "-7" not in _externals(database_url)
    assert [row["external"] for row in town.rows(database_url, "former_ids")] == ["-7"]
    assert len(telegram.calls("sendMessage", 400)) == (1 if told == "by a send" else 0)


def _externals(url: str) -> set[str]:
    return {row["external"] for row in town.rows(url, "accounts")}
