"""Routes that exist only for somebody who sits at this very machine."""

from __future__ import annotations

import re

from starlette.requests import Request
from starlette.routing import Match, Route
from starlette.types import Scope

from bot.guard import is_local

_PAGE = re.compile(r"https?://(?:localhost|127\.0\.0\.1|\[::1\])(?::\d{1,5})?", re.IGNORECASE)


class LocalRoute(Route):
    """For everybody else it is as if there were no such route: not even a method is told."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Match only what this machine asks, and no page from elsewhere that it has open."""
        if scope["type"] != "http":
            return Match.NONE, {}
        request = Request(scope)
        origins = request.headers.getlist("origin")
        if not is_local(request) or not all(map(_PAGE.fullmatch, origins)):
            return Match.NONE, {}
        return super().matches(scope)
