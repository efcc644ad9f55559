"""QUALITY F02, F03 on Telegram: killed at every named step, nothing is lost and nothing is twice.

The steps are the places of bot/faults.py. What was answered 200, or confirmed by an offset, has
its effect exactly once; a message in flight at the kill may be sent again, none is lost.
"""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest

from tests.emulators.telegram.client import Telegram
from tests.faults import town
from tests.faults.rig import until
from tests.faults.telegram_rig import (
    MODES,
    ServeTelegram,
    TelegramServer,
    is_settled,
    report,
    settle,
)
from tests.faults.telegram_storm import Fates, Storm

pytest_plugins = ("tests.faults.telegram_fixtures",)
RECEIVING = ("intake-committed", "turn-committed")
SENDING = ("after-claim", "before-send", "after-send-before-mark", "after-mark")


async def _storm(
    url: str, serve: ServeTelegram, telegram: Telegram, people: int, plan: list[str], *options: str
) -> tuple[Fates, TelegramServer]:
    """Webhook retries wait a twentieth of what the real ones do; options: ..., the mode last."""
    *options_, mode = options
    await telegram.control("settings", retry_scale=0.05)
    members = settle(url, people)
    server = await serve(url, "--lease", "2", *options_, mode=mode, plan=plan)
    patience = 4.0 if "--without" in options else max(30.0, people / 5)
    fates = await Storm(url, telegram, patience=patience).rages(members)
    return fates, server


def _plan(chance: Random, place: str, kills: int, every: int) -> list[str]:
    return [f"{place}:{chance.randint(every // 3, every)}" for _ in range(kills)]


@pytest.mark.slow
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("place", RECEIVING)
async def test_what_was_taken_has_its_effect_once(
    place: str,
    mode: str,
    database_url: str,
    telegram: Telegram,
    serve_telegram: ServeTelegram,
    chance: Random,
) -> None:
    plan = _plan(chance, place, 2, 12)
    fates, server = await _storm(database_url, serve_telegram, telegram, 16, plan, mode)
    _figures(place, mode, database_url, server, 32, fates)
    assert server.kills == 2
    assert fates == Fates(0, 0, 0)


@pytest.mark.slow
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("without", ["write-first", "unique-keys"])
async def test_negative_control(
    without: str,
    mode: str,
    sqlite_url: str,
    telegram: Telegram,
    serve_telegram: ServeTelegram,
    chance: Random,
) -> None:
    """The same judge finds what is lost, or doubled, where the protection is off."""
    plan = _plan(chance, "intake-committed", 2, 12)
    fates, server = await _storm(
        sqlite_url, serve_telegram, telegram, 24, plan, "--without", without, mode
    )
    _figures(f"control: {without}", mode, sqlite_url, server, 48, fates)
    assert server.kills >= 1
    assert fates.lost > 0 if without == "write-first" else fates.doubled > 0


@pytest.mark.e2e_long
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("place", RECEIVING)
async def test_two_thousand_updates_and_twenty_kills(
    place: str,
    mode: str,
    database_url: str,
    telegram: Telegram,
    serve_telegram: ServeTelegram,
    chance: Random,
) -> None:
    plan = _plan(chance, place, 20, 80)
    fates, server = await _storm(database_url, serve_telegram, telegram, 1000, plan, mode)
    _figures(place, mode, database_url, server, 2000, fates)
    assert server.kills == 20
    assert fates == Fates(0, 0, 0)


# ------------------------------------------------------------------ sending


async def _killed_at(
    place: str, server: TelegramServer, telegram: Telegram, users: range, nth: int
) -> Counter[int]:
    """Kill the next process there with questions on their way; answers what each user got."""
    kills = server.kills
    server.plan = [f"{place}:{nth}", ""]
    server.kill()  # the one that is told where to die starts now
    for user in users:
        await telegram.say(user, "/help")
    await until(lambda: server.kills >= kills + 2)
    await server.ready()
    await telegram.quiet(20)
    await until(lambda: is_settled(server.database), every=0.1)
    return Counter(line["chat"] for line in telegram.calls("sendMessage") if line["chat"] in users)


async def _at_every_step(
    url: str, server: TelegramServer, telegram: Telegram, runs: int, mode: str
) -> None:
    seen = dict.fromkeys(SENDING, 0)
    for run in range(runs):
        for number, place in enumerate(SENDING):
            first = 3_000_000 + 1000 * run + 10 * number
            users = range(first, first + 5)
            arrived = await _killed_at(place, server, telegram, users, run % 4 + 1)
            assert set(arrived) == set(users), f"lost at {place}"
            seen[place] += sum(arrived.values()) - len(users)
    for place, again in seen.items():
        _report(place, mode, url, runs, 5 * runs, 0, again)
        assert again <= 5 * runs
    assert seen["after-send-before-mark"] >= runs
    assert {row["state"] for row in town.rows(url, "outbox")} == {"sent"}


@pytest.mark.e2e_long
@pytest.mark.parametrize("mode", MODES)
async def test_killed_at_every_step_again_and_again(
    mode: str, database_url: str, telegram: Telegram, serve_telegram: ServeTelegram
) -> None:
    await telegram.control("settings", retry_scale=0.1)
    server = await serve_telegram(database_url, "--lease", "1", mode=mode)
    await _at_every_step(database_url, server, telegram, 12, mode)


@pytest.mark.slow
@pytest.mark.parametrize("place", SENDING)
async def test_one_message_at_a_time(
    place: str, database_url: str, telegram: Telegram, serve_telegram: ServeTelegram
) -> None:
    """With nothing else in hand the figure is exact: once, and twice at that one place only."""
    server = await serve_telegram(database_url, "--lease", "1", plan=[f"{place}:1"])
    await telegram.say(1001, "/help")
    await until(lambda: server.kills == 1)
    await server.ready()
    await until(lambda: is_settled(database_url) and telegram.calls("sendMessage"), every=0.1)
    expected = 2 if place == "after-send-before-mark" else 1
    assert len(telegram.calls("sendMessage")) == expected
    _report(f"{place}, alone", "polling", database_url, 1, 1, 0, expected - 1)


@pytest.mark.slow
async def test_negative_control_of_sending(
    sqlite_url: str, telegram: Telegram, serve_telegram: ServeTelegram
) -> None:
    """What a dead process held stays with it: the message is lost to its reader."""
    server = await serve_telegram(sqlite_url, "--without", "inherit", plan=["before-send:1"])
    await telegram.say(1001, "/help")
    await until(lambda: server.kills == 1)
    await server.ready()
    with pytest.raises(TimeoutError):
        await until(lambda: is_settled(sqlite_url), 3, every=0.1)
    assert telegram.calls("sendMessage") == []
    _report("control: inherit", "polling", sqlite_url, 1, 1, 1, 0)


def _figures(
    where: str, mode: str, url: str, server: TelegramServer, events: int, fates: Fates
) -> None:
    lost = fates.lost + fates.unanswered
    _report(where, mode, url, server.kills, events, lost, fates.doubled)


def _report(
    where: str, mode: str, url: str, kills: int, events: int, lost: int, repeated: int
) -> None:
    report(
        where=f"{where} ({mode})",
        store=url.partition(":")[0],
        kills=kills,
        events=events,
        lost=lost,
        repeated=repeated,
    )
