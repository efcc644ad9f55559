"""A call of the Bot API: finds its method, writes it down, makes its answer."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from tests.emulators.telegram import arguments, editing, files, profile, sending
from tests.emulators.telegram.arguments import Upload
from tests.emulators.telegram.journal import compact
from tests.emulators.telegram.network import Network
from tests.emulators.telegram.people import Json
from tests.emulators.telegram.refusal import Refusal

Method = Callable[[Network, Json], Any]
METHODS: dict[str, tuple[str, Method]] = {}
_NOT_IN_REPLY = ("setwebhook", "deletewebhook", "close", "logout")


def offer(methods: dict[str, Any]) -> None:
    """Make methods callable; their names count in any case, as on the real server."""
    METHODS.update({name.lower(): (name, method) for name, method in methods.items()})


for _methods in (sending.METHODS, editing.METHODS, files.METHODS, profile.METHODS):
    offer(_methods)


async def call(net: Network, method: str, args: Json) -> tuple[int, bytes, Json]:
    """Answers the HTTP status, the body, and the parameters of a refusal."""
    found = METHODS.get(method.lower())
    if found is None:
        return _refused(net, method, args, Refusal(404, "Not Found: method not found"))
    name, function = found
    try:
        result = function(net, args)
        if isinstance(result, Coroutine):
            result = await result
    except Refusal as refusal:
        return _refused(net, name, args, refusal)
    return 200, _done(net, name, args, result), {}


def _refused(net: Network, name: str, args: Json, refusal: Refusal) -> tuple[int, bytes, Json]:
    body = refusal.body()
    net.journal.call(name, refusal.code, plain(args), refused=refusal.description)
    return refusal.code, compact(body).encode(), refusal.parameters


def _done(net: Network, name: str, args: Json, result: Any) -> bytes:
    if isinstance(result, bytes):  # getUpdates; what it handed out is written down there
        net.journal.call(name, 200, args)
        return result
    if isinstance(result, dict) and "message_id" in result:
        chat, message = result["chat"]["id"], result["message_id"]
        net.journal.call(name, 200, plain(args), chat=chat, message=message)
    else:
        net.journal.call(name, 200, plain(args))
    return compact({"ok": True, "result": result}).encode()


def plain(args: Json) -> Json:
    """The arguments without the bytes of files, for the log."""
    for value in args.values():
        if isinstance(value, Upload):
            return {name: repr(v) if isinstance(v, Upload) else v for name, v in args.items()}
    return args


def reply(net: Network, content_type: str, body: bytes) -> None:
    """A call in the answer of a webhook: it is done, and its result is lost."""
    try:
        args = arguments.read(content_type, body)
    except Refusal:
        return
    method = str(args.pop("method", "")).lower()
    found = METHODS.get(method)
    if found is None or method.startswith("get") or method in _NOT_IN_REPLY:
        if method:
            net.journal.note("unanswered", method=method)
        return
    name, function = found
    try:
        result = function(net, args)
    except Refusal as refusal:
        _refused(net, name, args, refusal)
    else:
        _done(net, name, args, result)
