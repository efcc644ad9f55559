"""WeCom's XML, read with bounds: no DTD, not deep, not long, and no surprises of one or many."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.etree.ElementTree import ParseError

from defusedxml.ElementTree import XMLParser

from bot.channels.wecom.crypto import Forged

DEPTH = 16
_ELEMENTS = 2000  # of a callback; the longest documented one has a few hundred


@dataclass(slots=True)
class Node:
    """An element: its text without white space around it, and its children by name."""

    text: str = ""
    children: dict[str, list[Node]] = field(default_factory=dict)

    def all(self, *path: str) -> list[Node]:
        """Every element at a path: none, one or many are always a list."""
        found = [self]
        for name in path:
            found = [child for node in found for child in node.children.get(name, ())]
        return found

    def one(self, *path: str) -> str:
        """The text of the first element at a path, or nothing."""
        found = self.all(*path)
        return found[0].text if found else ""

    def flat(self, name: str = "") -> Iterator[tuple[str, str]]:
        """Every path with its text, in the order of names."""
        yield name, self.text
        for child in sorted(self.children):
            for number, node in enumerate(self.children[child]):
                yield from node.flat(f"{name}/{child}.{number}")


@dataclass(frozen=True, slots=True)
class Envelope:
    """What arrives: to which corporation and app (empty where it is not said), and what."""

    to: str
    agent: str
    encrypted: str


class _Builder:
    """Makes nodes as the parser goes, and stops it where the bounds are reached."""

    def __init__(self) -> None:
        self._open: list[tuple[str, Node, list[str]]] = []
        self._elements = 0
        self.root: tuple[str, Node] | None = None

    def start(self, name: str, attributes: object) -> None:
        self._elements += 1
        if len(self._open) >= DEPTH or self._elements > _ELEMENTS:
            raise Forged
        self._open.append((name, Node(), []))

    def data(self, text: str) -> None:
        self._open[-1][2].append(text)

    def end(self, name: str) -> None:
        _, node, said = self._open.pop()
        node.text = "".join(said).strip()
        if self._open:
            self._open[-1][1].children.setdefault(name, []).append(node)
        else:
            self.root = name, node

    def close(self) -> None:
        pass


def parsed(text: str) -> Node:
    """The fields of an `<xml>` document. Forged if it is none, or more than a callback may be."""
    builder = _Builder()
    parser = XMLParser(target=builder, forbid_dtd=True)
    try:
        parser.feed(text)
        parser.close()
    except (ParseError, ValueError):  # what defusedxml refuses is a ValueError
        raise Forged from None
    if builder.root is None or builder.root[0] != "xml":
        raise Forged
    return builder.root[1]


def envelope(body: bytes) -> Envelope:
    """The envelope of a callback. Forged unless there is exactly one thing of each in it."""
    try:
        root = parsed(body.decode("utf-8"))
    except UnicodeDecodeError:
        raise Forged from None
    if len(root.all("Encrypt")) != 1 or any(
        len(root.all(one)) > 1 for one in ("ToUserName", "AgentID")
    ):
        raise Forged
    return Envelope(root.one("ToUserName"), root.one("AgentID"), root.one("Encrypt"))
