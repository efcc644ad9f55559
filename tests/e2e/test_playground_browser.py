"""The playground in a real browser: two people, live, across reloads and restarts."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.playground import (
    END_SECONDS,
    MEMBER,
    OFFICER,
    SECRETARY,
    Open,
    Server,
    Visit,
    claim,
)

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(120)]


def test_a_claim_goes_from_a_sentence_to_an_approved_line(visit: Open, tmp_path: Path) -> None:
    """Member and secretary side by side: each sees at once what the other causes."""
    page = visit()
    page.left.be(MEMBER)
    page.right.be(SECRETARY)
    page.left.say("时长")
    before = page.left.theirs("今年已有")
    expect(before).to_contain_text("已有 6 小时")

    page.left.say(claim(2, "19:00到20:30"))
    expect(page.left.theirs("我这样记，对吗")).to_contain_text("1.5 小时")
    page.left.press("确认")
    expect(page.left.theirs("报上去了")).to_be_visible()

    told = page.right.theirs("小广场").or_(page.right.theirs("清扫"))
    expect(told.last).to_contain_text("林*")
    page.right.press("通过")
    expect(page.left.theirs("通过了")).to_contain_text("1.5 小时")

    page.left.say("时长")
    expect(page.left.theirs("今年已有").last).to_contain_text("已有 7.5 小时")
    page.shot(tmp_path / "member-and-secretary.png")


def test_a_reload_keeps_both_chats(visit: Open) -> None:
    page = visit()
    page.left.be("demo-member-21")
    page.right.be(OFFICER)
    page.left.say("时长")
    page.right.say("帮助")
    expect(page.left.theirs("今年已有").last).to_contain_text("达标")
    expect(page.right.log.locator(".row.theirs")).not_to_have_count(0)
    left = page.left.log.locator(".row").all_inner_texts()
    right = page.right.log.locator(".row").all_inner_texts()
    page.page.reload()
    expect(page.left.log.locator(".row")).to_have_count(len(left))
    expect(page.right.log.locator(".row")).to_have_count(len(right))
    assert page.left.log.locator(".row").all_inner_texts() == left
    assert page.right.log.locator(".row").all_inner_texts() == right


def test_a_visitor_joins_and_the_secretary_lets_them_in(visit: Open) -> None:
    page = visit()
    page.left.be("guest-1")
    page.right.be(SECRETARY)
    page.left.element.get_by_role("button", name="用邀请加入").click()
    expect(page.left.theirs("石桥村团支部").first).to_be_visible()
    page.left.press("同意")
    for question, answer in (("叫什么", "纪念安"), ("出生日期", "2001-03-05")):
        expect(page.left.theirs(question).last).to_be_visible()
        page.left.say(answer)
    for question in ("编号是多少", "手机号"):
        expect(page.left.theirs(question).last).to_be_visible()
        page.left.press("跳过")
    expect(page.left.theirs("身份").last).to_be_visible()
    page.left.press("青年")
    expect(page.left.theirs("请看看对不对")).to_be_visible()
    page.left.press("确认")
    expect(page.right.theirs("纪*安")).to_be_visible()
    page.right.press("去看看")
    expect(page.right.theirs("纪念安").last).to_be_visible()
    page.right.press("通过")
    # the page notices by itself that the visitor is a member now
    expect(page.left.element.locator(".post")).to_have_text("成员 · 石桥村团支部")
    expect(page.left.element.locator(".name")).to_have_text("纪念安")


def test_a_file_and_a_picture_arrive(visit: Open, tmp_path: Path) -> None:
    page = visit()
    page.left.be("demo-secretary-3")
    chooser = page.left.element.locator("input[type=file]")
    file = tmp_path / "名单.txt"
    file.write_text("姓名\n", encoding="utf-8")
    chooser.set_input_files(file)
    expect(page.left.own("名单.txt")).to_have_attribute("data-state", "arrived")
    picture = tmp_path / "照片.png"
    page.shot(picture)
    chooser.set_input_files(picture)
    shown = page.left.log.locator(".row.mine img.picture")
    expect(shown).to_be_visible()
    assert shown.evaluate("image => image.naturalWidth") > 100
    large = tmp_path / "太大.bin"
    large.write_bytes(b"x" * (5 * 2**20 + 1))
    chooser.set_input_files(large)
    expect(page.left.own("太大.bin")).to_have_attribute("data-state", "tooLarge")


def test_an_invite_brings_its_picture(visit: Open) -> None:
    page = visit()
    page.right.be("demo-secretary-4")
    page.right.say("邀请")
    page.right.press("30 天")
    page.right.press("不限人数")
    picture = page.right.log.locator(".row.theirs img.picture").last
    expect(picture).to_be_visible()
    assert picture.evaluate("image => image.naturalWidth") > 100
    with page.page.expect_download() as download:
        picture.click()
    assert download.value.suggested_filename.endswith(".png")


def test_enter_that_ends_a_chinese_word_does_not_send(visit: Open) -> None:
    page = visit()
    page.left.be("demo-person-4")
    before = page.left.log.locator(".row.mine").count()
    page.left.box.fill("nihao")
    page.left.box.dispatch_event("keydown", {"key": "Enter", "isComposing": True, "keyCode": 229})
    expect(page.left.box).to_have_value("nihao")
    assert page.left.log.locator(".row.mine").count() == before
    page.left.box.press("Shift+Enter")
    expect(page.left.box).to_have_value("nihao\n")


def test_the_page_speaks_english_when_asked_and_remembers(visit: Open) -> None:
    page = visit()
    page.page.get_by_role("button", name="English").click()
    expect(page.page.locator("#link")).to_have_text("Connected")
    page.page.reload()
    expect(page.page.locator("h1")).to_have_text("Qingtuan · try it")
    page.left.be("demo-english")
    page.left.element.get_by_role("button", name="Hours", exact=True).click()
    expect(page.left.theirs("this year").last).to_contain_text("h to go")


@pytest.mark.parametrize(
    ("scheme", "width"), [("light", 1280), ("dark", 1280), ("light", 390), ("dark", 390)]
)
def test_it_fits_every_screen(visit: Open, scheme: str, width: int, tmp_path: Path) -> None:
    page = visit(color_scheme=scheme, viewport={"width": width, "height": 800})
    page.left.be("demo-person-6")
    page.left.say("字" * 300 + "x" * 300)
    expect(page.left.log.locator(".row.theirs").last).to_be_visible()
    wide = page.page.evaluate("document.documentElement.scrollWidth")
    assert wide <= width
    for box in page.page.locator(".log:visible").all():
        assert box.evaluate("log => log.scrollWidth - log.clientWidth") <= 0
    if width < 700:
        expect(page.right.log).not_to_be_visible()
        page.page.locator("#switch button").nth(1).click()
        expect(page.right.log).to_be_visible()
    page.shot(tmp_path / f"{scheme}-{width}.png")


def test_it_can_be_used_with_the_keyboard_alone(visit: Open) -> None:
    page = visit()
    page.left.be("guest-2")
    page.right.be("demo-applicant")
    page.page.locator("#language").focus()
    reached = []
    for _ in range(12):
        page.page.keyboard.press("Tab")
        reached.append(
            page.page.evaluate(
                "(e => `${e.tagName} ${e.getAttribute('aria-label') || e.innerText || "
                "(e.labels && e.labels[0] && e.labels[0].innerText) || ''}`)"
                "(document.activeElement)"
            )
        )
    kinds = [one.split(" ")[0] for one in reached]
    assert kinds[:2] == ["SELECT", "DIV"]
    assert {"BUTTON", "INPUT", "TEXTAREA"} <= set(kinds)
    assert all(one.split(" ", 1)[1].strip() for one in reached if one.split(" ")[0] != "DIV")


def test_a_message_survives_the_end_of_the_server(browser: Browser, tmp_path: Path) -> None:
    """Typed while nobody is there: repeated under one key, done once, and the chat goes on."""
    server = Server(tmp_path)
    server.start()
    try:
        page = Visit(browser, server.url)
        page.left.be(MEMBER)
        page.left.say("帮助")
        page.left.log.locator(".row.theirs").last.wait_for()
        before = page.left.log.locator(".row.theirs").count()
        status, seconds = server.stop()
        assert (status, seconds < END_SECONDS) == (0, True)
        expect(page.page.locator("#link")).to_have_text("重连中")
        page.left.say("时长")
        expect(page.left.own("时长")).to_have_attribute("data-state", "retrying")
        server.start()
        expect(page.page.locator("#link")).to_have_text("已连接", timeout=20_000)
        expect(page.left.own("时长")).to_have_attribute("data-state", "arrived", timeout=20_000)
        expect(page.left.theirs("今年已有")).to_have_count(1)
        expect(page.left.log.locator(".row.theirs")).to_have_count(before + 1)
        page.page.reload()
        expect(page.left.theirs("今年已有")).to_have_count(1)
        expect(page.left.own("时长")).to_have_count(1)
        page.close()
    finally:
        server.kill()
