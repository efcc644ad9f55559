"""What people type is text, and no other page gets in (A38): in a real browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import Error, expect

from tests.e2e.playground import Open, Server, claim

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(120)]

PAYLOADS = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    '"><script>alert(1)</script>',
    "'><img src=x onerror=alert(1)>",
    "</textarea><script>alert(1)</script>",
    "</title><script>alert(1)</script>",
    "</style><script>alert(1)</script>",
    "<iframe src=javascript:alert(1)>",
    "<iframe srcdoc='<script>alert(1)</script>'>",
    "<body onload=alert(1)>",
    "<details open ontoggle=alert(1)>",
    "<video><source onerror=alert(1)>",
    "<audio src=x onerror=alert(1)>",
    "<input autofocus onfocus=alert(1)>",
    "<select autofocus onfocus=alert(1)>",
    "<marquee onstart=alert(1)>",
    "<a href=javascript:alert(1)>点我</a>",
    "<a href='data:text/html,<script>alert(1)</script>'>x</a>",
    "<object data=javascript:alert(1)>",
    "<embed src=javascript:alert(1)>",
    "<base href=javascript:alert(1)//>",
    "<link rel=stylesheet href=//x.example/a.css>",
    "<meta http-equiv=refresh content='0;url=javascript:alert(1)'>",
    "<form action=javascript:alert(1)><button>x</button></form>",
    "<math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "<template><script>alert(1)</script></template>",
    "{{constructor.constructor('alert(1)')()}}",
    "${alert(1)}",
    "javascript:alert(1)",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "\\u003cscript\\u003ealert(1)\\u003c/script\\u003e",
    "<<script>script>alert(1)<</script>/script>",
    "\u202e<script>alert(1)</script>",
)


@pytest.mark.parametrize("payload", [PAYLOADS])
def test_what_people_type_is_text_and_nothing_else(visit: Open, payload: tuple[str, ...]) -> None:
    page = visit()
    page.left.be("demo-person-1")
    page.right.be("demo-person-1")  # the same chat twice: what is typed left comes back right
    rows = page.left.log.locator(".row.mine")
    before = rows.count()
    for one in payload:
        page.left.box.fill(one)
        page.left.box.press("Enter")
    expect(page.left.log.locator(".row.mine[data-state=arrived]")).to_have_count(
        before + len(payload), timeout=30_000
    )
    assert [text.strip() for text in page.left.log.locator(".mine .said").all_inner_texts()][
        before:
    ] == [one.strip() for one in payload]
    page.page.reload()
    page.left.log.locator(".row.mine").first.wait_for()
    markup = page.page.locator(".log").evaluate_all(
        "logs => logs.flatMap(log => [...log.querySelectorAll("
        "'script,iframe,object,embed,form,style,link,meta,base,video,audio,marquee,details')])"
        ".length"
    )
    assert markup == 0


def test_what_would_be_wrong_is_noticed(visit: Open) -> None:
    """The control: markup that did get in would be seen by these tests, and stopped by the CSP."""
    page = visit()
    page.page.evaluate("alert(1)")
    page.page.evaluate(
        "document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=alert(2)>')"
    )
    page.page.locator("img[src=x]").wait_for(state="attached")
    page.page.wait_for_function("() => document.querySelector('img[src=x]').complete")
    page.page.wait_for_timeout(100)
    dialogs = [one for one in page.complaints if one == "dialog"]
    violations = [one for one in page.complaints if "Content Security Policy" in one]
    assert len(dialogs) == 1, "the one that this test opened"
    assert violations
    page.complaints.clear()


def test_a_name_from_somebody_else_is_text_too(visit: Open) -> None:
    page = visit()
    page.left.be("demo-person-2")
    page.left.say(claim(3, "18:00到19:00") + "<img src=x onerror=alert(1)>")
    page.left.press("确认")
    page.right.be("demo-secretary-2")
    expect(page.right.theirs("onerror=alert(1)").last).to_be_visible()
    assert page.page.locator(".log img").count() == 0


def test_another_site_gets_nothing_out_of_the_page(visit: Open, server: Server) -> None:
    """A page on another origin of this machine cannot frame it, read it or speak for somebody."""
    page = visit()
    other = page.context.new_page()
    other.route(
        "http://other.test/", lambda route: route.fulfill(body="<p>x</p>", content_type="text/html")
    )
    other.goto("http://other.test/")
    with pytest.raises(Error):
        other.evaluate(f"fetch('{server.url}playground/personas').then(a => a.text())")
    sent = (
        f"fetch('{server.url}playground/events', {{method: 'POST', mode: 'no-cors', "
        "body: JSON.stringify({account: 'demo-member', key: 'csrf', kind: 'text', "
        "payload: {text: 'forged'}})}).then(() => 'gone', () => 'refused')"
    )
    other.evaluate(sent)
    history = page.page.evaluate(
        "fetch('/playground/history?account=demo-member').then(a => a.text())"
    )
    assert "forged" not in history
