"""The HTTP side: the Bot API, its files, and the control door on one port of the loopback."""

from __future__ import annotations

import asyncio
import traceback
from typing import Any
from urllib.parse import unquote

from aiohttp import web

from tests.emulators.telegram import arguments, bot_api, control, files, receiving
from tests.emulators.telegram.faults import Fault
from tests.emulators.telegram.journal import compact
from tests.emulators.telegram.network import Network
from tests.emulators.telegram.people import Json
from tests.emulators.telegram.refusal import Refusal

_LARGEST = 60 * 2**20
bot_api.offer(receiving.METHODS)


def _json(status: int, body: bytes, parameters: Json | None = None) -> web.Response:
    headers = None
    if parameters and "retry_after" in parameters:
        headers = {"Retry-After": str(parameters["retry_after"])}
    return web.Response(status=status, body=body, content_type="application/json", headers=headers)


def _refused(refusal: Refusal) -> web.Response:
    return _json(refusal.code, compact(refusal.body()).encode(), refusal.parameters)


class Server:
    """Answers every request; `start` gives the port."""

    def __init__(self, net: Network) -> None:
        self._net = net
        self._runner: web.ServerRunner | None = None

    async def start(self, port: int) -> int:
        """Listen; answers the port."""

        loop = asyncio.get_running_loop()

        def request(message: Any, payload: Any, protocol: Any, *more: Any) -> web.BaseRequest:
            writer, task = more
            return web.BaseRequest(
                message, payload, protocol, writer, task, loop, client_max_size=_LARGEST
            )

        server = web.Server(self._handle, request_factory=request, access_log=None)
        runner = self._runner = web.ServerRunner(server)  # kept, or it is collected
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port, backlog=1024).start()
        return int(runner.addresses[0][1])

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        path, _, query = request.raw_path.partition("?")
        try:
            if path.startswith("/bot"):
                return await self._method(request, path[4:], query)
            if path.startswith("/control/"):
                return await control.answer(self._net, request, path[9:], query)
            if path.startswith("/file/bot"):
                return await self._file(path[9:])
        except Refusal as refusal:
            return _refused(refusal)
        except Exception as error:
            self._net.journal.note("broken", error=repr(error))
            traceback.print_exc()
            raise
        return _refused(Refusal(404, "Not Found"))

    def _authorise(self, token: str) -> None:
        if token in self._net.tokens:
            return
        number, _, secret = token.partition(":")
        known = number.isdigit() and secret and len(token) <= 80
        words = "Unauthorized" if known else "Unauthorized: invalid token specified"
        self._net.journal.note("unauthorized")
        raise Refusal(401, words)

    async def _method(self, request: web.BaseRequest, path: str, query: str) -> web.StreamResponse:
        token, _, method = path.partition("/")
        token = unquote(token)
        body = await request.read()
        self._authorise(token)
        args = arguments.read(request.headers.get("Content-Type", ""), body, query)
        fault = self._net.faults.take(method.lower(), args)
        if fault is not None:
            return await self._faulty(request, method, args, fault)
        return _json(*await bot_api.call(self._net, method, args))

    async def _faulty(
        self, request: web.BaseRequest, method: str, args: Json, fault: Fault
    ) -> web.StreamResponse:
        net = self._net
        net.journal.note("fault", method=method, status=fault.status, chat=args.get("chat_id"))
        if fault.hang:
            await asyncio.sleep(fault.hang)
        own = fault.status is None and fault.raw is None
        if own or fault.deliver:
            done = await bot_api.call(net, method, args)
            if own and not fault.reset:
                return _json(*done)
        if fault.reset:
            if request.transport is not None:
                request.transport.abort()
            return web.Response()
        if fault.raw is not None:
            return web.Response(status=fault.status or 200, text=fault.raw)
        body = fault.body()
        status = fault.status or 500
        net.journal.call(method, status, bot_api.plain(args), fault=True)
        if fault.retry_after is not None:
            self._told_to_wait(args, fault.retry_after)
        return _json(status, compact(body).encode(), body.get("parameters"))

    def _told_to_wait(self, args: Json, seconds: float) -> None:
        """Whoever comes earlier than he was told is a violation, as on the real server."""
        chat = self._net.chat(arguments.integer(args, "chat_id"))
        if chat is not None:
            chat.wait_until = asyncio.get_running_loop().time() + seconds - 0.05

    async def _file(self, path: str) -> web.StreamResponse:
        token, _, name = unquote(path).partition("/")
        self._authorise(token)
        fault = self._net.faults.take("file", {})
        kept = files.at(self._net, name)
        if kept is None:
            raise Refusal(404, "Not Found")
        if fault is not None:
            await asyncio.sleep(fault.hang)
            if fault.status is not None:
                return _json(fault.status, compact(fault.body()).encode())
        self._net.journal.note("download", path=name)
        return web.Response(body=kept["content"], content_type="application/octet-stream")
