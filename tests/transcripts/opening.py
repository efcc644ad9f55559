"""Opens the stages outside pytest: databases, the emulator, one after the other."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

from storage.migrate import migrate
from tests import stores
from tests.emulators.telegram import client as telegram_client
from tests.emulators.wecom import qyapi_client
from tests.emulators.wecom_bot import client as gateway_client
from tests.transcripts.stage import Stage
from tests.transcripts.telegram_stage import telegram_stage
from tests.transcripts.web_stage import web_stage
from tests.transcripts.wecom_bot_stage import wecom_bot_stage
from tests.transcripts.wecom_stage import wecom_stage

Process = telegram_client.Process | qyapi_client.Process | gateway_client.Process
CHANNELS = {
    "telegram": "Telegram",
    "wecom": "WeCom",
    "wecom-words": "WeCom without cards",
    "wecom-bot": "WeCom with its bot",
    "web": "the playground",
}


@contextmanager
def workshop() -> Iterator[Path]:
    """A session of the stores of tests, and a folder that is gone afterwards."""
    stores.register_template(migrate)
    session = stores.begin_session()
    try:
        with tempfile.TemporaryDirectory() as folder:
            yield Path(folder)
    finally:
        stores.end_session(*session)


@contextmanager
def emulated(channel: str, folder: Path) -> Iterator[Process | None]:
    """The emulated platform; the playground needs none."""
    process: Process | None = None
    match channel:
        case "telegram":
            process = telegram_client.Process(folder / "log")
        case "wecom" | "wecom-words":
            process = qyapi_client.Process(folder / "log")
        case "wecom-bot":
            process = gateway_client.Process(folder / "log")
    try:
        yield process
    finally:
        if process is not None:
            process.close()


@asynccontextmanager
async def opened(
    channel: str, process: Process | None, folder: Path, language: str
) -> AsyncIterator[Stage]:
    """A stage on a fresh SQLite database."""
    async with AsyncExitStack() as made:
        own = Path(made.enter_context(tempfile.TemporaryDirectory(dir=folder)))
        about = (stores.sqlite_database(own), own, language)
        match process:
            case telegram_client.Process():
                telegram = await made.enter_async_context(telegram_client.Telegram(process))
                opening: Any = telegram_stage(*about, telegram=telegram)
            case qyapi_client.Process():
                corp = await made.enter_async_context(qyapi_client.Wecom(process))
                opening = wecom_stage(*about, wecom=corp, cards=channel == "wecom")
            case gateway_client.Process():
                gateway = await made.enter_async_context(gateway_client.Gateway(process))
                opening = wecom_bot_stage(*about, gateway=gateway)
            case _:
                opening = web_stage(*about)
        yield await made.enter_async_context(opening)
