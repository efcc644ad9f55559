"""The same words to many: a call for every thousand, and the fate of each."""

from __future__ import annotations

import time

from bot.channel import Fate
from bot.chat import Attachment, Button, Message
from tests.bot.wecom.outbound import Alone, row
from tests.emulators.wecom.qyapi_client import Wecom


def _to(alone: Alone, count: int, text: str = "周六植树") -> list[Message]:
    return [alone.message(f"m{n}", text) for n in range(count)]


async def test_fifty_thousand_are_fifty_calls(alone: Alone, wecom: Wecom) -> None:
    await wecom.control("members", count=50_000)
    await wecom.control("settings", latency=0.1)
    messages = _to(alone, 50_000)
    began = time.monotonic()
    fates = await alone.channel.send_many(messages)
    took = time.monotonic() - began
    assert len(wecom.calls("message/send")) == 50
    assert len(fates) == 50_000
    assert {one.fate for one in fates.values()} == {Fate.SENT}
    assert sum(line["users"] for line in wecom.lines("delivered")) == 50_000
    assert took < 15
    await wecom.control("settings", latency=0)
    again = await alone.channel.send_many(list(reversed(messages)))  # the process had died
    assert {one.fate for one in again.values()} == {Fate.SENT}
    assert sum(line["users"] for line in wecom.lines("delivered")) == 50_000
    assert len(wecom.lines("duplicate")) == 50


async def test_whom_it_did_not_reach_is_said_by_name(alone: Alone, wecom: Wecom) -> None:
    """F16: 1,000 people, 37 invalid, 12 without a licence: 951 sent, 49 with their reason."""
    await wecom.control("members", count=1000)
    for number in range(37):
        await wecom.member(f"m{number}", visible=False)
    for number in range(37, 49):
        await wecom.member(f"m{number}", licensed=False)
    messages = _to(alone, 1000)
    fates = await alone.channel.send_many(messages)
    found = [fates[message.id] for message in messages]
    assert [one.fate for one in found] == (
        [Fate.UNREACHABLE] * 37 + [Fate.REFUSED] * 12 + [Fate.SENT] * 951
    )
    assert {one.reason for one in found[37:49]} == {"no interface licence"}
    assert len({one.platform_id for one in found[49:]}) == 1
    assert len(wecom.calls("message/send", None)) == 1


async def test_all_of_them_may_be_gone(alone: Alone, wecom: Wecom) -> None:
    await wecom.member("hua", licensed=False)
    messages = [alone.message(user, "周六植树") for user in ("nobody", "Hua")]
    fates = await alone.channel.send_many(messages)
    assert [fates[m.id].fate for m in messages] == [Fate.UNREACHABLE, Fate.REFUSED]


async def test_signed_buttons_and_answers_go_one_by_one(alone: Alone, wecom: Wecom) -> None:
    link = ((Button("看看", url="https://example.org/a"),),)
    messages = [
        *(alone.message(user, "来吗", rows=row(f"来 {user}")) for user in ("ming", "hua")),
        *(alone.message(user, "好的", answer=True) for user in ("ming", "hua")),
        *(alone.message(user, "看看", rows=link) for user in ("ming", "hua")),
        alone.message("@all", "大家好"),
    ]
    fates = dict(await alone.channel.send_many(messages))
    assert fates.pop(messages[-1].id).fate is Fate.REFUSED
    assert {one.fate for one in fates.values()} == {Fate.SENT}
    assert len(wecom.calls("message/send")) == 5
    for user in ("ming", "hua"):
        assert len(await wecom.seen(user)) == 3


async def test_who_is_there_twice_gets_two(alone: Alone, wecom: Wecom) -> None:
    messages = [alone.message(user, "周六植树") for user in ("ming", "Ming", "hua")]
    await wecom.control("settings", literal_duplicates=1)
    fates = await alone.channel.send_many(messages)
    assert {one.fate for one in fates.values()} == {Fate.SENT}
    assert len(await wecom.seen("ming")) == 2


async def test_a_file_goes_up_once_for_all(alone: Alone, wecom: Wecom) -> None:
    file = Attachment("a.xlsx", "application/octet-stream", b"some bytes")
    messages = [alone.message(user, "名单", attachment=file) for user in ("ming", "hua")]
    await alone.channel.send_many(messages)
    assert len(wecom.calls("media/upload")) == 1
    assert [one["type"] for one in await wecom.seen("hua")] == ["file", "text"]


async def test_what_is_not_taken_waits_for_all(alone: Alone, wecom: Wecom) -> None:
    await wecom.control("members", count=3000)
    for told, fate in (
        ({"errcode": 45009}, Fate.LATER),
        ({"reset": True, "times": 3}, Fate.UNKNOWN),
        ({"errcode": -1, "times": 3}, Fate.LATER),
    ):
        await wecom.control("limits", on=False)
        await wecom.behave("message/send", **told)
        fates = await alone.channel.send_many(_to(alone, 3000, str(told)))
        assert fate in {one.fate for one in fates.values()}
        await wecom.control("behave", clear=True)
        await wecom.control("clock", forward=61)
        alone.clock.forward(seconds=61)
    full = await alone.channel.send_many(_to(alone, 1))
    assert next(iter(full.values())).fate is Fate.SENT


async def test_who_has_had_enough_waits_alone(alone: Alone, wecom: Wecom) -> None:
    for number in range(25):
        await alone.send("ming", str(number))
    messages = [alone.message(user, "周六植树") for user in ("ming", "hua")]
    fates = await alone.channel.send_many(messages)
    assert [fates[m.id].fate for m in messages] == [Fate.LATER, Fate.SENT]
    assert not (await wecom.state())["violations"]
