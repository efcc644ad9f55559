"""A08, A09: who may knock, and what is answered."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.channels.telegram.door import Door
from bot.config import ConfigProblem, load
from bot.web import HOOK
from tests.bot.odd_json import corpus
from tests.bot.telegram.outages import out_of_order
from tests.bot.telegram.raw import ANN, GROUP, message, update
from tests.bot.telegram.rig import HOOKED, SECRET, channel_of, served
from tests.emulators.telegram.client import Telegram

HEADER = "X-Telegram-Bot-Api-Secret-Token"


class Visitor:
    """Somebody who posts to the webhook."""

    def __init__(self, session: aiohttp.ClientSession, base: str) -> None:
        self._session = session
        self.url = f"{base}/telegram/webhook"

    async def knock(
        self, body: bytes | dict[str, Any], secrets: tuple[str, ...] = (SECRET,)
    ) -> tuple[int, bytes]:
        """The status and the body that are answered."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = [(HEADER, one) for one in secrets]
        async with self._session.post(self.url, data=data, headers=headers) as answer:
            return answer.status, await answer.read()


@pytest.fixture
async def visitor(database_url: str, telegram: Telegram, tmp_path: Path) -> AsyncIterator[Visitor]:
    """A visitor at the door of a running product."""
    running = served(database_url, telegram.api_base, tmp_path, **HOOKED)
    async with running as (_, base), aiohttp.ClientSession() as session:
        yield Visitor(session, base)


def _text(**more: Any) -> dict[str, Any]:
    return update(message=message(**{"text": "/help", **more}))


async def test_who_cannot_prove_it_is_turned_away(visitor: Visitor, telegram: Telegram) -> None:
    wrong = SECRET[:-1] + "x"
    for secrets in ((), ("",), (wrong,), (SECRET + "x",), (SECRET, SECRET), (wrong, SECRET)):
        assert (await visitor.knock(_text(), secrets))[0] == 401
        assert (await visitor.knock(b"{", secrets))[0] == 401
    async with aiohttp.ClientSession() as session, session.get(visitor.url) as answer:
        assert answer.status == 405
    assert not await telegram.messages(1001)


async def test_bodies_that_are_none(visitor: Visitor) -> None:
    for body in (b"", b"{", b"[]", b"null", b"\xff", b"{}", b'{"update_id": {}}', b"[" * 60_000):
        assert (await visitor.knock(body))[0] == 400, body[:20]
    assert (await visitor.knock(b" " * (HOOK + 1)))[0] == 413
    assert (await visitor.knock(b" " * HOOK))[0] == 400


async def test_an_update_that_cannot_be_read_is_put_aside(
    visitor: Visitor, telegram: Telegram
) -> None:
    """Refused, it would be told again for a day, and that chat would say nothing else."""
    await telegram.say(1001, "x")
    await telegram.wait(1001)
    for number in (77, 78):
        assert await visitor.knock(_text(text=5, message_id=number)) == (200, b"")
    assert await visitor.knock(_text(message_id=79)) == (200, b"")
    await telegram.wait(1001, n=2)
    assert sum(one["bot"] for one in await telegram.messages(1001)) == 2


async def test_odd_bodies_are_never_our_fault(visitor: Visitor) -> None:
    for number, fields in enumerate(corpus()):
        for raw in ({"update_id": number, **fields}, _text(**{"message_id": number, **fields})):
            body = json.dumps(raw).encode("utf-8", "surrogatepass")
            assert (await visitor.knock(body))[0] in (200, 400, 413)


async def test_what_is_nobodys_is_taken_with_thanks(visitor: Visitor) -> None:
    for raw in (update(poll={"x": 1}), update(future=1), update(message=message(sticker={}))):
        assert (await visitor.knock(raw))[0] in (200, 400)
    assert (await visitor.knock(update(of_the_future={"x": 1}))) == (200, b"")


async def test_the_same_thing_told_again_is_one_thing(visitor: Visitor, telegram: Telegram) -> None:
    await telegram.say(1001, "x")
    await telegram.wait(1001)
    for _ in range(5):
        assert await visitor.knock(_text(message_id=77)) == (200, b"")
    await telegram.wait(1001, n=2)
    await telegram.talk(1001, "/help")
    assert len(await telegram.wait(1001, n=3)) == 3


async def test_a_press_is_answered_in_the_answer(visitor: Visitor) -> None:
    query = {"id": "77", "from": ANN, "chat_instance": "1", "data": "stale", "message": message()}
    status, body = await visitor.knock(update(callback_query=query))
    assert status == 200
    assert json.loads(body) == {"method": "answerCallbackQuery", "callback_query_id": "77"}
    inline = {name: value for name, value in query.items() if name != "message"}
    assert json.loads((await visitor.knock(update(callback_query=inline)))[1])


async def test_a_command_with_our_name_is_heard_and_one_with_anothers_is_not(
    visitor: Visitor, telegram: Telegram
) -> None:
    await telegram.control("group", user=1001, chat=GROUP["id"], title="g")
    await telegram.talk(1001, "/help")  # by now we know our name
    for name in ("another_bot", "qingtuan_emulated_bot"):
        said = update(message=message(text=f"/help@{name}", chat=GROUP, message_id=hash(name)))
        assert await visitor.knock(said) == (200, b"")


async def test_what_cannot_be_written_down_is_told_to_come_again(
    database_url: str, visitor: Visitor, telegram: Telegram
) -> None:
    await telegram.say(1001, "x")
    await telegram.wait(1001)
    said = _text(message_id=88)
    with out_of_order(database_url):
        assert (await visitor.knock(said))[0] == 503
    tries = 1
    while (await visitor.knock(said))[0] != 200:  # as Telegram does
        tries += 1
        assert tries < 100
    assert await telegram.wait(1001, n=2)


def test_a_webhook_without_a_secret_does_not_start(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    hook = '[app]\nbase_url = "https://a.b"\n[telegram]\ntoken = "1:%s"\nmode = "webhook"\n' % (
        "A" * 35
    )
    file.write_text(hook, encoding="utf-8")
    with pytest.raises(ConfigProblem, match=r"telegram\.webhook_secret"):
        load(file, {})
    file.write_text(hook + 'webhook_secret = "x"\n', encoding="utf-8")
    load(file, {})


async def test_there_is_no_door_without_a_secret_or_when_we_poll(
    sqlite_url: str, telegram: Telegram, tmp_path: Path
) -> None:
    async with served(sqlite_url, telegram.api_base, tmp_path) as (app, _):
        channel = channel_of(app)
        assert not channel.routes()
        with pytest.raises(ValueError, match="secret"):
            Door(channel._receiver, "/x", "")


async def test_until_we_know_our_name_a_command_with_one_is_told_to_come_again(
    sqlite_url: str, telegram: Telegram, tmp_path: Path
) -> None:
    await telegram.behave("getMe", status=500, times=100)
    running = served(sqlite_url, telegram.api_base, tmp_path, **HOOKED)
    said = update(message=message(text="/help@qingtuan_emulated_bot", chat=GROUP))
    async with running as (_, base), aiohttp.ClientSession() as session:
        visitor = Visitor(session, base)
        assert (await visitor.knock(said))[0] == 503
        assert (await visitor.knock(_text()))[0] == 200
        await telegram.behave(clear=True)
        async with asyncio.timeout(20):
            while (await visitor.knock(said))[0] != 200:  # noqa: ASYNC110  # as Telegram does
                await asyncio.sleep(0.1)
