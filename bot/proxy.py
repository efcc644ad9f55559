"""The way out of the house that the environment names."""

from __future__ import annotations

from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import aiohttp
from yarl import URL


def proxy_for(address: str) -> tuple[URL | None, aiohttp.BasicAuth | None]:
    """The environment's proxy for an address, asked once: aiohttp would ask in a thread each time.

    ValueError where the environment names one that is no address.
    """
    server = urlsplit(address)
    found = getproxies().get(server.scheme)
    if not found or proxy_bypass(server.hostname or ""):
        return None, None
    proxy = URL(found)
    if proxy.user is None:
        return proxy, None
    return proxy.with_user(None), aiohttp.BasicAuth(proxy.user, proxy.password or "")
