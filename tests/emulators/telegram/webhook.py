"""Delivers updates to a webhook as the official server does (WebhookActor.cpp)."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from contextlib import suppress
from http import HTTPStatus
from random import Random
from typing import Any

from tests.emulators.telegram import bot_api
from tests.emulators.telegram.network import Network
from tests.emulators.telegram.updates import Update
from tests.emulators.telegram.wire import Address, Answer, Connection

_LOADED = 5000  # updates that are looked at ahead
_NEW_CONNECTIONS, _NEW_SECONDS = 10, 0.5
_LONGEST = 3600.0  # seconds of Retry-After that are honoured


class Delivery:
    """One webhook: one update in flight per queue, the queues in parallel.

    A queue is a chat, for presses a user. A failed update blocks its own queue only: it is sent
    again at once, then after 2, 4, 8 ... seconds up to 60 to 120, until it expires.
    """

    def __init__(self, net: Network, address: Address, connections: int) -> None:
        self._net, self._address, self._most = net, address, connections
        self._queues: dict[int | str, deque[Update]] = {}
        self._ready: deque[int | str] = deque()
        self._idle: list[asyncio.Future[None]] = []
        self._workers: set[asyncio.Task[None]] = set()
        self._born: deque[float] = deque()
        self._chance = Random(0)
        self.busy = 0
        self._ended = False
        net.updates.arrived.append(self._arrived)
        for update in net.updates.loaded:
            self._place(update)
        self._pull()

    async def end(self) -> None:
        """Stop; what was not answered stays pending."""
        self._ended = True
        self._net.updates.arrived.remove(self._arrived)
        for worker in tuple(self._workers):
            worker.cancel()
        await asyncio.gather(*self._workers, return_exceptions=True)

    def _arrived(self) -> None:
        if len(self._ready) < self._most:
            self._pull()

    def _pull(self) -> None:
        """Load more where too little is ready."""
        updates = self._net.updates
        while len(self._ready) < self._most:
            fresh = updates.load(min(_LOADED, len(updates.loaded) + 2 * self._most))
            if not fresh:
                break
            for update in fresh:
                self._place(update)
        self._wake()

    def _place(self, update: Update) -> None:
        queue = self._queues.get(update.key)
        if queue is None:
            self._queues[update.key] = deque((update,))
            self._ready.append(update.key)
        else:
            queue.append(update)

    def _wake(self) -> None:
        for _ in range(len(self._ready)):
            while self._idle and self._idle[-1].done():
                self._idle.pop()
            if self._idle:
                self._idle.pop().set_result(None)  # the last to rest: its connection is warm
            elif len(self._workers) < self._most:
                worker = asyncio.create_task(self._work())
                self._workers.add(worker)
                worker.add_done_callback(self._workers.discard)
            else:
                return

    async def _work(self) -> None:
        connection: Connection | None = None
        try:
            while True:
                while not self._ready:
                    self._pull()
                    if self._ready:
                        break
                    rest: asyncio.Future[None] = asyncio.get_running_loop().create_future()
                    self._idle.append(rest)
                    await rest
                key = self._ready.popleft()
                connection = await self._one(key, self._queues[key][0], connection)
        finally:
            if connection is not None:
                connection.close()

    async def _one(
        self, key: int | str, update: Update, connection: Connection | None
    ) -> Connection | None:
        """One attempt at the first update of a queue."""
        if update.expires < time.time():
            self._net.updates.expire(update)
            self._next(key, update)
            return connection
        answer, problem = None, ""
        self.busy += 1
        update.attempts += 1
        try:
            if connection is None or connection.closed:
                await self._permit()
                connection = await self._address.connect()
            answer = await connection.ask(update.body, self._net.settings["webhook_timeout"])
        except TimeoutError:
            problem = "Read timeout expired"
        except OSError as error:
            problem = (
                "Connection refused" if isinstance(error, ConnectionRefusedError) else str(error)
            )
        finally:
            self.busy -= 1
        self._settle(key, update, answer, problem)
        return connection

    def _settle(self, key: int | str, update: Update, answer: Answer | None, problem: str) -> None:
        status = answer.status if answer is not None else 0
        journal = self._net.journal
        journal.webhook[str(status)] += 1
        journal.note("webhook", update=update.id, status=status, attempt=update.attempts)
        if answer is not None and 200 <= status < 300:
            self._net.updates.loaded.pop(update, None)
            self._next(key, update)
            if answer.body:
                bot_api.reply(self._net, answer.headers.get("content-type", ""), answer.body)
            return
        if not problem:
            with suppress(ValueError):
                problem = HTTPStatus(status).phrase
            problem = f"Wrong response from the webhook: {status} {problem}"
        info = self._net.webhook_info
        info["last_error_date"], info["last_error_message"] = int(time.time()), problem
        seconds = self._pause(update, answer) * self._net.settings["retry_scale"]
        asyncio.get_running_loop().call_later(seconds, self._again, key)

    def _pause(self, update: Update, answer: Answer | None) -> float:
        if answer is not None:
            with suppress(KeyError, ValueError):
                return min(_LONGEST, float(answer.headers["retry-after"]))
        if update.attempts == 1:
            return 0.0
        return min(2.0 ** (update.attempts - 1), self._chance.uniform(60, 120))

    def _again(self, key: int | str) -> None:
        if not self._ended:
            self._ready.append(key)
            self._wake()

    def _next(self, key: int | str, update: Update) -> None:
        """This update is done: the next of its queue may go."""
        queue = self._queues[key]
        queue.popleft()
        if queue:
            self._ready.append(key)
        else:
            del self._queues[key]

    async def _permit(self) -> None:
        """At most 10 new connections in half a second, unless the limits are off."""
        while self._net.rates.on:
            now = time.monotonic()
            while self._born and self._born[0] <= now - _NEW_SECONDS:
                self._born.popleft()
            if len(self._born) < _NEW_CONNECTIONS:
                self._born.append(now)
                return
            await asyncio.sleep(self._born[0] + _NEW_SECONDS - now)


async def stop(net: Network) -> None:
    """End the webhook, if there is one."""
    if net.webhook is not None:
        delivery: Any = net.webhook
        net.webhook = None
        await delivery.end()
