"""/mydata: all of one's own, nobody else's, and what does not go abroad."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Any

from sqlalchemy import Table, select

from services import mydata as service
from storage.mydata import TABLES
from storage.privacy import LEAVES, PRIVACY, WHO
from storage.schema import consents, metadata, persons
from tests.joining import invite, registered, rows, school_class
from tests.world import World

TAGS = {"export", "personal", "sealed", "unit", "other", "words", "internal", "secret"}
REFERS = ("persons", "accounts")


def _columns() -> set[str]:
    return {f"{table.name}.{one.name}" for table in metadata.tables.values() for one in table.c}


def _refers(table: Table) -> bool:
    named = {key.column.table.name for key in table.foreign_keys}
    return table.name in REFERS or bool(named & set(REFERS))


def test_every_column_says_what_it_is() -> None:
    """QUALITY 2.3: a new column without a tag fails here. Tag it in storage/privacy.py."""
    assert sorted(_columns() - set(PRIVACY)) == []
    assert sorted(set(PRIVACY) - _columns()) == []
    assert set(PRIVACY.values()) <= TAGS


def test_every_table_about_people_is_in_the_export() -> None:
    about = {name for name, table in metadata.tables.items() if _refers(table)}
    assert sorted(about - TABLES) == []


def test_a_sealed_column_and_its_index_are_never_called_harmless() -> None:
    for name, tag in PRIVACY.items():
        if name.endswith("_sealed"):
            assert tag in ("sealed", "words"), name
        if name.endswith(("_index", ".hash")):
            assert tag == "secret", name


def test_whoever_else_is_named_is_called_by_what_they_were() -> None:
    others = {name for name, tag in PRIVACY.items() if tag == "other"}
    assert others == set(WHO)
    keys = {
        f"{table.name}.{key.parent.name}"
        for table in metadata.tables.values()
        for key in table.foreign_keys
        if key.column.table.name == "persons"
    }
    assert {name for name in keys if PRIVACY[name] in LEAVES} <= others


def _file(found: list[Any]) -> dict[str, Any]:
    attachment = found[0].message.attachment
    assert attachment is not None
    assert attachment.media_type == "application/json"
    read: dict[str, Any] = json.loads(attachment.content.decode("utf-8"))
    return read


async def test_all_of_ones_own_leaves_in_one_file(world: World) -> None:
    unit = await school_class(world)
    await registered(world, "ann", unit.code, "王小明", number="20230101", phone="13800138000")
    await world.said("ann", "补录 昨天上午9点到10点在敬老院打扫")
    await world.press("ann", "确认")
    await world.said("sec", "审批")
    found = _file(await world.said("ann", "我的数据"))
    assert found["format"] == service.FORMAT
    assert found["withheld"] == []
    (me,) = found["sections"]["persons"]
    assert (me["name"], me["phone"], me["number"]) == ("王小明", "13800138000", "20230101")
    assert (me["birth"], me["home_unit"]) == ("2000-03-05", "高一（3）班团支部")
    (claim,) = found["sections"]["claims"]
    assert claim["said"] == "昨天上午9点到10点在敬老院打扫"
    assert found["sections"]["claim_stretches"][0]["starts_at"] == "2026-11-21T09:00:00+08:00"
    assert found["sections"]["accounts"][0]["external"] == "ann"
    (asked,) = found["sections"]["registrations"]
    assert asked["details"]["birth"] == "2000-03-05"
    assert {one["purpose"] for one in found["sections"]["consents"]} == {"register"}
    for name in found["sections"]["audit"]:
        assert datetime.fromisoformat(name["at"]).utcoffset() is not None


async def test_nobody_else_is_in_it_by_any_argument(world: World) -> None:
    """QUALITY A11: what is typed after the word changes nothing; others are roles, not names."""
    unit = await school_class(world)
    other = await world.person("李秘密", unit.unit, "bob", birth=date(2001, 1, 1), number="777001")
    await registered(world, "ann", unit.code, "王小明", number="20230101")
    await world.said("bob", "补录 昨天上午9点到10点在图书馆整理")
    await world.press("bob", "确认")
    for said in (f"/mydata {other}", "/mydata web:bob", "我的数据 李秘密", "/mydata"):
        whole = json.dumps(_file(await world.said("ann", said)), ensure_ascii=False)
        for secret in ("李秘密", "777001", "图书馆", "周书", "bob"):
            assert secret not in whole, said


async def test_a_secretary_gets_deeds_without_the_people_they_were_done_to(world: World) -> None:
    unit = await school_class(world, approval=True)
    await registered(world, "ann", unit.code, "王小明", phone="13800138000")
    await world.said("sec", "审批")
    await world.press("sec", "看人员")
    await world.press("sec", "王小明")
    await world.press("sec", "通过")
    sections = _file(await world.said("sec", "我的数据"))["sections"]
    assert sections["registrations_by_me"][0]["decided_by"] == "self"
    whole = json.dumps(sections, ensure_ascii=False)
    assert "王小明" not in whole
    assert "13800138000" not in whole


async def test_an_account_without_a_person_has_its_own(world: World) -> None:
    unit = await school_class(world, approval=True)
    await registered(world, "ann", unit.code, "王小明", phone="13800138000")
    sections = _file(await world.said("ann", "我的数据"))["sections"]
    assert sections["persons"] == []
    assert sections["registrations"][0]["details"]["phone"] == "13800138000"
    assert sections["registrations"][0]["state"] == "waiting"
    fresh = _file(await world.said("stranger", "我的数据"))["sections"]
    assert fresh["registrations"] == []


async def test_who_has_left_still_gets_the_own_data(world: World) -> None:
    unit = await school_class(world)
    await registered(world, "ann", unit.code, "王小明")
    await world.said("ann", "隐私")
    await world.press("ann", "撤回同意")
    await world.press("ann", "确定撤回")
    (me,) = _file(await world.said("ann", "我的数据"))["sections"]["persons"]
    assert (me["name"], me["status"]) == ("王小明", "left")


async def test_a_guardian_is_not_named(world: World) -> None:
    unit = await school_class(world)
    await registered(world, "ann", unit.code, "王小明", "2010-03-05")
    held = await rows(world, select(consents).where(consents.c.guardian_sealed.is_not(None)))
    assert held
    whole = json.dumps(_file(await world.said("ann", "我的数据")), ensure_ascii=False)
    assert "said by the applicant" not in whole


async def test_a_big_ledger_is_written_outside_the_transaction(
    world: World, monkeypatch: Any
) -> None:
    unit = await school_class(world)
    await registered(world, "ann", unit.code, "王小明")
    monkeypatch.setattr(service, "SLOW", 3)
    assert _file(await world.said("ann", "我的数据"))["sections"]["persons"][0]["name"] == "王小明"


async def test_what_is_too_large_is_said(world: World, monkeypatch: Any) -> None:
    unit = await school_class(world)
    await registered(world, "ann", unit.code, "王小明")
    monkeypatch.setattr(service, "LARGEST", 100)
    (answer,) = await world.said("ann", "我的数据")
    assert "装不下" in answer.text
    assert answer.message.attachment is None


async def test_both_languages_offer_it(world: World) -> None:
    unit = await school_class(world)
    await registered(world, "ann", unit.code, "王小明")
    await world.said("ann", "/lang en")
    (answer,) = await world.said("ann", "/mydata")
    for said in ("/mydata", "my data", "MyData"):
        (answer,) = await world.said("ann", said)
        assert "everything we keep about you" in answer.text, said
    assert "cannot be brought back" in (await world.said("ann", "forget me"))[0].text
    assert {"Privacy", "Forget me"} <= set(answer.buttons)


async def test_in_a_group_it_is_answered_in_private_only(world: World) -> None:
    unit = await school_class(world)
    await registered(world, "ann", unit.code, "王小明")
    (answer,) = await world.said("ann", "/mydata", private=False)
    assert answer.message.attachment is None


async def test_what_was_shown_is_in_the_audit(world: World) -> None:
    unit = await school_class(world)
    await registered(world, "ann", unit.code, "王小明")
    await world.said("ann", "我的数据")
    audit = metadata.tables["audit"]
    found = await rows(world, select(audit.c.id).where(audit.c.action == "own-export"))
    assert len(found) == 1
    assert await rows(world, select(persons.c.id))  # and nothing was lost by it


async def test_an_invite_of_mine_is_there(world: World) -> None:
    unit = await school_class(world)
    await invite(world, unit.unit, unit.secretary)
    assert len(_file(await world.said("sec", "我的数据"))["sections"]["invites"]) == 2


async def test_which_stretch_it_was_is_no_number_of_a_member(world: World) -> None:
    unit = await school_class(world)
    await registered(world, "ann", unit.code, "王小明", number="20230101")
    me = (await rows(world, select(persons.c.id).where(persons.c.name == "王小明")))[0].id
    world.also("telegram", agreed=True)
    await world.said("telegram:ann", "/help")

    async def work(tx: Any) -> None:
        await tx.script(
            f"UPDATE accounts SET person_id = {me}"  # noqa: S608  # numbers of the test
            " WHERE channel = 'telegram' AND external = 'ann'"
        )

    await world.app.store.turn(work)
    await world.said("ann", "补录 昨天上午9点到10点在敬老院打扫")
    await world.press("ann", "确认")
    found = _file(await world.said("telegram:ann", "我的数据"))
    assert found["sections"]["claim_stretches"][0]["number"] == 1
    left_out = {(one["section"], one["field"]) for one in found["withheld"]}
    assert ("persons", "number") in left_out
    assert ("claim_stretches", "number") not in left_out
