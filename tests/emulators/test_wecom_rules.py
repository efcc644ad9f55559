"""The rules of the fake qyapi that wechatpy does not know: cards, codes, checks, robots, faults."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

import aiohttp
import pytest

from tests.emulators.wecom.qyapi_client import Process, Told, Wecom
from tests.emulators.wecom.qyapi_corp import CONTACTS

Json = dict[str, Any]


class Raw:
    """A client that sends whatever it is told."""

    def __init__(self, wecom: Wecom, session: aiohttp.ClientSession) -> None:
        self.wecom = wecom
        self.session = session
        self.token = ""

    async def get(self, path: str, **query: str) -> Json:
        url = f"{self.wecom.api_base}/cgi-bin/{path}"
        async with self.session.get(url, params=query) as answer:
            return dict(await answer.json())

    async def login(self, secret: str) -> Json:
        told = await self.get("gettoken", corpid=self.wecom.corp, corpsecret=secret)
        self.token = told.get("access_token", "")
        return told

    async def post(self, path: str, body: Json, **query: str) -> Json:
        url = f"{self.wecom.api_base}/cgi-bin/{path}"
        query.setdefault("access_token", self.token)
        async with self.session.post(url, params=query, json=body) as answer:
            return dict(await answer.json())

    async def send(self, kind: str, content: Json, **more: Any) -> Json:
        told = {"touser": "ming", "agentid": self.wecom.agent, "msgtype": kind, kind: content}
        return await self.post("message/send", {**told, **more})

    async def card(self, **changed: Any) -> Json:
        made: Json = {
            "card_type": "button_interaction",
            "main_title": {"title": "好吗"},
            "task_id": "task-1",
            "button_list": [{"text": "好", "key": "yes"}],
        }
        made.update(changed)
        return await self.send(
            "template_card", {key: value for key, value in made.items() if value is not None}
        )


@pytest.fixture(scope="session")
def wecom_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    made = Process(tmp_path_factory.mktemp("wecom") / "log")
    yield made
    made.close()


@pytest.fixture
async def wecom(wecom_process: Process) -> AsyncIterator[Wecom]:
    async with Wecom(wecom_process) as made:
        await made.member("ming", "hua")
        yield made


@pytest.fixture
async def raw(wecom: Wecom) -> AsyncIterator[Raw]:
    async with aiohttp.ClientSession() as session:
        made = Raw(wecom, session)
        await made.login(wecom.secret)
        yield made


def _buttons(count: int) -> list[Json]:
    return [{"text": str(n), "key": str(n)} for n in range(count)]


def _options(count: int) -> list[Json]:
    return [{"id": str(n), "text": str(n)} for n in range(count)]


_SUBMIT = {"text": "好", "key": "submit"}
_WRONG: list[tuple[Json, int]] = [
    ({}, 0),
    ({"card_type": "what"}, 42015),
    ({"main_title": {}}, 42016),
    ({"task_id": None}, 42014),
    ({"task_id": "有字"}, 42014),
    ({"task_id": "x" * 129}, 42014),
    ({"button_list": _buttons(6)}, 0),
    ({"button_list": _buttons(7)}, 42042),
    ({"button_list": []}, 42042),
    ({"button_list": [{"text": "好", "key": "k" * 1025}]}, 42038),
    ({"button_list": [{"text": "好", "key": "a"}, {"text": "不", "key": "a"}]}, 42038),
    ({"button_list": [{"text": "", "key": "a"}]}, 42037),
    ({"button_list": [{"text": "看", "type": 1, "url": "ftp://x"}]}, 42039),
    ({"horizontal_content_list": [{}] * 7}, 42035),
    ({"card_type": "text_notice"}, 42034),
    ({"card_type": "text_notice", "card_action": {"type": 1, "url": "https://x"}}, 0),
    (
        {
            "card_type": "text_notice",
            "card_action": {"type": 1, "url": "https://x"},
            "jump_list": [{}] * 4,
        },
        42036,
    ),
    ({"card_type": "vote_interaction", "submit_button": _SUBMIT}, 42046),
    (
        {
            "card_type": "vote_interaction",
            "submit_button": _SUBMIT,
            "checkbox": {"question_key": "q", "option_list": _options(20)},
        },
        0,
    ),
    (
        {
            "card_type": "vote_interaction",
            "submit_button": _SUBMIT,
            "checkbox": {"question_key": "q", "option_list": _options(21)},
        },
        42047,
    ),
    (
        {
            "card_type": "vote_interaction",
            "checkbox": {"question_key": "q", "option_list": _options(2)},
        },
        42050,
    ),
    (
        {
            "card_type": "multiple_interaction",
            "submit_button": _SUBMIT,
            "select_list": [{"question_key": "q", "option_list": _options(10)}] * 3,
        },
        0,
    ),
    ({"card_type": "multiple_interaction", "submit_button": _SUBMIT}, 42045),
]


@pytest.mark.parametrize(("changed", "code"), _WRONG)
async def test_cards_are_held_against_the_page(changed: Json, code: int, raw: Raw) -> None:
    assert (await raw.card(**changed))["errcode"] == code


async def test_a_task_id_is_used_once_and_a_card_needs_a_callback(raw: Raw, wecom: Wecom) -> None:
    assert (await raw.card())["errcode"] == 0
    assert (await raw.card())["errcode"] == 42014
    await wecom.control("settings", callback=0)
    assert (await raw.card(task_id="task-2"))["errcode"] == 43012


async def test_a_code_works_once_and_for_72_hours(raw: Raw, wecom: Wecom) -> None:
    first = (await raw.card())["response_code"]
    grey = {"userids": ["ming"], "agentid": wecom.agent, "button": {"replace_name": "已选"}}
    update = "message/update_template_card"
    assert (await raw.post(update, {**grey, "response_code": first}))["errcode"] == 0
    (card,) = await wecom.seen("ming")
    assert (card["grey"], card["buttons"]) == ("已选", [])
    assert (await raw.post(update, {**grey, "response_code": first}))["errcode"] == 60140
    with pytest.raises(Told):
        await wecom.press("ming", "好")
    await raw.card(task_id="task-2")
    pressed = await wecom.press("ming", "好")
    assert (pressed["TaskId"], pressed["EventKey"]) == ("task-2", "yes")
    await wecom.control("clock", forward=72 * 3600 + 1)
    await raw.login(wecom.secret)
    late = {**grey, "response_code": pressed["ResponseCode"]}
    assert (await raw.post(update, late))["errcode"] == 60140


@pytest.mark.parametrize(
    ("kind", "content", "code"),
    [
        ("text", {"content": ""}, 44004),
        ("markdown", {"content": "字" * 700}, 45002),
        ("textcard", {"title": "一", "description": "二", "url": "https://x"}, 0),
        ("textcard", {"title": "字" * 43, "description": "二", "url": "https://x"}, 40058),
        ("textcard", {"title": "一", "description": "二", "url": "ftp://x"}, 40066),
        ("news", {"articles": [{"title": "一", "url": "https://x"}]}, 0),
        ("news", {"articles": []}, 45008),
        ("news", {"articles": [{"title": "一"}] * 9}, 45008),
        ("image", {"media_id": "none"}, 40007),
        ("telegram", {}, 40008),
    ],
)
async def test_kinds_and_their_limits(kind: str, content: Json, code: int, raw: Raw) -> None:
    assert (await raw.send(kind, content))["errcode"] == code


async def test_a_text_that_is_too_long_is_cut_and_that_is_noted(raw: Raw, wecom: Wecom) -> None:
    assert (await raw.send("text", {"content": "字" * 700}))["errcode"] == 0
    (message,) = await wecom.seen("ming")
    assert message["content"] == "字" * 682
    assert (await wecom.state())["violations"] == {"cut": 1}


async def test_what_the_plugin_does_not_show_is_noted(raw: Raw, wecom: Wecom) -> None:
    await wecom.member("ming", plugin=True)
    for kind in ("text", "markdown"):
        assert (await raw.send(kind, {"content": "好"}))["errcode"] == 0
    assert (await wecom.state())["violations"] == {"unseen": 1}


async def test_the_duplicate_check_needs_both_to_ask(raw: Raw, wecom: Wecom) -> None:
    text = {"content": "好"}
    check = {"enable_duplicate_check": 1, "duplicate_check_interval": 60}
    await raw.send("text", text)
    first = await raw.send("text", text, **check)
    assert len(await wecom.seen("ming")) == 2
    again = await raw.send("text", text, **check)
    assert again["msgid"] == first["msgid"]
    await raw.send("text", text)
    assert len(await wecom.seen("ming")) == 3
    await wecom.control("clock", forward=61)
    await raw.send("text", text, **check)
    assert len(await wecom.seen("ming")) == 4


async def test_what_was_refused_is_no_duplicate(raw: Raw, wecom: Wecom) -> None:
    check = {"enable_duplicate_check": 1, "duplicate_check_interval": 4 * 3600}
    await wecom.control("clock", at=1_790_092_800 - 60)  # a minute to midnight in China
    await raw.login(wecom.secret)
    await wecom.control("settings", accounts=0)
    assert (await raw.send("text", {"content": "好"}, **check))["errcode"] == 45009
    await wecom.control("settings", accounts=10)
    await wecom.control("clock", forward=61)
    assert (await raw.send("text", {"content": "好"}, **check))["errcode"] == 0
    assert len(await wecom.seen("ming")) == 1


async def test_receivers(raw: Raw, wecom: Wecom) -> None:
    await wecom.member("jun", departments=[2])
    await wecom.control("department", id=2)
    text = {"content": "好"}
    assert (await raw.send("text", text, touser=""))["errcode"] == 82001
    assert (await raw.send("text", text, touser="|".join(["a"] * 1001)))["errcode"] == 82002
    told = await raw.send("text", text, touser="", toparty="2|3")
    assert (told["errcode"], told["invalidparty"]) == (0, "3")
    assert len(await wecom.seen("jun")) == 1
    await raw.send("text", text, touser="@all")
    assert [len(await wecom.seen(user)) for user in ("ming", "hua", "jun")] == [1, 1, 2]
    await wecom.member("hua", licensed=False)
    told = await raw.send("text", text, touser="Hua|nobody")
    assert told["errcode"] == 81013
    assert (told["unlicenseduser"], told["invaliduser"]) == ("hua", "nobody")


async def test_what_needs_no_token_and_what_needs_another(raw: Raw, wecom: Wecom) -> None:
    assert (await raw.post("message/send", {}, access_token=""))["errcode"] == 41001
    assert (await raw.post("message/send", {}, access_token="made-up"))["errcode"] == 40014
    assert (await raw.post("user/list_id", {}))["errcode"] == 48002
    await raw.login(CONTACTS)
    found = await raw.post("user/list_id", {"limit": 1})
    assert found["dept_user"] == [{"userid": "ming", "department": 1}]
    rest = await raw.post("user/list_id", {"limit": 1, "cursor": found["next_cursor"]})
    assert (rest["dept_user"][0]["userid"], rest["next_cursor"]) == ("hua", "")
    assert (await raw.send("text", {"content": "好"}))["errcode"] == 48002
    assert (await raw.login("wrong"))["errcode"] == 40001


async def test_a_group_robot_takes_twenty_a_minute(raw: Raw, wecom: Wecom) -> None:
    body = {"msgtype": "text", "text": {"content": "好", "mentioned_list": ["@all"]}}
    codes = [(await raw.post("webhook/send", body, key="hook-key-1"))["errcode"] for _ in range(21)]
    assert codes == [0] * 20 + [45009]
    assert (await raw.post("webhook/send", body, key="nobody"))["errcode"] == 93000
    assert len((await wecom.state())["hooks"]["hook-key-1"]) == 20


async def test_faults_on_demand(raw: Raw, wecom: Wecom) -> None:
    text = {"content": "好"}
    await wecom.behave("message/send", reset=True)
    with pytest.raises(aiohttp.ClientError):
        await raw.send("text", text)
    assert len(await wecom.seen("ming")) == 1
    await wecom.behave("message/send", reset=True, status=500)
    with pytest.raises(aiohttp.ClientError):
        await raw.send("text", text)
    assert len(await wecom.seen("ming")) == 1
    await wecom.behave("message/send", errcode=-1, deliver=True)
    assert (await raw.send("text", text))["errcode"] == -1
    assert len(await wecom.seen("ming")) == 2
    await wecom.behave("message/send", errcode=45009)
    assert (await raw.send("text", text))["errcode"] == 45009
    assert (await raw.send("text", text))["errcode"] == 45009
    assert (await wecom.state())["violations"] == {"blocked": 1}
