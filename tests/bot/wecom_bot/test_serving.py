"""`serve` as a process that is killed: what was accepted is answered, once and in order."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bot.telegram.rig import free_port
from tests.bot.wecom_bot.rig import KEY, until
from tests.emulators.wecom_bot.client import Gateway
from tests.emulators.wecom_bot.gateway import BOT, SECRET

pytest_plugins = ("tests.emulators.wecom_bot.fixtures",)
_PROJECT = Path(__file__).resolve().parents[3]


class Serving:
    """`python -m bot serve` with the gateway in its configuration."""

    def __init__(self, folder: Path, url: str, ws_url: str) -> None:
        self.output = folder / "serve.log"
        self._config = folder / "serve.toml"
        self._config.write_text(
            f"""
[app]
secret_key = "{"s" * 40}"
[database]
url = "{url}"
[privacy]
pii_keys = ["{KEY}"]
[web]
port = {free_port()}
[wecom_bot]
bot_id = "{BOT}"
secret = "{SECRET}"
ws_url = "{ws_url}"
""",
            encoding="utf-8",
        )
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Begin, in the background."""
        with self.output.open("ab") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "bot", "serve", "--config", str(self._config)],
                cwd=_PROJECT,
                env={**os.environ, "NO_PROXY": "127.0.0.1"},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )

    def kill(self) -> None:
        """SIGKILL."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(10)

    def end(self) -> int:
        """SIGTERM; answers the exit status."""
        assert self._process is not None
        self._process.terminate()
        return self._process.wait(10)


@pytest.fixture
def serving(sqlite_url: str, gateway: Gateway, tmp_path: Path) -> Iterator[Serving]:
    """Killed at the end."""
    made = Serving(tmp_path, sqlite_url, gateway.ws_url)
    yield made
    made.kill()


@pytest.mark.slow
async def test_kills_lose_nothing_that_was_accepted(gateway: Gateway, serving: Serving) -> None:
    """Questions that were accepted are answered once, whenever the process dies, and in order."""
    serving.start()
    await gateway.connected(30)
    await gateway.talk("a", "/start")
    for number in range(3):
        said = await gateway.say("a", "/help" if number % 2 else "/privacy")
        await asyncio.sleep(0.01 + 0.02 * number)
        serving.kill()
        serving.start()
        await until(lambda n=number: len(gateway.lines("subscribed")) == n + 2, 30)  # type: ignore[misc]  # bound
        await gateway.control("again", msgid=said["msgid"])  # as if WeCom repeated itself
    shown = await gateway.talk("a", "/lang")
    messages = await gateway.messages("a")
    assert messages[-1] == shown
    assert 2 <= len(messages) <= 5  # an answer in flight may be uncertain, none comes twice
    assert serving.end() == 0
    assert not (await gateway.state())["violations"]
    told = serving.output.read_text(encoding="utf-8")
    assert "wecom_bot_connected" in told
    assert SECRET not in told
