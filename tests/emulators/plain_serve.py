"""The product as it is served, with the plain channel, and places where it kills itself.

`python -m tests.emulators.plain_serve --emulator URL [--kill PLACE:N] [--once] [--without WHAT]`.
`--kill` sends SIGKILL to this process when PLACE (bot/faults.py) is reached for the N-th time.
`--without` takes one protection off, for the negative controls: `unique-keys` (an event repeated
by the platform counts as new), `write-first` (answers before the event is durable), `inherit`
(what a dead process was sending stays with it).
"""

from __future__ import annotations

import argparse
import os
import secrets
import signal
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

from bot import faults
from bot.chat import Event
from bot.commands import serve
from bot.config import load, with_secrets
from storage import inbox, leases
from tests.emulators.plain_channel import PlainChannel


def main() -> int:
    """Serve until told to stop or killed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--config", type=Path)
    parser.add_argument("--emulator", required=True)
    parser.add_argument("--kill", default="")
    parser.add_argument("--without", default="")
    parser.add_argument("--careful", action="store_true", help="as a platform that must not repeat")
    told = parser.parse_args()
    if told.kill:
        place, _, number = told.kill.partition(":")
        _kill_at(place, int(number or 1))
    _take_off(told.without)
    config = with_secrets(load(told.config, os.environ))
    early = told.without == "write-first"

    def channels(app: Any) -> list[Any]:
        door: Any = _Early(app) if early else app.intake
        return [PlainChannel(door, told.emulator, repeatable=not told.careful)]

    return serve.run(config, "all", channels)


class _Early:
    """Negative control: says yes at once and writes down later."""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def accept(self, event: Event) -> bool:
        self._app.tasks.start(self._app.intake.accept(event), "early")
        return True


def _kill_at(place: str, number: int) -> None:
    seen: Counter[str] = Counter()

    def reached(name: str) -> None:
        seen[name] += 1
        if name == place and seen[name] == number:
            os.kill(os.getpid(), signal.SIGKILL)

    faults.on_reaching(reached)


def _take_off(protection: str) -> None:
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
