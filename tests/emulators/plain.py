"""A plain platform in a process of its own: takes messages over HTTP and writes down each one.

`python -m tests.emulators.plain LOG` prints its port. POST /send takes a message; every request
goes to the append-only log before it is answered, so that it outlives every kill of the product.
POST /behave {"status", "retry_after", "times", "reset", "hang", "rate"} sets how the next `times`
sends are answered; `rate` refuses (429) more than that many messages a second to one account.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections import defaultdict, deque
from pathlib import Path
from typing import Any

from aiohttp import web


class Plain:
    """The platform's state: its log and how it behaves."""

    def __init__(self, path: Path) -> None:
        self._log = path.open("a", buffering=1, encoding="utf-8")
        self._behaviour: dict[str, Any] = {}
        self._rate = 0
        self._seen: dict[str, deque[float]] = defaultdict(deque)

    def note(self, what: str, **more: Any) -> None:
        """One line, on its way to the disk before anybody is answered."""
        self._log.write(json.dumps({"what": what, "at": time.time(), **more}) + "\n")
        self._log.flush()

    async def send(self, request: web.Request) -> web.StreamResponse:
        """Take a message, or behave as told."""
        message = await request.json()
        account = message["account"]
        told = self._told()
        if told.get("hang"):
            self.note("hung", id=message["id"], account=account)
            await asyncio.sleep(float(told["hang"]))
        if told.get("status"):
            self.note("refused", id=message["id"], account=account, status=told["status"])
            body = {"retry_after": told.get("retry_after")}
            return web.json_response(body, status=int(told["status"]))
        if self._too_fast(account):
            self.note("violation", id=message["id"], account=account)
            return web.json_response({"retry_after": 1}, status=429)
        self.note("delivered", **message)
        if told.get("reset") and request.transport is not None:
            request.transport.abort()
        return web.json_response({"platform_id": str(message["id"])})

    def _told(self) -> dict[str, Any]:
        if self._behaviour.get("times", 0) <= 0:
            return {}
        self._behaviour["times"] -= 1
        return self._behaviour

    def _too_fast(self, account: str) -> bool:
        if not self._rate:
            return False
        now, recent = time.monotonic(), self._seen[account]
        while recent and recent[0] < now - 1:
            recent.popleft()
        recent.append(now)
        return len(recent) > self._rate

    async def behave(self, request: web.Request) -> web.StreamResponse:
        """Change how sends are answered."""
        self._behaviour = await request.json()
        self._rate = int(self._behaviour.get("rate", 0))
        return web.json_response({})


def main() -> None:
    """Serve on a free port of the loopback interface."""
    plain = Plain(Path(sys.argv[1]))
    app = web.Application()
    app.add_routes([web.post("/send", plain.send), web.post("/behave", plain.behave)])

    async def serve() -> None:
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0, backlog=1024)
        await site.start()
        print(runner.addresses[0][1], flush=True)
        await asyncio.Event().wait()

    asyncio.run(serve())


if __name__ == "__main__":
    main()
