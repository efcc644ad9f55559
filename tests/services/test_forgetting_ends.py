"""/forget: what ends with it, who hands over first, and that nobody else can do it."""

from __future__ import annotations

import asyncio
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from bot.chat import Kind
from domain.forgetting import Held, only_holder
from storage import roles as offices
from storage.playground import web_people
from storage.schema import (
    accounts,
    consents,
    dialogs,
    invites,
    outbox,
    persons,
    proposals,
    registrations,
    roles,
)
from storage.schema import (
    audit as audited,
)
from tests.joining import Class, invite, owner, registered, rows, school_class
from tests.world import World


async def _member(world: World) -> tuple[Class, int]:
    unit = await school_class(world)
    await registered(world, "ann", unit.code, "王小明", number="20230101", phone="13800138000")
    mine = await owner(world, "ann")
    assert mine is not None
    return unit, int(mine["id"])


async def _forget(world: World, account: str = "ann") -> Any:
    await world.said(account, "注销")
    await world.press(account, "继续注销")
    return (await world.press(account, "确定注销"))[0]


async def test_open_things_end_with_it(world: World) -> None:
    unit, person = await _member(world)
    other = await world.unit("B2", "高一（4）班团支部", "branch", 1)
    await invite(world, unit.unit, person)
    by = await world.person("李书", other, "sec2", "secretary")
    code = await invite(world, other, by)
    await world.said("ann", f"/join {code}")
    await world.press("ann", "转过去")
    await _forget(world)
    states = {row.state for row in await rows(world, select(registrations))}
    assert "waiting" not in states
    mine = select(invites).where(invites.c.created_by == person)
    assert all(row.revoked_at is not None for row in await rows(world, mine))
    held = await rows(world, select(consents).where(consents.c.withdrawn_at.is_(None)))
    assert held == []


async def test_a_role_that_nobody_else_holds_is_handed_over_first(world: World) -> None:
    unit = await school_class(world)
    (refused,) = await world.said("sec", "注销")
    assert "交接" in refused.text
    assert "高一（3）班团支部的团支书" in refused.text
    assert "继续注销" not in refused.buttons
    second = await world.person("李书", unit.unit, "sec2", "secretary")
    assert "职务结束" in (await world.said("sec", "注销"))[0].text
    await world.press("sec", "继续注销")
    await world.press("sec", "确定注销")
    running = select(roles).where(roles.c.until.is_(None))
    assert [row.person_id for row in await rows(world, running)] == [second]


async def test_who_became_the_last_one_meanwhile_is_refused_too(world: World) -> None:
    unit = await school_class(world)
    await world.person("李书", unit.unit, "sec2", "secretary")
    await world.said("sec", "注销")
    await world.press("sec", "继续注销")
    await _forget(world, "sec2")
    (refused,) = await world.press("sec", "确定注销")
    assert "交接" in refused.text
    assert (await owner(world, "sec"))["name"] == "周书"  # type: ignore[index]


async def test_withdrawing_the_consent_first_is_the_way_out(world: World) -> None:
    await school_class(world)
    await world.said("sec", "隐私")
    await world.press("sec", "撤回同意")
    await world.press("sec", "确定撤回")
    done = await _forget(world, "sec")
    assert "已经注销" in done.text
    assert await owner(world, "sec") is None
    assert "周书" not in {row.name for row in await rows(world, select(persons))}


async def test_an_account_without_a_person_erases_its_own_traces(world: World) -> None:
    unit = await school_class(world, approval=True)
    await registered(world, "ann", unit.code, "王小明", phone="13800138000")
    done = await _forget(world)
    assert "全新" in done.text
    (one,) = await rows(world, select(registrations))
    assert (one.state, bytes(one.details_sealed)) == ("withdrawn", b"")
    old = select(dialogs.c.account_id).join(accounts, accounts.c.id == dialogs.c.account_id)
    assert await rows(world, old.where(accounts.c.external.like("gone:%"))) == []
    assert "王小明" not in str((await world.said("sec", "审批"))[0].text)
    look = await world.press("sec", "去看看")  # the button of the notice that came before
    assert look
    assert "王小明" not in look[0].text


async def test_a_stranger_who_never_said_anything_may_ask_too(world: World) -> None:
    await school_class(world)
    assert "全新" in (await _forget(world, "stranger")).text
    assert await world.said("stranger", "/start")


async def test_nobody_forgets_anybody_else(world: World) -> None:
    """QUALITY A11: an argument, an old button and a foreign button do nothing."""
    unit, person = await _member(world)
    await world.person("李四", unit.unit, "bob")
    await world.said("bob", f"/forget {person}")
    await world.press("bob", "继续注销")
    token = world.last("bob").buttons["确定注销"]  # type: ignore[union-attr]
    await world.said("ann", "注销")
    await world.send("ann", Kind.BUTTON, {"token": token})
    assert (await owner(world, "ann"))["name"] == "王小明"  # type: ignore[index]
    assert (await owner(world, "bob"))["name"] == "李四"  # type: ignore[index]


async def test_the_last_button_alone_does_nothing(world: World) -> None:
    await _member(world)
    await world.said("ann", "注销")
    await world.press("ann", "继续注销")
    await world.said("ann", "取消")
    (answer,) = await world.press("ann", "确定注销")
    assert "从头" in answer.text
    world.clock.forward(minutes=31)
    assert (await owner(world, "ann"))["name"] == "王小明"  # type: ignore[index]


async def test_a_guardians_consent_goes_too(world: World) -> None:
    unit = await school_class(world)
    await registered(world, "ann", unit.code, "王小明", "2010-03-05")
    await _forget(world)
    held = await rows(world, select(consents).where(consents.c.guardian_sealed.is_not(None)))
    assert held == []
    assert len(await rows(world, select(consents))) == 2  # that there was one is kept


async def test_a_message_that_waits_for_them_is_not_sent(world: World) -> None:
    _, person = await _member(world)
    await world.said("ann", "注销")
    await world.press("ann", "继续注销")

    async def later(tx: Any) -> None:
        await tx.script(
            "UPDATE outbox SET state = 'pending', not_before = '2027-01-01 00:00:00.000000'"
            " WHERE id = (SELECT MIN(id) FROM outbox)"
        )

    await world.app.store.turn(later)
    await world.press("ann", "确定注销")
    states = {row.state for row in await rows(world, select(outbox).order_by(outbox.c.id))}
    assert states == {"failed", "sent"}
    stale = await rows(world, select(outbox).where(outbox.c.reason == "forgotten"))
    assert [bytes(row.facts) for row in stale] == [b""]
    assert person


async def test_the_unit_hears_that_somebody_is_gone_without_a_name(world: World) -> None:
    await _member(world)
    await _forget(world)
    heard = world.last("sec")
    assert heard is not None
    assert "有一位成员注销了账号" in heard.text


async def test_what_was_proposed_about_them_is_withdrawn(world: World) -> None:
    root = await world.unit("QC", "青川区团委", "district")
    await world.person("周干部", root, "off1", "officer", birth=date(1990, 1, 1))
    await world.person("吴干部", root, "off2", "officer", birth=date(1990, 1, 1))
    target = await world.person("王小明", root, "ann", birth=date(1990, 1, 1))
    vault, at = world.app.house.vault, world.clock()

    async def propose(tx: Any) -> None:
        values = {"action": "appoint", "unit_id": root, "object_id": None, "proposed_by": 1}
        facts = {"unit": root, "role": "officer", "person": target}
        await offices.propose(tx, vault, values, facts, at)

    await world.app.store.turn(propose)
    await _forget(world)
    assert [row.state for row in await rows(world, select(proposals))] == ["withdrawn"]


@pytest.mark.parametrize("repeat", [1, 2])
async def test_a_repeated_confirmation_is_done_once(world: World, repeat: int) -> None:
    await _member(world)
    await world.said("ann", "注销")
    await world.press("ann", "继续注销")
    for _ in range(repeat):
        await world.press("ann", "确定注销", key="same")
    gone = await rows(world, select(persons).where(persons.c.status == "deleted"))
    assert len(gone) == 1
    lines = await rows(world, select(audited.c.id).where(audited.c.action == "own-delete"))
    assert len(lines) == 1


async def test_from_two_accounts_at_once_it_is_done_once(world: World) -> None:
    _, person = await _member(world)

    async def second(tx: Any) -> None:
        await world._account(tx, person, "ann2", world.clock())

    await world.app.store.turn(second)
    for account in ("ann", "ann2"):
        await world.said(account, "注销")
        await world.press(account, "继续注销")
    await asyncio.gather(world.press("ann", "确定注销"), world.press("ann2", "确定注销"))
    found = await rows(world, select(audited.c.id).where(audited.c.action == "own-delete"))
    assert len(found) == 1
    for account in ("ann", "ann2"):
        assert "加入 邀请码" in (await world.said(account, "我的"))[0].text


async def test_the_playground_does_not_offer_who_is_gone(world: World) -> None:
    await _member(world)
    await _forget(world)
    at = world.clock()
    names = {one.account for one in await world.app.store.read(lambda tx: web_people(tx, at))}
    assert "ann" in names
    assert not [name for name in names if name.startswith("gone:")]


def test_only_what_nobody_else_holds_is_handed_over() -> None:
    mine, theirs = Held("secretary", 1, "A", 7), Held("secretary", 1, "A", 8)
    other = Held("officer", 2, "B", 7)
    assert only_holder(7, [mine, theirs, other]) == [other]
    assert only_holder(7, [theirs]) == []
    assert only_holder(7, [mine, mine]) == [mine, mine]
