"""The yardstick of Telegram: a bare echo on aiogram, its own webhook, answered after the handler.

`python -m tests.bench.echo_aiogram API_BASE TOKEN PORT`.
"""

from __future__ import annotations

import asyncio
import gc
import sys

from aiogram import Bot, Dispatcher
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.types import Message
from aiogram.webhook.aiohttp_server import SimpleRequestHandler
from aiohttp import web


async def echo(message: Message) -> None:
    """Say the same."""
    await message.answer(message.text or "")


async def serve(api_base: str, token: str, port: int) -> None:
    """Serve until the process ends."""
    bot = Bot(token, AiohttpSession(api=TelegramAPIServer.from_base(api_base)))
    dispatcher = Dispatcher()
    dispatcher.message.register(echo)
    app = web.Application()
    SimpleRequestHandler(dispatcher, bot, handle_in_background=False).register(app, path="/hook")
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port, backlog=1024).start()
    gc.collect()
    gc.freeze()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1], sys.argv[2], int(sys.argv[3])))
