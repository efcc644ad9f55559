"""`qingtuan contacts` from outside: the fake qyapi on one side, both databases on the other."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.commands.contacts import run
from tests.bot.wecom.book import Capture, Json, Town
from tests.emulators.wecom.qyapi_client import Wecom
from tests.emulators.wecom.qyapi_corp import AGENT, CORP, SECRET
from tests.world import KEY, living

PROJECT = Path(__file__).resolve().parents[3]


@pytest.fixture
async def town(
    database_url: str, tmp_path: Path, wecom: Wecom, capsys: Capture
) -> AsyncIterator[Town]:
    async with living(database_url, tmp_path) as world:
        made = Town(world, wecom, database_url, tmp_path, capsys)
        await made.build()
        yield made


def _fates(report: Json, which: str) -> dict[Any, tuple[str, str | None]]:
    key = "department" if which == "units" else "user"
    return {one[key]: (one["fate"], one["reason"]) for one in report[which]}


async def test_looking_writes_nothing_and_taking_over_does_it_once(town: Town) -> None:
    report = await town.report()
    assert _fates(report, "units") == {
        1: ("linked", None),
        2: ("linked", None),
        3: ("linked", None),
        4: ("new", None),
        5: ("new", None),
    }
    assert _fates(report, "people") == {"ming": ("new", None), "hua": ("new", None)}
    assert len(town.rows("units")) == 3
    assert town.rows("persons") == town.rows("contact_units") == []

    done = await town.report(apply=True)
    assert done["counts"] == report["counts"]
    (west,) = town.rows("units", name="西河镇")
    (school,) = town.rows("units", name="西河中学")
    assert (west["kind"], west["parent_id"]) == ("township", town.root)
    assert (school["kind"], school["parent_id"]) == ("school", west["id"])
    homes = {row["name"]: (row["home_unit_id"], row["status"]) for row in town.rows("persons")}
    assert homes == {"王小明": (town.branch, "roster"), "李华": (school["id"], "roster")}
    for user, name in (("ming", "王小明"), ("hua", "李华")):
        (account,) = town.rows("accounts", channel="wecom", external=user)
        (person,) = town.rows("persons", name=name)
        assert account["person_id"] == person["id"]
        assert person["phone_sealed"] is None

    again = await town.report(apply=True)
    assert {fate for fate, _ in _fates(again, "units").values()} == {"same"}
    assert {fate for fate, _ in _fates(again, "people").values()} == {"same"}
    assert len(town.rows("units")) == 5
    assert len(town.rows("persons")) == 2
    audit = [row["action"] for row in town.rows("audit") if row["actor_id"] is None]
    assert sorted(audit) == ["contacts-sync", "unit-create", "unit-create"]
    assert "王小明" not in str(town.rows("audit"))


async def test_renamed_moved_and_gone_are_followed_and_nothing_is_deleted(town: Town) -> None:
    await town.report(apply=True)
    await town.wecom.control("department", id=5, name="西河第一中学", parentid=4)
    await town.wecom.control("department", id=3, name="青松社区团支部", parentid=4)
    await town.wecom.member("ming", departments=[5])
    await town.wecom.member("hua", visible=False)
    report = await town.report()
    assert _fates(report, "units")[5] == ("renamed", None)
    assert _fates(report, "units")[3] == ("moved", None)
    assert _fates(report, "people") == {"ming": ("moved", None), "hua": ("gone", None)}
    assert await town.report(apply=True) == {**report, "applied": True}
    (school,) = town.rows("units", name="西河第一中学")
    (west,) = town.rows("units", name="西河镇")
    (branch,) = town.rows("units", id=town.branch)
    assert branch["parent_id"] == west["id"]
    (person,) = town.rows("persons", name="王小明")
    assert person["home_unit_id"] == school["id"]
    open_homes = [one for one in town.rows("homes", person_id=person["id"]) if not one["until"]]
    assert [one["unit_id"] for one in open_homes] == [school["id"]]
    assert len(town.rows("persons")) == 2
    after = await town.report()
    assert {fate for fate, _ in _fates(after, "units").values()} == {"same"}
    assert _fates(after, "people") == {"ming": ("same", None), "hua": ("gone", None)}


async def test_nobody_is_found_by_name_alone(town: Town) -> None:
    await town.world.person("王小明", town.branch, status="roster")
    report = await town.report(apply=True)
    assert _fates(report, "people")["ming"] == ("ask", "namesake")
    assert len(town.rows("persons", name="王小明")) == 1
    assert town.rows("accounts", channel="wecom", external="ming") == []


async def test_registered_members_are_found_by_their_id_and_move_by_asking(town: Town) -> None:
    ear = town.world.also("wecom")
    mine = await town.world.person("王明明", town.township, "wecom:ming")
    assert ear.name == "wecom"
    await town.wecom.member("hua", departments=[1])
    await town.world.person("李华", town.township, "wecom:hua")
    report = await town.report(apply=True)
    assert _fates(report, "people") == {"ming": ("ask", "registered"), "hua": ("same", None)}
    (person,) = town.rows("persons", id=mine)
    assert (person["name"], person["home_unit_id"]) == ("王明明", town.township)


async def test_what_was_renamed_here_is_asked_about(town: Town) -> None:
    await town.report(apply=True)
    await town.world.person("周正", town.root, "dist", "officer")
    await town.world.said("dist", "组织 BN")
    await town.world.press("dist", "改名")
    await town.world.said("dist", "青松街道团支部")
    await town.world.press("dist", "确认")
    assert _fates(await town.report(), "units")[3] == ("same", None)
    await town.wecom.control("department", id=3, name="松林社区团支部")
    report = await town.report(apply=True)
    assert _fates(report, "units")[3] == ("ask", "renamed_here")
    assert _fates(report, "people")["ming"] == ("same", None)
    (unit,) = town.rows("units", id=town.branch)
    assert unit["name"] == "青松街道团支部"


async def test_departments_that_do_not_fit_are_refused_with_their_people(town: Town) -> None:
    await town.wecom.control("department", id=6, name="小组", parentid=3)
    await town.wecom.member("qi", name="周七", departments=[6])
    await town.wecom.member("guan", name="系统管理员", departments=[3])
    report = await town.report(apply=True)
    assert _fates(report, "units")[6] == ("refused", "kind")
    people = _fates(report, "people")
    assert people["qi"] == ("ask", "no_unit")
    assert people["guan"] == ("refused", "name_looks_official")
    assert len(town.rows("persons")) == 2


async def test_departments_without_names_become_nothing_and_change_nothing(town: Town) -> None:
    await town.report(apply=True)
    for number in (3, 4):
        await town.wecom.control("department", id=number, name="")
    await town.wecom.control("department", id=6, name="", parentid=4)
    report = await town.report(apply=True)
    assert _fates(report, "units")[3][0] == "same"
    assert _fates(report, "units")[6] == ("refused", "name_empty")
    assert len(town.rows("units")) == 5
    assert {fate for fate, _ in _fates(report, "people").values()} == {"same"}


async def test_the_main_department_counts(town: Town) -> None:
    await town.wecom.member("qi", name="周七", departments=[4, 3])
    await town.report(apply=True)
    (person,) = town.rows("persons", name="周七")
    (west,) = town.rows("units", name="西河镇")
    assert person["home_unit_id"] == west["id"]


async def test_an_account_that_was_met_before_is_the_one_that_is_bound(town: Town) -> None:
    town.world.also("wecom")
    await town.world.said("wecom:ming", "你好")
    await town.report(apply=True)
    (account,) = town.rows("accounts", channel="wecom", external="ming")
    (person,) = town.rows("persons", name="王小明")
    assert account["person_id"] == person["id"]
    (told,) = await town.world.said("wecom:ming", "时长")  # on the roster is not registered
    assert "王小明" not in told.text


async def test_who_was_forgotten_does_not_come_back(town: Town) -> None:
    town.world.also("wecom")
    await town.world.person("王小明", town.branch, "wecom:ming")
    await town.world.said("wecom:ming", "注销")
    await town.world.press("wecom:ming", "继续注销")
    await town.world.press("wecom:ming", "确定注销")
    assert [row["status"] for row in town.rows("persons")] == ["deleted"]
    report = await town.report(apply=True)
    assert _fates(report, "people")["ming"] == ("refused", "forgotten")
    assert "王小明" not in json.dumps(report, ensure_ascii=False)
    assert town.rows("persons", name="王小明") == []


@pytest.mark.parametrize(
    "fault",
    [
        {"path": "user/simplelist", "errcode": 60011},
        {"path": "department/get", "status": 500},
        {"path": "department/simplelist", "raw": "<html>"},
        {"path": "user/simplelist", "errcode": 60020},
    ],
)
async def test_a_book_that_is_not_read_whole_changes_nothing(town: Town, fault: Json) -> None:
    await town.wecom.behave(times=100, **fault)
    status, out, err = await town.sync(apply=True)
    assert status == 1
    assert "applied" not in out
    assert "通讯录没有读全" in err
    assert SECRET not in err
    assert town.rows("contact_units") == []


async def test_without_wecom_or_units_it_is_the_configuration(
    database_url: str, tmp_path: Path, wecom: Wecom, capsys: Capture
) -> None:
    async with living(database_url, tmp_path) as world:
        town = Town(world, wecom, database_url, tmp_path, capsys)
        assert (await town.sync(corp_id=""))[0] == 2
        status, _, err = await town.sync()
        assert (status, "还没有组织" in err) == (2, True)


async def test_the_command_prints_json_alone(town: Town) -> None:
    file = town.folder / "config.toml"
    file.write_text(
        f"""
        [app]
        secret_key = "{"s" * 40}"
        [database]
        url = "{town.url}"
        [privacy]
        pii_keys = ["{KEY}"]
        [wecom]
        corp_id = "{CORP}"
        agent_id = {AGENT}
        secret = "{SECRET}"
        token = "{"t" * 16}"
        encoding_aes_key = "{"a" * 43}"
        api_base = "{town.wecom.api_base}"
        """,
        encoding="utf-8",
    )
    command = (sys.executable, "-m", "bot", "contacts", "--json", "--config", str(file))
    done = await asyncio.to_thread(
        subprocess.run, command, capture_output=True, timeout=60, check=True, cwd=PROJECT
    )
    assert json.loads(done.stdout)["counts"]["units"]["new"] == 2
    assert town.rows("contact_units") == []


async def test_people_read_the_report_in_words(town: Town, capsys: Capture) -> None:
    await town.world.person("王小明", town.branch, status="roster")
    assert await asyncio.to_thread(run, town.config(), apply=False, as_json=False) == 0
    said = capsys.readouterr().out
    assert "试运行" in said
    assert "新增  西河镇（4）" in said
    assert "已有同名的人" in said
    assert "--apply" in said
