"""Plain text for a platform that renders markdown: nothing that people say looks like ours."""

from __future__ import annotations

import re

_ADDRESS = re.compile(r"https?://[^\s<>\u3000-\u303f\uff00-\uffef]+")
_WIDE = str.maketrans("*`[]<>|\\~", "＊｀［］＜＞｜＼～")
_IN_ADDRESS = {ord(one): f"%{ord(one):02X}" for one in "*`[]|\\"}
_START = re.compile(r"^([ \t]*)([#+=-])", re.MULTILINE)  # headings, lists, lines
_NUMBER = re.compile(r"^([ \t]*[0-9]{1,9})([.)])(?=[ \t]|$)", re.MULTILINE)
_INDENT = re.compile(r"^[ \t]+", re.MULTILINE)  # four of them would be code
_UNDERLINE = re.compile(r"(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])")
_MENTION = re.compile(r"(?<![A-Za-z0-9])@|@(?![A-Za-z0-9])")
_ENTITY = re.compile(r"&(?=#?[A-Za-z0-9]{1,32};)")
_STARTS = {"#": "＃", "+": "＋", "=": "＝", "-": "－"}
_NUMBERS = {".": "．", ")": "）"}


def escaped(text: str) -> str:
    """The text with wide letters for those that mean something in markdown (QUALITY A25).

    Wide letters read the same and mean nothing in any dialect; backslashes are shown by some.
    Addresses stay what they are, so that links work; the text of a link is always its address.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    done, at = [], 0
    for found in _ADDRESS.finditer(text):
        done += [_plain(text[at : found.start()]), found[0].translate(_IN_ADDRESS)]
        at = found.end()
    done.append(_plain(text[at:]))
    return _starts("".join(done))


def _plain(text: str) -> str:
    text = _UNDERLINE.sub("＿", text.translate(_WIDE))
    return _ENTITY.sub("＆", _MENTION.sub("＠", text))


def _starts(text: str) -> str:
    """What means something at the beginning of a line only."""
    text = _START.sub(lambda found: found[1] + _STARTS[found[2]], text)
    text = _NUMBER.sub(lambda found: found[1] + _NUMBERS[found[2]], text)
    return _INDENT.sub(lambda found: "\u3000" * min(4, len(found[0])), text)
