"""QUALITY F44: an event whose handler always raises is set aside; nobody waits behind it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Awaitable, Callable

import pytest

from tests.faults import town
from tests.faults.rig import Emulator, Sender, Server, until

Serve = Callable[..., Awaitable[Server]]
Senders = Callable[..., Sender]


@pytest.mark.slow
async def test_one_in_twenty_is_poisoned(
    database_url: str, emulator: Emulator, serve: Serve, sender_of: Senders
) -> None:
    server = await serve(database_url, "--poison")
    sender = sender_of(server)
    texts = ["/poison 秘密的话" if number % 20 == 0 else "/lang" for number in range(60)]
    for number, text in enumerate(texts):
        await sender.once(f"p{number % 20}", f"k{number}", text=text)

    def settled() -> bool:
        states = Counter(row["state"] for row in town.rows(database_url, "inbox"))
        sent = [row["state"] for row in town.rows(database_url, "outbox")]
        return states == {"done": 57, "quarantined": 3} and sent == ["sent"] * 60

    await until(settled, every=0.1)
    assert {row["tries"] for row in town.rows(database_url, "inbox")} == {0, 3}
    told = Counter(line["account"] for line in emulator.log())
    assert set(told.values()) == {3}  # everything was answered, the poison with an apology
    failed = [row for row in town.rows(database_url, "outbox") if row["message"] == "router.failed"]
    assert len(failed) == 3
    assert server.starts == 1
    lines = server.output.read_text(encoding="utf-8").splitlines()
    seen = [line for line in map(json.loads, lines) if line["event"] == "turn_failed"]
    assert [line["tries"] for line in seen if line["event_id"] == 1] == [1, 2, 3]
    assert {line["kind"] for line in seen} == {"LookupError"}
    assert all("plain_serve.py" in line["where"] for line in seen)
    assert "秘密的话" not in "".join(lines)
