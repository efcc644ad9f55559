"""A worker of the product that kills itself at a named place: `URL API_BASE FOLDER [PLACE:N]`."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

from bot import faults
from bot.app import App
from bot.config import Config
from tests.emulators.wecom.qyapi_corp import AGENT, CORP, SECRET
from tests.world import KEY

_PROJECT = Path(__file__).resolve().parents[3]


def config(url: str, api_base: str, folder: Path) -> Config:
    """With the secrets of tests.world, so that what a world has sealed can be read."""
    settings = {"corp_id": CORP, "agent_id": AGENT, "secret": SECRET, "api_base": api_base}
    sections = {
        "app": {"secret_key": "s" * 40, "admins": ["web:root"]},
        "database": {"url": url},
        "privacy": {"pii_keys": [KEY]},
        "web": {"playground": "off"},
        "wecom": {**settings, "token": "t", "encoding_aes_key": "k" * 43},
    }
    return Config.of((sections,), folder)


def start(url: str, api_base: str, folder: Path, place: str = "") -> subprocess.Popen[bytes]:
    """The worker as a process of its own; who starts it ends it."""
    command = [sys.executable, "-m", "tests.bot.wecom.dying", url, api_base, str(folder), place]
    return subprocess.Popen(command, cwd=_PROJECT)


def _dies_at(place: str, number: int) -> None:
    left = [number]

    def hook(name: str) -> None:
        left[0] -= name == place
        if left[0] <= 0 < number:
            os.kill(os.getpid(), signal.SIGKILL)

    faults.on_reaching(hook)


async def _work(url: str, api_base: str, folder: Path) -> None:
    app = App(config(url, api_base, folder), "worker")
    await app.start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    place, _, number = sys.argv[4].partition(":")
    if place:
        _dies_at(place, int(number))
    asyncio.run(_work(sys.argv[1], sys.argv[2], Path(sys.argv[3])))
