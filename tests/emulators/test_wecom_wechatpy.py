"""The fake qyapi against wechatpy, a client that we did not write."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial
from typing import Any

import pytest
from wechatpy.enterprise import WeChatClient
from wechatpy.exceptions import APILimitedException, WeChatClientException

from tests.emulators.wecom.qyapi_client import Process, Wecom

pytestmark = pytest.mark.filterwarnings("default")  # wechatpy is of 2021


@pytest.fixture(scope="session")
def wecom_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    made = Process(tmp_path_factory.mktemp("wecom") / "log")
    yield made
    made.close()


@pytest.fixture
async def wecom(wecom_process: Process) -> AsyncIterator[Wecom]:
    async with Wecom(wecom_process) as made:
        await made.member("WangMing", name="王明")
        await made.member("lihua", name="李华", departments=[2])
        await made.control("department", id=2, name="一支部")
        yield made


@pytest.fixture
def client(wecom: Wecom) -> WeChatClient:
    base = f"{wecom.api_base}/cgi-bin/"

    class Pointed(WeChatClient):  # type: ignore[misc]  # wechatpy has no types
        API_BASE_URL = base

        def fetch_access_token(self) -> object:  # its own names the real address
            told = {"corpid": self.corp_id, "corpsecret": self.secret}
            return self._fetch_access_token(f"{base}gettoken", told)

    return Pointed(wecom.corp, wecom.secret, auto_retry=False)


async def test_a_text_reaches_its_members(client: WeChatClient, wecom: Wecom) -> None:
    sent = await asyncio.to_thread(
        client.message.send_text, wecom.agent, ["wangming", "lihua", "nobody"], "你好"
    )
    assert sent["errcode"] == 0
    assert sent["invaliduser"] == "nobody"
    for user in ("wangming", "LIHUA"):
        (message,) = await wecom.seen(user)
        assert (message["type"], message["content"]) == ("text", "你好")


async def test_whom_nobody_knows_is_81013(client: WeChatClient, wecom: Wecom) -> None:
    with pytest.raises(WeChatClientException) as refused:
        await asyncio.to_thread(client.message.send_text, wecom.agent, "nobody", "你好")
    assert refused.value.errcode == 81013


async def test_tokens_end(client: WeChatClient, wecom: Wecom) -> None:
    await asyncio.to_thread(client.misc.get_wechat_ips)
    await wecom.control("tokens", code=42001)
    with pytest.raises(WeChatClientException) as refused:
        await asyncio.to_thread(client.message.send_text, wecom.agent, "lihua", "你好")
    assert refused.value.errcode == 42001
    await asyncio.to_thread(client.fetch_access_token)
    await asyncio.to_thread(client.message.send_text, wecom.agent, "lihua", "你好")
    assert (await wecom.state())["gettoken"] == 2


async def test_media_go_up_and_come_down(client: WeChatClient, wecom: Wecom) -> None:
    file = io.BytesIO(b"a file of some bytes")
    file.name = "roster.csv"
    found = await asyncio.to_thread(client.media.upload, "file", file)
    number = found["media_id"]
    await asyncio.to_thread(client.message.send_file, wecom.agent, "lihua", number)
    (message,) = await wecom.seen("lihua")
    assert (message["type"], message["media_id"]) == ("file", number)
    back = await asyncio.to_thread(client.get, "media/get", params={"media_id": number})
    assert back.content == b"a file of some bytes"
    await wecom.control("clock", forward=3 * 86_400 + 1)
    await asyncio.to_thread(client.fetch_access_token)
    with pytest.raises(WeChatClientException) as refused:
        await asyncio.to_thread(client.message.send_file, wecom.agent, "lihua", number)
    assert refused.value.errcode == 40007


async def test_menus(client: WeChatClient, wecom: Wecom) -> None:
    menu: dict[str, list[dict[str, Any]]] = {
        "button": [
            {"type": "click", "name": "时长", "key": "hours"},
            {"name": "签到", "sub_button": [{"type": "click", "name": "x", "key": "y"}]},
        ]
    }
    await asyncio.to_thread(client.menu.create, wecom.agent, menu)
    assert (await asyncio.to_thread(client.menu.get, wecom.agent))["button"] == menu["button"]
    menu["button"][0]["name"] = "七" * 6
    with pytest.raises(WeChatClientException) as refused:
        await asyncio.to_thread(client.menu.create, wecom.agent, menu)
    assert refused.value.errcode == 40025
    await asyncio.to_thread(client.menu.delete, wecom.agent)
    assert (await wecom.state())["menu"] is None


async def test_contacts(client: WeChatClient, wecom: Wecom) -> None:
    found = await asyncio.to_thread(client.department.get)
    assert {one["name"] for one in found} == {"团委", "一支部"}
    users = await asyncio.to_thread(client.user.list, 1, True, 0, True)
    assert {one["userid"] for one in users} == {"wangming", "lihua"}
    assert (await asyncio.to_thread(client.user.get, "lihua"))["name"] == "李华"
    await wecom.member("lihua", visible=False)
    with pytest.raises(WeChatClientException) as refused:
        await asyncio.to_thread(client.user.get, "lihua")
    assert refused.value.errcode == 60011


async def test_app_groups(client: WeChatClient, wecom: Wecom) -> None:
    made = await asyncio.to_thread(
        client.appchat.create, "chat1", "支部群", "wangming", ["wangming", "lihua"]
    )
    assert made["chatid"] == "chat1"
    await wecom.member("zhao")
    await asyncio.to_thread(
        client.appchat.update, "chat1", "一支部", "lihua", ["zhao"], ["wangming"]
    )
    found = await asyncio.to_thread(client.appchat.get, "chat1")
    assert (found["name"], found["owner"]) == ("一支部", "lihua")
    assert found["userlist"] == ["lihua", "zhao"]
    await asyncio.to_thread(client.appchat.send_text, "chat1", "周六见")
    (message,) = (await wecom.control("group", chatid="chat1"))["messages"]
    assert message["text"]["content"] == "周六见"


async def _code(call: Callable[..., Any], *arguments: Any) -> int:
    with pytest.raises(WeChatClientException) as refused:
        await asyncio.to_thread(call, *arguments)
    return int(refused.value.errcode)


async def test_app_groups_are_refused_as_wecom_does(client: WeChatClient, wecom: Wecom) -> None:
    make, both = client.appchat.create, ["wangming", "lihua"]
    assert await _code(make, "chat1", "群", "wangming", ["wangming"]) == 86006
    assert await _code(make, "chat-1", "群", "wangming", both) == 86001
    assert await _code(make, "c" * 33, "群", "wangming", both) == 86001
    assert await _code(make, "chat1", "群", "zhao", both) == 86005
    assert await _code(make, "chat1", "群", "wangming", [*both, "nobody"]) == 60111
    await asyncio.to_thread(make, "chat1", "群" * 51, "wangming", both)
    assert (await wecom.state())["violations"] == {"cut": 1}
    assert await _code(make, "chat1", "群", "wangming", both) == 86215
    assert await _code(client.appchat.get, "chat2") == 86003
    assert await _code(client.appchat.send_text, "chat2", "在吗") == 86003
    assert await _code(client.appchat.update, "chat1", None, None, None, ["wangming"]) == 86005
    card = {"chatid": "chat1", "msgtype": "template_card", "template_card": {}}
    assert await _code(partial(client.post, "appchat/send", data=card)) == 40008
    await wecom.member("zhao", visible=False)
    assert await _code(client.appchat.update, "chat1", None, None, ["zhao"], None) == 60011
    await wecom.control("dissolve", chatid="chat1")
    assert await _code(client.appchat.send_text, "chat1", "在吗") == 86003
    assert await _code(make, "chat1", "群", "wangming", both) == 86215
    await wecom.control("settings", root=0)
    assert await _code(make, "chat3", "群", "wangming", both) == 60011


async def test_app_groups_have_limits_of_their_own(client: WeChatClient, wecom: Wecom) -> None:
    await wecom.control("members", prefix="m", count=2000)
    everybody = [f"m{number}" for number in range(2000)]
    await asyncio.to_thread(client.appchat.create, "chat1", "群", "m0", everybody)
    for _ in range(10):
        await asyncio.to_thread(client.appchat.send_text, "chat1", "周六见")
    with pytest.raises(APILimitedException):
        await asyncio.to_thread(client.appchat.send_text, "chat1", "周六见")
    assert (await wecom.state())["violations"] == {"chats told": 1}


async def test_too_many_calls_close_the_api(client: WeChatClient, wecom: Wecom) -> None:
    await wecom.control("settings", api_per_minute=2)
    for text in "12":
        await asyncio.to_thread(client.message.send_text, wecom.agent, "lihua", text)
    for _ in range(2):
        with pytest.raises(APILimitedException):
            await asyncio.to_thread(client.message.send_text, wecom.agent, "lihua", "3")
    assert (await wecom.state())["violations"] == {"blocked": 1}
    await wecom.control("clock", forward=61)
    await asyncio.to_thread(client.message.send_text, wecom.agent, "lihua", "4")


async def test_what_a_member_gets_too_much_of_is_dropped_unsaid(
    client: WeChatClient, wecom: Wecom
) -> None:
    for number in range(32):
        sent = await asyncio.to_thread(client.message.send_text, wecom.agent, "lihua", str(number))
        assert sent["errcode"] == 0
    assert len(await wecom.seen("lihua")) == 30
    assert (await wecom.state())["violations"] == {"dropped": 2}
