"""The catalogue of sentences: a name and its facts become words of one language."""

from __future__ import annotations

import gettext
import string
from collections.abc import Mapping
from datetime import date, datetime, time
from io import BytesIO
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LANGUAGES = ("zh-CN", "en")
FOLDER = Path(__file__).parent / "locale"
DOMAIN = "qingtuan"


class Missing(LookupError):
    """A sentence that a language does not have."""


class Words:
    """Every language of the catalogue, read once.

    A sentence is a format string. Beyond Python's own, its fields know these ways of showing:
    `hours` (minutes as hours to one decimal, rounded down), `hours_up` (rounded up), `day`,
    `when` (day and clock), `clock`, `name` of another sentence (`{status:word}`: the sentence
    `word.STATUS`), and lists of nested sentences, one to a line.
    """

    def __init__(self, zone: ZoneInfo, folder: Path = FOLDER) -> None:
        self._catalogues = {language: _read(folder, language) for language in LANGUAGES}
        self._labels: dict[str, set[str]] = {}
        self._speakers = {language: _Speaker(self, language, zone) for language in LANGUAGES}

    def say(self, language: str, name: str, facts: Mapping[str, Any]) -> str:
        """Word a sentence. Missing if the language does not have it."""
        known = language if language in self._catalogues else LANGUAGES[0]
        count = facts.get("count")
        catalogue = self._catalogues[known]
        if isinstance(count, int) and not isinstance(count, bool):
            text = catalogue.ngettext(name, f"{name}.many", count)
            if text in (name, f"{name}.many"):
                text = catalogue.gettext(name)
        else:
            text = catalogue.gettext(name)
        if text == name:
            raise Missing(f"{known} has no sentence {name}")
        return self._speakers[known].vformat(text, (), facts)

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


class _Speaker(string.Formatter):
    """Fills in one language."""

    def __init__(self, words: Words, language: str, zone: ZoneInfo) -> None:
        super().__init__()
        self._words = words
        self._language = language
        self._zone = zone

    def get_field(self, field_name: str, args: Any, kwargs: Any) -> tuple[Any, Any]:
        return kwargs[field_name], field_name  # no attributes, no items: names only

    def format_field(self, value: Any, format_spec: str) -> str:
        match format_spec:
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
        return self._nested(value, format_spec)

    def _nested(self, value: Any, format_spec: str) -> str:
        if isinstance(value, Mapping) and "name" in value:
            return self._words.say(self._language, value["name"], value.get("facts", {}))
        if isinstance(value, (list, tuple)):
            joint = self._words.say(self._language, "word.list", {}) if format_spec else "\n"
            return joint.join(self._nested(item, "") for item in value)
        return str(value)

    def _moment(self, value: Any) -> datetime:
        moment = value if isinstance(value, datetime) else datetime.fromisoformat(value)
        return moment.astimezone(self._zone)

    def _day(self, value: Any) -> str:
        day = value if isinstance(value, date) else date.fromisoformat(str(value)[:10])
        weekday = self._words.say(self._language, f"word.weekday.{day.isoweekday()}", {})
        facts = {"year": day.year, "month": day.month, "day": day.day, "weekday": weekday}
        return self._words.say(self._language, "word.day", facts)


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
