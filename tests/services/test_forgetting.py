"""/forget: nothing personal can be reached afterwards, and every sum and the chain still hold."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select

from domain.forgetting import PSEUDONYM
from storage import audit
from storage.schema import (
    accounts,
    balances,
    claims,
    entries,
    homes,
    metadata,
    persons,
)
from tests.joining import Class, owner, registered, rows, school_class
from tests.world import World


async def _member(world: World) -> tuple[Class, int]:
    unit = await school_class(world)
    await registered(world, "ann", unit.code, "王小明", number="20230101", phone="13800138000")
    mine = await owner(world, "ann")
    assert mine is not None
    return unit, int(mine["id"])


async def _served(world: World) -> None:
    """A claim that was approved, and one that waits."""
    await world.said("ann", "补录 昨天上午9点到10点在敬老院帮王奶奶打扫")
    await world.press("ann", "确认")
    await world.said("sec", "审批")
    await world.press("sec", "看补录")
    await world.press("sec", "通过")
    await world.said("ann", "补录 前天上午9点到10点在图书馆整理")
    await world.press("ann", "确认")


async def _forget(world: World, account: str = "ann") -> Any:
    await world.said(account, "注销")
    await world.press(account, "继续注销")
    return (await world.press(account, "确定注销"))[0]


async def _everything(world: World) -> str:
    """Every column of every table as text, sealed ones opened."""
    vault = world.app.house.vault
    found: list[str] = []
    for table in metadata.tables.values():
        for row in await rows(world, select(table)):
            for name, value in row._asdict().items():
                label = f"{table.name}.{name.removesuffix('_sealed')}"
                sealed = isinstance(value, (bytes, memoryview)) and len(bytes(value)) > 0
                found.append(vault.open(label, bytes(value)) if sealed else str(value))
    return "\n".join(found)


async def _sums(world: World) -> Any:
    by_unit = select(entries.c.unit_id, func.sum(entries.c.minutes).label("minutes"))
    kept = select(balances.c.unit_id, func.sum(balances.c.minutes).label("minutes"))
    counted = await rows(world, by_unit.group_by(entries.c.unit_id))
    stored = await rows(world, kept.group_by(balances.c.unit_id))
    return sorted(map(tuple, counted)), sorted(map(tuple, stored))


async def test_it_is_asked_twice_and_says_what_goes_and_what_stays(world: World) -> None:
    await _member(world)
    await _served(world)
    (first,) = await world.said("ann", "注销")
    for word in ("姓名", "手机号", "1 小时", "已注销成员", "网页", "1 条等审批的补录"):
        assert word in first.text, word
    (last,) = await world.press("ann", "继续注销")
    assert "不能撤销" in last.text
    assert (await owner(world, "ann"))["name"] == "王小明"  # type: ignore[index]
    assert "按钮" in (await world.said("ann", "好吧"))[0].text
    (done,) = await world.said("ann", "确定注销")  # typed words count as the button
    assert "已经注销" in done.text


async def test_nothing_personal_is_left_and_every_sum_holds(world: World) -> None:
    """QUALITY L01, L02, L15: sums at unit level and the chain hold; no PII reachable."""
    unit, person = await _member(world)
    await _served(world)
    await world.said("ann", "我的数据")
    before = await _sums(world)
    assert "王小明" in await _everything(world)
    await world.app.ticking.seal()
    await _forget(world)
    await world.app.ticking.seal()
    assert await _sums(world) == before
    assert before[0] == before[1]
    found = await world.app.store.read(audit.verify)
    assert found.broken_at is None
    left = await _everything(world)
    for secret in ("20230101", "2000-03-05", "13800138000"):
        assert secret not in left, secret
    (row,) = await rows(world, select(persons).where(persons.c.id == person))
    assert (row.name, row.alias, row.status) == (PSEUDONYM, PSEUDONYM, "deleted")
    assert row.phone_index is row.number_index is row.birth_sealed is None
    (home,) = await rows(world, select(homes).where(homes.c.person_id == person))
    assert home.until is not None
    spoken = await world.said("sec", "名单")
    assert "王" not in spoken[0].text
    assert unit.unit


async def test_the_words_of_others_are_the_only_trace_and_go_in_some_days(world: World) -> None:
    """What others were told about them lasts `inbox_days`; nothing else has the name."""
    await _member(world)
    await _served(world)
    await _forget(world)
    world.clock.forward(days=8)
    assert await world.app.ticking.purge()
    left = await _everything(world)
    for secret in ("王小明", "王*明", "13800138000", "20230101"):
        assert secret not in left, secret


async def test_the_service_that_was_done_stays_the_record_of_the_unit(world: World) -> None:
    _, person = await _member(world)
    await _served(world)
    await _forget(world)
    kept, gone = await rows(
        world, select(claims).where(claims.c.person_id == person).order_by(claims.c.id)
    )
    assert (kept.said, kept.state) == ("", "effective")
    assert "打扫" in kept.what
    assert (gone.said, gone.what, gone.place, gone.state) == ("", "—", None, "withdrawn")
    assert len(await rows(world, select(entries).where(entries.c.person_id == person))) == 1


async def test_the_account_begins_from_zero(world: World) -> None:
    unit, person = await _member(world)
    await _forget(world)
    assert "没有" in (await world.said("ann", "隐私"))[0].text
    assert "加入 邀请码" in (await world.said("ann", "我的"))[0].text
    said = await registered(world, "ann", unit.code, "王小明", number="20230101")
    assert "名单上找到你了" not in said[0].text
    back = await owner(world, "ann")
    assert back is not None
    assert back["id"] != person
    old = await rows(world, select(accounts).where(accounts.c.external.like("gone:%")))
    assert [(row.person_id, bool(row.reachable)) for row in old] == [(None, False)]


async def test_every_channel_of_the_person_is_detached_and_told(world: World) -> None:
    _, person = await _member(world)

    async def second(tx: Any) -> None:
        await world._account(tx, person, "ann2", world.clock())

    await world.app.store.turn(second)
    await world.said("ann2", "我的")
    await _forget(world)
    heard = world.last("ann2")
    assert heard is not None
    assert "另一个渠道注销" in heard.text
    assert "加入 邀请码" in (await world.said("ann2", "我的"))[0].text
    assert (await rows(world, select(accounts).where(accounts.c.person_id == person))) == []


async def test_what_goes_reads_as_sentences_and_without_gaps(world: World) -> None:
    here = await school_class(world)
    await registered(world, "ann", here.code, "王小明")
    me = await owner(world, "ann")
    assert me is not None
    world.also("telegram", agreed=True)
    await world.said("telegram:ann", "/help")

    async def work(tx: Any) -> None:
        await tx.script(
            f"UPDATE accounts SET person_id = {me['id']}"  # noqa: S608  # numbers of the test
            " WHERE channel = 'telegram' AND external = 'ann'"
        )

    await world.app.store.turn(work)
    (first,) = await world.said("ann", "注销")
    assert "账号会解除：网页、Telegram。" in first.text
    (stranger,) = await world.said("bob", "注销")
    for text in (first.text, stranger.text):
        assert "\n\n" not in text
        assert "0 小时" not in text  # nothing was recorded, no invite was ever made
        assert "邀请码会失效" not in text
    await world.person("吴言", here.unit, "sec2", "secretary")
    (office,) = await world.said("sec", "注销")
    assert "· 发过的 1 个邀请码会失效" in office.text
    assert "0 小时" not in office.text
