"""Two registrations that became one are one person's data, and are forgotten together."""

from __future__ import annotations

import json

from sqlalchemy import select

from domain.forgetting import PSEUDONYM
from storage import audit
from storage.schema import accounts, links, persons
from tests.joining import rows
from tests.merging import WECOM, Twice
from tests.world import World


async def test_the_export_has_both_registrations(world: World) -> None:
    both = await Twice(world).build()
    await both.served("ann", "下午2点到4点", "社区清扫")
    await both.served(WECOM, "上午8点到9点半", "植树")
    await both.merged()
    (answer,) = await world.said(WECOM, "我的数据")
    assert answer.message.attachment is not None
    sections = json.loads(answer.message.attachment.content)["sections"]
    assert sorted(one["status"] for one in sections["persons"]) == ["active", "merged"]
    assert {one["channel"] for one in sections["accounts"]} == {"web", "wecom"}
    assert {one["what"] for one in sections["entries"]} == {"社区清扫", "植树"}
    assert len(sections["merges"]) == len(sections["links"]) == 1


async def test_both_registrations_are_forgotten_and_nothing_takes_them_apart(
    world: World,
) -> None:
    both = await Twice(world).build()
    await both.served("ann", "下午2点到4点", "社区清扫")
    await both.served(WECOM, "上午8点到9点半", "植树")
    await both.merged()
    before = await both.sums()
    await world.said("ann", "注销")
    await world.press("ann", "继续注销")
    assert "已经注销" in (await world.press("ann", "确定注销"))[0].text
    assert await both.sums() == before
    for person in (both.web, both.twin):
        row = await both.of(person)
        assert (row.name, row.alias, row.status) == (PSEUDONYM, PSEUDONYM, "deleted")
        assert row.number_sealed is row.birth_sealed is row.phone_sealed is None
    held = await rows(world, select(accounts.c.id).where(accounts.c.person_id.is_not(None)))
    assert len(held) == 2  # the secretaries'
    (link,) = await rows(world, select(links))
    assert (link.state, link.code_index) == ("ended", None)
    heard = world.last(WECOM)
    assert heard is not None
    assert "另一个渠道注销" in heard.text
    for account in ("ann", WECOM):  # the buttons of before lead nowhere
        assert await world.said(account, "我的")
    assert not await rows(world, select(persons).where(persons.c.name == "王小明"))
    await world.app.ticking.seal()
    assert (await world.app.store.read(audit.verify)).broken_at is None
