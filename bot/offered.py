"""Which offered button a text means: by its label, or by its number where that is safe."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from types import MappingProxyType
from typing import Any
from unicodedata import normalize

from bot.words import Missing, Words
from domain.tokens import Press
from storage.session import Dialog

LONGEST_LABEL = 60  # letters; what is longer is no label
NUMBERED = MappingProxyType({"wecom-bot": 6, "wecom": 27})
"""Channels that show more choices than this as numbered lines, and then without buttons."""
ASIDE = "aside"  # in what a dialog keeps: something else was answered since its question

_NUMBER = re.compile(r"([0-9]{1,2})[.。、,)]?")
_READING = timedelta(seconds=10)  # for which what is typed may mean the message before a notice
_DECIDES = ("ok", ".yes", ".no", ".why", ".undo")  # how the purposes end that decide something
_ALSO = frozenset({"reg.new", "prop.admin", "privacy.end", "privacy.abroad", "privacy.noabroad"})


class Unclear(Enum):
    """A number that presses nothing, and what is wrong with it."""

    SAY_IT = "say it"  # it would decide something, and was not shown at what it decides
    NO_SUCH = "no such"  # the numbered lines that were just shown have no such number


@dataclass(frozen=True, slots=True)
class Offered:
    """The buttons that may be typed: `purposes` are those that somebody answers to.

    `decides` are purposes that a bare number never presses, beyond those whose names say so.
    """

    words: Words
    purposes: Collection[str]
    decides: frozenset[str] = frozenset()

    def meant(
        self, dialog: Dialog, text: str, channel: str, at: datetime, said_at: datetime
    ) -> Press | Unclear | None:
        """A button of the last messages, said by its label in any language.

        Of the very last one also by its number, while nothing else is asked. A number decides
        nothing, unless the reader saw just that number: who types 1 may not mean 通过. Nor does it
        when a notice came between: it answers what stood there before.
        """
        wanted, digit = text.casefold(), number_in(text)
        if len(wanted) > LONGEST_LABEL:
            return None
        offers = dialog.offers or []
        shown = _newest(offers)
        numbered = len(shown) > NUMBERED.get(channel, len(shown)) or _in_lines(shown)
        asked = dialog.step is not None and ASIDE not in (dialog.data or {})
        between = _between(offers, shown, said_at)
        # 1 may be an answer: beside 取消 alone, or when a notice came since the question
        counts = not asked or (numbered and len(shown) > 1 and _told(shown) is None)
        for number, offer in enumerate(offers, start=1):
            if not self._stands(offer, at):
                continue
            typed = counts and number <= len(shown) and digit == number
            if typed and (between or not numbered) and self._is_deciding(offer["purpose"]):
                return Unclear.SAY_IT
            if typed or wanted in self._labels(offer):
                return Press(offer["purpose"], offer["object"], offer["version"], offer["argument"])
        missed = digit is not None and not asked and numbered and len(shown) > 1
        stand = missed and all(self._stands(one, at) for one in shown)
        return Unclear.NO_SUCH if stand else None

    def _stands(self, offer: Mapping[str, Any], at: datetime) -> bool:
        """Whether it has not ended, and no earlier release made it."""
        return offer["purpose"] in self.purposes and _good(offer, at)

    def _is_deciding(self, purpose: str) -> bool:
        return purpose.endswith(_DECIDES) or purpose in _ALSO or purpose in self.decides

    def _labels(self, offer: Mapping[str, Any]) -> set[str]:
        try:
            return self.words.labels(offer["label"], offer["facts"])
        except (Missing, KeyError):  # a sentence of an earlier release
            return set()


def number_in(text: str) -> int | None:
    """The number that a text is, however its keyboard writes it: 1, １, 1. and 1、 are the same."""
    found = _NUMBER.fullmatch(normalize("NFKC", text.strip()))
    return None if found is None else int(found[1])


def _in_lines(shown: list[dict[str, Any]]) -> bool:
    """Whether their reader is told everything in words, and saw them with their numbers."""
    return any(one.get("lines") for one in shown)


def _told(shown: list[dict[str, Any]]) -> datetime | None:
    """When they came without being asked for, in a notice; None where they answered."""
    times = [one["told"] for one in shown if one.get("told")]
    return datetime.fromisoformat(times[0]) if times else None


def _between(offers: list[dict[str, Any]], shown: list[dict[str, Any]], said_at: datetime) -> bool:
    """Whether the last message is a notice, too new to be what somebody answers for sure."""
    told = _told(shown)
    return told is not None and len(offers) > len(shown) and said_at - told < _READING


def _newest(offers: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [one for one in offers if one.get("age", 0) == 0]


def _good(offer: Mapping[str, Any], at: datetime) -> bool:
    expires = offer.get("expires")
    return expires is None or datetime.fromisoformat(expires).astimezone(UTC) > at
