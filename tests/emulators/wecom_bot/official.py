"""The official Node client, installed at test time at a fixed version, as a process."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.emulators.wecom_bot.gateway import BOT, SECRET

PACKAGE = "@wecom/aibot-node-sdk@1.0.7"
INSTALL_SECONDS = 45.0
_SCRIPT = Path(__file__).with_name("official.cjs")


def _missing(reason: str) -> None:
    reason = f"the official client of the WeCom bot is NOT TESTED: {reason}"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def official_folder(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """Where it is installed, once for all workers. Skips, or fails in CI, where that cannot be."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        _missing("there is no Node here")
    base = tmp_path_factory.getbasetemp()
    folder = (base if worker_id == "master" else base.parent) / "official"
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "done").exists():
            _install(str(npm), folder)
        (folder / "done").touch()
    return folder


def _install(npm: str, folder: Path) -> None:
    quiet = ("--no-audit", "--no-fund", "--ignore-scripts", "--no-save", "--prefer-offline")
    command = [npm, "install", *quiet, "--prefix", str(folder), PACKAGE]
    try:
        done = subprocess.run(
            command, cwd=folder, capture_output=True, check=False, timeout=INSTALL_SECONDS
        )
    except subprocess.TimeoutExpired:
        _missing("the npm registry does not answer")
        raise
    if done.returncode:
        _missing(f"npm install ended with {done.returncode}")


class Official:
    """The client's process, and what it said."""

    def __init__(self, folder: Path, ws_url: str, secret: str = SECRET) -> None:
        self.said: list[dict[str, Any]] = []
        self._process = subprocess.Popen(
            ["node", str(_SCRIPT), str(folder), ws_url, BOT, secret],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def _listen(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self.said.append(json.loads(line))

    def heard(self, what: str) -> list[dict[str, Any]]:
        """What it said of one kind."""
        return [one for one in tuple(self.said) if one["what"] == what]

    def close(self) -> None:
        """Kill it."""
        self._process.kill()
        self._process.wait(10)
        self._listener.join(5)
        assert self._process.stdout is not None
        self._process.stdout.close()


@pytest.fixture
def officials(official_folder: Path) -> Iterator[list[Official]]:
    """Processes that are killed at the end."""
    made: list[Official] = []
    yield made
    for one in made:
        one.close()
