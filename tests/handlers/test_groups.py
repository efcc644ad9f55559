"""Groups: greeted, bound, left; nothing personal is said in them (QUALITY A45, A46, F27)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.chat import Kind
from storage import moving
from tests.engine import rows, sentence
from tests.world import Spoken, World, living

ROOM = "-1001"
UNIT = "青松社区团支部"


@pytest.fixture
async def world(database_url: str, tmp_path: Path) -> AsyncIterator[World]:
    async with living(database_url, tmp_path) as made:
        root = await made.unit("QZ", "青州区团委", "district")
        branch = await made.unit("BN", UNIT, "branch", root)
        other = await made.unit("XC", "星辰社区团支部", "branch", root)
        await made.person("李秀英", branch, "sec", "secretary")
        await made.person("赵小亮", other, "sec2", "secretary")
        await made.person("王小明", branch, "ann")
        yield made


async def _in_room(
    world: World, who: str, kind: Kind = Kind.COMMAND, room: str = ROOM, **payload: Any
) -> list[str]:
    before = len(world.ear.heard.get(room, []))
    told = await world.send(who, kind, {**payload, "chat": room, "title": "志愿群"}, private=False)
    assert told == []  # the sender's own chat hears nothing
    return [spoken.text for spoken in world.ear.heard.get(room, [])[before:]]


async def _payload(world: World, who: str = "sec") -> str:
    (card,) = await world.said(who, "绑定群")
    return card.text.rpartition("/start ")[2].strip()


async def _bound(world: World) -> None:
    payload = await _payload(world)
    await _in_room(world, "sec", Kind.JOINED)
    (said,) = await _in_room(world, "sec", name="start", text=payload)
    assert said == sentence("room.bound", unit=UNIT)


def _leaves(world: World, room: str = ROOM) -> list[Spoken]:
    return [spoken for spoken in world.ear.heard.get(room, []) if spoken.message.leaves]


async def test_an_unknown_group_is_greeted_and_left_within_a_minute(world: World) -> None:
    assert await _in_room(world, "ann", Kind.JOINED) == [sentence("room.hello")]
    assert _leaves(world) == []
    world.clock.forward(seconds=50)
    await world.app.dispatcher.look()
    await world.settle()
    (goodbye,) = _leaves(world)
    assert goodbye.text == sentence("room.goodbye")


async def test_a_bound_group_is_not_left(world: World) -> None:
    await _bound(world)
    world.clock.forward(seconds=120)
    await world.app.dispatcher.look()
    await world.settle()
    assert _leaves(world) == []
    (card,) = await world.said("sec", "绑定群")
    assert "1. 志愿群" in card.text


@pytest.mark.parametrize("who", ["ann", "sec2", "nobody"])
async def test_only_who_answers_for_the_unit_binds_a_group(world: World, who: str) -> None:
    payload = await _payload(world)
    await _in_room(world, who, Kind.JOINED)
    assert await _in_room(world, who, name="start", text=payload) == [sentence("room.unbound")]


@pytest.mark.parametrize("payload", ["", "g", "gAAAA", "x" * 64, "iAAAAAAAAAAAAAA"])
async def test_a_forged_payload_binds_nothing(world: World, payload: str) -> None:
    await _in_room(world, "sec", Kind.JOINED)
    said = await _in_room(world, "sec", name="start", text=payload or "-")
    assert said == [sentence("room.unbound")]


async def test_a_payload_ends_after_half_an_hour(world: World) -> None:
    payload = await _payload(world)
    world.clock.forward(minutes=31)
    assert await _in_room(world, "sec", name="start", text=payload) == [sentence("room.unbound")]


async def test_another_unit_cannot_take_a_bound_group(world: World) -> None:
    await _bound(world)
    payload = await _payload(world, "sec2")
    assert await _in_room(world, "sec2", name="start", text=payload) == [sentence("room.taken")]


async def test_personal_commands_are_sent_to_the_private_chat_once_a_minute(world: World) -> None:
    await _bound(world)
    told = [await _in_room(world, "ann", name="hours", text="") for _ in range(3)]
    assert [len(one) for one in told].count(1) == 1
    (said,) = [one[0] for one in told if one]
    assert said == sentence("router.private")
    world.clock.forward(minutes=1)
    assert await _in_room(world, "ann", name="me", text="") == [said]


@pytest.mark.parametrize(("name", "text"), [("", "你好"), ("help", ""), ("start", "")])
async def test_a_greeting_is_answered_once_a_minute(world: World, name: str, text: str) -> None:
    await _bound(world)
    told = [await _in_room(world, "ann", name=name, text=text) for _ in range(3)]
    assert told == [[sentence("room.here")], [], []]
    private = await _in_room(world, "ann", name="hours", text="")
    assert private == [sentence("router.private")]  # what is personal is told apart
    world.clock.forward(minutes=1)
    assert await _in_room(world, "sec", name=name, text=text) == [sentence("room.here")]


async def test_talk_in_a_group_is_not_for_us(world: World) -> None:
    await _bound(world)
    for text in ("时长", "补录昨天三小时打扫", "帮助", "1"):
        assert await _in_room(world, "ann", Kind.TEXT, text=text) == []
    assert await _in_room(world, "ann", Kind.PHOTO, media="x") == []
    assert await _in_room(world, "ann", Kind.CONTACT, phone="139", own=True) == []
    assert await _in_room(world, "ann", Kind.COMMAND, name="lang", text="", forwarded=True) == []


async def test_a_group_is_released_with_a_goodbye(world: World, database_url: str) -> None:
    await _bound(world)
    await world.said("sec", "绑定群")
    (sure,) = await world.press("sec", "解绑 1")
    assert "志愿群" in sure.text
    (done,) = await world.press("sec", "确认")
    assert done.text == sentence("group.released", title="志愿群")
    (goodbye,) = _leaves(world)
    assert goodbye.text == sentence("room.released")
    assert [row["state"] for row in rows(database_url, "groups")] == ["left"]
    (again,) = await world.press("sec", "确认")  # a second tap
    assert again.text == sentence("common.missing")


async def test_who_puts_us_out_ends_the_bond(world: World, database_url: str) -> None:
    await _bound(world)
    assert await _in_room(world, "ann", Kind.LEFT) == []
    assert [row["state"] for row in rows(database_url, "groups")] == ["left"]
    assert await _in_room(world, "ann", Kind.JOINED) == [sentence("room.hello")]


async def test_a_group_that_got_another_id_is_the_same(world: World, database_url: str) -> None:
    """F27: the mapping moves in one transaction; the old id means the same for ever."""
    await _bound(world)
    await world.send(ROOM, Kind.MOVED, {"to": "-200"}, private=False, key="moved/-1001/-200")
    assert [row["state"] for row in rows(database_url, "groups")] == ["bound"]
    (account,) = rows(database_url, "accounts", external="-200")
    assert account["id"] == rows(database_url, "groups")[0]["account_id"]
    told = await _in_room(world, "ann", room="-200", name="hours", text="")
    assert told == [sentence("router.private")]
    before = len(world.ear.heard["-200"])
    await world.send("ann", Kind.COMMAND, {"name": "x", "chat": ROOM}, private=False)  # late
    assert len(rows(database_url, "groups")) == 1
    assert len(world.ear.heard["-200"]) >= before

    async def now(tx: Any) -> str | None:
        return await moving.current(tx, "web", ROOM)

    assert await world.app.store.read(now) == "-200"


async def test_a_group_met_under_its_new_id_first(world: World, database_url: str) -> None:
    await _bound(world)
    await _in_room(world, "ann", room="-200", name="hours", text="")
    await world.send(ROOM, Kind.MOVED, {"to": "-200"}, private=False, key="moved")
    bound = [row for row in rows(database_url, "groups") if row["state"] == "bound"]
    (account,) = rows(database_url, "accounts", external="-200")
    assert [row["account_id"] for row in bound] == [account["id"]]


async def test_a_person_whose_id_changed_is_the_same_person(world: World) -> None:
    """F28: the platform renames an account; hours and rights stay."""
    await world.send("ann", Kind.MOVED, {"to": "ann2"}, key="moved")
    (told,) = await world.said("ann2", "我的")
    assert "王小明" in told.text
    before = len(world.ear.heard["ann2"])
    await world.said("ann", "我的")  # a late event of the old id: the answer goes to the new one
    assert len(world.ear.heard["ann2"]) == before + 1


async def test_who_blocked_us_hears_nothing_until_they_are_back(
    world: World, database_url: str
) -> None:
    """F26: unreachable is exact, and ends with the first sign of life."""
    await world.said("ann", "帮助")
    assert await world.send("ann", Kind.LEFT, {}) == []
    (account,) = rows(database_url, "accounts", external="ann")
    assert (bool(account["reachable"]), account["reason"]) == (False, "blocked")
    assert await world.send("ann", Kind.JOINED, {}) != []
    (account,) = rows(database_url, "accounts", external="ann")
    assert bool(account["reachable"])


async def test_the_group_hears_the_new_name_of_its_unit(world: World) -> None:
    await world.person("周正", 1, "dist", "officer")
    await _bound(world)
    await world.said("dist", "组织 BN")
    await world.press("dist", "改名")
    await world.said("dist", "青松街道团支部")
    await world.press("dist", "确认")
    told = [spoken.text for spoken in world.ear.heard[ROOM]]
    assert sentence("room.renamed", old=UNIT, unit="青松街道团支部") in told


async def test_the_bond_follows_a_merged_unit(world: World, database_url: str) -> None:
    await world.person("周正", 1, "dist", "officer")
    await _bound(world)
    await world.said("dist", "/units BN")
    await world.press("dist", "合并")
    if "星辰社区团支部（XC）" not in world.ear.heard["dist"][-1].buttons:
        await world.said("dist", "XC")
    await world.press("dist", "星辰社区团支部（XC）")
    await world.press("dist", "确认")
    (group,) = rows(database_url, "groups")
    (target,) = rows(database_url, "units", code="XC")
    assert group["unit_id"] == target["id"]
    assert any("并入" in spoken.text for spoken in world.ear.heard[ROOM])


async def test_what_is_forwarded_binds_nobody(world: World) -> None:
    (told,) = await world.send("ann", Kind.TEXT, {"text": "/start", "forwarded": True})
    assert told.text == sentence("router.forwarded")


async def test_a_contact_card_is_not_kept(world: World, database_url: str) -> None:
    (told,) = await world.send("ann", Kind.CONTACT, {"phone": "13900000000", "own": True})
    assert told.text == sentence("router.contact")


async def test_a_unit_without_groups_and_english(world: World) -> None:
    (card,) = await world.said("sec", "绑定群")
    assert sentence("word.nothing") in card.text
    assert [b.url.split(":")[0] for row in card.message.rows for b in row if b.url] == ["group"]
    await world.said("sec", "/lang en")
    (card,) = await world.said("sec", "group")
    assert "Groups bound to" in card.text
    (told,) = await world.said("ann", "绑定群")
    assert told.text == sentence("common.missing")
