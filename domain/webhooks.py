"""The address of a group robot: its key is all that it takes to speak in the group."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

WECOM = "qyapi.weixin.qq.com"  # where robots are heard, but in private deployments
_BEFORE = re.compile(r"[!-~]*$")  # no space, no Chinese letter
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


def is_address(text: str) -> bool:
    """Whether there is the address of a robot in a text: more than a key that might be anything."""
    return "webhook/send?" in text and key_of(text) is not None


def host_of(text: str) -> str | None:
    """The host of the webhook address in a text, in lower case.

    None where there is no address, or only the end of one; "" where its host cannot be read.
    """
    found = _IN_ADDRESS.search(text)
    before = _BEFORE.search("" if found is None else text[: found.start()])
    address = before[0] if before else ""
    scheme, where = "://" in address, address.partition("://")[2] or address
    where = where.partition("/")[0]
    if not scheme and not set(".:") & set(where):
        return None
    try:
        return urlsplit(f"//{where}").hostname or ""
    except ValueError:
        return ""


def masked(key: str) -> str:
    """The end of a key, so that whoever has it knows which one is meant."""
    return f"…{key[-_SHOWN:]}"
