"""`python -m tests.emulators.wecom LOG [--port N] [--free] [--latency SECONDS]`."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import importlib
import json
from pathlib import Path

from tests.emulators.wecom.qyapi_corp import Corp
from tests.emulators.wecom.qyapi_log import Journal
from tests.emulators.wecom.qyapi_server import Server


def main() -> int:
    """Serve until it is killed."""
    parser = argparse.ArgumentParser(prog="python -m tests.emulators.wecom")
    parser.add_argument("log", type=Path)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--free", action="store_true", help="no limits")
    parser.add_argument("--latency", type=float, default=0.0, help="seconds before every answer")
    told = parser.parse_args()
    with contextlib.suppress(ImportError):  # not on every system, and only for speed
        importlib.import_module("uvloop").install()

    async def serve() -> None:
        corp = Corp(Journal(told.log), free=told.free, latency=told.latency)
        port = await Server(corp).start(told.port)
        print(json.dumps({"port": port}), flush=True)
        await asyncio.Event().wait()

    asyncio.run(serve())
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
