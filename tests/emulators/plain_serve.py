"""The product as it is served, with the plain channel, and places where it kills itself.

`python -m tests.emulators.plain_serve --emulator URL [--kill PLACE:N] [--without WHAT] ...`.
`--kill` sends SIGKILL to this process when PLACE (bot/faults.py) is reached for the N-th time.
`--lease` shortens the lease (seconds) and `--poison` adds the command /poison, which raises.
`--without` takes one protection off, for the negative controls: `unique-keys` (an event repeated
by the platform counts as new), `write-first` (answers before the event is durable), `inherit`
(what a dead process was sending stays with it).
"""

from __future__ import annotations

import argparse
import asyncio
import os
import secrets
import signal
import sys
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import bot.app
from bot import faults
from bot.channel import Sent
from bot.chat import Event, Message, Reply
from bot.commands import serve
from bot.config import load, with_secrets
from bot.router import Command, Routes, Said
from services.turn import Turn
from storage import inbox, leases, outbox
from tests.emulators.plain_channel import PlainChannel


def main() -> int:
    """Serve until told to stop or killed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--config", type=Path)
    parser.add_argument("--emulator", required=True)
    parser.add_argument("--kill", default="")
    parser.add_argument("--without", default="")
    parser.add_argument("--role", default="all")
    parser.add_argument("--lease", type=float)
    parser.add_argument("--poison", action="store_true")
    parser.add_argument("--leaky", default="", help="the channel raises with this in its message")
    parser.add_argument("--careful", action="store_true", help="as a platform that must not repeat")
    told = parser.parse_args()
    if told.kill:
        place, _, number = told.kill.partition(":")
        kill_at(place, int(number or 1))
    take_off(told.without)
    if told.lease:
        for module in (outbox, leases):
            vars(module)["LEASE"] = timedelta(seconds=told.lease)
    if told.poison:
        _poison()
    config = with_secrets(load(told.config, os.environ))
    early = told.without == "write-first"

    def channels(app: Any) -> list[Any]:
        door: Any = _Early(app) if early else app.intake
        made = PlainChannel(door, told.emulator, repeatable=not told.careful)
        if told.leaky:
            made.send = _Leak(told.leaky).send  # type: ignore[method-assign]  # a fault, not a double
        return [made]

    return serve.run(config, told.role, channels)


class _Leak:
    """A channel as careless libraries are: the credential is in the message of its error."""

    def __init__(self, secret: str) -> None:
        self._secret = secret

    async def send(self, message: Message) -> Sent:
        raise ConnectionError(f"https://platform/bot{self._secret}/send: {message.text}")


class _Early:
    """Negative control: says yes at once and writes down later."""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def accept(self, event: Event) -> bool:
        self._app.tasks.start(self._later(event), "early")
        return True

    async def _later(self, event: Event) -> None:
        await asyncio.sleep(0.05)
        await self._app.intake.accept(event)


def _poison() -> None:
    async def raises(turn: Turn, said: Said) -> Reply:
        raise LookupError(said.text)

    more = Routes((Command("poison", ("毒",), raises, "all"),))
    product, unknown = bot.app.routes()
    bot.app.routes = lambda: ((*product, more), unknown)


def kill_at(place: str, number: int) -> None:
    """Send SIGKILL to this process when PLACE (bot/faults.py) is reached for the N-th time."""
    seen: Counter[str] = Counter()

    def reached(name: str) -> None:
        seen[name] += 1
        if name == place and seen[name] == number:
            os.kill(os.getpid(), signal.SIGKILL)

    faults.on_reaching(reached)


def take_off(protection: str) -> None:
    """Take a protection of the core off: unique-keys or inherit."""
    if protection == "unique-keys":
        add = inbox.add

        async def forgetful(tx: Any, vault: Any, event: Event, at: Any) -> int | None:
            return await add(tx, vault, replace(event, key=secrets.token_hex(8)), at)

        inbox.add = forgetful
    if protection == "inherit":

        async def nothing(tx: Any, owner: str, at: Any) -> None:
            return None

        leases.inherit = nothing


if __name__ == "__main__":
    sys.exit(main())
