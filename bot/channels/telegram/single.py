"""What only one of all processes does: while it holds the hold, and no longer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

import structlog

from bot.tasks import Tasks
from storage.holding import Holding

log = structlog.get_logger("telegram")

LOOK_SECONDS = 5.0  # between looks whether the hold is ours

Work = Callable[[], Coroutine[Any, Any, None]]


async def whenever_held(holding: Holding, tasks: Tasks, works: Sequence[Work]) -> None:
    """Do all of these whenever the hold is ours, until cancelled; what dies begins anew."""
    try:
        while True:
            if await holding.held():
                await _while_held(holding, tasks, works)
            await asyncio.sleep(LOOK_SECONDS)
    finally:
        await holding.release()


async def _while_held(holding: Holding, tasks: Tasks, works: Sequence[Work]) -> None:
    running = [tasks.start(work(), "telegram-single") for work in works]
    try:
        while await holding.held():
            ended, _ = await asyncio.wait(
                running, timeout=LOOK_SECONDS, return_when=asyncio.FIRST_COMPLETED
            )
            if ended:
                return
        log.warning("hold_lost")
    finally:
        for task in running:
            task.cancel()
        await asyncio.wait(running)
