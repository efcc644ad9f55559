"""/start, /me, /help, /privacy, /lang, 取消 and what is not understood."""

from __future__ import annotations

from sqlalchemy import select

from bot.chat import Kind
from storage.schema import consents, persons, roles
from tests.joining import invite, registered, rows
from tests.world import World


async def _unit(world: World) -> tuple[int, str]:
    district = await world.unit("D1", "青禾区团委", "district")
    unit = await world.unit("B1", "一班团支部", "branch", district)
    secretary = await world.person("周书", unit, "sec", "secretary")
    return unit, await invite(world, unit, secretary)


async def test_my_own_card_is_masked_and_my_phone_can_be_changed(world: World) -> None:
    _, code = await _unit(world)
    await registered(world, "ann", code, "王小明", number="20230101", phone="13800138000")
    text = (await world.said("ann", "/me"))[0].text
    assert "青禾区团委、一班团支部" in text
    assert "138****8000" in text
    assert "***01" in text
    await world.press("ann", "修改资料")
    await world.press("ann", "手机")
    assert "11 位" in (await world.said("ann", "12"))[0].text
    assert "139****9000" in (await world.said("ann", "13900139000"))[0].text
    await world.press("ann", "确认")
    assert "139****9000" in (await world.said("ann", "/me"))[0].text


async def test_my_phone_can_be_cleared(world: World) -> None:
    _, code = await _unit(world)
    await registered(world, "ann", code, "王小明", phone="13800138000")
    await world.said("ann", "/me")
    await world.press("ann", "修改资料")
    await world.press("ann", "手机")
    assert "清空" in (await world.press("ann", "清空"))[0].text
    await world.press("ann", "确认")
    found = await rows(world, select(persons).where(persons.c.name == "王小明"))
    assert (found[0].phone_sealed, found[0].phone_index) == (None, None)
    await world.press("ann", "修改资料")
    assert "清空" not in (await world.press("ann", "手机"))[0].buttons


async def test_who_has_not_joined_reads_how_to(world: World) -> None:
    await _unit(world)
    assert "加入 邀请码" in (await world.said("stranger", "我的"))[0].text
    said = await world.said("stranger", "/start")
    assert "加入" in said[0].buttons
    assert "邀请码发给我" in (await world.press("stranger", "加入"))[0].text


async def test_help_shows_what_this_person_can_do(world: World) -> None:
    unit, _ = await _unit(world)
    await world.person("王小明", unit, "ann")
    stranger = (await world.said("stranger", "/help"))[0].text
    member = (await world.said("ann", "帮助"))[0].text
    secretary = (await world.said("sec", "帮助"))[0].text
    assert "加入 —" in stranger
    assert "时长 —" not in stranger
    assert "时长 —" in member
    assert "名单 —" not in member
    assert "名单 —" in secretary
    assert "组织 —" not in secretary
    assert "加入 —" not in secretary
    heard = world.last("sec")
    assert heard is not None
    assert {"名单", "审批"} <= set(heard.buttons)


async def test_what_is_not_understood_gets_the_nearest_things(world: World) -> None:
    unit, _ = await _unit(world)
    await world.person("王小明", unit, "ann")
    said = await world.said("ann", "我想看看我的时长有多少")
    assert "时长" in said[0].buttons
    assert 2 <= len(said[0].buttons) <= 4
    assert "王小明" in (await world.press("ann", "我的"))[0].text
    assert "时长" in (await world.said("ann", "/houers"))[0].buttons
    assert "照片收到了" in (await world.send("ann", Kind.PHOTO, {"media": "1"}))[0].text
    where = {"latitude": 31.0, "longitude": 121.0}
    assert "没有保存" in (await world.send("ann", Kind.LOCATION, where))[0].text
    assert await world.said("ann", "大家好", private=False) == []


async def test_a_button_that_leads_somewhere_keeps_its_rights(world: World) -> None:
    unit, _ = await _unit(world)
    await world.person("王小明", unit, "ann")
    await world.said("sec", "帮助")
    found = world.last("sec")
    assert found is not None
    token = found.buttons["我的"]
    said = await world.send("ann", Kind.BUTTON, {"token": token})
    assert "过期" in said[0].text  # signed for somebody else


async def test_withdrawing_means_leaving_and_the_way_back_is_to_join(world: World) -> None:
    unit, code = await _unit(world)
    await registered(world, "ann", code, "王小明", number="20230101")
    person = (await rows(world, select(persons).where(persons.c.name == "王小明")))[0]
    text = (await world.said("ann", "隐私"))[0].text
    assert "登记和时长：2026年11月22日（周日）同意" in text
    assert "离开组织" in (await world.press("ann", "撤回同意"))[0].text
    await world.press("ann", "确定撤回")
    assert "王*明离开了组织" in str(world.last("sec"))
    gone = (await rows(world, select(persons).where(persons.c.id == person.id)))[0]
    assert (gone.status, gone.home_unit_id) == ("left", None)
    found = await rows(world, select(consents).where(consents.c.withdrawn_at.is_(None)))
    assert found == []
    assert "加入 邀请码" in (await world.said("ann", "我的"))[0].text
    said = await registered(world, "ann", code, "王小明", number="20230101")
    assert "名单上找到你了" in said[0].text
    back = (await rows(world, select(persons).where(persons.c.name == "王小明")))[0]
    assert (back.id, back.status, back.home_unit_id) == (person.id, "active", unit)


async def test_withdrawing_ends_roles(world: World) -> None:
    unit, _ = await _unit(world)
    person = await world.person("吴言", unit, "sec2", "secretary")
    await world.said("sec2", "隐私")
    await world.press("sec2", "撤回同意")
    await world.press("sec2", "确定撤回")
    held = await rows(world, select(roles).where(roles.c.person_id == person))
    assert all(row.until is not None for row in held)
    assert "没有找到" in (await world.said("sec2", "名单"))[0].text


async def test_the_language_changes_in_the_answer_itself(world: World) -> None:
    unit, _ = await _unit(world)
    await world.person("王小明", unit, "ann")
    await world.said("ann", "语言")
    assert (await world.press("ann", "English"))[0].text == "All right, English from now on."
    assert "Unit:" in (await world.said("ann", "/me"))[0].text
    assert "好" in (await world.said("ann", "/lang 中文"))[0].text


async def test_cancel_leaves_a_dialog_without_buttons_too(world: World) -> None:
    _, code = await _unit(world)
    await world.said("ann", f"/join {code}")
    await world.press("ann", "同意")
    assert "先不弄了" in (await world.said("ann", "/cancel"))[0].text
    assert "没看懂" in (await world.said("ann", "王小明"))[0].text


async def test_a_dialog_forgets_itself_after_half_an_hour(world: World) -> None:
    _, code = await _unit(world)
    await world.said("ann", f"/join {code}")
    world.clock.forward(minutes=31)
    assert "从头再来" in (await world.press("ann", "同意"))[0].text
    assert await rows(world, select(consents)) == []


async def test_the_operator_hears_that_the_top_unit_has_no_officer(world: World) -> None:
    """Nobody is kept from withdrawing a consent; what is missing then reaches app.admins."""
    root = await world.unit("QC", "青川区团委", "district")
    await world.person("周知行", root, "officer", role="officer")
    await world.person("管事的", root, "root")
    await world.said("officer", "隐私")
    await world.press("officer", "撤回同意")
    await world.press("officer", "确定撤回")
    await world.app.dispatcher.look()
    await world.settle()
    heard = world.last("root")
    assert heard is not None
    assert "没有团委干部" in heard.text


async def test_what_waits_for_my_verdict_stands_on_my_card(world: World) -> None:
    """One line and the button 审批; kinds of which nothing waits are left out there and there."""
    unit, _ = await _unit(world)
    await world.person("王小明", unit, "ann")
    (idle,) = await world.said("sec", "/me")
    assert "没有等着处理的事" in idle.text
    assert "审批" not in idle.buttons
    await world.said("ann", "/log 昨天下午2点到4点清扫")
    await world.press("ann", "确认")
    (card,) = await world.said("sec", "/me")
    assert "· 等你审批：补录 1" in card.text
    assert "没有等着处理的事" not in card.text
    (listed,) = await world.press("sec", "审批")
    assert listed.text.startswith("等你审批：补录 1。")
    assert "审批" not in (await world.said("ann", "/me"))[0].buttons  # hers waits: it says so


async def test_my_card_leaves_out_what_is_not_there(world: World) -> None:
    unit, _ = await _unit(world)
    await world.person("王小明", unit, "ann")
    (card,) = await world.said("ann", "/me")
    assert card.text.startswith(
        "王小明\n组织：青禾区团委、一班团支部\n身份：共青团员\n渠道：网页\n\n"
    )
    assert "（没有）" not in card.text
    assert "职务：一班团支部的团支书" in (await world.said("sec", "/me"))[0].text
