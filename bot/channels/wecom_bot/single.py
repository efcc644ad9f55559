"""What only one of all processes does: while it holds the hold, and no longer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import structlog

from bot.tasks import Tasks
from storage.holding import Holding

log = structlog.get_logger("wecom_bot")


async def whenever_held(
    holding: Holding, tasks: Tasks, work: Callable[[], Coroutine[Any, Any, None]], look: float
) -> None:
    """Do it whenever the hold is ours, until cancelled; `look`: seconds between looks."""
    try:
        while True:
            if await holding.held():
                await _while_held(holding, tasks, work, look)
            await asyncio.sleep(look)
    finally:
        await holding.release()


async def _while_held(
    holding: Holding, tasks: Tasks, work: Callable[[], Coroutine[Any, Any, None]], look: float
) -> None:
    running = tasks.start(work(), "wecom-bot-single")
    try:
        while await holding.held():
            ended, _ = await asyncio.wait((running,), timeout=look)
            if ended:
                return
        log.warning("hold_lost")
    finally:
        running.cancel()
        await asyncio.wait((running,))
