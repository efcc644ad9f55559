"""From the text of a table to its conversations."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

TABLES = Path(__file__).parent / "tables"
_WHERE = r"(?:(home|abroad|varies|places|(?:no )?robots): )?"
_HEARS = re.compile(_WHERE + r"(\S+) hears (\"[^\"]*\"|\S+)(?: \[(.*?)\](?= |$))?(.*)")
_DOES = re.compile(
    rf"{_WHERE}(?:(wait|remember|only) (.+)|"
    r"(\S+) (says|presses|taps twice|types|sends|shows|edits|forwards)(?: (.*))?)"
)
_LABEL = re.compile(r'"[^"]*"|[^,\s][^,]*')


class Unreadable(ValueError):
    """A line that is no line of a table."""


@dataclass(frozen=True, slots=True)
class Hears:
    """One message that somebody must get. `where` is home, abroad or empty (everywhere)."""

    who: str
    name: str
    labels: tuple[str, ...]
    fragments: tuple[str, ...]
    marks: frozenset[str]
    where: str


@dataclass(slots=True)
class Step:
    """What somebody does, or what happens, there alone; and every message that comes of it."""

    number: int  # of its line
    who: str
    does: str
    what: str
    where: str
    hears: list[Hears] = field(default_factory=list)


@dataclass(slots=True)
class Talk:
    """One conversation."""

    feature: str
    title: str
    scene: str
    steps: list[Step] = field(default_factory=list)

    def __str__(self) -> str:
        return f"{self.feature}: {self.title}"


def table(feature: str) -> list[Talk]:
    """The conversations about a feature. Unreadable names the line."""
    path = TABLES / f"{feature}.txt"
    return talks_of(feature, path.read_text(encoding="utf-8").splitlines())


def talks_of(feature: str, lines: Iterable[str]) -> list[Talk]:
    """The conversations in some lines. Unreadable names the line."""
    talks: list[Talk] = []
    for number, line in enumerate(lines, start=1):
        words = line.strip()
        if not words or words.startswith("#"):
            continue
        if words.startswith("== "):
            title, _, scene = words[3:].partition(" | ")
            talks.append(Talk(feature, title, scene))
        elif line.startswith(" "):
            talks[-1].steps[-1].hears.append(_heard(number, words))
        else:
            talks[-1].steps.append(_done(number, words))
    return talks


def features() -> list[str]:
    """Every table there is."""
    return sorted(path.stem for path in TABLES.glob("*.txt"))


def _done(number: int, words: str) -> Step:
    found = _DOES.fullmatch(words)
    if found is None:
        raise Unreadable(f"line {number}: {words}")
    where, alone, rest, who, does, what = found.groups()
    return Step(number, who or "", does or alone, (what or rest or "").strip(), where or "")


def _heard(number: int, words: str) -> Hears:
    words, *marks = words.split(" ; ")
    found = _HEARS.fullmatch(words)
    if found is None:
        raise Unreadable(f"line {number}: {words}")
    where, who, name, labels, rest = found.groups()
    first, *fragments = rest.split(" ~ ") if rest else ("",)
    if first.strip():
        raise Unreadable(f"line {number}: {first}")
    every = tuple(one.strip() for one in _LABEL.findall(labels or ""))
    told = tuple(one.strip() for one in fragments)
    return Hears(who, name, every, told, frozenset(marks), where or "")


def in_language(words: str, language: str) -> str:
    """The Chinese or the English form of `中文 || English`."""
    chinese, _, english = words.partition(" || ")
    return english.strip() if english and language == "en" else chinese.strip()
