"""Starts: how long until it is ready, how much memory, what each big import costs."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

from tests.bench.load import _free_port

_SHOWN = 12
# As on a machine of its own: what was compiled once stays compiled.
_ENVIRON = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def help_seconds() -> float:
    """`qingtuan --help`, the whole process, the best of five."""
    found = []
    for _ in range(5):
        start = time.perf_counter()
        subprocess.run(
            [sys.executable, "-m", "bot", "--help"],
            env=_ENVIRON,
            stdout=subprocess.DEVNULL,
            check=True,
        )
        found.append(time.perf_counter() - start)
    return min(found)


def starts() -> tuple[float, float, float]:
    """Seconds of the first and of the second start to ready, and megabytes of the second."""
    with tempfile.TemporaryDirectory() as folder:
        first, _ = _start(Path(folder))
        second, megabytes = _start(Path(folder))
    return first, second, megabytes


def _start(folder: Path) -> tuple[float, float]:
    port = _free_port()
    environ = {
        **_ENVIRON,
        "QINGTUAN_WEB__PORT": str(port),
        "PYTHONPATH": str(Path.cwd()),
    }
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "bot", "serve"], cwd=folder, env=environ, stderr=subprocess.DEVNULL
    )
    try:
        while not _ready(port):
            time.sleep(0.01)
        seconds = time.perf_counter() - began
        time.sleep(1)
        return seconds, _megabytes(process.pid)
    finally:
        process.terminate()
        process.wait(20)


def _ready(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=2) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _megabytes(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    found = re.search(r"VmRSS:\s+(\d+) kB", status)
    return int(found[1]) / 1024 if found else 0.0


def imports() -> list[tuple[str, float]]:
    """The packages that cost the most when the server is imported: name, milliseconds."""
    traced = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", "import bot.commands.serve, bot.channels.web"],
        capture_output=True,
        env=_ENVIRON,
        text=True,
        check=True,
    ).stderr
    own: dict[str, float] = {}
    for line in traced.splitlines():
        found = re.match(r"import time:\s+(\d+) \|\s+\d+ \|\s*([\w.]+)", line)
        if found:
            package = found[2].partition(".")[0]
            own[package] = own.get(package, 0.0) + int(found[1]) / 1000
    return sorted(own.items(), key=lambda item: -item[1])[:_SHOWN]
