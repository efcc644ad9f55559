"""Codes that join two accounts (绑定码), and what may become of one."""

from __future__ import annotations

import hmac
from datetime import timedelta
from enum import StrEnum

from domain.names import strip_invisible

KIND = "l"  # of a domain.tokens.Link: the payload of a deep link or a QR code
CODE_LIFE = timedelta(minutes=10)
ANSWER_LIFE = timedelta(hours=24)  # for the other side to agree
UNDO_LIFE = timedelta(hours=24)  # afterwards
SETTLING = timedelta(hours=24)  # that a new account may not put out one that was there before
MOST_LIVE = 5  # codes and open questions of one person
LETTERS = "ACDEFGHJKMNPQRTUVWXY3479"  # nothing that looks like something else
LENGTH = 8
_LONGEST = 24  # letters of a typed code with spaces and dashes; what is longer is a payload


class State(StrEnum):
    """Values of links.state."""

    CODE = "code"  # nobody has used it yet
    ASKED = "asked"  # another account used it; the one that made it has to agree
    DONE = "done"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"  # by who asked, or ended for a newer code
    UNDONE = "undone"
    ENDED = "ended"  # the account was put out later


def code_of(key: bytes, number: int) -> str:
    """The code of a link's row: nobody without the key can tell one from another.

    Eight of 24 letters and digits: 36 bits, for ten minutes, behind five tries.
    """
    digest = hmac.digest(key, b"qingtuan/link-code/%d" % number, "sha256")
    found = int.from_bytes(digest, "big")
    letters = []
    for _ in range(LENGTH):
        found, letter = divmod(found, len(LETTERS))
        letters.append(LETTERS[letter])
    return "".join(letters)


def shown(code: str) -> str:
    """A code in two groups of four, as it is read out."""
    return f"{code[:4]} {code[4:]}"


def typed(text: str) -> str | None:
    """The code that somebody typed, with spaces, dashes, small or wide letters; None if none."""
    if len(text) > _LONGEST:
        return None
    plain = "".join(c for c in strip_invisible(text).upper() if c not in " -_·.")
    return plain if len(plain) == LENGTH and set(plain) <= set(LETTERS) else None


def payload(text: str) -> str:
    """The payload in a text: itself, or the end of the address that a QR code holds."""
    return text.strip().rsplit("/", 1)[-1]


def is_payload(text: str) -> bool:
    """Whether a /start payload is one of ours, by its kind alone; it may still be forged."""
    return payload(text).startswith(KIND)


def same_name(one: str, other: str) -> bool:
    """Whether two registrations give the same name, whatever the spaces and the width."""
    return _folded(one) == _folded(other)


def _folded(name: str) -> str:
    return "".join(strip_invisible(name).casefold().split())
