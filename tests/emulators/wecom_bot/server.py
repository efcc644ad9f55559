"""The WebSocket of the bots, the files that users sent, and the control door on one port."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import struct
import time
import traceback

import aiohttp
from aiohttp import web

from tests.emulators.wecom_bot import commands, control
from tests.emulators.wecom_bot.gateway import BOT, SECRET, Gateway, Json, Refusal

_LARGEST = 40 * 2**20


class Connection:
    """One bot at the other end."""

    def __init__(self, socket_: web.WebSocketResponse, request: web.Request) -> None:
        self.socket = socket_
        self.request = request
        self.heard = time.monotonic()
        self.subscribed = False

    async def send_json(self, frame: Json) -> None:
        """Send a frame; a connection that is going away takes none."""
        with contextlib.suppress(ConnectionError, RuntimeError):
            await self.socket.send_str(json.dumps(frame, ensure_ascii=False))

    def abort(self) -> None:
        """Reset the TCP connection."""
        transport = self.request.transport
        if transport is not None:
            found = transport.get_extra_info("socket")
            found.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            transport.abort()


class Server:
    """`start` gives the port."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._runner: web.AppRunner | None = None

    async def start(self, port: int) -> int:
        """Listen; answers the port."""
        app = web.Application(client_max_size=_LARGEST)
        app.router.add_get("/", self._socket)
        app.router.add_get("/file/{name}", self._file)
        app.router.add_post("/control/{name}", self._control)
        runner = self._runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port).start()
        self._gateway.port = int(runner.addresses[0][1])
        return self._gateway.port

    async def _control(self, request: web.Request) -> web.Response:
        try:
            told = await request.json()
            answer = await control.answer(self._gateway, request.match_info["name"], told)
        except (KeyError, ValueError, LookupError) as error:
            return web.json_response({"error": repr(error)}, status=400)
        except Exception:
            traceback.print_exc()
            raise
        return web.json_response(answer)

    async def _file(self, request: web.Request) -> web.Response:
        content, name = self._gateway.files[request.match_info["name"]]
        headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{name}"} if name else {}
        return web.Response(body=content, headers=headers)

    async def _socket(self, request: web.Request) -> web.StreamResponse:
        if self._gateway.behaviour.get("stall"):
            await asyncio.sleep(60)
        made = web.WebSocketResponse(max_msg_size=8 * 2**20)
        await made.prepare(request)
        connection = Connection(made, request)
        self._gateway.connections.add(connection)
        self._gateway.journal.note("opened")
        try:
            await self._serve(connection)
        finally:
            self._gateway.connections.discard(connection)
            if self._gateway.connection is connection:
                self._gateway.connection = None
            self._gateway.journal.note("closed", code=made.close_code)
        return made

    async def _serve(self, connection: Connection) -> None:
        while True:
            try:
                async with asyncio.timeout(self._gateway.settings["silence"]):
                    message = await connection.socket.receive()
            except TimeoutError:
                self._gateway.journal.violation("silent")
                await connection.socket.close(code=1000)
                return
            if message.type is not aiohttp.WSMsgType.TEXT:
                return
            await self._frame(connection, json.loads(message.data))

    async def _frame(self, connection: Connection, frame: Json) -> None:
        gateway = self._gateway
        command = str(frame.get("cmd"))
        request = str((frame.get("headers") or {}).get("req_id") or "")
        answer: Json = {"headers": {"req_id": request}, "errcode": 0, "errmsg": "ok"}
        try:
            body = await self._done(connection, command, request, frame.get("body") or {})
            if body:
                answer["body"] = body
        except Refusal as refusal:
            answer |= {"errcode": refusal.code, "errmsg": str(refusal)}
        code = answer["errcode"]
        shown = {} if command == "ping" else {"request": request, "code": code}
        gateway.journal.note("ping" if command == "ping" else "frame", cmd=command, **shown)
        if not self._keeps_quiet(command):
            await connection.send_json(answer)

    def _keeps_quiet(self, command: str) -> bool:
        behaviour = self._gateway.behaviour
        if behaviour.get("silent") or (behaviour.get("mute") and command == "ping"):
            return True
        if command not in {"ping", "aibot_subscribe"} and behaviour.get("lose_answers", 0) > 0:
            behaviour["lose_answers"] -= 1
            return True
        return False

    async def _done(
        self, connection: Connection, command: str, request: str, body: Json
    ) -> Json | None:
        gateway = self._gateway
        if not request:
            raise Refusal(40008, "req_id")
        if command == "aibot_subscribe":
            return await self._subscribed(connection, body)
        if not connection.subscribed or gateway.connection is not connection:
            gateway.journal.violation("not subscribed", cmd=command)
            raise Refusal(846609, "not subscribed")
        if command == "ping":
            return None
        if gateway.behaviour.get("times", 0) > 0:
            gateway.behaviour["times"] -= 1
            raise Refusal(int(gateway.behaviour["code"]), "as you wish")
        return commands.done(gateway, command, request, body)

    async def _subscribed(self, connection: Connection, body: Json) -> Json | None:
        gateway, now = self._gateway, time.monotonic()
        gateway.subscribes.append(now)
        often = sum(now - at < 10 for at in gateway.subscribes)
        if often > gateway.settings["subscribes"] or connection.subscribed:
            gateway.journal.violation("subscribes too often")
            raise Refusal(45009, "api freq out of limit")
        code = gateway.behaviour.get("refuse")
        if code or (body.get("bot_id"), body.get("secret")) != (BOT, SECRET):
            gateway.journal.note("refused")
            raise Refusal(int(code or 40001), "invalid secret")
        old, gateway.connection = gateway.connection, connection
        connection.subscribed = True
        gateway.journal.note("subscribed")
        if old is not None:
            await control.kick(gateway, old)
        return None
