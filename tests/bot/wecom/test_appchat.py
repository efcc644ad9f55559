"""Groups that the app makes for a unit: in one tap, with whom it has, and let go again."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.bot.wecom.gathered import SEC, UNIT, Gathered, gathered, hello
from tests.bot.wecom.outbound import until
from tests.emulators.wecom.qyapi_client import Wecom
from tests.engine import rows, sentence


@pytest.fixture
async def here(database_url: str, tmp_path: Path, wecom: Wecom) -> AsyncIterator[Gathered]:
    async with gathered(database_url, tmp_path, wecom) as made:
        yield made


def _actions(url: str) -> list[str]:
    return [row["action"] for row in rows(url, "audit")]


async def _heard(here: Gathered, name: str, **facts: str) -> None:
    wanted = sentence(name, unit=UNIT, title=UNIT, **facts)
    ear = here.world.others["wecom"].heard
    await until(lambda: wanted in [one.text for one in ear["ming"]])


async def test_a_secretary_has_a_group_made_in_one_tap(
    here: Gathered, database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    card, sure, made = await here.make()
    assert sentence("word.nothing") in card
    assert sure == sentence("appchat.sure", unit=UNIT, count=3, owner="李秀英")
    assert made == sentence("appchat.made", unit=UNIT, count=3)
    group = await here.group()
    assert (group["name"], group["owner"]) == (UNIT, "ming")
    assert sorted(group["userlist"]) == ["hua", "li", "ming"]
    assert await here.told() == [hello()]
    assert len(group["chatid"]) == 32
    for table in ("robots", "groups", "accounts", "audit", "dialogs", "outbox", "inbox"):
        assert group["chatid"] not in str(rows(database_url, table)), table
    assert group["chatid"] not in caplog.text
    assert _actions(database_url).count("group-make") == 1
    (again,) = await here.world.said(SEC, "绑定群")
    assert f"1. 企业微信群“{UNIT}”" in again.text
    assert "建一个群" not in again.buttons
    assert not (await here.wecom.state())["violations"]


async def test_what_groups_are_told_it_is_told(here: Gathered) -> None:
    await here.make()
    await here.rename("青松街道团支部")
    assert (await here.told())[1:] == [
        sentence("room.renamed", old=UNIT, unit="青松街道团支部"),
    ]


async def test_two_are_needed_and_whoever_owns_it_uses_wecom(here: Gathered) -> None:
    world = here.world
    await here.person("孙一一", "XC", "sun", "secretary")
    await world.said("wecom:sun", "绑定群")
    (few,) = await world.press("wecom:sun", "建一个群")
    assert few.text == sentence("appchat.few")
    assert "添加群机器人" in few.buttons
    await world.person("钱二二", here.units["XC"], "qian", "secretary")
    await world.said("qian", "绑定群")
    (no,) = await world.press("qian", "建一个群")
    assert no.text == sentence("appchat.no.owner")


async def test_more_than_it_holds_are_told_so(
    here: Gathered, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.appchat.MOST", 2)
    await here.world.said(SEC, "绑定群")
    (many,) = await here.world.press(SEC, "建一个群")
    assert many.text == sentence("appchat.many", most=2000)


async def test_the_number_is_said_again_when_it_changed(here: Gathered) -> None:
    world = here.world
    await world.said(SEC, "绑定群")
    await world.press(SEC, "建一个群")
    await here.person("周四四", "BN", "zhou")
    (again,) = await world.press(SEC, "建群")
    assert again.text == sentence("appchat.sure", unit=UNIT, count=4, owner="李秀英")
    assert await here.groups() == []


async def test_a_unit_has_one(here: Gathered, database_url: str) -> None:
    await here.person("孙一一", "BN", "sun", "secretary")
    for who in (SEC, "wecom:sun"):
        await here.world.said(who, "绑定群")
        await here.world.press(who, "建一个群")
    await here.world.press(SEC, "建群")
    (taken,) = await here.world.press("wecom:sun", "建群")
    assert taken.text == sentence("appchat.taken")
    assert len(await here.groups()) == 1
    assert len(rows(database_url, "robots")) == 1


async def test_only_who_answers_for_the_unit_may(here: Gathered) -> None:
    (told,) = await here.world.said("wecom:hua", "绑定群")
    assert told.text == sentence("common.missing")


async def test_it_is_released_and_that_is_undone(here: Gathered, database_url: str) -> None:
    world = here.world
    await here.make()
    await world.said(SEC, "绑定群")
    (sure,) = await world.press(SEC, "解绑 1")
    assert sure.text == sentence("appchat.end.sure", title=UNIT)
    (done,) = await world.press(SEC, "确认")
    assert done.text == sentence("appchat.released", title=UNIT)
    await here.rename("青松街道团支部")
    assert await here.told() == [hello(), sentence("appchat.goodbye")]
    (back,) = await world.press(SEC, "撤销")
    assert back.text == sentence("appchat.again", unit="青松街道团支部")
    (once,) = await world.press(SEC, "撤销")
    assert once.text == sentence("common.changed")
    await world.settle()
    assert (await here.told())[2:] == [sentence("appchat.back", unit="青松街道团支部")]
    assert len(await here.groups()) == 1
    assert _actions(database_url).count("group-rebind") == 1


async def test_bound_again_it_is_the_same_group(here: Gathered) -> None:
    world = here.world
    await here.make()
    await world.said(SEC, "绑定群")
    await world.press(SEC, "解绑 1")
    await world.press(SEC, "确认")
    await here.make()
    assert await here.told() == [hello(), sentence("appchat.goodbye"), hello()]


async def test_who_comes_and_goes_does_so_there_too(here: Gathered) -> None:
    await here.make()
    await here.person("周四四", "BN", "zhou")
    await here.leave("li")
    await here.rename("青松街道团支部")
    assert sorted((await here.group())["userlist"]) == ["hua", "li", "ming"]  # looked at just now
    here.world.clock.forward(hours=1)
    await here.rename("青松路团支部")
    group = await here.group()
    assert (group["name"], group["owner"]) == ("青松路团支部", "ming")
    assert sorted(group["userlist"]) == ["hua", "ming", "zhou"]
    assert len(here.wecom.calls("appchat/get")) == 1
    assert len(here.wecom.calls("appchat/update")) == 1


async def test_another_secretary_owns_it(here: Gathered) -> None:
    await here.make()
    await here.person("孙一一", "BN", "sun", "secretary")
    await here.step_down("ming")
    here.forget()
    await here.rename("青松街道团支部")
    assert (await here.group())["owner"] == "sun"
    await here.leave("ming")
    here.forget()
    await here.rename("青松路团支部")
    assert sorted((await here.group())["userlist"]) == ["hua", "li", "sun"]


async def test_a_name_that_people_gave_it_stays(here: Gathered) -> None:
    await here.make()
    chat = (await here.group())["chatid"]
    token = (await here.wecom.state())["tokens"][0]
    client = here.alone.channel._client
    told = f'{{"chatid":"{chat}","name":"我们"}}'.encode()
    await client.post("appchat/update", told, access_token=token)
    here.forget()
    await here.rename("青松街道团支部")
    assert (await here.group())["name"] == "我们"


async def test_one_who_may_not_come_keeps_nobody_there(here: Gathered) -> None:
    await here.make()
    await here.leave("li")
    await here.person("周四四", "BN", "zhou")
    await here.wecom.member("zhou", visible=False)
    here.forget()
    await here.rename("青松街道团支部")
    assert sorted((await here.group())["userlist"]) == ["hua", "ming"]
    assert len(await here.told()) == 2


@pytest.mark.parametrize("code", [48002, 60011, 50002, 86006, 99999])
async def test_an_app_that_may_not_make_groups_says_so(
    here: Gathered, database_url: str, code: int
) -> None:
    await here.wecom.behave("appchat/create", errcode=code)
    await here.make()
    await _heard(here, "appchat.lost.refused")
    assert [row["state"] for row in rows(database_url, "groups")] == ["left"]
    assert rows(database_url, "robots") == []
    assert _actions(database_url).count("group-lost") == 1
    await here.make()
    assert await here.told() == [hello()]


async def test_without_the_whole_corp_there_are_no_groups(here: Gathered) -> None:
    await here.wecom.control("settings", root=0)
    await here.make()
    await _heard(here, "appchat.lost.refused")
    (card,) = await here.world.press(SEC, "重新绑定")
    assert {"建一个群", "添加群机器人"} <= set(card.buttons)
    assert not here.world.app.alerts.standing


@pytest.mark.parametrize("code", [86215, 86001])
async def test_one_that_was_dissolved_is_not_spoken_to(here: Gathered, code: int) -> None:
    await here.wecom.control("settings", chat_taken=code)
    await here.make()
    await here.wecom.control("dissolve", chatid=(await here.group())["chatid"])
    await here.rename("青松街道团支部")
    wanted = sentence("appchat.lost.gone", unit="青松街道团支部")
    ear = here.world.others["wecom"].heard
    await until(lambda: wanted in [one.text for one in ear["ming"]])
    await here.make()
    assert await here.told() == [hello("青松街道团支部")]


async def test_one_that_only_was_lost_is_made_again(here: Gathered) -> None:
    await here.make()
    await here.wecom.behave("appchat/send", errcode=86003)
    await here.rename("青松街道团支部")
    await until(lambda: len(here.wecom.calls("appchat/send")) == 2)
    assert len(await here.told()) == 2
    assert len(here.wecom.calls("appchat/create")) == 1


async def test_with_one_left_it_ends(here: Gathered) -> None:
    await here.make()
    await here.leave("li")
    await here.leave("hua")
    here.forget()
    await here.rename("青松街道团支部")
    wanted = sentence("appchat.lost.few", unit="青松街道团支部")
    ear = here.world.others["wecom"].heard
    await until(lambda: wanted in [one.text for one in ear["ming"]])


async def test_a_unit_that_is_dissolved_goes_to_the_other_ones_group(
    here: Gathered, database_url: str
) -> None:
    for name, user, role in (("孙一一", "sun", "secretary"), ("周四四", "zhou", None)):
        await here.person(name, "XC", user, role)
    await here.make()
    await here.make("wecom:sun")
    await here.merge("BN", "星辰社区团支部（XC）")
    told = {
        one["name"]: [m["text"]["content"] for m in one["messages"]] for one in await here.groups()
    }
    other = "星辰社区团支部"
    assert told[UNIT][1:] == [sentence("appchat.merged", old=UNIT, unit=other)]
    assert told[other] == [hello(other)]
    assert sorted(row["state"] for row in rows(database_url, "groups")) == ["bound", "left"]


async def test_a_unit_that_is_dissolved_takes_its_group_along(here: Gathered) -> None:
    await here.person("孙一一", "XC", "sun", "secretary")
    await here.make()
    await here.merge("BN", "星辰社区团支部（XC）")
    assert (await here.told())[1:] == [sentence("room.merged", old=UNIT, unit="星辰社区团支部")]
    here.forget()
    here.world.clock.forward(hours=2)
    (card,) = await here.world.said("wecom:sun", "绑定群")
    assert "建一个群" not in card.buttons


async def test_a_closed_unit_is_silent(here: Gathered) -> None:
    await here.make()
    await here.close("BN")
    await here.world.settle()
    assert await here.told() == [hello()]
