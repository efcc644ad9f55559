"""Named places where tests may kill or stop the process; in the product nothing happens there."""

from __future__ import annotations

from collections.abc import Callable

_hook: list[Callable[[str], None]] = []


def on_reaching(hook: Callable[[str], None]) -> None:
    """Call `hook` with the name of every place that is reached (tests only)."""
    _hook[:] = [hook]


def reached(place: str) -> None:
    """Say that a place is reached."""
    for hook in _hook:
        hook(place)
