"""/log in the chat: read back, asked, confirmed, taken back, refused kindly."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from bot.chat import Event, Kind
from storage.prepared import insert_row
from storage.schema import accounts, audit, claim_stretches, claims
from storage.tx import Tx
from tests.small_district import rows, settled
from tests.world import Spoken, World

_ACCOUNT = insert_row(accounts, "channel", "external", "person_id", "reachable", "created_at")
SENTENCE = "上周六下午两点到五点半在社区清扫"


def text(spoken: list[Spoken]) -> str:
    return "\n".join(one.text for one in spoken)


async def test_a_sentence_is_read_back_and_stored_only_when_confirmed(world: World) -> None:
    district = await settled(world)
    (echo,) = await world.said("zhou", f"/log {SENTENCE}")
    assert "2026年11月14日（周六） 14:00–17:30，3.5 小时" in echo.text
    assert "社区清扫" in echo.text
    assert "梧桐社区团支部" in echo.text
    assert list(echo.buttons) == ["确认", "重新写", "取消"]
    assert await rows(world, select(claims)) == []
    (sent,) = await world.press("zhou", "确认")
    assert "3.5 小时" in sent.text
    assert "撤回" in sent.buttons
    (claim,) = await rows(world, select(claims))
    assert (claim.person_id, claim.unit_id, claim.minutes) == (district.zhou, district.one, 210)
    assert (claim.what, claim.said, claim.state, claim.version) == (
        "社区清扫",
        SENTENCE,
        "waiting",
        1,
    )
    (stretch,) = await rows(world, select(claim_stretches))
    assert stretch.starts_at == datetime(2026, 11, 14, 6, tzinfo=UTC)
    told = world.last("sun")
    assert told is not None
    assert "周*满" in told.text
    assert "周小满" not in told.text  # it may go to any channel
    assert list(told.buttons) == ["通过", "驳回", "查看"]


async def test_the_word_and_the_button_do_the_same(world: World) -> None:
    await settled(world)
    assert "社区清扫" in text(await world.said("zhou", f"补录 {SENTENCE}"))
    await world.press("zhou", "取消")
    assert "哪天" in text(await world.said("zhou", "补录"))
    assert "社区清扫" in text(await world.said("zhou", SENTENCE))
    assert "报上去了" in text(await world.said("zhou", "好的"))
    await world.said("zhou", "/hours")
    assert "哪天" in text(await world.press("zhou", "补录"))


async def test_what_is_unclear_is_asked_and_answered_in_two_words(world: World) -> None:
    await settled(world)
    (asked,) = await world.said("zhou", "/log 2点到5点扫地")
    assert "哪一天" in asked.text
    assert list(asked.buttons) == ["今天", "昨天", "前天", "取消"]
    (asked,) = await world.press("zhou", "昨天")
    assert list(asked.buttons) == ["上午", "下午", "晚上", "取消"]
    (echo,) = await world.said("zhou", "下午")  # typed, like the button
    assert "11月21日（周六） 14:00–17:00，3 小时" in echo.text
    assert "扫地" in echo.text


async def test_a_sentence_without_a_deed_is_asked_for_it(world: World) -> None:
    await settled(world)
    assert "做了什么" in text(await world.said("zhou", "/log 昨天3小时"))
    (echo,) = await world.said("zhou", "  帮厨\u202e\n2026 INFO admin ")
    assert "帮厨 2026 INFO admin" in echo.text


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("昨天-5小时清扫", "请"),
        ("昨天0小时清扫", "请"),
        ("昨天25小时清扫", "请"),
        ("昨天1e9小时清扫", "请"),
        ("昨天nan小时清扫", "请"),
        ("昨天0x10小时清扫", "请"),
        ("昨天5,5小时清扫", "请"),
        ("昨天" + "9" * 450 + "小时清扫", "请"),
        ("2月31日3小时清扫", "没有这一天"),
        ("明天下午2点到5点清扫", "还没"),
        ("昨天下午5点到下午2点清扫", "早于"),
        ("今天下午2点到5点清扫", "还没"),
        ("2024年11月14日下午2点到5点清扫", "太早"),
        ("x" * 600, "太长"),
    ],
)
async def test_tricks_with_numbers_and_dates_store_nothing(
    world: World, said: str, answer: str
) -> None:
    await settled(world)
    (asked,) = await world.said("zhou", f"/log {said}")
    assert answer in asked.text
    assert "确认" not in asked.buttons
    assert await rows(world, select(claims)) == []


async def test_who_has_not_joined_is_shown_the_way(world: World) -> None:
    await settled(world)
    for words in (f"/log {SENTENCE}", "/hours"):
        assert "加入" in text(await world.said("stranger", words))
    assert await rows(world, select(claims)) == []


async def test_the_same_time_is_not_claimed_twice(world: World) -> None:
    await settled(world)
    await world.said("zhou", f"/log {SENTENCE}")
    await world.press("zhou", "确认")
    assert "已经报过" in text(await world.said("zhou", "/log 11月14日下午3点到4点扫雪"))
    await world.said("zhou", "/log 昨天3小时帮厨")
    await world.press("zhou", "确认")
    assert "已经报过" in text(await world.said("zhou", "/log 昨天3小时帮厨"))
    assert len(await rows(world, select(claims))) == 2


async def test_a_button_of_an_older_draft_confirms_nothing(world: World) -> None:
    await settled(world)
    (first,) = await world.said("zhou", "/log 昨天3小时帮厨")
    await world.said("zhou", f"/log {SENTENCE}")
    token = {"token": first.buttons["确认"]}
    assert "换过了" in text(await world.send("zhou", Kind.BUTTON, token))
    assert await rows(world, select(claims)) == []
    await world.press("zhou", "确认")
    await world.send("zhou", Kind.BUTTON, token)
    assert [row.what for row in await rows(world, select(claims))] == ["社区清扫"]


async def test_a_draft_forgets_itself(world: World) -> None:
    await settled(world)
    await world.said("zhou", f"/log {SENTENCE}")
    world.clock.forward(minutes=31)
    assert "换过了" in text(await world.press("zhou", "确认"))
    assert await rows(world, select(claims)) == []


async def test_a_claim_is_taken_back_while_it_waits(world: World) -> None:
    await settled(world)
    await world.said("zhou", f"/log {SENTENCE}")
    await world.press("zhou", "确认")
    assert "撤回了" in text(await world.press("zhou", "撤回"))
    (claim,) = await rows(world, select(claims))
    assert (claim.state, claim.version) == ("withdrawn", 2)
    assert "本人已经撤回" in text(await world.press("sun", "通过"))
    assert "已经撤回了" in text(await world.press("zhou", "撤回"))
    lines = await rows(world, select(audit.c.action).order_by(audit.c.id))
    assert [one.action for one in lines] == ["claim.make", "claim.withdraw"]


async def test_another_persons_claim_cannot_be_taken_back(world: World) -> None:
    district = await settled(world)
    await world.person("吴二", district.one, "wu")
    await world.said("zhou", f"/log {SENTENCE}")
    (sent,) = await world.press("zhou", "确认")
    answer = text(await world.send("wu", Kind.BUTTON, {"token": sent.buttons["撤回"]}))
    assert "过期" in answer  # the button was signed for somebody else
    assert [one.state for one in await rows(world, select(claims))] == ["waiting"]


async def test_where_nobody_can_review_the_member_is_told(world: World) -> None:
    unit = await world.unit("SOLO", "独支部", "branch")
    await world.person("周小满", unit, "zhou")
    await world.said("zhou", f"/log {SENTENCE}")
    assert "还没有能审批的人" in text(await world.press("zhou", "确认"))


async def test_a_late_record_is_taken_kindly(world: World) -> None:
    await settled(world)
    assert "10 个工作日" in text(await world.said("zhou", "/log 11月5日下午2点到5点清扫"))
    assert "10 个工作日" not in text(await world.said("zhou", "/log 11月6日下午2点到5点清扫"))


async def test_english_works_too(world: World) -> None:
    district = await settled(world)
    await world.person("Jane Roe", district.one, "jane", language="en")
    (echo,) = await world.said("jane", "/log 2026-11-14 14:00-17:30 community cleaning")
    assert "3.5 h" in echo.text
    assert "community cleaning" in echo.text
    assert "Sent: 3.5 h" in text(await world.press("jane", "Confirm"))


async def _account(world: World, name: str, person: int) -> None:
    async def work(tx: Tx) -> None:
        await tx.value(
            _ACCOUNT,
            channel="web",
            external=name,
            person_id=person,
            reachable=True,
            created_at=world.clock(),
        )

    await world.app.store.turn(work)


async def test_both_accounts_of_a_person_claim_the_same_once(world: World) -> None:
    """A47: the claims race; the person's row decides."""
    district = await settled(world)
    tokens = {}
    names = [f"zhou{number}" for number in range(20)]
    for name in names:
        await _account(world, name, district.zhou)
        (echo,) = await world.said(name, f"/log {SENTENCE}")
        tokens[name] = echo.buttons["确认"]
    await asyncio.gather(
        *(
            world.app.intake.accept(
                Event("web", name, f"race/{name}", Kind.BUTTON, {"token": token}, world.clock())
            )
            for name, token in tokens.items()
        )
    )
    await world.settle()
    assert [one.state for one in await rows(world, select(claims))] == ["waiting"]
    answers = [world.ear.heard[name][-1].text for name in names]
    assert sum("报上去了" in one for one in answers) == 1
    assert sum("已经报过" in one for one in answers) == 19


async def test_a_claim_speaks_of_the_day_on_which_it_was_said(world: World) -> None:
    """After an outage 昨天 is still the day before the message."""
    await settled(world)
    event = Event("web", "zhou", "late", Kind.TEXT, {"text": "/log 昨天3小时帮厨"}, world.clock())
    world.clock.forward(hours=20)
    await world.app.intake.accept(event)
    await world.settle()
    last = world.last("zhou")
    assert last is not None
    assert "11月21日" in last.text
    assert world.clock() > event.at + timedelta(hours=19)
