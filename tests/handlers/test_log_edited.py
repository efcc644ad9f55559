"""A claim whose message was edited (QUALITY F22), before and after somebody looked at it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.chat import Kind
from tests.engine import rows, sentence
from tests.world import Spoken, World, living

FIRST = "/log 昨天3小时 社区清扫"
SECOND = "/log 昨天2小时 整理图书"


@pytest.fixture
async def world(database_url: str, tmp_path: Path) -> AsyncIterator[World]:
    async with living(database_url, tmp_path) as made:
        root = await made.unit("QZ", "青州区团委", "district")
        branch = await made.unit("BN", "青松社区团支部", "branch", root)
        await made.person("李秀英", branch, "sec", "secretary")
        await made.person("王小明", branch, "ann")
        yield made


async def _edit(world: World, text: str, of: str = "m1") -> Spoken:
    (told,) = await world.send("ann", Kind.EDITED, {"text": text, "of": of})
    return told


async def _claimed(world: World) -> None:
    await world.said("ann", FIRST, key="m1")
    (told,) = await world.press("ann", "确认")
    assert "3" in told.text


async def test_an_edit_before_the_confirmation_is_read_back_instead(
    world: World, database_url: str
) -> None:
    await world.said("ann", FIRST, key="m1")
    told = await _edit(world, SECOND)
    assert "整理图书" in told.text
    assert rows(database_url, "claims") == []
    await world.press("ann", "确认")
    (claim,) = rows(database_url, "claims")
    assert (claim["minutes"], claim["what"]) == (120, "整理图书")


async def test_the_draft_before_the_edit_cannot_be_confirmed(
    world: World, database_url: str
) -> None:
    (draft,) = await world.said("ann", FIRST, key="m1")
    await _edit(world, SECOND)
    (told,) = await world.send("ann", Kind.BUTTON, {"token": draft.buttons["确认"]})
    assert told.text == sentence("log.gone")
    assert rows(database_url, "claims") == []


async def test_an_edit_makes_a_new_revision_and_the_old_one_cannot_be_approved(
    world: World, database_url: str
) -> None:
    await _claimed(world)
    (old,) = [told for told in world.ear.heard["sec"] if "社区清扫" in told.text]
    told = await _edit(world, SECOND)
    assert "整理图书" in told.text
    (claim,) = rows(database_url, "claims")
    assert (claim["minutes"], claim["what"], claim["version"]) == (120, "整理图书", 2)
    assert claim["state"] == "waiting"
    for token in old.buttons.values():
        await world.send("sec", Kind.BUTTON, {"token": token})
    assert rows(database_url, "entries") == []
    (new,) = [told for told in world.ear.heard["sec"] if "整理图书" in told.text][:1]
    assert new.buttons


async def test_an_edit_after_the_verdict_changes_nothing(world: World, database_url: str) -> None:
    await _claimed(world)
    await world.said("sec", "审批")
    await world.press("sec", "通过")
    before = rows(database_url, "entries")
    assert len(before) == 1
    told = await _edit(world, SECOND)
    assert told.text == sentence("log.edited.judged")
    assert rows(database_url, "entries") == before
    assert rows(database_url, "claims")[0]["minutes"] == 180


@pytest.mark.parametrize("text", ["/log", "/log 明天下午三点到五点 打扫", "/log 某天 打扫", "哈哈"])
async def test_an_edit_that_cannot_be_counted_leaves_the_claim_as_it_was(
    world: World, database_url: str, text: str
) -> None:
    await _claimed(world)
    told = await _edit(world, text)
    assert told.text == sentence("log.edited.unread")
    (claim,) = rows(database_url, "claims")
    assert (claim["minutes"], claim["version"]) == (180, 1)


async def test_an_edited_claim_does_not_stand_in_its_own_way(
    world: World, database_url: str
) -> None:
    await world.said("ann", "/log 昨天14:00到17:00 社区清扫", key="m1")
    await world.press("ann", "确认")
    told = await _edit(world, "/log 昨天14:00到16:00 社区清扫")
    assert told.text.startswith(sentence("log.revised", spans="", what="", notes="")[:6])
    (stretch,) = rows(database_url, "claim_stretches")
    assert stretch["minutes"] == 120


async def test_the_edit_of_somebody_elses_or_of_an_unknown_message(world: World) -> None:
    await _claimed(world)
    (told,) = await world.send("sec", Kind.EDITED, {"text": SECOND, "of": "m1"})
    assert told.text == sentence("router.edited")
    assert (await _edit(world, SECOND, "m9")).text == sentence("router.edited")


async def test_a_claim_that_was_taken_back_is_not_revived(world: World, database_url: str) -> None:
    await _claimed(world)
    await world.press("ann", "撤回")
    assert (await _edit(world, SECOND)).text == sentence("router.edited")
    assert rows(database_url, "claims")[0]["state"] == "withdrawn"


async def test_a_repeated_edit_is_one_edit(world: World, database_url: str) -> None:
    await _claimed(world)
    for _ in range(2):
        await world.send("ann", Kind.EDITED, {"text": SECOND, "of": "m1"}, key="e1")
    assert rows(database_url, "claims")[0]["version"] == 2
