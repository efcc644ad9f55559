"""The address of a group robot: its key is all that it takes to speak in the group."""

from __future__ import annotations

import re

_IN_ADDRESS = re.compile(r"[?&]key=([0-9A-Za-z_-]{8,80})(?![0-9A-Za-z_-])")
_BARE = re.compile(r"[0-9A-Za-z_-]{8,80}")
_SHOWN = 4  # letters


def key_of(text: str) -> str | None:
    """The key in a webhook address, or the text itself if it is one."""
    found = _IN_ADDRESS.search(text)
    if found is not None:
        return found[1]
    bare = text.strip()
    digits = any(one.isdigit() for one in bare)
    return bare if digits and _BARE.fullmatch(bare) else None


def masked(key: str) -> str:
    """The end of a key, so that whoever has it knows which one is meant."""
    return f"…{key[-_SHOWN:]}"
