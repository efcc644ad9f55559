"""QUALITY A12, A24, A45, A46 on Telegram: guesses, hostile names, groups, and who is nobody."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from random import Random
from string import ascii_letters, digits

import pytest

from bot.chat import Kind
from tests.bot.telegram.rig import Alone, served
from tests.bot.telegram.test_sending import HOSTILE
from tests.emulators.telegram.client import Telegram
from tests.engine import rows, sentence
from tests.faults import town
from tests.faults.rig import until
from tests.faults.telegram_rig import broadcast, is_settled, settle
from tests.world import Ear, MovableClock, World, living

pytest_plugins = ("tests.faults.telegram_fixtures",)
ANONYMOUS = 1_087_968_824  # GroupAnonymousBot
_LETTERS = ascii_letters + digits + "_-"
_ODD = (*HOSTILE, "<b>", "&", "*_~`", "[", "\\", "|", "@all", "/start", "https://a.b", "𠮷")


def _payload(chance: Random) -> str:
    return "".join(chance.choices(_LETTERS, k=chance.randint(1, 64)))


async def _guesses(world: World, chance: Random, tries: int) -> None:
    """A12: five guesses, then a quarter of an hour of silence, also for the right payload."""
    world.also("telegram")
    branch = await world.unit("BN", "青松社区团支部", "branch")
    await world.person("李秀英", branch, "sec", "secretary")
    await world.said("sec", "邀请")
    answers = []
    for _ in range(tries):
        (told,) = await world.send(
            "telegram:9", Kind.COMMAND, {"name": "start", "text": _payload(chance)}
        )
        answers.append(told.text)
    locked = answers[-1]
    assert locked not in answers[:4]
    assert sum(text != locked for text in answers) <= 2 * 5  # invites and links count by themselves
    assert len(set(answers)) <= 3  # and nobody learns which guess was better
    (account,) = rows(str(world.url), "accounts", external="9")  # type: ignore[attr-defined]  # set below
    assert account["person_id"] is None
    assert [role["role"] for role in rows(str(world.url), "roles")] == ["secretary"]  # type: ignore[attr-defined]


async def test_guessing_payloads(database_url: str, tmp_path: Path, chance: Random) -> None:
    async with living(database_url, tmp_path) as world:
        world.url = database_url  # type: ignore[attr-defined]  # for the looks at the end
        await _guesses(world, chance, 40)


@pytest.mark.e2e_long
async def test_ten_thousand_guesses(database_url: str, tmp_path: Path, chance: Random) -> None:
    async with living(database_url, tmp_path) as world:
        world.url = database_url  # type: ignore[attr-defined]  # for the looks at the end
        await _guesses(world, chance, 10_000)


# ------------------------------------------------------------------ A24


async def _fuzzed(telegram: Telegram, chance: Random, names: int) -> None:
    await telegram.control("limits", on=False)
    await telegram.say(1001, "x")
    alone = Alone(telegram.api_base)
    said = []
    for _ in range(names):
        said.append("".join(chance.choices(_ODD, k=chance.randint(1, 4))) + "，你好")
        sent = await alone.send(1001, said[-1])
        assert sent.reason is None, sent
    await alone.close()
    told = [line["args"] for line in telegram.calls("sendMessage")]
    assert [args["text"] for args in told] == said
    assert not any({"parse_mode", "entities"} & set(args) for args in told)


async def test_odd_names_arrive_as_they_are(telegram: Telegram, chance: Random) -> None:
    await _fuzzed(telegram, chance, 300)


@pytest.mark.e2e_long
async def test_ten_thousand_odd_names(telegram: Telegram, chance: Random) -> None:
    await _fuzzed(telegram, chance, 10_000)


@pytest.mark.slow
async def test_hostile_names_through_the_whole_product(
    database_url: str, telegram: Telegram, tmp_path: Path
) -> None:
    chats = settle(database_url, len(HOSTILE))
    await telegram.control("users", count=len(chats), first=chats[0])
    for chat, name in zip(chats, HOSTILE, strict=True):
        await broadcast(database_url, [chat], tmp_path, name)
    async with served(database_url, telegram.api_base, tmp_path):
        await until(lambda: is_settled(database_url), 20, 0.1)
    for chat, name in zip(chats, HOSTILE, strict=True):
        (told,) = [m["text"] for m in await telegram.messages(chat)]
        assert told == sentence("room.renamed", old=name, unit=f"{name}-{chat}")


# ------------------------------------------------------------------ A45, A46


@pytest.mark.slow
async def test_an_unknown_group_hears_nothing_personal_and_is_left(
    database_url: str, telegram: Telegram, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A45. The 45 s that a group has to bind us are 2 s here."""
    monkeypatch.setattr("services.groups.STAY", timedelta(seconds=2))
    chats = settle(database_url, 1)
    async with served(database_url, telegram.api_base, tmp_path):
        await telegram.control("group", user=chats[0], chat=-7, title="g")
        for command in ("/hours", "/me", "/members", "/log 昨天3小时 打扫", "/mydata"):
            await telegram.say(chats[0], command, chat=-7)
        await until(lambda: telegram.calls("leaveChat"), 15)
        await until(lambda: is_settled(database_url), 15)
    told = {line["args"]["text"] for line in telegram.calls("sendMessage") if line["chat"] == -7}
    allowed = {"room.hello", "room.goodbye", "room.here", "router.private"}
    assert told <= {sentence(name) for name in allowed}
    assert sentence("room.goodbye") in told
    assert (await telegram.control("chat", chat=-7))["status"] == "left"
    assert town.rows(database_url, "claims") == []


@pytest.mark.slow
async def test_a_bound_group_stays_and_hears_notices(
    database_url: str, telegram: Telegram, tmp_path: Path
) -> None:
    async with served(database_url, telegram.api_base, tmp_path) as (app, _):
        world = World(app, MovableClock(), Ear("telegram"))
        unit = await world.unit("X1", "支部")
        await world.person("王明", unit, "1002", "secretary")
        await telegram.control("users", count=1, first=1002)
        card = await telegram.talk(1002, "/group")
        payload = card["text"].rpartition("/start ")[2].split()[0]
        await telegram.control("group", user=1002, chat=-7, title="g")
        await telegram.say(1002, f"/start@qingtuan_emulated_bot {payload}", chat=-7)
        bound = sentence("room.bound", unit="支部")
        await until(lambda: bound in _said(telegram, -7), 10)
        await broadcast(database_url, [-7], tmp_path)
        await until(lambda: any("b--7" in text for text in _said(telegram, -7)), 10)
    assert not telegram.calls("leaveChat")


def _said(telegram: Telegram, chat: int) -> list[str]:
    return [line["args"]["text"] for line in telegram.calls("sendMessage") if line["chat"] == chat]


@pytest.mark.slow
@pytest.mark.parametrize(
    "odd",
    [{"sender_chat": -7}, {"sender_chat": -1009}, {"via_bot": 77}, {"forward": 1003}],
    ids=["anonymous", "channel", "inline bot", "forwarded"],
)
async def test_who_is_nobody_is_no_member(
    odd: dict[str, int], database_url: str, telegram: Telegram, tmp_path: Path
) -> None:
    """A46: the member's own words in somebody's mouth claim nothing and show nothing."""
    (member,) = settle(database_url, 1)
    async with served(database_url, telegram.api_base, tmp_path):
        await telegram.control("group", user=member, chat=-7, title="g")
        who = ANONYMOUS if odd.get("sender_chat") == -7 else member
        await telegram.say(who, "/log 昨天3小时 打扫", chat=-7, **odd)
        await telegram.say(member, "/log 昨天3小时 打扫", **odd)
        await telegram.say(member, "/hours", **odd)
        await telegram.quiet()
        await until(lambda: is_settled(database_url) or _leaves_later(database_url), 10)
        answers = _said(telegram, member)
        assert set(answers) <= {sentence("router.forwarded")}
        assert bool(answers) == ("forward" in odd)
        assert (await telegram.talk(member, "/hours"))["text"]  # the member in person is answered
    assert town.rows(database_url, "claims") == []
    assert not any(row["step"] for row in town.rows(database_url, "dialogs"))


def _leaves_later(url: str) -> bool:
    """Only the goodbye to the group waits for its time."""
    waiting = [row for row in town.rows(url, "outbox") if row["state"] in ("pending", "sending")]
    heard = not any(row["state"] == "pending" for row in town.rows(url, "inbox"))
    return heard and all(row["message"] == "room.goodbye" for row in waiting)
