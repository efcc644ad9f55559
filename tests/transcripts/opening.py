"""Opens the stages outside pytest: databases, the emulator, one after the other."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from storage.migrate import migrate
from tests import stores
from tests.emulators.telegram.client import Process, Telegram
from tests.transcripts.stage import Stage
from tests.transcripts.telegram_stage import telegram_stage
from tests.transcripts.web_stage import web_stage


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
def emulated(folder: Path) -> Iterator[Process]:
    """The emulated Telegram."""
    process = Process(folder / "telegram.log")
    try:
        yield process
    finally:
        process.close()


@asynccontextmanager
async def opened(
    channel: str, process: Process, folder: Path, language: str
) -> AsyncIterator[Stage]:
    """A stage on a fresh SQLite database."""
    with tempfile.TemporaryDirectory(dir=folder) as own:
        url = stores.sqlite_database(Path(own))
        if channel == "web":
            async with web_stage(url, Path(own), language) as web:
                yield web
            return
        async with (
            Telegram(process) as telegram,
            telegram_stage(url, Path(own), language, telegram=telegram) as stage,
        ):
            yield stage
