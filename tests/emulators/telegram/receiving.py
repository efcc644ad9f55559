"""getUpdates and the methods that set a webhook."""

from __future__ import annotations

import asyncio
import re
import time
from typing import Any
from urllib.parse import urlsplit

from tests.emulators.telegram import arguments, webhook
from tests.emulators.telegram.network import Network
from tests.emulators.telegram.people import Json
from tests.emulators.telegram.refusal import Refusal, bad
from tests.emulators.telegram.updates import DEFAULT_KINDS
from tests.emulators.telegram.wire import Address

_CONFLICT = "Conflict: "
_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")
_SAME_WITHIN = 0.5  # seconds; the same offset again so soon gets one update only
_LONGEST = 50  # seconds of a poll


async def get_updates(net: Network, args: Json) -> bytes:
    """getUpdates: the whole body, because the updates are JSON already."""
    if net.webhook is not None:
        raise Refusal(
            409,
            _CONFLICT + "can't use getUpdates method while webhook is active; "
            "use deleteWebhook to delete the webhook first",
        )
    _interrupt(
        net,
        "terminated by other getUpdates request; make sure that only one bot instance is running",
    )
    _allow(net, args)
    offset = arguments.integer(args, "offset")
    limit = arguments.integer(args, "limit", 100)
    limit = limit if 1 <= limit <= 100 else 100
    if net.last_poll[0] == offset and time.monotonic() < net.last_poll[1] + _SAME_WITHIN:
        limit = 1
    net.last_poll = (offset, time.monotonic())
    if offset < 0:
        net.updates.keep_last(-offset)
    elif offset:
        net.updates.confirm(offset)
    timeout = min(_LONGEST, max(0, arguments.integer(args, "timeout")))
    found = _ready(net, limit)
    if not found and timeout:
        found = await _poll(net, limit, timeout)
    if found:
        net.journal.note("handed", updates=[one.id for one in found])
    for one in found:
        one.again = False
    return b'{"ok":true,"result":[%s]}' % b",".join(one.body for one in found)


def _ready(net: Network, limit: int) -> list[Any]:
    updates, now = net.updates, time.time()
    for one in [one for one in updates.loaded if one.expires < now]:
        updates.expire(one)
    updates.load(limit)
    return [one for one, _ in zip(updates.loaded, range(limit), strict=False)]


async def _poll(net: Network, limit: int, seconds: float) -> list[Any]:
    loop = asyncio.get_running_loop()
    mine: asyncio.Future[str] = loop.create_future()

    def arrived() -> None:
        if not mine.done():
            mine.set_result("")

    net.poller = mine
    updates = net.updates
    updates.arrived.append(arrived)
    late = loop.call_later(seconds, arrived)
    try:
        words = await mine
    finally:
        late.cancel()
        updates.arrived.remove(arrived)
        if net.poller is mine:
            net.poller = None
    if words:
        raise Refusal(409, _CONFLICT + words)
    return _ready(net, limit)


def _interrupt(net: Network, words: str) -> None:
    """Whoever polls now gets 409."""
    if net.poller is not None and not net.poller.done():
        net.poller.set_result(words)
    net.poller = None


def _allow(net: Network, args: Json) -> None:
    kinds = arguments.structure(args, "allowed_updates", list)
    if kinds is not None:
        net.updates.allow([str(kind) for kind in kinds])


async def set_webhook(net: Network, args: Json) -> bool:
    """setWebhook; an empty url deletes it."""
    url = arguments.text(args, "url")
    if not url:
        return await delete_webhook(net, args)
    try:
        parts = urlsplit(url)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        good = False
    if not good:
        raise bad("bad webhook: An HTTPS URL must be provided for webhook")
    secret = arguments.text(args, "secret_token")
    if secret and not _SECRET.fullmatch(secret):
        raise bad("secret token contains unallowed characters")
    connections = arguments.integer(args, "max_connections", 40)
    connections = connections if 1 <= connections <= 100 else 40
    _allow(net, args)
    _interrupt(net, "terminated by setWebhook request")
    await webhook.stop(net)
    if arguments.boolean(args, "drop_pending_updates"):
        net.updates.clear()
    net.webhook_info = {"url": url, "max_connections": connections}
    net.webhook = webhook.Delivery(net, Address(url, secret), connections)
    return True


async def delete_webhook(net: Network, args: Json) -> bool:
    """deleteWebhook."""
    await webhook.stop(net)
    net.webhook_info = {}
    if arguments.boolean(args, "drop_pending_updates"):
        net.updates.clear()
    return True


def get_webhook_info(net: Network, args: Json) -> Json:
    """getWebhookInfo."""
    made: Json = {
        "url": "",
        **net.webhook_info,
        "has_custom_certificate": False,
        "pending_update_count": len(net.updates),
    }
    if net.updates.allowed != DEFAULT_KINDS:
        made["allowed_updates"] = sorted(net.updates.allowed)
    return made


METHODS = {
    "getUpdates": get_updates,
    "setWebhook": set_webhook,
    "deleteWebhook": delete_webhook,
    "getWebhookInfo": get_webhook_info,
}
