"""Who sits at this very machine: a loopback peer, a loopback Host, and nobody in between."""

from __future__ import annotations

import re
from collections.abc import MutableMapping
from ipaddress import ip_address
from typing import Any

from starlette.routing import Match, Route

_HOST = re.compile(r"(?:localhost|127\.0\.0\.1|\[::1\])(?::\d{1,5})?", re.IGNORECASE)
_FORWARDING = (b"forwarded", b"via", b"x-real-ip")


def is_local(scope: MutableMapping[str, Any]) -> bool:
    """Whether an ASGI request comes from this machine and was passed on by nobody (SPEC 2).

    The Host header keeps out names that somebody else's DNS points here; an Origin that is not
    of this machine is a page elsewhere that makes a browser here ask (CSRF).
    """
    headers = scope["headers"]
    hosts = [value for name, value in headers if name == b"host"]
    origins = [value for name, value in headers if name == b"origin"]
    return (
        _is_loopback(scope.get("client"))
        and len(hosts) == 1
        and _HOST.fullmatch(hosts[0].decode("latin-1")) is not None
        and not any(_forwards(name) for name, _ in headers)
        and all(_is_local_page(origin.decode("latin-1")) for origin in origins)
    )


class LocalRoute(Route):
    """A route that does not exist for anybody else: not even its methods can be found out."""

    def matches(self, scope: MutableMapping[str, Any]) -> tuple[Match, MutableMapping[str, Any]]:
        """Match only requests from this machine."""
        if scope["type"] != "http" or not is_local(scope):
            return Match.NONE, {}
        return super().matches(scope)


def _is_loopback(client: Any) -> bool:
    if not client:
        return False
    try:
        address = ip_address(client[0])
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback


def _forwards(name: bytes) -> bool:
    return name in _FORWARDING or name.startswith(b"x-forwarded")


def _is_local_page(origin: str) -> bool:
    scheme, separator, host = origin.partition("://")
    return bool(separator) and scheme in ("http", "https") and _HOST.fullmatch(host) is not None
