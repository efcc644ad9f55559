"""What Telegram may not be told, and the consent that comes before anything else there."""

from __future__ import annotations

import base64
import json
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from bot.chat import Kind
from storage.schema import consents, persons, registrations
from tests.joining import Class, invite, owner, registered, rows, school_class
from tests.world import World

TG = "telegram:ann"
PRIVATE = ("13800138000", "20230101", "2000-03-05", "2000年3月5日")


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


@pytest.mark.parametrize("way", ["/start", "/start {code}", "/join {code}", "加入 {code}"])
async def test_it_is_asked_before_anything_is_stored(world: World, way: str) -> None:
    here = await _abroad(world)
    (asked,) = await world.said(TG, way.format(code=here.code))
    for word in ("境外", "不会发到那里的：手机号", "撤回", "同意消息经 Telegram 存到境外吗"):
        assert word in asked.text, word
    assert {"同意", "不同意", "隐私"} <= set(asked.buttons)
    assert await rows(world, select(consents)) == []
    assert "点“同意”" in (await world.said(TG, "什么意思"))[0].text
    (declined,) = await world.press(TG, "不同意")
    assert "只有账号编号和最近几天的消息" in declined.text
    assert await rows(world, select(consents)) == []
    assert await rows(world, select(registrations)) == []


async def test_a_yes_is_kept_with_its_version_and_goes_on_where_it_was(world: World) -> None:
    here = await _abroad(world)
    await world.said(TG, f"/start {here.code}")
    (notice,) = await world.press(TG, "同意")
    assert "高一（3）班团支部" in notice.text
    (kept,) = await rows(world, select(consents))
    assert (kept.purpose, kept.withdrawn_at) == ("telegram", None)
    assert kept.text_version
    assert "境外" not in (await world.said(TG, f"/start {here.code}"))[0].text


async def test_without_a_code_it_goes_on_with_the_welcome(world: World) -> None:
    await _abroad(world)
    await world.said(TG, "开始")
    (welcome,) = await world.press(TG, "同意")
    assert "加入" in welcome.buttons


async def test_on_the_web_nobody_is_asked(world: World) -> None:
    here = await _abroad(world)
    assert "境外" not in (await world.said("ann", f"/start {here.code}"))[0].text


async def test_in_english_too(world: World) -> None:
    await _abroad(world)
    await world.said(TG, "/lang en")
    (asked,) = await world.said(TG, "/start")
    assert "kept on its servers outside the country" in asked.text
    assert "Do not" not in (await world.press(TG, "I do not agree"))[0].text


async def test_an_old_yes_button_does_nothing(world: World) -> None:
    await _abroad(world)
    await world.said(TG, "/start")
    await world.press(TG, "不同意")
    assert "从头" in (await world.press(TG, "同意"))[0].text
    assert await rows(world, select(consents)) == []


async def test_while_registering_nothing_private_is_read_back(world: World) -> None:
    here = await _abroad(world)
    read_back = await _joined(world, here.code)
    for secret in (*PRIVATE, "王小明"):
        assert secret not in read_back.text
    assert "王*明" in read_back.text
    for line in ("出生日期：已填", "编号：已填"):
        assert line in read_back.text
    assert "手机" not in read_back.text
    for sign in ("***", "01", "2000"):  # no part of it either
        assert sign not in read_back.text
    (person,) = await rows(world, select(persons).where(persons.c.name == "王小明"))
    assert person.status == "active"
    for said in ("/me", "我的数据", "/hours", "隐私"):
        for answer in await world.said(TG, said):
            for secret in (*PRIVATE, "王小明", "***01", "***"):
                assert secret not in answer.text, said


async def test_the_file_of_the_own_data_leaves_them_out_and_says_where_they_are(
    world: World,
) -> None:
    here = await _abroad(world)
    await _joined(world, here.code)
    (answer,) = await world.said(TG, "我的数据")
    assert "先绑定一个不在境外的渠道" in answer.text
    assert "绑定" in answer.buttons
    assert answer.message.attachment is not None
    whole = answer.message.attachment.content.decode()
    for secret in ("13800138000", "20230101", "2000-03-05"):
        assert secret not in whole
    found = json.loads(whole)
    left_out = {(one["section"], one["field"]) for one in found["withheld"]}
    assert {("persons", "number"), ("persons", "birth"), ("registrations", "birth")} <= left_out
    assert found["sections"]["persons"][0]["name"] == "王小明"  # one's own, and of age


async def test_a_minors_own_name_stays_out_of_it(world: World) -> None:
    here = await _abroad(world, agreed=True)
    person = await world.person("李小朵", here.unit, "kid", birth=date(2011, 1, 1))
    await _bound(world, TG, person)
    (answer,) = await world.said(TG, "我的数据")
    assert answer.message.attachment is not None
    assert "李小朵" not in answer.message.attachment.content.decode()
    (here_,) = await world.said("kid", "我的数据")
    assert here_.message.attachment is not None
    assert "李小朵" in here_.message.attachment.content.decode()


async def test_the_operator_may_let_numbers_go_but_no_minors_name(
    world: World, monkeypatch: Any
) -> None:
    """privacy.telegram_personal_data."""
    here = await _abroad(world, agreed=True)
    object.__setattr__(world.app.house, "telegram_personal_data", True)
    young = await world.person("李小朵", here.unit, birth=date(2011, 1, 1), number="777001")
    await _bound(world, TG, young)
    (answer,) = await world.said(TG, "我的数据")
    assert answer.message.attachment is not None
    whole = answer.message.attachment.content.decode()
    assert "777001" in whole
    assert "李小朵" not in whole
    await _bound(world, "telegram:sec", here.secretary)
    assert "李小朵" not in (await world.said("telegram:sec", "名单"))[0].text
    assert "不在境外的渠道" not in (await world.said("telegram:sec", "导入"))[0].text


async def test_a_secretary_sees_aliases_and_no_numbers(world: World) -> None:
    here = await _abroad(world, agreed=True)
    await world.person("李小朵", here.unit, birth=date(2011, 1, 1), number="777001")
    await _bound(world, "telegram:sec", here.secretary)
    (listed,) = await world.said("telegram:sec", "名单")
    assert "李*朵" in listed.text
    assert "李小朵" not in listed.text
    (card,) = await world.press("telegram:sec", "李*朵")
    for secret in ("李小朵", "777001", "2011"):
        assert secret not in card.text
    assert "777001" in await _card_on_the_web(world)


async def _card_on_the_web(world: World) -> str:
    await world.said("sec", "名单")
    return (await world.press("sec", "李小朵"))[0].text


async def test_rosters_do_not_go_through_telegram(world: World) -> None:
    here = await _abroad(world, agreed=True)
    await _bound(world, "telegram:sec", here.secretary)
    (refused,) = await world.said("telegram:sec", "导入")
    assert "先绑定一个不在境外的渠道" in refused.text
    assert "绑定" in refused.buttons
    assert "导入" not in (await world.said("telegram:sec", "帮助"))[0].text
    assert "导入" in (await world.said("sec", "帮助"))[0].text
    assert "帮助" in refused.buttons
    (pasted,) = await world.said("telegram:sec", "导入 姓名\t学号\n吴新来\t20269999")
    assert "吴新来" not in pasted.text
    content = base64.b64encode("姓名,学号\n吴新来,20269999".encode()).decode()
    sent = await world.send("telegram:sec", Kind.FILE, {"name": "a.csv", "content": content})
    assert all("吴新来" not in one.text and "导入" not in one.buttons for one in sent)
    assert not await rows(world, select(persons).where(persons.c.name == "吴新来"))
    assert "不在境外的渠道" not in (await world.said("sec", "导入"))[0].text
    nobody = await world.said(TG, "导入")  # without the right: as if there were nothing
    assert "不在境外的渠道" not in nobody[0].text


async def test_a_registration_that_waits_is_masked_there(world: World) -> None:
    here = await _abroad(world, agreed=True)
    other = await world.unit("B2", "高一（4）班团支部", "branch", 1, approval=True)
    await _bound(world, "telegram:sec", await world.person("吴书", other, "sec2", "secretary"))
    code = await invite(world, other, 2)
    await world.said("bob", f"/join {code}")
    await world.press("bob", "同意")
    for said in ("李大明", "2000-03-05", "20230101", "13800138000"):
        await world.said("bob", said)
    await world.press("bob", "青年")
    await world.press("bob", "确认")
    await world.said("telegram:sec", "审批")
    await world.press("telegram:sec", "看人员")
    (seen,) = await world.press("telegram:sec", "李*明")
    for secret in ("李大明", "20230101", "13800138000"):
        assert secret not in seen.text
    assert "编号：已填" in seen.text
    assert "***" not in seen.text
    assert here.unit


async def test_the_questions_there_ask_for_no_phone_and_say_what_they_are_for(
    world: World,
) -> None:
    here = await _abroad(world)
    (asked,) = await world.said(TG, f"/start {here.code}")
    assert "手机号和证件号不问" in asked.text
    await world.press(TG, "同意")
    await world.press(TG, "同意")
    await world.said(TG, "王小明")
    assert "不会再发回这里" in (await world.said(TG, "20000305x"))[-1].text
    assert "不会再发回这里" in (await world.said(TG, "2000-03-05"))[0].text
    (status,) = await world.press(TG, "跳过")
    assert "现在的身份" in status.text


async def test_on_the_own_card_nothing_of_phone_and_number_is_shown_or_asked(
    world: World,
) -> None:
    here = await _abroad(world, agreed=True)
    await registered(world, "ann", here.code, "王小明", number="20230177", phone="13800138000")
    me = await owner(world, "ann")
    assert me is not None
    await _bound(world, TG, me["id"])
    (card,) = await world.said(TG, "我的")
    assert "编号：已填\n手机：已填" in card.text
    await world.press(TG, "修改资料")
    (phone,) = await world.press(TG, "手机")
    assert "不经 Telegram" in phone.text
    assert {"清空", "绑定", "取消"} == set(phone.buttons)
    (again,) = await world.said(TG, "13900139000")
    assert "不经 Telegram" in again.text
    assert "9000" not in again.text
    await world.said(TG, "取消")
    await world.said(TG, "我的")
    await world.press(TG, "修改资料")
    assert "不会再发回这里" in (await world.press(TG, "编号"))[0].text
    (sure,) = await world.said(TG, "20230188")
    assert "88" not in sure.text
    await world.press(TG, "确认")
    await _bound(world, "telegram:sec", here.secretary)
    await world.said("telegram:sec", "名单")
    (seen,) = await world.press("telegram:sec", "王*明")
    assert "8000" not in seen.text
    assert "***" not in seen.text
    assert "***88" in (await world.said("ann", "我的"))[0].text


async def test_the_first_question_there_can_be_put_into_english(world: World) -> None:
    await _abroad(world)
    await world.said(TG, "/start")
    await world.press(TG, "English/中文")
    await world.press(TG, "English")
    (asked,) = await world.said(TG, "what?")
    assert "I agree" in asked.buttons
    (welcome,) = await world.press(TG, "I agree")
    assert "Join" in welcome.buttons
