"""Registering under 18: nothing without a guardian (QUALITY 2.3)."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import select

from storage.schema import consents, persons, registrations
from tests.joining import CHILD, TEEN, owner, registered, rows, school_class
from tests.world import World


async def test_under_14_needs_the_recorded_consent_of_a_guardian(world: World) -> None:
    here = await school_class(world)
    line = await world.person("王小明", here.unit, status="roster", number="20230101")
    said = await registered(world, "kid", here.code, "王小明", CHILD, number="20230101")
    assert "监护人和团支书一起" in said[0].text
    assert await owner(world, "kid") is None
    assert len(await rows(world, select(registrations))) == 0
    found = await rows(world, select(persons).where(persons.c.id == line))
    assert found[0].birth_sealed is None
    await world.said("sec", "名单")
    await world.press("sec", "王小明")
    await world.press("sec", "记录监护人同意")
    for idle in ("等一下我先看看名单", "好的", "妈妈说同意了"):
        said = await world.said("sec", idle)
        assert "还不像监护人的同意" in said[0].text
    said = await world.said("sec", "母亲李女士 11月20日签了同意书")
    assert "母亲李女士" in said[0].text
    assert len(await rows(world, select(consents).where(consents.c.person_id == line))) == 0
    said = await world.press("sec", "确认")
    assert "可以登记了" in said[0].text
    kept = await rows(world, select(consents).where(consents.c.person_id == line))
    assert kept[0].recorded_by == here.secretary
    assert kept[0].text_version
    assert "李女士".encode() not in bytes(kept[0].guardian_sealed)
    said = await registered(world, "kid", here.code, "王小明", CHILD, number="20230101")
    assert "名单上找到你了" in said[0].text
    person = await owner(world, "kid")
    assert person is not None
    assert person["id"] == line
    assert person["phone_sealed"] is None


async def test_a_stranger_under_14_leaves_no_trace_but_the_consent(world: World) -> None:
    here = await school_class(world)
    await registered(world, "kid", here.code, "王小明", CHILD)
    assert await owner(world, "kid") is None
    assert len(await rows(world, select(registrations))) == 0
    assert len(await rows(world, select(persons))) == 1  # the secretary


async def test_14_to_17_says_that_a_guardian_agrees(world: World) -> None:
    here = await school_class(world)
    said = await registered(world, "teen", here.code, "王小明", TEEN)
    assert "欢迎" in said[0].text
    person = await owner(world, "teen")
    assert person is not None
    assert person["guardian"]


async def test_14_to_17_without_a_guardian_waits_until_the_secretary_recorded_it(
    world: World,
) -> None:
    here = await school_class(world)
    said = await registered(world, "teen", here.code, "王小明", TEEN, guardian=False)
    assert "请让监护人" in said[0].text
    said = await world.press("sec", "去看看")
    assert "14 到 17 岁" in said[0].text
    said = await world.press("sec", "通过")
    assert "先有监护人的同意" in said[0].text
    assert await owner(world, "teen") is None
    assert "还不像" in (await world.said("sec", "等一下我先看看名单"))[0].text
    assert "父亲王先生" in (await world.said("sec", "父亲王先生 11月21日电话里同意"))[0].text
    assert await owner(world, "teen") is None
    await world.press("sec", "确认")
    person = await owner(world, "teen")
    assert person is not None
    assert person["guardian"]


async def test_a_recorded_consent_can_be_taken_back(world: World) -> None:
    here = await school_class(world)
    line = await world.person(
        "王小明", here.unit, status="roster", number="1", birth=date(2014, 3, 5)
    )
    for way in ("撤销", "返回"):
        await world.said("sec", "名单")
        await world.press("sec", "王小明")
        await world.press("sec", "记录监护人同意")
        await world.said("sec", "母亲李女士 11月20日签了同意书")
        await world.press("sec", "确认")
        assert (await _line(world, line)).guardian
        await world.press("sec", way)
        if way == "返回":
            await world.press("sec", "撤销监护人同意")
            await world.press("sec", "确认")
        assert not (await _line(world, line)).guardian
    kept = await rows(world, select(consents).where(consents.c.person_id == line))
    assert [row.withdrawn_at is not None for row in kept] == [True, True]
    said = await registered(world, "kid", here.code, "王小明", CHILD, number="1")
    assert "监护人和团支书一起" in said[0].text


async def _line(world: World, key: int) -> Any:
    return (await rows(world, select(persons).where(persons.c.id == key)))[0]


async def test_the_guardians_consent_stands_apart_from_ones_own(world: World) -> None:
    here = await school_class(world)
    await registered(world, "teen", here.code, "王小明", TEEN)
    (card,) = await world.said("teen", "/privacy")
    lines = [line for line in card.text.splitlines() if line.startswith("· 登记和时长")]
    assert len(set(lines)) == len(lines) == 2
    assert ["监护人" in line for line in lines] == [False, True]
