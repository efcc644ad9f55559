"""The second yardstick of Telegram: a bare echo on python-telegram-bot, one update at a time.

`python -m tests.bench.echo_ptb API_BASE TOKEN PORT`.
"""

from __future__ import annotations

import asyncio
import sys
from typing import Any

from aiohttp import web
from telegram import Update
from telegram.ext import Application, MessageHandler, filters


async def echo(update: Update, context: Any) -> None:
    """Say the same."""
    if update.message is not None:
        await update.message.reply_text(update.message.text or "")


async def serve(api_base: str, token: str, port: int) -> None:
    """Serve until the process ends."""
    made = Application.builder().token(token).base_url(f"{api_base}/bot").updater(None).build()
    made.add_handler(MessageHandler(filters.ALL, echo))

    async def hook(request: web.Request) -> web.Response:
        await made.update_queue.put(Update.de_json(await request.json(), made.bot))
        return web.Response()

    app = web.Application()
    app.add_routes([web.post("/hook", hook)])
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    async with made:
        await made.start()
        await web.TCPSite(runner, "127.0.0.1", port, backlog=1024).start()
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1], sys.argv[2], int(sys.argv[3])))
