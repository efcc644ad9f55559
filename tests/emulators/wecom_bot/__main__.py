"""`python -m tests.emulators.wecom_bot LOG [--port N]`: see the package."""

from __future__ import annotations

import argparse
import asyncio
import json
from pathlib import Path

from tests.emulators.wecom_bot.gateway import Gateway
from tests.emulators.wecom_bot.journal import Journal
from tests.emulators.wecom_bot.server import Server


def main() -> int:
    """Serve until it is killed."""
    parser = argparse.ArgumentParser(prog="python -m tests.emulators.wecom_bot")
    parser.add_argument("log", type=Path)
    parser.add_argument("--port", type=int, default=0)
    told = parser.parse_args()

    async def serve() -> None:
        server = Server(Gateway(Journal(told.log)))
        print(json.dumps({"port": await server.start(told.port)}), flush=True)
        await asyncio.Event().wait()

    asyncio.run(serve())
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
