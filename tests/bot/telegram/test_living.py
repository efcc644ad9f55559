"""Tokens that are revoked and renewed, menus that follow roles, and no secret in any line."""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import update

from bot.channels.telegram import channel, menu, standing
from bot.channels.telegram.wiring import renewed
from bot.config import load
from storage.prepared import Prepared
from storage.schema import roles
from tests.bot.telegram.outages import broken_network
from tests.bot.telegram.rig import HOOKED, channel_of, message, served, until
from tests.emulators.telegram.client import Telegram
from tests.emulators.telegram.network import TOKEN
from tests.world import Ear, MovableClock, World

_END = Prepared(update(roles).values(until=datetime(2026, 1, 1, tzinfo=UTC)))
NEW = "1001:ANOTHER-token_of_the_emulator012345678"


@pytest.mark.parametrize("telegram_settings", [{}, HOOKED], ids=["polling", "webhook"])
async def test_a_new_token_is_taken_without_a_restart(
    telegram_settings: dict[str, str],
    sqlite_url: str,
    telegram: Telegram,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """F25."""
    file = tmp_path / "token"
    file.write_text(TOKEN, encoding="utf-8")
    monkeypatch.setenv("QINGTUAN_TELEGRAM__TOKEN_FILE", str(file))
    monkeypatch.setattr(channel, "AGAIN_SECONDS", 0.2)
    monkeypatch.setattr(standing, "AGAIN_SECONDS", 3600.0)  # what waits goes on before
    async with served(sqlite_url, telegram.api_base, tmp_path, **telegram_settings) as (app, _):
        welcome = await telegram.talk(1001, "/help")
        await telegram.control("revoke")
        sent = await channel_of(app).send(message(1001, "text"))
        assert sent.reason == "token refused"
        await until(lambda: "telegram_token" in app.alerts.standing)
        assert (await app.ready())["status"] == "degraded"
        said = await telegram.say(1001, "/help")
        file.write_text(NEW, encoding="utf-8")
        await telegram.control("token", token=NEW)
        telegram.token = NEW
        later = await telegram.wait(1001, since=max(said["change"], welcome["change"]), seconds=45)
        assert later
        assert "telegram_token" not in app.alerts.standing


async def test_the_first_token_may_be_wrong(
    sqlite_url: str, telegram: Telegram, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(channel, "AGAIN_SECONDS", 0.2)
    await telegram.control("revoke")
    async with served(sqlite_url, telegram.api_base, tmp_path) as (app, _):
        await until(lambda: "telegram_token" in app.alerts.standing)
        await telegram.control("token", token=TOKEN)
        await telegram.talk(1001, "/help", seconds=20)


def test_the_token_is_read_where_it_was_configured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "config.toml"
    file.write_text(f'[telegram]\ntoken = "{TOKEN}"\n', encoding="utf-8")
    config = load(file, {})
    file.write_text(f'[telegram]\ntoken = "{NEW}"\n', encoding="utf-8")
    assert renewed(config) == NEW
    file.write_text("[telegram\n", encoding="utf-8")
    assert renewed(config) == TOKEN  # somebody is writing it


async def test_menus_follow_the_roles(
    database_url: str, telegram: Telegram, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(menu, "LOOK_SECONDS", 0.1)
    monkeypatch.setattr(menu, "_PAUSE", 0.0)

    async def shown(scope: str) -> set[str]:
        found = (await telegram.state())["commands"].get(scope, [])
        return {one["command"] for one in found}

    async with served(database_url, telegram.api_base, tmp_path) as (app, _):
        await telegram.talk(1001, "/help")
        await telegram.control("users", count=1, first=1002)
        world = World(app, MovableClock(), Ear("telegram"))
        unit = await world.unit("X1", "支部")
        await world.person("王明", unit, "1002", "secretary", language="en")
        scopes = [f"chat:1002|{code}" for code in ("", "en")]
        while not await shown(scopes[1]):  # noqa: ASYNC110  # it is in another process
            await asyncio.sleep(0.05)
        for scope in scopes:
            assert {"members", "review", "hours"} <= await shown(scope)
            assert "cancel" not in await shown(scope)
        assert not {"members", "review"} & await shown("all_private_chats|")
        sets = len(telegram.calls("setMyCommands"))
        await app.store.turn(lambda tx: tx.run(_END))
        while await shown(scopes[0]) or await shown(scopes[1]):  # noqa: ASYNC110  # likewise
            await asyncio.sleep(0.05)
        assert len(telegram.calls("setMyCommands")) == sets


@pytest.mark.parametrize("how", ["refused", "reset", "proxy"])
async def test_no_line_tells_a_secret_while_nothing_works(
    how: str,
    sqlite_url: str,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """A33."""
    caplog.set_level(logging.DEBUG)
    async with broken_network(how) as url, served(sqlite_url, url, tmp_path) as (app, _):
        for number in range(3):
            await channel_of(app).send(message(1001, "text", number))
        await until(lambda: "telegram_not_reached" in caplog.text + capfd.readouterr().out)
    told = caplog.text + "".join(capfd.readouterr())
    assert TOKEN.partition(":")[2] not in told
