"""The product as it is served on Telegram, with places where it kills itself.

Arguments: `--config FILE [--kill PLACE:N] [--without WHAT] [--lease SECONDS] [--answer SECONDS]
[--away SECONDS]`. `--kill` and `--lease` as in tests/emulators/plain_serve.py; `--answer` shortens
how long Telegram is waited for, `--away` how long it is let alone when it does not answer.
`--without` takes a protection off, for the negative controls: `write-first` (an update is
confirmed, or answered 200, before it is durable), `unique-keys` (an update that comes again counts
as new), `inherit` (what a dead process was sending stays with it), `send-first` (a message counts
as sent when it is taken, not when it was sent), `uncertain` (an answer that may have arrived is
sent again).
"""

from __future__ import annotations

import argparse
import os
from asyncio import ensure_future, sleep
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import bindparam, update

from bot.channel import Fate
from bot.commands import serve
from bot.config import load, with_secrets
from storage import leases, outbox
from storage.prepared import Prepared
from storage.schema import outbox as messages
from tests.emulators.plain_serve import kill_at, take_off

_GONE = Prepared(update(messages).where(messages.c.id == bindparam("key_id")).values(state="sent"))


def main() -> int:
    """Serve until told to stop or killed; a process group of its own."""
    os.setpgid(0, 0)
    parser = argparse.ArgumentParser()
    parser.add_argument("--config", type=Path)
    parser.add_argument("--kill", default="")
    parser.add_argument("--without", default="")
    parser.add_argument("--lease", type=float)
    parser.add_argument("--answer", type=float)
    parser.add_argument("--away", type=float)
    told = parser.parse_args()
    if told.kill:
        place, _, number = told.kill.partition(":")
        kill_at(place, int(number or 1))
    take_off(told.without)
    _TAKEN_OFF.get(told.without, lambda: None)()
    if told.lease:
        for module in (outbox, leases):
            vars(module)["LEASE"] = timedelta(seconds=told.lease)
    if told.answer:
        from bot.channels.telegram import sending  # slow to import

        vars(sending)["ANSWER_SECONDS"] = told.answer
    if told.away:
        from bot.channels.telegram import standing  # slow to import

        vars(standing)["_PAUSE"] = timedelta(seconds=told.away)
    return serve.run(with_secrets(load(told.config, os.environ)), "all")


def _write_later() -> None:
    from bot.channels.telegram.receiving import Receiver  # slow to import

    keep, tasks = Receiver.keep, set()

    async def later(self: Receiver, event: Any) -> None:
        await sleep(0.05)
        await keep(self, event)

    async def promised(self: Receiver, event: Any) -> None:
        task = ensure_future(later(self, event))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    Receiver.keep = promised  # type: ignore[method-assign]  # a protection taken off


def _sent_when_taken() -> None:
    claim = leases.claim

    async def gone(tx: Any, *more: Any) -> Any:
        found = await claim(tx, *more)
        for delivery in found:
            await tx.run(_GONE, key_id=delivery.id)
        return found

    leases.claim = gone  # type: ignore[assignment]  # a protection taken off


def _again_if_uncertain() -> None:
    from bot.channels.telegram.channel import TelegramChannel  # slow to import

    send = TelegramChannel.send

    async def certain(self: TelegramChannel, message: Any) -> Any:
        sent = await send(self, message)
        return replace(sent, fate=Fate.LATER) if sent.fate is Fate.UNKNOWN else sent

    TelegramChannel.send = certain  # type: ignore[method-assign]  # a protection taken off


_TAKEN_OFF = {
    "write-first": _write_later,
    "send-first": _sent_when_taken,
    "uncertain": _again_if_uncertain,
}
