"""The catalogue of sentences: a name and its facts become words of one language."""

from __future__ import annotations

import gettext
import string
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LANGUAGES = ("zh-CN", "en")
FOLDER = Path(__file__).parent / "locale"
DOMAIN = "qingtuan"
DAYS = 2000  # that are kept in words


class Missing(LookupError):
    """A sentence that a language does not have."""


class Words:
    """Every language of the catalogue, read once.

    A sentence is a format string. Beyond Python's own, its fields know these ways of showing:
    `hours` (minutes as hours to one decimal, rounded down), `hours_up` (rounded up), `day`,
    `when` (day and clock), `clock`, `name` of another sentence (`{status:word}`: the sentence
    `word.STATUS`), `apart` (Latin letters keep a space from the Chinese around them), and lists of
    nested sentences, one to a line.
    """

    def __init__(self, zone: ZoneInfo, folder: Path = FOLDER) -> None:
        self._catalogues = {language: _read(folder, language) for language in LANGUAGES}
        self._labels: dict[str, set[str]] = {}
        self._pieces: dict[tuple[str, str], list[_Piece]] = {}
        self._speakers = {language: _Speaker(self, language, zone) for language in LANGUAGES}

    def say(self, language: str, name: str, facts: Mapping[str, Any]) -> str:
        """Word a sentence. Missing if the language does not have it."""
        known = language if language in self._catalogues else LANGUAGES[0]
        count = facts.get("count")
        if isinstance(count, int) and not isinstance(count, bool):
            pieces = _pieces(self._text(known, name, count))
        else:
            pieces = self._pieces.get((known, name), [])
            if not pieces:
                pieces = self._pieces[known, name] = _pieces(self._text(known, name, None))
        return self._speakers[known].fill(pieces, facts)

    def _text(self, language: str, name: str, count: int | None) -> str:
        catalogue = self._catalogues[language]
        text = name
        if count is not None:
            text = catalogue.ngettext(name, f"{name}.many", count)
        if text in (name, f"{name}.many"):
            text = catalogue.gettext(name)
        if text == name:
            raise Missing(f"{language} has no sentence {name}")
        return text

    def labels(self, name: str, facts: Mapping[str, Any]) -> set[str]:
        """A label in every language, folded for comparison."""
        if facts:
            return {self.say(language, name, facts).casefold() for language in LANGUAGES}
        if name not in self._labels:  # most labels have no facts and never change
            said = {self.say(language, name, {}).casefold() for language in LANGUAGES}
            self._labels[name] = said
        return self._labels[name]

    def names(self, language: str) -> set[str]:
        """The names of all sentences of a language."""
        catalogue = self._catalogues[language]._catalog  # type: ignore[attr-defined]  # noqa: SLF001  # gettext has no public list
        return {
            key if isinstance(key, str) else key[0] for key in catalogue if key not in ("", ("", 0))
        }


# A piece of a sentence: what stands there, then the fact that follows, and how it is shown.
_Piece = tuple[str, str | None, str]


def _pieces(text: str) -> list[_Piece]:
    """Take a sentence apart once: no attributes, no items, names of facts only."""
    return [
        (literal, field, spec or "") for literal, field, spec, _ in string.Formatter().parse(text)
    ]


class _Speaker:
    """Fills in one language."""

    def __init__(self, words: Words, language: str, zone: ZoneInfo) -> None:
        self._words = words
        self._language = language
        self._zone = zone
        self._days: dict[date, str] = {}

    def fill(self, pieces: Sequence[_Piece], facts: Mapping[str, Any]) -> str:
        """The sentence with its facts. KeyError if one is missing."""
        said: list[str] = []
        behind = False  # a name in Latin letters stands before what comes
        for literal, field, spec in pieces:
            said.append(f" {literal}" if behind and _is_chinese(literal[:1]) else literal)
            if field is None:
                break
            shown = self._shown(facts[field], spec)
            behind = spec == "apart" and shown[-1:].isascii()
            if spec == "apart" and shown[:1].isascii() and _is_chinese(literal[-1:]):
                said.append(" ")
            said.append(shown)
        return "".join(said)

    def _shown(self, value: Any, spec: str) -> str:
        if not spec and type(value) is str:
            return value
        match spec:
            case "hours":
                return tenths(value * 10 // 60)
            case "hours_up":
                return tenths(-(-value * 10 // 60))
            case "day":
                return self._day(value)
            case "when":
                moment = self._moment(value)
                return f"{self._day(moment.date())} {moment:%H:%M}"
            case "clock":
                return _clock(value, self._zone)
            case "word":
                return self._words.say(self._language, f"word.{value}", {})
        return self._nested(value, spec)

    def _nested(self, value: Any, spec: str) -> str:
        if isinstance(value, dict) and "name" in value:
            return self._words.say(self._language, value["name"], value.get("facts", {}))
        if isinstance(value, (list, tuple)):
            joint = self._words.say(self._language, "word.list", {}) if spec else "\n"
            return joint.join(self._nested(item, "") for item in value)
        return str(value)

    def _moment(self, value: Any) -> datetime:
        moment = value if isinstance(value, datetime) else datetime.fromisoformat(value)
        return moment.astimezone(self._zone)

    def _day(self, value: Any) -> str:
        if isinstance(value, datetime) or (isinstance(value, str) and "T" in value):
            value = self._moment(value).date()
        day = value if isinstance(value, date) else date.fromisoformat(str(value)[:10])
        known = self._days.get(day)
        if known is None:
            if len(self._days) >= DAYS:
                self._days.clear()
            known = self._days[day] = self._worded(day)
        return known

    def _worded(self, day: date) -> str:
        weekday = self._words.say(self._language, f"word.weekday.{day.isoweekday()}", {})
        facts = {"year": day.year, "month": day.month, "day": day.day, "weekday": weekday}
        return self._words.say(self._language, "word.day", facts)


def _is_chinese(char: str) -> bool:
    return "\u4e00" <= char <= "\u9fff"


def _clock(value: Any, zone: ZoneInfo) -> str:
    if isinstance(value, time):
        return f"{value:%H:%M}"
    text = str(value)
    if len(text) <= 8:
        return text[:5]
    return f"{datetime.fromisoformat(text).astimezone(zone):%H:%M}"


def tenths(amount: int) -> str:
    """Tenths of an hour as people write them: 65 is 6.5, 60 is 6."""
    whole, rest = divmod(amount, 10)
    return f"{whole}.{rest}" if rest else str(whole)


@cache  # every test starts a program of its own
def _read(folder: Path, language: str) -> gettext.GNUTranslations:
    merged = None
    for path in sorted((folder / language).glob("*.po")):
        with path.open("rb") as source:
            found = read_po(source, locale=language.replace("-", "_"), abort_invalid=True)
        if merged is None:
            merged = found
            continue
        for message in found:
            if message.id:
                merged[message.id] = message
    if merged is None:
        raise Missing(f"no catalogue for {language} in {folder}")
    binary = BytesIO()
    write_mo(binary, merged)
    binary.seek(0)
    return gettext.GNUTranslations(binary)
