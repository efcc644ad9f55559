"""`python -m tests.emulators.telegram LOG [--port N] [--free] [--quiet]`: see the package."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gc
import importlib
import json
from pathlib import Path

from tests.emulators.telegram.journal import Journal
from tests.emulators.telegram.network import Network
from tests.emulators.telegram.server import Server


def main() -> int:
    """Serve until it is killed."""
    parser = argparse.ArgumentParser(prog="python -m tests.emulators.telegram")
    parser.add_argument("log", type=Path)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--free", action="store_true", help="no rate limits")
    parser.add_argument("--quiet", action="store_true", help="log counts only")
    told = parser.parse_args()
    with contextlib.suppress(ImportError):  # not on every system, and only for speed
        importlib.import_module("uvloop").install()

    async def serve() -> None:
        net = Network(Journal(told.log, quiet=told.quiet), free=told.free)
        port = await Server(net).start(told.port)
        print(json.dumps({"port": port}), flush=True)
        await asyncio.Event().wait()

    gc.freeze()
    gc.set_threshold(100_000, 50, 100)  # many people stay; looking at all of them costs calls
    asyncio.run(serve())
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
