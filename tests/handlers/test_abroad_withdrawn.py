"""Taking the consent to Telegram back: answers still go there, and nothing else does."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from bot.chat import Say
from services.turn import Turn, tell
from storage import people
from storage.schema import accounts, consents, outbox, persons
from tests.joining import Class, rows, school_class
from tests.world import World

TG = "telegram:ann"


async def _abroad(world: World, agreed: bool = False) -> Class:
    made = await school_class(world)
    world.also("telegram", agreed=agreed)
    return made


async def _joined(world: World, code: str, account: str = TG) -> Any:
    """Agree to both, answer everything, confirm."""
    await world.said(account, f"/start {code}")
    await world.press(account, "同意")
    await world.press(account, "同意")
    await world.said(account, "王小明")
    await world.said(account, "2000-03-05")
    await world.said(account, "20230101")
    await world.said(account, "13800138000")
    read_back = await world.press(account, "青年")
    await world.press(account, "确认")
    return read_back[0]


async def _bound(world: World, account: str, person: int) -> None:
    """Say that an account belongs to a person, as linking does."""
    await world.said(account, "/help")
    channel, external = account.split(":") if ":" in account else ("web", account)

    async def work(tx: Any) -> None:
        await tx.script(
            f"UPDATE accounts SET person_id = {person}"  # noqa: S608  # numbers of the test
            f" WHERE channel = '{channel}' AND external = '{external}'"
        )

    await world.app.store.turn(work)


async def _told(world: World, person: int, key: str) -> bool:
    """Tell a person something that they did not ask for."""

    async def work(tx: Any) -> tuple[bool, Turn]:
        account = await people.account(tx, 1)
        assert account is not None
        turn = Turn(
            tx=tx,
            house=world.app.house,
            at=world.clock(),
            said_at=world.clock(),
            event_id=0,
            account=account,
            person=None,
            actor=None,  # type: ignore[arg-type]  # nobody asks for a right
            dialog=None,  # type: ignore[arg-type]  # nobody speaks
        )
        return await tell(turn, person, Say("common.done"), key), turn

    told, turn = await world.app.store.turn(work)
    world.app.dispatcher.take(turn.posted)
    await world.settle()
    return told


async def test_who_took_it_back_gets_answers_and_nothing_else(world: World) -> None:
    here = await _abroad(world)
    await _joined(world, here.code)
    (me,) = await rows(world, select(persons.c.id).where(persons.c.name == "王小明"))
    assert await _told(world, me.id, "one")
    heard = len(world.others["telegram"].heard["ann"])
    await world.said(TG, "隐私")
    (asked,) = await world.press(TG, "停用 Telegram")
    for word in ("马上生效", "还是会回答", "你的其他渠道不受影响"):
        assert word in asked.text
    (done,) = await world.press(TG, "确定停用")
    assert "已经停用" in done.text
    before = len(world.others["telegram"].heard["ann"])
    assert before > heard
    assert not await _told(world, me.id, "two")
    assert len(world.others["telegram"].heard["ann"]) == before
    assert "王*明" in (await world.said(TG, "/me"))[0].text  # what is asked is answered
    (kept,) = await rows(world, select(consents).where(consents.c.purpose == "telegram"))
    assert kept.withdrawn_at is not None
    await world.said(TG, "/start")
    await world.press(TG, "同意")
    assert await _told(world, me.id, "three")


async def test_what_waited_does_not_leave_any_more(world: World) -> None:
    here = await _abroad(world)
    await _joined(world, here.code)
    (mine,) = await rows(world, select(accounts.c.id).where(accounts.c.external == "ann"))

    newest = f"SELECT MAX(id) FROM outbox WHERE account_id = {mine.id}"  # noqa: S608
    waits = "state = 'pending', answer = false, not_before = '2026-11-23 02:00:00.000000'"

    async def later(tx: Any) -> None:
        await tx.script(f"UPDATE outbox SET {waits} WHERE id = ({newest})")  # noqa: S608

    await world.app.store.turn(later)
    await world.said("ann", "隐私")  # a stranger of the same name on the web changes nothing
    await world.said(TG, "隐私")
    await world.press(TG, "停用 Telegram")
    await world.press(TG, "确定停用")
    stopped = await rows(world, select(outbox).where(outbox.c.reason == "consent withdrawn"))
    assert [row.state for row in stopped] == ["failed"]


async def test_another_channel_is_told_instead(world: World) -> None:
    here = await _abroad(world)
    await _joined(world, here.code)
    (me,) = await rows(world, select(persons.c.id).where(persons.c.name == "王小明"))
    await _bound(world, "ann2", me.id)
    await world.said(TG, "隐私")
    await world.press(TG, "停用 Telegram")
    await world.press(TG, "确定停用")
    assert await _told(world, me.id, "elsewhere")
    heard = world.last("ann2")
    assert heard is not None
    assert heard.text == world.app.words.say("zh-CN", "common.done", {})


async def test_it_can_be_taken_back_from_the_web(world: World) -> None:
    here = await _abroad(world)
    await _joined(world, here.code)
    (me,) = await rows(world, select(persons.c.id).where(persons.c.name == "王小明"))
    await _bound(world, "ann2", me.id)
    await world.said("ann2", "隐私")
    await world.press("ann2", "停用 Telegram")
    await world.press("ann2", "确定停用")
    await world.said("ann2", "隐私")
    assert "停用 Telegram" not in world.last("ann2").buttons  # type: ignore[union-attr]
    assert await _told(world, me.id, "web")  # on the web


async def test_who_never_agreed_is_told_nothing_there(world: World) -> None:
    here = await _abroad(world)
    person = await world.person("吴言", here.unit)
    await _bound(world, TG, person)
    assert not await _told(world, person, "never")


async def test_forgetting_oneself_on_telegram_is_told_at_the_end(world: World) -> None:
    here = await _abroad(world)
    await _joined(world, here.code)
    await world.said(TG, "注销")
    await world.press(TG, "继续注销")
    (done,) = await world.press(TG, "确定注销")
    assert "已经注销" in done.text
    assert "境外" in (await world.said(TG, "/start"))[0].text  # asked anew, like everybody
