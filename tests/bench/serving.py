"""A server in a process of its own, as a machine of its own would run it."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.bench.starts import _ENVIRON


@asynccontextmanager
async def running(command: list[str], port: int, **env: str) -> AsyncIterator[int]:
    """Python with these arguments, in an empty folder, once its port answers; its pid."""
    with tempfile.TemporaryDirectory() as folder:
        process = subprocess.Popen(  # noqa: ASYNC220  # before anything is measured
            [sys.executable, *command],
            env={**_ENVIRON, **env, "PYTHONPATH": str(Path.cwd())},
            cwd=folder,
            stderr=(Path(folder) / "log").open("w"),
        )
        try:
            await _answers(port, process)
            yield process.pid
        finally:
            process.terminate()
            await asyncio.to_thread(process.wait, 20)


async def _answers(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(1200):
        if process.poll() is not None:
            raise RuntimeError("the server did not start")
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.025)
            continue
        writer.close()
        return
    raise RuntimeError("the server did not start")
