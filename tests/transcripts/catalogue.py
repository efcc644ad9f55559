"""Which sentence of the catalogue a text may be: its words stand, its facts are anything."""

from __future__ import annotations

import re
import string
from functools import cache
from zoneinfo import ZoneInfo

from bot.words import Missing, Words

ZONE = ZoneInfo("Asia/Shanghai")
WORDS = Words(ZONE)


@cache
def _patterns(language: str, name: str, tight: bool = False) -> tuple[re.Pattern[str], ...]:
    found = []
    for count in (None, 1, 2):
        try:
            text = WORDS._text(language, name, count)
        except Missing:
            continue
        found.append(re.compile(_pattern(_tight(text) if tight else text), re.DOTALL))
    if not found:
        raise Missing(f"{language} has no sentence {name}")
    return tuple(dict.fromkeys(found))


def _pattern(text: str) -> str:
    pieces = string.Formatter().parse(text.strip())
    return "".join(
        re.escape(words) + ("" if fact is None else ".*?") for words, fact, _, _ in pieces
    )


def _tight(text: str) -> str:
    return re.sub("\n{2,}", "\n", text)


def is_sentence(language: str, name: str, text: str, *, tight: bool = False) -> bool:
    """Whether a text is this sentence with some facts. `tight`: as if it had no blank lines."""
    words = (_tight(text) if tight else text).strip()
    return any(one.fullmatch(words) for one in _patterns(language, name, tight))


@cache
def says_nothing(name: str) -> bool:
    """Whether the sentence has no words of its own, so that any text would do."""
    return any(one.pattern in {"", ".*?"} for one in _patterns("zh-CN", name))


@cache
def label(language: str, name: str) -> str:
    """A label without facts."""
    return WORDS.say(language, name, {})
