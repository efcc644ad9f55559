"""parse_mode HTML: the tags of the Bot API, as far as a text and its entities need them."""

from __future__ import annotations

import html
import re
from typing import Any

from tests.emulators.telegram.refusal import Refusal, bad

_KINDS = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "code": "code",
    "pre": "pre",
    "a": "text_link",
    "tg-spoiler": "spoiler",
    "span": "spoiler",
    "blockquote": "blockquote",
    "tg-emoji": "custom_emoji",
}
_PIECE = re.compile(r"<(/?)([A-Za-z][A-Za-z-]*)([^<>]*)>|&(?:lt|gt|amp|quot|#\d+|#x[0-9a-fA-F]+);")
_HREF = re.compile(r"""\s+href\s*=\s*(?:"([^"]*)"|'([^']*)')""")


def units(text: str) -> int:
    """The length of a text in UTF-16 code units, as Telegram counts."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


class _Reader:
    def __init__(self, source: str) -> None:
        self.source = source
        self.out: list[str] = []
        self.length = 0
        self.open: list[tuple[str, int, str]] = []
        self.entities: list[dict[str, Any]] = []

    def plain(self, start: int, end: int) -> None:
        """Text between tags."""
        piece = self.source[start:end]
        if "<" in piece:
            at = len(self.source[: start + piece.index("<")].encode())
            raise _cannot(f"Unsupported start tag at byte offset {at}")
        self.add(piece)

    def add(self, piece: str) -> None:
        """Text without markup."""
        self.out.append(piece)
        self.length += units(piece)

    def tag(self, found: re.Match[str]) -> None:
        """A tag opens or closes."""
        name, at = found[2].lower(), len(self.source[: found.start()].encode())
        if name not in _KINDS:
            raise _cannot(f'Unsupported start tag "{name}" at byte offset {at}')
        if not found[1]:
            link = _HREF.search(found[3])
            href = html.unescape(link[1] or link[2] or "") if link else ""
            self.open.append((name, self.length, href))
            return
        if not self.open:
            raise _cannot(f"Unexpected end tag at byte offset {at}")
        opened, start, href = self.open.pop()
        if opened != name:
            raise _cannot(
                f'Unmatched end tag at byte offset {at}, expected "</{opened}>", found "</{name}>"'
            )
        self.entity(name, start, href)

    def entity(self, name: str, start: int, href: str) -> None:
        """Something is complete."""
        if self.length == start or (name == "a" and not href):
            return
        made: dict[str, Any] = {
            "type": _KINDS[name],
            "offset": start,
            "length": self.length - start,
        }
        if name == "a":
            made["url"] = href
        self.entities.append(made)


def _cannot(why: str) -> Refusal:
    return bad(f"can't parse entities: {why}")


def parsed(source: str) -> tuple[str, list[dict[str, Any]]]:
    """The text and its entities; raises "can't parse entities"."""
    reader, at = _Reader(source), 0
    for found in _PIECE.finditer(source):
        reader.plain(at, found.start())
        at = found.end()
        if found[0].startswith("&"):
            reader.add(html.unescape(found[0]))
        else:
            reader.tag(found)
    reader.plain(at, len(source))
    if reader.open:
        name = reader.open[-1][0]
        raise _cannot(f'Can\'t find end tag corresponding to start tag "{name}"')
    entities = sorted(reader.entities, key=lambda one: (one["offset"], -one["length"]))
    return "".join(reader.out), entities
