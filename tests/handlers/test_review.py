"""/review in the chat: cards, verdicts, the second person, bulk, and exactly one end."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from bot.chat import Kind
from storage.schema import audit, claims, entries, roles, verdicts
from storage.tx import Tx
from tests.small_district import District, rows, settled
from tests.world import Spoken, World


def text(spoken: list[Spoken]) -> str:
    return "\n".join(one.text for one in spoken)


async def claimed(world: World, account: str, words: str) -> int:
    """Claim in the chat and answer the claim's id."""
    await world.said(account, f"/log {words}")
    assert "报上去了" in text(await world.press(account, "确认"))
    found = await rows(world, select(claims.c.id).order_by(claims.c.id.desc()))
    return int(found[0].id)


async def states(world: World) -> list[str]:
    return [row.state for row in await rows(world, select(claims).order_by(claims.c.id))]


async def done(world: World) -> list[str]:
    """The audited changes."""
    lines = await rows(world, select(audit).order_by(audit.c.id))
    return [row.action for row in lines if row.verdict == "done"]


async def test_from_the_notice_to_an_entry(world: World) -> None:
    district = await settled(world)
    number = await claimed(world, "zhou", "昨天下午2点到5点半清扫，中间休息30分钟")
    (card,) = await world.press("sun", "查看")
    assert "周小满（梧桐社区团支部）" in card.text
    assert "14:00–17:30，3 小时" in card.text
    assert list(card.buttons) == ["通过", "驳回", "下一条", "看补录"]
    assert "通过了，3 小时" in text(await world.press("sun", "通过"))
    told = world.last("zhou")
    assert told is not None
    assert "通过了" in told.text
    (entry,) = await rows(world, select(entries))
    assert (entry.person_id, entry.unit_id, entry.minutes) == (district.zhou, district.one, 180)
    assert (entry.claim_id, entry.source, entry.year) == (number, "claim", 2026)
    assert entry.recorded_by == district.sun
    assert await states(world) == ["effective"]
    assert await done(world) == ["claim.make", "claim.approve"]


async def test_the_loser_of_a_race_reads_who_was_faster(world: World) -> None:
    await settled(world)
    await claimed(world, "zhou", "昨天3小时帮厨")
    (card,) = await world.press("sun", "查看")
    await world.press("sun", "通过")
    assert "这条已经办好了" in text(await world.press("sun", "驳回"))
    answer = await world.send("sun", Kind.BUTTON, {"token": card.buttons["通过"]})
    assert "这条已经办好了" in text(answer)
    assert await states(world) == ["effective"]
    assert len(await rows(world, select(verdicts))) == 1


@pytest.mark.parametrize("reason", ["时间不对", "和群里说的不一样"])
async def test_a_refusal_says_why_and_how_to_go_on(world: World, reason: str) -> None:
    await settled(world)
    await claimed(world, "zhou", "昨天3小时帮厨")
    (asked,) = await world.press("sun", "驳回")
    assert "为什么" in asked.text
    assert "驳回了" in text(await world.said("sun", reason))
    told = world.last("zhou")
    assert told is not None
    assert reason in told.text
    assert await states(world) == ["refused"]
    assert await rows(world, select(entries)) == []
    assert "昨天3小时帮厨" in text(await world.press("zhou", "修改后再报"))
    assert "2.5 小时" in text(await world.said("zhou", "昨天2.5小时帮厨"))
    await world.press("zhou", "确认")
    assert await states(world) == ["refused", "waiting"]


async def test_a_refusal_without_a_reason_is_no_refusal(world: World) -> None:
    await settled(world)
    await claimed(world, "zhou", "昨天3小时帮厨")
    await world.press("sun", "驳回")
    await world.press("sun", "取消")
    assert await states(world) == ["waiting"]


async def test_nobody_approves_their_own(world: World) -> None:
    await settled(world)
    await claimed(world, "sun", "昨天3小时帮厨")
    told = world.last("wang")  # the nearest who may: the officer above
    assert told is not None
    assert "孙*桐" in told.text
    assert "没有等你审批" in text(await world.said("sun", "/review"))
    assert "补录 1" in text(await world.said("wang", "/review"))
    await world.press("wang", "通过")
    assert await states(world) == ["effective"]


async def test_the_top_officers_hours_go_to_an_admin(world: World) -> None:
    district = await settled(world)
    await world.person("管一", district.root, "root")  # named in app.admins
    await claimed(world, "lin", "昨天3小时帮厨")
    told = world.last("root")
    assert told is not None
    assert "通过" in told.buttons
    await world.press("root", "通过")
    assert await states(world) == ["effective"]
    assert "by-admin" in [row.verdict for row in await rows(world, select(audit))]


async def test_more_than_eight_hours_take_two_people(world: World) -> None:
    await settled(world)
    assert "两位" in text(await world.said("zhou", "/log 昨天8:00-17:00值守"))
    await world.press("zhou", "确认")
    (card,) = await world.press("sun", "查看")
    assert "超过 8 小时" in card.text
    assert "还要第二位" in text(await world.press("sun", "通过"))
    assert await states(world) == ["second"]
    assert await rows(world, select(entries)) == []
    assert "要另一位" in text(await world.press("sun", "通过"))
    second = world.last("wang")
    assert second is not None
    assert "已有一位通过" in second.text
    await world.press("wang", "通过")
    assert await states(world) == ["effective"]
    assert [row.step for row in await rows(world, select(verdicts))] == [1, 2]
    assert await done(world) == ["claim.make", "claim.approve", "claim.approve"]


async def test_the_second_person_may_refuse(world: World) -> None:
    await settled(world)
    await claimed(world, "zhou", "昨天9小时值守")
    await world.press("sun", "通过")
    await world.press("wang", "驳回")
    await world.press("wang", "内容不清楚")
    assert await states(world) == ["refused"]
    assert await rows(world, select(entries)) == []


async def test_past_the_quota_of_claims_two_people_look(world: World) -> None:
    await settled(world)
    for day in ("11月16日", "11月17日"):
        await claimed(world, "zhou", f"{day}5小时帮厨")
        assert "生效" in text(await world.press("sun", "通过"))
    await claimed(world, "zhou", "11月18日15分钟帮厨")
    (card,) = await world.press("sun", "查看")
    assert "额度" in card.text
    assert "还要第二位" in text(await world.press("sun", "通过"))


async def test_in_bulk_only_what_needs_no_second_look(world: World) -> None:
    district = await settled(world)
    await world.person("吴二", district.one, "wu")
    await claimed(world, "zhou", "11月17日2小时帮厨")
    await claimed(world, "zhou", "11月18日1.5小时帮厨")
    await claimed(world, "wu", "11月17日2小时帮厨")
    await claimed(world, "wu", "11月18日9小时值守")
    assert "补录 4" in text(await world.said("sun", "/review"))
    (listed,) = await world.press("sun", "看补录")
    assert "共 4 条" in listed.text
    (asked,) = await world.press("sun", "通过本页")
    assert "3 条补录，2 人，共 5.5 小时" in asked.text
    assert await states(world) == ["waiting"] * 4
    assert "通过了 3 条，共 5.5 小时" in text(await world.press("sun", "确认通过"))
    assert await states(world) == ["effective"] * 3 + ["waiting"]
    assert (await done(world)).count("claim.approve") == 3
    again = await world.press("sun", "确认通过")
    assert "刚刚变过" in text(again)


async def test_in_bulk_what_has_changed_meanwhile_is_left_out(world: World) -> None:
    district = await settled(world)
    await world.person("吴二", district.one, "wu")
    await claimed(world, "zhou", "11月17日2小时帮厨")
    await claimed(world, "wu", "11月17日2小时帮厨")
    await world.said("sun", "/review")
    await world.press("sun", "看补录")
    await world.press("sun", "通过本页")
    await world.press("zhou", "撤回")
    answer = text(await world.press("sun", "确认通过"))
    assert "通过了 1 条" in answer
    assert "另有 1 条" in answer
    assert await states(world) == ["withdrawn", "effective"]


async def test_one_after_the_other(world: World) -> None:
    await settled(world)
    for day in (16, 17, 18):
        await claimed(world, "zhou", f"11月{day}日{day - 15}小时帮厨")
    await world.said("sun", "/review")
    await world.press("sun", "看补录")
    (card,) = await world.press("sun", "1 周小满")
    assert "1 小时" in card.text
    (card,) = await world.press("sun", "下一条")
    assert "2 小时" in card.text
    await world.press("sun", "通过")
    (card,) = await world.press("sun", "下一条")
    assert await states(world) == ["waiting", "effective", "waiting"]
    await world.press("sun", "通过")
    await world.press("sun", "下一条")
    await world.press("sun", "通过")
    assert "没有等你审批" in text(await world.press("sun", "下一条"))


async def test_lists_have_pages_of_eight(world: World) -> None:
    await settled(world)
    for day in range(10, 20):
        await claimed(world, "zhou", f"11月{day}日15分钟帮厨")
    await world.said("sun", "/review")
    (page,) = await world.press("sun", "看补录")
    assert "共 10 条" in page.text
    assert len(page.text.splitlines()) == 9
    (page,) = await world.press("sun", "下一页")
    assert len(page.text.splitlines()) == 3
    assert "上一页" in page.buttons


async def test_who_reviews_nothing_finds_nothing(world: World) -> None:
    await settled(world)
    for account in ("zhou", "stranger"):
        assert "没有找到" in text(await world.said(account, "/review"))
    refused = await rows(world, select(audit).where(audit.c.verdict == "refused"))
    assert {row.action for row in refused} == {"review-list"}


async def test_a_claim_of_another_branch_does_not_exist(world: World) -> None:
    district = await settled(world)
    await world.person("韩水杉", district.three, "han", "secretary")
    await claimed(world, "zhou", "昨天3小时帮厨")
    assert "没有等你审批" in text(await world.said("han", "/review"))
    notice = world.last("sun")
    assert notice is not None
    for label in ("通过", "驳回", "查看"):  # a button that leaked is of no use to others
        answer = await world.send("han", Kind.BUTTON, {"token": notice.buttons[label]})
        assert "过期" in text(answer)
    assert await states(world) == ["waiting"]


async def _retired(world: World, district: District) -> None:
    async def work(tx: Tx) -> None:
        await tx.script(
            str(
                update(roles)
                .where(roles.c.person_id == district.sun)
                .values(until=world.clock() - timedelta(seconds=1))
                .compile(dialect=tx.dialect, compile_kwargs={"literal_binds": True})
            )
        )

    await world.app.store.turn(work)


async def test_old_buttons_are_dead_after_the_office(world: World) -> None:
    """A40: the right is asked for when the button is pressed."""
    district = await settled(world)
    await claimed(world, "zhou", "昨天3小时帮厨")
    await _retired(world, district)
    for label in ("通过", "驳回", "查看"):
        assert "没有找到" in text(await world.press("sun", label))
    assert await states(world) == ["waiting"]
    refused: list[Any] = await rows(world, select(audit).where(audit.c.verdict == "refused"))
    assert {row.action for row in refused} == {"approve"}


async def test_what_overlaps_by_now_can_only_be_refused(world: World) -> None:
    """An entry that came meanwhile, as attendance will: the reviewer is told, nothing breaks."""
    await settled(world)
    await claimed(world, "zhou", "昨天下午2点到5点帮厨")

    async def between(tx: Tx) -> None:
        await tx.script(
            "INSERT INTO entries (person_id, unit_id, source, year, day, starts_at, ends_at,"
            " minutes, what, part, recorded_at, inbox_id) SELECT person_id, unit_id, 'claim',"
            " 2026, '2026-11-21', '2026-11-21 07:00:00.000000', '2026-11-21 08:00:00.000000',"
            " 60, 'x', 10, created_at, 0 FROM claims"
        )

    await world.app.store.turn(between)
    (answer,) = await world.press("sun", "通过")
    assert "已有生效的记录" in answer.text
    assert "驳回" in answer.buttons
    assert await states(world) == ["waiting"]
