"""The HTTP side: /cgi-bin/... as qyapi.weixin.qq.com has it, and the control door beside it."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
import traceback
from collections.abc import Callable
from typing import Any

from aiohttp import web

from tests.emulators.wecom import qyapi_chats as chats
from tests.emulators.wecom import qyapi_control as control
from tests.emulators.wecom import qyapi_more as more
from tests.emulators.wecom import qyapi_send as sending
from tests.emulators.wecom.qyapi_corp import Corp
from tests.emulators.wecom.qyapi_faults import Fault, Json, Refusal
from tests.emulators.wecom.qyapi_log import compact

_LARGEST = 60 * 2**20
Method = Callable[[Corp, Json], Json]
_APP: dict[str, Method] = {
    "message/send": sending.send,
    "message/update_template_card": sending.update,
    "message/recall": sending.recall,
    "media/upload": more.upload,
    "menu/create": more.menu_create,
    "menu/get": more.menu_get,
    "menu/delete": more.menu_delete,
    "department/simplelist": more.departments,
    "department/list": more.department_list,
    "department/get": more.department,
    "user/simplelist": more.users,
    "user/get": more.user,
    "appchat/create": chats.create,
    "appchat/get": chats.get,
    "appchat/update": chats.update,
    "appchat/send": chats.send,
    "getcallbackip": more.addresses,
}
_CONTACTS: dict[str, Method] = {
    "user/list_id": more.user_ids,
    "department/simplelist": more.departments,
    "getcallbackip": more.addresses,
}
_OPEN: dict[str, Method] = {"gettoken": more.gettoken, "webhook/send": more.hook_send}


class Server:
    """Answers every request; `start` gives the port."""

    def __init__(self, corp: Corp) -> None:
        self._corp = corp
        self._runner: web.AppRunner | None = None

    async def start(self, port: int) -> int:
        """Listen; answers the port."""
        app = web.Application(client_max_size=_LARGEST)
        app.router.add_route("*", "/cgi-bin/{path:.+}", self._api)
        app.router.add_route("*", "/control/{name}", self._control)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", port, backlog=1024).start()
        return int(self._runner.addresses[0][1])

    async def _control(self, request: web.Request) -> web.StreamResponse:
        return await control.answer(self._corp, request, request.match_info["name"])

    async def _api(self, request: web.Request) -> web.StreamResponse:
        corp, path = self._corp, request.match_info["path"]
        args = await _arguments(request)
        if corp.settings["latency"]:
            await asyncio.sleep(corp.settings["latency"])
        fault = corp.faults.take(path, args)
        if fault is not None:
            return await self._faulty(request, path, args, fault)
        return self._done(path, args)

    def _done(self, path: str, args: Json) -> web.Response:
        corp = self._corp
        try:
            if path == "media/get":
                return self._media(args)
            body = {"errcode": 0, "errmsg": "ok", **self._call(path, args)}
        except Refusal as refusal:
            body = refusal.body()
        except Exception as error:
            corp.journal.note("broken", error=repr(error))
            traceback.print_exc()
            raise
        corp.journal.call(path, body["errcode"], args=_told(args))
        return _json(body)

    def _call(self, path: str, args: Json) -> Json:
        corp = self._corp
        if path in _OPEN:
            corp.rates.call(path)
            return _OPEN[path](corp, args)
        method = self._authorised(path, str(args.pop("access_token", "")))
        if not corp.settings["trusted"]:
            raise Refusal(60020, "not allow to access from your ip, from ip: 203.0.113.7")
        corp.rates.call(path)
        return method(corp, args)

    def _authorised(self, path: str, token: str) -> Method:
        corp = self._corp
        if path not in _APP and path not in _CONTACTS and path != "media/get":
            raise Refusal(-1, "system busy")
        if not token:
            raise Refusal(41001, "access_token missing")
        secret, end = corp.tokens.get(token, ("", 0.0))
        if corp.refuses_all is not None or not secret:
            raise Refusal(corp.refuses_all or 40014, "invalid access_token")
        if end < corp.now():
            raise Refusal(42001, "access_token expired")
        found = (_APP if corp.secrets.get(secret) == "app" else _CONTACTS).get(path)
        if path == "media/get":
            return lambda _corp, _args: {}
        if found is None:
            raise Refusal(48002, "api forbidden")
        return found

    def _media(self, args: Json) -> web.Response:
        self._authorised("media/get", str(args.get("access_token", "")))
        kept = self._corp.media.get(str(args.get("media_id", "")))
        if kept is None or kept["until"] < self._corp.now():
            raise Refusal(40007, "invalid media_id")
        self._corp.journal.call("media/get", 0)
        name = f'attachment; filename="{kept["name"]}"'
        return web.Response(body=kept["content"], headers={"Content-Disposition": name})

    async def _faulty(
        self, request: web.Request, path: str, args: Json, fault: Fault
    ) -> web.StreamResponse:
        journal = self._corp.journal
        journal.note("fault", path=path, errcode=fault.errcode, status=fault.status)
        if fault.hang:
            await asyncio.sleep(fault.hang)
        if not fault.answers or fault.deliver:
            done = self._done(path, args)
            if not fault.answers and not fault.reset:
                return done
        if fault.reset:
            return _reset(request)
        if fault.errcode is None:
            journal.call(path, -2, status=fault.status)
            return web.Response(status=fault.status or 200, text=fault.raw or "")
        if fault.errcode == 45009:
            self._corp.rates.block(path)
        journal.call(path, fault.errcode, args=_told(args))
        return _json({"errcode": fault.errcode, "errmsg": fault.errmsg})


def _reset(request: web.Request) -> web.Response:
    """RST instead of an answer."""
    transport = request.transport
    if transport is not None:
        made: socket.socket = transport.get_extra_info("socket")
        made.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()
    return web.Response()


async def _arguments(request: web.Request) -> Json:
    """The query, and the body: JSON, or a form with a file."""
    found: Json = dict(request.query)
    if request.content_type.startswith("multipart/"):
        form = await request.post()
        for value in form.values():
            if isinstance(value, web.FileField):
                found.update(media=value.file.read(), name=value.filename)
    elif request.body_exists:
        try:
            body = json.loads(await request.read())
        except ValueError:
            return {**found, "broken": True}
        found.update(body if isinstance(body, dict) else {})
    return found


def _told(args: Json) -> Json:
    """What the log tells of a call: long lists by their length, no secrets."""
    told: dict[str, Any] = {}
    for name, value in args.items():
        if name in ("access_token", "corpsecret", "key"):
            continue
        if name == "touser" and len(str(value)) > 200:
            told["users"] = str(value).count("|") + 1
        else:
            told[name] = f"{len(value)} bytes" if isinstance(value, bytes) else value
    return told


def _json(body: Json) -> web.Response:
    return web.Response(body=compact(body).encode(), content_type="application/json")
