"""What only one of all processes does: while it holds the hold, and no longer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

import structlog

from bot.tasks import Tasks
from storage.holding import Holding

log = structlog.get_logger("single")

LOOK_SECONDS = 5.0  # between looks whether the hold is ours

Work = Callable[[], Coroutine[Any, Any, None]]


async def whenever_held(
    holding: Holding, tasks: Tasks, works: Sequence[Work], name: str, look: float = LOOK_SECONDS
) -> None:
    """Do all of these whenever the hold is ours, until cancelled; what dies begins anew.

    `name` is what the tasks and the log call it; `look`: seconds between looks at the hold.
    """
    try:
        while True:
            if await holding.held():
                await _while_held(holding, tasks, works, name, look)
            await asyncio.sleep(look)
    finally:
        await holding.release()


async def _while_held(
    holding: Holding, tasks: Tasks, works: Sequence[Work], name: str, look: float
) -> None:
    running = [tasks.start(work(), f"{name}-single") for work in works]
    try:
        while await holding.held():
            ended, _ = await asyncio.wait(
                running, timeout=look, return_when=asyncio.FIRST_COMPLETED
            )
            if ended:
                return
        log.warning("hold_lost", hold=name)
    finally:
        for task in running:
            task.cancel()
        await asyncio.wait(running)
