"""The playground as its own process, and the pieces of its page as a browser sees them."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, expect

PROJECT = Path(__file__).resolve().parents[2]
START_SECONDS = 40.0
END_SECONDS = 10.0  # issue 2, item 4
ARGUMENTS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
MEMBER, SECRETARY, OFFICER = "demo-member", "demo-secretary", "demo-officer"


def claim(days_ago: int, hours: str) -> str:
    """A sentence about hours of some days ago."""
    day = datetime.now(ZoneInfo("Asia/Shanghai")) - timedelta(days=days_ago)
    return f"补录 {day.month}月{day.day}日{hours}在小广场清扫"


def chromium() -> str:
    """Where the system's Chromium is; without one the test is skipped, in CI it fails."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        found = shutil.which(name)
        if found:
            return found
    reason = "no Chromium here: the browser tests do not run"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


class Server:
    """`python -m bot serve` in a folder of its own, with the embedded default and the demo."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._folder.joinpath("config.toml").touch()
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}/"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it is ready."""
        environment = {
            **{name: value for name, value in os.environ.items() if "QINGTUAN_" not in name},
            "PYTHONPATH": str(PROJECT),
            "QINGTUAN_DATABASE__URL": f"sqlite:///{self._folder / 'playground.db'}",
            "QINGTUAN_WEB__PORT": str(self.port),
        }
        with (self._folder / "serve.log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "bot", "serve", "--config", "config.toml"],
                cwd=self._folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        deadline = time.monotonic() + START_SECONDS
        while not self._ready():
            ended = self._process.poll()
            if ended is not None or time.monotonic() > deadline:
                log_text = (self._folder / "serve.log").read_text(encoding="utf-8")[-3000:]
                pytest.fail(f"serve did not become ready (status {ended}):\n{log_text}")
            time.sleep(0.05)

    def _ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}readyz", timeout=2) as answer:  # noqa: S310  # our own
                return bool(answer.status == 200)
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return False

    def stop(self) -> tuple[int, float]:
        """SIGTERM; answers the exit status and how many seconds the end took."""
        assert self._process is not None
        began = time.monotonic()
        self._process.send_signal(signal.SIGTERM)
        try:
            status = self._process.wait(END_SECONDS * 2)
        except subprocess.TimeoutExpired:
            self._process.kill()
            status = self._process.wait()
        self._process = None
        return status, time.monotonic() - began

    def kill(self) -> None:
        """As a power cut would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


class Pane:
    """One of the two chats."""

    def __init__(self, page: Page, number: int) -> None:
        self.element = page.locator(".pane").nth(number)
        self.log = self.element.get_by_role("log")
        self.box = self.element.get_by_role("textbox")

    def be(self, account: str) -> None:
        """Choose who one is, and wait for what was said before."""
        self.element.locator("select").select_option(account)
        expect(self.element).to_have_attribute("data-account", account)

    def say(self, text: str) -> None:
        """Type and press Enter."""
        self.box.fill(text)
        self.box.press("Enter")

    def theirs(self, text: str) -> Locator:
        """What Qingtuan said with these words in it."""
        return self.log.locator(".row.theirs").filter(has_text=text)

    def own(self, text: str) -> Locator:
        """What the persona said."""
        return self.log.locator(".row.mine").filter(has_text=text)

    def press(self, label: str) -> None:
        """Press the newest button with this label."""
        self.log.get_by_role("button", name=label, exact=True).last.click()


class Visit:
    """An open page that remembers everything it should not have to say."""

    def __init__(self, browser: Browser, url: str, **context: object) -> None:
        self.context = browser.new_context(
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            **context,  # type: ignore[arg-type]  # playwright's own names
        )
        self.page = self.context.new_page()
        self.complaints: list[str] = []
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.complaints.append(f"error: {error}"))
        self.page.on("dialog", self._asked)
        self.page.goto(url)
        self.page.locator("#link[data-state=connected]").wait_for()
        self.left, self.right = Pane(self.page, 0), Pane(self.page, 1)

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(f"{message.type}: {message.text}")

    def _asked(self, dialog: object) -> None:
        self.complaints.append("dialog")
        dialog.dismiss()  # type: ignore[attr-defined]  # a playwright Dialog

    def shot(self, path: Path) -> None:
        """Keep a picture."""
        self.page.screenshot(path=str(path), animations="disabled")
        assert path.stat().st_size > 10_000

    def close(self) -> None:
        """Leave."""
        self.context.close()


Open = Callable[..., Visit]
