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
def _patterns(language: str, name: str) -> tuple[re.Pattern[str], ...]:
    found = []
    for count in (None, 1, 2):
        try:
            text = WORDS._text(language, name, count)
        except Missing:
            continue
        found.append(re.compile(_pattern(text), re.DOTALL))
    if not found:
        raise Missing(f"{language} has no sentence {name}")
    return tuple(dict.fromkeys(found))


def _pattern(text: str) -> str:
    pieces = string.Formatter().parse(text.strip())
    return "".join(
        re.escape(words) + ("" if fact is None else ".*?") for words, fact, _, _ in pieces
    )


def is_sentence(language: str, name: str, text: str) -> bool:
    """Whether a text is this sentence with some facts."""
    return any(one.fullmatch(text.strip()) for one in _patterns(language, name))


@cache
def says_nothing(name: str) -> bool:
    """Whether the sentence has no words of its own, so that any text would do."""
    return any(one.pattern in {"", ".*?"} for one in _patterns("zh-CN", name))


@cache
def label(language: str, name: str) -> str:
    """A label without facts."""
    return WORDS.say(language, name, {})
